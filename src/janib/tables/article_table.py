"""Tables whose rows were scored before, by ``experiments/evaluate.py articles=SET``: nothing runs here.

A row is a judge and what it was given; ``SET.csv`` has what it got right in each article, with each of its seeds.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from janib.articles.evaluation import compare_articles, resample_articles, score_counts
from janib.errors import ConfigError, DataError
from janib.io.files import write_file
from janib.io.markdown import tabulate
from janib.runs.article_scoring import COUNT_COLUMNS
from janib.scoring.metrics import Floats
from janib.scoring.resampling import N_RESAMPLES
from janib.tables.results_csv import Line
from janib.tables.statistics import Comparison, Statistics, adjust_comparisons

_Key = tuple[str, str, str, str, str, str]
"""Judge, parties, metric, seed, config hash and commit."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A row's counts of a metric on a set of articles, of shape (n_articles, n_labels, 2), with one seed."""

    row: str
    column: str
    seed: str
    config_hash: str
    commit: str
    counts: Floats


def read_scored(table: Mapping[str, Any], folder: Path) -> list[Scored]:
    """Read what the table's rows got right.

    Parameters
    ----------
    table
        With ``scored`` (names of sets) and ``rows`` (name to ``judge`` and ``parties``, as the files call them).
    folder
        Where the files are.

    Returns
    -------
    list of Scored
        In the order of the rows; their columns are called ``SET/METRIC``.

    Raises
    ------
    DataError
        If a file is missing or damaged, or a row has no score.
    """
    sets = {name: _read_set(folder / f"{name}.csv") for name in table["scored"]}
    scored = []
    for row, (judge, parties) in table["rows"].items():
        own = [
            Scored(str(row), f"{name}/{metric}", seed, config_hash, commit, counts)
            for name, found in sets.items()
            for (one, given, metric, seed, config_hash, commit), counts in found.items()
            if (one, given) == (judge, parties)
        ]
        if not own:
            raise DataError(f"row {row}: no score of judge {judge} with parties {parties} in {folder}; mend conf/table")
        scored += own
    return scored


def list_lines(scored: Sequence[Scored]) -> list[Line]:
    """Return a line for each row and seed, with its scores by column."""
    lines: dict[tuple[str, str], Line] = {}
    for one in scored:
        line = {"model": one.row, "seed": one.seed, "config_hash": one.config_hash}
        lines.setdefault((one.row, one.seed), line)[one.column] = f"{float(score_counts(one.counts)):.6f}"
    return list(lines.values())


def compute_scored_statistics(table: Mapping[str, Any], scored: Sequence[Scored]) -> Statistics:
    """Compute all intervals, and compare the baseline with every judge that was given the same.

    Parameters
    ----------
    table
        With ``compared`` (columns) and ``baseline`` (a judge).
    scored
        Its rows' counts.

    Raises
    ------
    ConfigError
        If the baseline was not given what another judge was given.
    """
    intervals: dict[tuple[str, str], tuple[float, float]] = {}
    comparisons = []
    for column in dict.fromkeys(one.column for one in scored):
        own = [one for one in scored if one.column == column]
        draws = resample_articles(column, [one.counts for one in own])
        places: dict[str, list[int]] = {}
        for place, one in enumerate(own):
            places.setdefault(one.row, []).append(place)
        intervals |= {(row, column): draws.find_interval(column, those) for row, those in places.items()}
        if column not in table["compared"]:
            continue
        for row, those in places.items():
            judge, parties = table["rows"][row]
            if judge == table["baseline"]:
                continue
            other = _find_baseline(table, parties)
            found = draws.compare(column, those, places[other])
            p = compare_articles(*([own[place].counts for place in rows] for rows in (those, places[other])))
            comparisons.append(
                Comparison(column, row, other, "baseline", found.value, found.low, found.high, found.p, p, None)
            )
    sizes = {one.column.partition("/")[0]: len(one.counts) for one in scored}
    return Statistics(intervals, adjust_comparisons(comparisons), {}, {name: (n, n) for name, n in sizes.items()})


def write_scored_readme(table: Mapping[str, Any], scored: Sequence[Scored], statistics: Statistics, out: Path) -> None:
    """Write ``README.md`` into ``out``, where ``table.md`` must stand already."""
    commits = {one.column.partition("/")[0]: one.commit[:7] for one in scored}
    sets = "; ".join(
        f"{name}: {statistics.sizes[name][0]} articles, scored at commit {commit} ([{name}.csv]({name}.csv))"
        for name, commit in commits.items()
    )
    parts = [
        f"# {table['title']}",
        "<!-- generated by experiments/table.py action=render; edit conf/table, not this file -->",
        str(table["protocol"]).strip(),
        f"```sh\n.venv/bin/python experiments/table.py table={table['name']}\n```",
        f"writes this from the committed counts and scores nothing. {sets[0].upper()}{sets[1:]}.",
        (out / "table.md").read_text(encoding="utf-8").rstrip(),
        f"![{', '.join(table['compared'])} with 95 % intervals](table.png)",
        "## How sure",
        f"Intervals hold 95 % of {N_RESAMPLES:,} "
        "bootstrap resamples of whole articles; a row with several seeds is the "
        "mean of their scores. With so few articles they are rough. Differences from the baseline that was given the "
        "same are tested by the paired bootstrap and by approximate randomisation, whole articles drawn and swapped; p "
        f"is the larger of the two, adjusted by Holm for all {len(statistics.comparisons)} comparisons, and a "
        "difference with * stands. [comparisons.csv](comparisons.csv) has the numbers. Judges that were given "
        "different things are not compared, so none is bold.",
        _tabulate_intervals(table, statistics),
        _tabulate_comparisons(statistics),
    ]
    with write_file(out / "README.md") as path:
        path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _find_baseline(table: Mapping[str, Any], parties: str) -> str:
    for row, (judge, given) in table["rows"].items():
        if (judge, given) == (table["baseline"], parties):
            return str(row)
    raise ConfigError(f"baseline={table['baseline']}: expected a row [{table['baseline']}, {parties}]; mend conf/table")


def _tabulate_intervals(table: Mapping[str, Any], statistics: Statistics) -> str:
    columns = list(table["columns"])
    rows = []
    for row in table["rows"]:
        ends = (statistics.intervals.get((row, column)) for column in columns)
        cells = (f"{100 * found[0]:.1f} to {100 * found[1]:.1f}" if found else "" for found in ends)
        rows.append([row, *cells])
    return tabulate(["model", *columns], rows)


def _tabulate_comparisons(statistics: Statistics) -> str:
    rows = []
    for one in statistics.comparisons:
        difference, low, high = (f"{100 * value:+.2f}" for value in (one.difference, one.low, one.high))
        mark = " *" if one.stands else ""
        rows.append([one.row, one.other, one.column, f"{difference}{mark}", f"{low} to {high}", f"{one.p:.4f}"])
    return tabulate(["model", "against", "column", "difference", "95 % interval", "p"], rows)


def _read_set(path: Path) -> dict[_Key, Floats]:
    if not path.is_file():
        raise DataError(f"{path} is missing; experiments/evaluate.py articles={path.stem} wrote it: restore it")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [column for column in COUNT_COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise DataError(f"{path} lacks the columns {', '.join(missing)}: it is damaged or not ours; restore it")
        rows = list(reader)
    found: dict[_Key, dict[str, list[tuple[float, float]]]] = {}
    for row in rows:
        key = (row["judge"], row["parties"], row["metric"], row["seed"], row["config_hash"], row["commit"])
        found.setdefault(key, {}).setdefault(row["article"], []).append((float(row["right"]), float(row["of"])))
    return {key: np.array(list(articles.values())) for key, articles in found.items()}
