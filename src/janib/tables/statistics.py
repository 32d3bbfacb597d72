"""Intervals of a table's scores, and paired tests of its rows, from the predictions that it keeps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from statistics import median
from typing import Any

from janib.errors import ConfigError
from janib.io.files import write_csv
from janib.scoring import metrics
from janib.scoring.significance import Draws, adjust_by_holm, compare_by_mcnemar, compare_by_randomisation, draw_scores
from janib.tables.averages import read_with_averages
from janib.tables.evidence import RowEvidence, find_evidence
from janib.tables.kept_predictions import KeptPredictions, SplitPredictions
from janib.tables.results_csv import FinishedRun

ALPHA = 0.05
COMPARISONS = "comparisons.csv"

_OF_PROBABILITIES = ("brier", "ece")
"""Scores that depend on more than the predicted labels; they have no interval here."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A paired comparison of two rows in a column.

    Attributes
    ----------
    column
        The metric key.
    row, other
        The rows; ``other`` is the named baseline or the column's best row.
    role
        ``baseline`` or ``best``, or both; ``published`` where ``other`` is a published row.
    difference, low, high
        Mean over seeds of ``row`` minus that of ``other``, with its 95 % interval, as fractions of 1.
    p_bootstrap, p_randomisation, p_mcnemar
        Two-sided p-values. The last is of accuracy, the median over pairs of seeds, and None where predictions are
        not right or wrong one by one.
    holm_bootstrap, holm_randomisation
        The first two adjusted for all comparisons of the table, or for all with published rows.
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

    def find_lead(self, row: str) -> float:
        """Return the difference of one of the two rows from the other."""
        return self.difference if row == self.row else -self.difference

    @property
    def is_significant(self) -> bool:
        """Whether both adjusted tests reject that the two rows are equal."""
        return self.p <= ALPHA


@dataclass(frozen=True)
class Statistics:
    """Intervals and comparisons of a table.

    Attributes
    ----------
    intervals
        (row, column) to the ends of the 95 % interval, as fractions of 1.
    comparisons
        All of the table's, Holm's adjustment done over them together.
    best
        Compared column to the row with the highest mean, of those that are not post hoc.
    sizes
        Split to its number of rows and of independent units.
    evidence
        Row to its seeds, and whether its choice came in time.
    published
        Comparisons with published predictions, adjusted among themselves.
    """

    intervals: Mapping[tuple[str, str], tuple[float, float]]
    comparisons: Sequence[Comparison]
    best: Mapping[str, str]
    sizes: Mapping[str, tuple[int, int]]
    evidence: Mapping[str, RowEvidence]
    published: Sequence[Comparison] = ()

    def is_bold(self, row: str, column: str) -> bool:
        """Say whether a row is the best of a compared column whatever its seed, by significant leads over all others.

        A row that is post hoc is not.
        """
        if self.best.get(column) != row or self.evidence[row].post_hoc or not self.evidence[row].covers_seeds:
            return False
        own = [one for one in self.comparisons if one.column == column and row in (one.row, one.other)]
        rivals = [one for one in own if "best" in one.role]
        return bool(rivals) and all(one.is_significant and one.find_lead(row) > 0 for one in rivals)

    def mark_row(self, row: str, name: str | None = None) -> str:
        """Return the name of a row, or another name for it, marked where the row is post hoc."""
        is_post_hoc = row in self.evidence and self.evidence[row].post_hoc
        return f"{name or row} (post hoc)" if is_post_hoc else name or row

    def find(self, row: str, other: str, column: str) -> Comparison | None:
        """Return the comparison of two rows, in whichever order they were compared."""
        pair = {row, other}
        return next((one for one in self.comparisons if one.column == column and {one.row, one.other} == pair), None)


def compute_statistics(
    table: Mapping[str, Any],
    task: str,
    runs: Sequence[FinishedRun],
    predictions: KeptPredictions,
    seeded: Collection[str],
) -> Statistics:
    """Compute intervals of all columns, and compare the rows in the columns that ``compared`` names.

    ``seeded`` are the rows that depend on their seed.

    Raises
    ------
    ConfigError
        If the baseline is no row of the table, or a compared column none of its columns.
    DataError
        If predictions are damaged, or two runs have other rows.
    """
    _check(table)
    intervals: dict[tuple[str, str], tuple[float, float]] = {}
    comparisons: list[Comparison] = []
    best: dict[str, str] = {}
    sizes = {}
    evidence = find_evidence(table, runs, seeded)
    timely = [row for row, own in evidence.items() if not own.post_hoc]
    for split, names in _group_columns(table["columns"]).items():
        predicted = read_with_averages(split, runs, seeded, predictions)
        if predicted is None:
            continue
        sizes[split] = (len(predicted.ids), predicted.n_clusters)
        tests = SplitTests(task, predicted, names)
        intervals |= {(row, f"{split}/{name}"): ends for (row, name), ends in tests.list_intervals()}
        for name in names:
            column = f"{split}/{name}"
            if column in table["compared"]:
                best[column] = tests.find_best(name, timely)
                pairs = _pair_rows(list(tests.places), table["baseline"], best[column])
                comparisons += [tests.compare(column, name, *pair, role) for pair, role in pairs.items()]
    return Statistics(intervals, adjust_comparisons(comparisons), best, sizes, evidence)


class SplitTests:
    """Resampled scores of one split, and the tests between its rows.

    Parameters
    ----------
    task, predicted
        The task, and what the rows' runs predict.
    names
        The scores, without the split.

    Attributes
    ----------
    places
        Row to the places of its seeds among the runs.
    """

    def __init__(self, task: str, predicted: SplitPredictions, names: Sequence[str]) -> None:
        self._task, self._predicted, self._names = task, predicted, names
        self.places: dict[str, list[int]] = {}
        for place, (row, _) in enumerate(predicted.by_run):
            self.places.setdefault(row, []).append(place)
        self._draws: Draws = draw_scores(
            task,
            predicted.gold,
            list(predicted.by_run.values()),
            predicted.targets,
            predicted.labels,
            names=names,
            clusters=predicted.drawn_clusters,
        )

    def list_intervals(self) -> Iterator[tuple[tuple[str, str], tuple[float, float]]]:
        """Yield a row and a score, and the ends of the 95 % interval."""
        for name in self._names:
            for row, own in self.places.items():
                yield (row, name), self._draws.find_interval(name, own)

    def find_best(self, name: str, among: Collection[str]) -> str:
        """Return the row with the highest mean, the first of equals; of all rows where none is ``among`` these."""
        rows = [row for row in self.places if row in among] or list(self.places)
        return max(rows, key=lambda row: float(self._draws.observed[name][self.places[row]].mean()))

    def compare(self, column: str, name: str, row: str, other: str, role: str) -> Comparison:
        """Compare two rows; the p-values are not adjusted."""
        kept = self._predicted
        ours, theirs = kept.list_row(row), kept.list_row(other)
        found = self._draws.compare(name, self.places[row], self.places[other])
        p_randomisation = compare_by_randomisation(
            self._task, kept.gold, ours, theirs, kept.targets, kept.labels, name=name, clusters=kept.drawn_clusters
        )
        p_mcnemar = median(compare_by_mcnemar(kept.gold, a, b, kept.labels) for a in ours for b in theirs)
        by_bootstrap = found.value, found.low, found.high, found.p
        return Comparison(column, row, other, role, *by_bootstrap, p_randomisation, p_mcnemar)


def list_score_differences(
    task: str, columns: Sequence[str], runs: Sequence[FinishedRun], predictions: KeptPredictions
) -> list[str]:
    """Score the kept predictions again; return in words which scores of ``results.csv`` differ."""
    problems = []
    for split, names in _group_columns(columns).items():
        for run in runs:
            kept = predictions.read_split(split, [run.key])
            if kept is None:
                continue
            found = metrics.score(task, kept.gold, kept.by_run[run.key], kept.targets, kept.labels)
            for name in names:
                before, now = run.scores.get(f"{split}/{name}"), found[metrics.check_name(name, found)]
                if before != round(now, 6):
                    said = "none" if before is None else f"{before:.6f}"
                    problems.append(f"{run.row}, seed {run.seed}, {split}/{name}: {said}, predictions give {now:.6f}")
    return problems


def write_comparisons(statistics: Statistics, folder: Path) -> None:
    """Write ``comparisons.csv``: differences in points, p-values to four digits."""
    names = [field.name for field in fields(Comparison)]
    comparisons = [*statistics.comparisons, *statistics.published]
    write_csv(folder / COMPARISONS, [*names, "significant"], map(_format_comparison, comparisons))


def _format_comparison(one: Comparison) -> dict[str, str]:
    record = asdict(one)
    for name, value in record.items():
        if name in ("difference", "low", "high"):
            record[name] = f"{100 * value:.2f}"
        elif name.startswith(("p_", "holm_")):
            record[name] = "" if value is None else f"{value:.4f}"
    return {**record, "significant": "yes" if one.is_significant else "no"}


def adjust_comparisons(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return the comparisons with their p-values adjusted by Holm for all of them."""
    adjusted = [
        adjust_by_holm([getattr(one, name) for one in comparisons]).tolist()
        for name in ("p_bootstrap", "p_randomisation")
    ]
    return [
        replace(one, holm_bootstrap=a, holm_randomisation=b) for one, a, b in zip(comparisons, *adjusted, strict=True)
    ]


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
        if name not in _OF_PROBABILITIES:
            grouped.setdefault(split, []).append(name)
    return grouped


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
