"""The predictions that a table keeps: ids, gold labels and answers of every cell, and which rows hang together."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from janib.corpora.base import Splits
from janib.errors import DataError
from janib.io.files import write_file

CLUSTERS = "clusters.csv.gz"


@dataclass(frozen=True, slots=True)
class Answered:
    """The rows of one split, and what every cell that answered them said.

    Attributes
    ----------
    ids, targets, gold
        One a row, in the rows' order.
    labels
        In id order.
    clusters
        Each row's number of what it hangs together with, its own id where that is nothing.
    systems
        (row of the table, seed) to its labels, one a row.
    """

    ids: Sequence[str]
    targets: Sequence[str]
    gold: Sequence[str]
    labels: tuple[str, ...]
    clusters: Sequence[str]
    systems: Mapping[tuple[str, str], Sequence[str]]

    @property
    def n_clusters(self) -> int:
        """How many independent units there are."""
        return len(set(self.clusters))


def read_answers(folder: Path, split: str, cells: Sequence[tuple[str, str]]) -> Answered | None:
    """Read the answers of cells, (row, seed) each, to a split; None where no cell answered it.

    Raises
    ------
    DataError
        If a file is damaged, or two cells answered other rows.
    """
    clusters = _read_clusters(folder)
    first: tuple[list[str], list[str], list[str]] | None = None
    labels: tuple[str, ...] = ()
    systems = {}
    for row, seed in cells:
        path = folder / "predictions" / f"{row}_seed{seed}_{split}.csv.gz"
        if not path.exists():
            continue
        lines = _read_lines(path)
        header = lines[0] if lines else []
        if header[:4] != ["id", "target", "gold", "predicted"] or any(len(line) != len(header) for line in lines):
            raise DataError(f"{path} is damaged or not ours; restore it, or run its cell again")
        ids, targets, gold, predicted = map(list, list(zip(*lines[1:], strict=True))[:4])
        found = (ids, targets, gold)
        first, labels = first or found, tuple(name.removeprefix("p_") for name in header[4:])
        if (first[0], first[2]) != (ids, gold):
            # Members of one split may come in another order.
            places = {key: place for place, key in enumerate(ids)}
            if sorted(places) != sorted(first[0]):
                raise DataError(f"{path} answers other rows than the cells before it; run the cells on the same split")
            order = [places[key] for key in first[0]]
            predicted = [predicted[place] for place in order]
            if [gold[place] for place in order] != first[2]:
                raise DataError(f"{path} has other gold labels than the cells before it; run them on the same data")
        systems[row, seed] = predicted
    if first is None:
        return None
    return Answered(*first, labels, [clusters.get(key, key) for key in first[0]], systems)


def write_clusters(folder: Path, splits: Splits) -> None:
    """Keep which rows hang together (a document, a topic, a headline), by number, so that no data is needed later."""
    numbers: dict[str, str] = {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "cluster"])
    for rows in splits.values():
        for row in rows:
            if row.group is not None:
                writer.writerow([row.id, numbers.setdefault(row.group, f"cluster {len(numbers)}")])
    with write_file(folder / CLUSTERS) as path:
        path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _read_clusters(folder: Path) -> dict[str, str]:
    path = folder / CLUSTERS
    if not path.exists():
        raise DataError(f"{path} is missing, which says what rows hang together; run the table, or restore the file")
    return {line[0]: line[1] for line in _read_lines(path)[1:]}


def _read_lines(path: Path) -> list[list[str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            return list(csv.reader(stream))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}); restore it, or run its cell again") from error
