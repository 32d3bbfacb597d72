"""Paired tests of a table's rows against predictions that others published.

Files without a licence are not kept here. ``published.csv`` keeps how many test rows have the same target, gold label,
published label and own labels, which is all that the tests need where each row is drawn alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from janib.errors import ConfigError, DataError
from janib.io.files import write_csv
from janib.scoring import metrics
from janib.tables.averages import read_with_averages
from janib.tables.kept_predictions import KeptPredictions, SplitPredictions
from janib.tables.published_files import PublishedFile, fetch_labels, list_published_files
from janib.tables.results_csv import FinishedRun, RunKey, read_records
from janib.tables.statistics import Comparison, SplitTests, adjust_comparisons

PUBLISHED = "published.csv"
SPLIT = "test"
ROLE = "published"
"""The role of these comparisons in ``comparisons.csv``."""

_COLUMNS = ("published", "sha256", "model", "target", "gold", "theirs", "ours", "rows")
_DIGITS = 12
_HALF = 0.005 + 1e-9
"""Published values have two digits."""

_Cell = tuple[str, str, str, tuple[str, ...]]
"""Target, gold label, published label, and the labels of a row's runs, one a seed."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The predictions of a published row beside those of a row of ours.

    Attributes
    ----------
    model, sha256
        The published row, and the first digits of the checksum of its file.
    row
        Our row.
    counts
        How many test rows are alike.
    """

    model: str
    sha256: str
    row: str
    counts: Mapping[_Cell, int]

    def count_ours(self) -> Counter[tuple[str, str, tuple[str, ...]]]:
        """Return how many test rows have a target, a gold label and our labels."""
        counted: Counter[tuple[str, str, tuple[str, ...]]] = Counter()
        for (target, gold, _, ours), n_rows in self.counts.items():
            counted[target, gold, ours] += n_rows
        return counted

    def spread(self, labels: tuple[str, ...]) -> SplitPredictions:
        """Return a row for each test row, in no order of theirs; the published predictions are a run of ``model``."""
        cells = [cell for cell, n_rows in sorted(self.counts.items()) for _ in range(n_rows)]
        ids = [str(number) for number in range(len(cells))]
        targets, gold, theirs, ours = zip(*cells, strict=True)
        by_run: dict[RunKey, Sequence[str]] = {
            (self.row, seed): own for seed, own in enumerate(zip(*ours, strict=True))
        }
        return SplitPredictions(ids, targets, gold, labels, ids, {**by_run, (self.model, 0): theirs})


def pair_published(
    table: Mapping[str, Any],
    task: str,
    runs: Sequence[FinishedRun],
    predictions: KeptPredictions,
    seeded: Collection[str],
) -> list[Pairing]:
    """Fetch the published predictions of a table, and count them beside those of its runs and averages of seeds.

    ``seeded`` are the rows that depend on their seed.

    Raises
    ------
    ConfigError
        If the test rows come in groups, of which the counts know nothing.
    DataError
        If a file cannot be had, or is not the one whose scores were published.
    """
    files = list_published_files(table)
    kept = read_with_averages(SPLIT, runs, seeded, predictions) if files else None
    if kept is None:
        return []
    if kept.drawn_clusters is not None:
        raise ConfigError("table.published names predictions, and the test rows come in groups: remove predictions")
    pairings = []
    for file in files:
        theirs = fetch_labels(file, str(table["name"]), task, kept.labels, len(kept.ids))
        check_scores(file, task, kept, theirs)
        for row in dict.fromkeys(row for row, _ in kept.by_run):
            ours = zip(*kept.list_row(row), strict=True)
            counts = Counter(zip(kept.targets, kept.gold, theirs, ours, strict=True))
            pairings.append(Pairing(file.model, file.sha256[:_DIGITS], row, counts))
    return pairings


def check_scores(file: PublishedFile, task: str, rows: SplitPredictions, theirs: Sequence[str]) -> None:
    """Check that predictions give the published scores: so they were read rightly, in the right order.

    Raises
    ------
    DataError
        If they give others.
    """
    found = metrics.score(task, rows.gold, theirs, rows.targets, rows.labels)
    for column, expected in file.scores.items():
        split, _, name = column.partition("/")
        value = 100 * found[metrics.check_name(name, found)] if split == SPLIT else expected
        if abs(value - expected) > _HALF:
            raise DataError(
                f"{file.name} of {file.model}: {column} is {value:.2f}, but {expected:.2f} was published; expected the "
                "labels of these test rows in their order; mend the row of conf/table"
            )


def read_pairings(folder: Path) -> list[Pairing]:
    """Return the pairings in a folder's ``published.csv``; none if there is no such file.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    counts: dict[tuple[str, str, str], dict[_Cell, int]] = {}
    for key, cell, n_rows in read_records(folder / PUBLISHED, _COLUMNS, _parse):
        counts.setdefault(key, {})[cell] = n_rows
    return [Pairing(*key, own) for key, own in counts.items()]


def write_pairings(folder: Path, pairings: Iterable[Pairing]) -> None:
    """Write ``published.csv``."""
    write_csv(folder / PUBLISHED, _COLUMNS, (record for one in pairings for record in _format(one)))


def compare_published(
    table: Mapping[str, Any],
    task: str,
    runs: Sequence[FinishedRun],
    predictions: KeptPredictions,
    pairings: Sequence[Pairing],
    seeded: Collection[str],
) -> tuple[list[Comparison], list[str]]:
    """Compare each of our rows with each published one in the compared columns.

    Returns
    -------
    list of Comparison
        Adjusted for these comparisons alone.
    list of str
        What is wrong with pairings that no longer fit the table or its runs, and are left out.

    Raises
    ------
    DataError
        If predictions are damaged.
    """
    files = {file.model: file for file in list_published_files(table)}
    kept = read_with_averages(SPLIT, runs, seeded, predictions) if pairings else None
    columns = [column for column in table["compared"] if column.startswith(f"{SPLIT}/")]
    names = [column.partition("/")[2] for column in columns]
    found, faults = [], []
    for one in pairings:
        fault = _find_fault(one, files.get(one.model), task, kept)
        if fault or kept is None:
            faults.append(f"{PUBLISHED}, {one.model} and {one.row}: {fault}")
            continue
        tests = SplitTests(task, one.spread(kept.labels), names)
        found += [
            tests.compare(column, name, one.row, one.model, ROLE) for column, name in zip(columns, names, strict=True)
        ]
    return adjust_comparisons(found), faults


def _find_fault(one: Pairing, file: PublishedFile | None, task: str, kept: SplitPredictions | None) -> str:
    if file is None:
        return "the table has no such published row with predictions"
    if one.sha256 != file.sha256[:_DIGITS]:
        return "the table names another file"
    runs = kept.list_row(one.row) if kept else []
    if kept is None or not runs:
        return "no such run has finished"
    if one.count_ours() != Counter(zip(kept.targets, kept.gold, zip(*runs, strict=True), strict=True)):
        return "the run has other predictions now"
    spread = one.spread(kept.labels)
    try:
        check_scores(file, task, spread, spread.by_run[one.model, 0])
    except DataError as error:
        return str(error)
    return ""


def _parse(record: Mapping[str, str]) -> tuple[tuple[str, str, str], _Cell, int]:
    cell = record["target"], record["gold"], record["theirs"], tuple(record["ours"].split("|"))
    return (record["published"], record["sha256"], record["model"]), cell, int(record["rows"])


def _format(pairing: Pairing) -> Iterator[dict[str, str | int]]:
    for (target, gold, theirs, ours), n_rows in sorted(pairing.counts.items()):
        yield {
            "published": pairing.model,
            "sha256": pairing.sha256,
            "model": pairing.row,
            "target": target,
            "gold": gold,
            "theirs": theirs,
            "ours": "|".join(ours),
            "rows": n_rows,
        }
