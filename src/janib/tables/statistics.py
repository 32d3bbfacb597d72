"""How sure a table is: intervals and paired tests from the predictions that it keeps, without training."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from janib.errors import ConfigError
from janib.io.files import write_file
from janib.scoring.significance import adjust_by_holm, compare_by_mcnemar, compare_by_randomisation, draw_scores
from janib.tables.kept_predictions import Answered, read_answers
from janib.tables.results_csv import Line, get_values, group_rows

ALPHA = 0.05
N_DRAWS = 10_000
COMPARISONS = "comparisons.csv"

UNCOUNTED = ("brier", "ece")
"""Scores that confusion counts do not decide; they have no interval here."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A row against another one in a column.

    Attributes
    ----------
    column
        The metric key.
    row, other
        The rows; ``other`` is the named baseline or the column's best row.
    role
        ``baseline`` or ``best``, or both.
    difference, low, high
        Mean over seeds of ``row`` minus that of ``other``, with its 95 % interval, as fractions of 1.
    p_bootstrap, p_randomisation, p_mcnemar
        Two-sided p-values; the last is of accuracy, the median over pairs of seeds, and None
        where answers are not right or wrong one by one.
    holm_bootstrap, holm_randomisation
        The first two adjusted for all comparisons of the table.
    """

    column: str
    row: str
    other: str
    role: str
    difference: float
    low: float
    high: float
    p_bootstrap: float
    p_randomisation: float
    p_mcnemar: float | None
    holm_bootstrap: float = 1.0
    holm_randomisation: float = 1.0

    @property
    def p(self) -> float:
        """The larger of the two adjusted p-values."""
        return max(self.holm_bootstrap, self.holm_randomisation)

    @property
    def stands(self) -> bool:
        """Whether both adjusted tests reject that the two are alike."""
        return self.p <= ALPHA


@dataclass(frozen=True)
class Statistics:
    """What is known beyond the means.

    Attributes
    ----------
    intervals
        (row, column) to the ends of the 95 % interval, as fractions of 1.
    comparisons
        All of the table's, Holm's adjustment done over them together.
    best
        Compared column to the row with the highest mean.
    sizes
        Split to its number of rows and of independent units.
    """

    intervals: Mapping[tuple[str, str], tuple[float, float]]
    comparisons: Sequence[Comparison]
    best: Mapping[str, str]
    sizes: Mapping[str, tuple[int, int]]

    def is_bold(self, row: str, column: str) -> bool:
        """Say whether a row is the best of a compared column and its lead over every other row stands."""
        own = [one for one in self.comparisons if one.column == column and row in (one.row, one.other)]
        rivals = [one for one in own if "best" in one.role]
        return self.best.get(column) == row and bool(rivals) and all(one.stands for one in rivals)

    def find(self, row: str, other: str, column: str) -> Comparison | None:
        """Return the comparison of two rows, in whichever order they were compared."""
        pair = {row, other}
        return next((one for one in self.comparisons if one.column == column and {one.row, one.other} == pair), None)


def compute_statistics(table: Mapping[str, Any], task: str, lines: Sequence[Line], folder: Path) -> Statistics:
    """Compute intervals of all columns, and compare the rows in the columns that ``compared`` names.

    Parameters
    ----------
    table
        With ``columns``, ``compared`` (some of them) and ``baseline`` (a row, or null).
    task
        The table's task.
    lines
        Its lines.
    folder
        Where its predictions are.

    Raises
    ------
    ConfigError
        If the baseline is no row of the table, or a compared column none of its columns.
    DataError
        If predictions are missing or do not fit one another.
    """
    _check(table)
    cells = [(line["model"], line["seed"]) for line in lines]
    intervals: dict[tuple[str, str], tuple[float, float]] = {}
    comparisons: list[Comparison] = []
    best: dict[str, str] = {}
    sizes = {}
    for split, names in _group_columns(table["columns"]).items():
        answered = read_answers(folder, split, cells)
        if answered is None:
            continue
        sizes[split] = (len(answered.ids), answered.n_clusters)
        places: dict[str, list[int]] = {}
        for place, (row, _) in enumerate(answered.systems):
            places.setdefault(row, []).append(place)
        draws = draw_scores(
            task,
            answered.gold,
            list(answered.systems.values()),
            answered.targets,
            answered.labels,
            names=names,
            clusters=_find_clusters(answered),
            n_resamples=N_DRAWS,
        )
        for name in names:
            column = f"{split}/{name}"
            intervals |= {(row, column): draws.find_interval(name, own) for row, own in places.items()}
            if column not in table["compared"]:
                continue
            means = {row: float(draws.observed[name][own].mean()) for row, own in places.items()}
            best[column] = max(means, key=lambda row: means[row])
            for (row, other), role in _pair_rows(list(places), table["baseline"], best[column]).items():
                found = draws.compare(name, places[row], places[other])
                p_values = _test(task, answered, name, row, other)
                comparisons.append(
                    Comparison(column, row, other, role, found.value, found.low, found.high, found.p, *p_values)
                )
    return Statistics(intervals, adjust_comparisons(comparisons), best, sizes)


def check_lines(task: str, columns: Sequence[str], lines: Sequence[Line], folder: Path) -> list[str]:
    """Score the kept predictions again; return what differs from ``results.csv`` in words."""
    problems = []
    for split, names in _group_columns(columns).items():
        for row, own in group_rows(lines).items():
            for line in own:
                answered = read_answers(folder, split, [(row, line["seed"])])
                for name in names if answered else ():
                    assert answered is not None
                    (system,) = answered.systems.values()
                    scored = draw_scores(
                        *(task, answered.gold, [system], answered.targets, answered.labels), names=[name], n_resamples=1
                    )
                    found = f"{scored.observed[name][0]:.6f}"
                    if found != line.get(f"{split}/{name}"):
                        kept = line.get(f"{split}/{name}") or "none"
                        problems.append(f"{row}, seed {line['seed']}, {split}/{name}: {kept}, predictions give {found}")
    return problems


def write_comparisons(statistics: Statistics, folder: Path) -> None:
    """Write ``comparisons.csv``: differences in points, p-values to four digits."""
    with write_file(folder / COMPARISONS) as path, path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(
            [
                *("column", "row", "other", "role", "difference", "low", "high", "p_bootstrap", "p_randomisation"),
                *("p_mcnemar", "holm_bootstrap", "holm_randomisation", "stands"),
            ]
        )
        for one in statistics.comparisons:
            points = [f"{100 * value:.2f}" for value in (one.difference, one.low, one.high)]
            p_values = (one.p_bootstrap, one.p_randomisation, one.p_mcnemar, one.holm_bootstrap, one.holm_randomisation)
            shown = ["" if p is None else f"{p:.4f}" for p in p_values]
            stands = "yes" if one.stands else "no"
            writer.writerow([one.column, one.row, one.other, one.role, *points, *shown, stands])


def adjust_comparisons(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return the comparisons with their p-values adjusted by Holm for all of them."""
    adjusted = [
        adjust_by_holm([getattr(one, name) for one in comparisons]).tolist()
        for name in ("p_bootstrap", "p_randomisation")
    ]
    return [
        replace(one, holm_bootstrap=a, holm_randomisation=b) for one, a, b in zip(comparisons, *adjusted, strict=True)
    ]


def average(lines: Sequence[Line], column: str) -> float | None:
    """Return the mean of a row's column over its seeds in percent, or None."""
    values = get_values(lines, column)
    return sum(values) / len(values) if values else None


def _check(table: Mapping[str, Any]) -> None:
    baseline = table["baseline"]
    if baseline is not None and baseline not in table["rows"]:
        raise ConfigError(f"baseline={baseline}: expected a row of the table, one of {', '.join(table['rows'])}")
    for column in table["compared"]:
        if column not in table["columns"]:
            raise ConfigError(f"compared={column}: expected one of the table's columns, {', '.join(table['columns'])}")


def _group_columns(columns: Sequence[str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for column in columns:
        split, _, name = column.partition("/")
        if name not in UNCOUNTED:
            grouped.setdefault(split, []).append(name)
    return grouped


def _find_clusters(answered: Answered) -> Sequence[str] | None:
    # Rows that stand alone need not be told apart, which is much quicker.
    return None if answered.n_clusters == len(answered.ids) else answered.clusters


def _pair_rows(rows: Sequence[str], baseline: str | None, best: str) -> dict[tuple[str, str], str]:
    pairs = {(row, baseline): "baseline" for row in rows if row != baseline} if baseline in rows else {}
    for row in rows:
        if row == best:
            continue
        if row == baseline:  # the best against the baseline is among the pairs
            pairs[best, row] = "baseline and best"
        elif best == baseline:
            pairs[row, best] = "baseline and best"
        else:
            pairs[row, best] = "best"
    return pairs  # type: ignore[return-value]  # the baseline is a row here


def _test(task: str, answered: Answered, name: str, row: str, other: str) -> tuple[float, float]:
    ours, theirs = (
        [labels for (own, _), labels in answered.systems.items() if own == wanted] for wanted in (row, other)
    )
    by_swaps = compare_by_randomisation(
        task,
        answered.gold,
        ours,
        theirs,
        answered.targets,
        answered.labels,
        name=name,
        clusters=_find_clusters(answered),
        n_trials=N_DRAWS,
    )
    checks = [compare_by_mcnemar(answered.gold, a, b, answered.labels) for a in ours for b in theirs]
    return by_swaps, median(checks)
