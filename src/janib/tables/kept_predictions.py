"""Predictions that a table keeps of its runs, and the clusters of the rows."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from janib.corpora.base import Splits
from janib.errors import DataError
from janib.io.files import write_file
from janib.tables.results_csv import RunKey

CLUSTERS = "clusters.csv.gz"

_HEADER = ["id", "target", "gold", "predicted"]
"""The first columns of a file of predictions; a column of probabilities for each label follows."""


@dataclass(frozen=True)
class SplitPredictions:
    """Rows of one split, and the labels that runs predict for them.

    Attributes
    ----------
    ids, targets, gold
        One a row, in the rows' order.
    labels
        In id order.
    clusters
        Each row's cluster (a document, a topic, a headline); its own id where it has none.
    by_run
        Run to its predicted labels, one a row.
    """

    ids: Sequence[str]
    targets: Sequence[str]
    gold: Sequence[str]
    labels: tuple[str, ...]
    clusters: Sequence[str]
    by_run: Mapping[RunKey, Sequence[str]]

    @cached_property
    def n_clusters(self) -> int:
        """How many independent units there are."""
        return len(set(self.clusters))

    @property
    def drawn_clusters(self) -> Sequence[str] | None:
        """Clusters to resample; None where each row is a cluster of its own, which is resampled much faster."""
        return None if self.n_clusters == len(self.ids) else self.clusters

    def list_row(self, row: str) -> list[Sequence[str]]:
        """Return the predicted labels of a row's runs, one entry a seed."""
        return [labels for (own, _), labels in self.by_run.items() if own == row]


@dataclass(frozen=True, slots=True)
class _File:
    """A file of predictions: four columns, and the probabilities of the labels as text, one list a label."""

    ids: list[str]
    targets: list[str]
    gold: list[str]
    predicted: list[str]
    shares: dict[str, list[str]]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.shares)


class KeptPredictions:
    """The predictions in a table's folder; each file is read once.

    Parameters
    ----------
    folder
        The table's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Path, _File] = {}

    def read_split(self, split: str, runs: Sequence[RunKey]) -> SplitPredictions | None:
        """Return what runs predict for a split; None where none of them did.

        Raises
        ------
        DataError
            If a file is damaged, or two runs have other rows or other gold labels.
        """
        first: _File | None = None
        by_run = {}
        for row, seed in runs:
            path = self._name_file(split, (row, seed))
            if not path.exists():
                continue
            found = self._read_file(path)
            first = first or found
            by_run[row, seed] = _align(path, found, first)
        if first is None:
            return None
        clusters = [self._find_cluster(split, key) for key in first.ids]
        return SplitPredictions(first.ids, first.targets, first.gold, first.labels, clusters, by_run)

    def read_shares(self, split: str, run: RunKey, ids: Sequence[str] | None = None) -> NDArray[np.float64]:
        """Return a run's probabilities for a split, in the order of ``ids`` or else of its own file.

        The shape is (n_rows, n_labels).
        """
        found = self._read_file(self._name_file(split, run))
        shares = np.array([list(map(float, column)) for column in found.shares.values()]).T
        if ids is None or ids == found.ids:
            return shares
        places = {key: place for place, key in enumerate(found.ids)}
        return shares[[places[key] for key in ids]]

    def _name_file(self, split: str, run: RunKey) -> Path:
        row, seed = run
        return self._folder / "predictions" / f"{row}_seed{seed}_{split}.csv.gz"

    def _read_file(self, path: Path) -> _File:
        if path not in self._files:
            header, *rows = _read_csv(path) or [[]]
            if not rows or header[:4] != _HEADER or any(len(row) != len(header) for row in rows):
                raise DataError(f"{path} is damaged or not ours; restore it, or repeat its run")
            ids, targets, gold, predicted, *shares = map(list, zip(*rows, strict=True))
            labels = [name.removeprefix("p_") for name in header[4:]]
            self._files[path] = _File(ids, targets, gold, predicted, dict(zip(labels, shares, strict=True)))
        return self._files[path]

    def _find_cluster(self, split: str, row_id: str) -> str:
        names = [_name_row(home, row_id) for home in ((split, "train") if split == "valid" else (split,))]
        return next((self._clusters[name] for name in (*names, row_id) if name in self._clusters), row_id)

    @cached_property
    def _clusters(self) -> dict[str, str]:
        path = self._folder / CLUSTERS
        if not path.exists():
            raise DataError(f"{path} is missing, which holds the rows' clusters; run the table, or restore the file")
        return {row[0]: row[1] for row in _read_csv(path)[1:]}


def write_clusters(folder: Path, splits: Splits) -> None:
    """Write the number of each row's cluster, so that intervals need the corpus no more.

    Where two splits have an id in common, as two files whose rows are numbered, the split is written before it.
    """
    times = Counter(row.id for rows in splits.values() for row in rows)
    numbers: dict[str, str] = {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "cluster"])
    for split, rows in splits.items():
        for row in rows:
            if row.group is not None:
                name = row.id if times[row.id] == 1 else _name_row(split, row.id)
                writer.writerow([name, numbers.setdefault(row.group, f"cluster {len(numbers)}")])
    with write_file(folder / CLUSTERS) as path:
        path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def _name_row(split: str, row_id: str) -> str:
    return f"{split}/{row_id}"


def _align(path: Path, found: _File, first: _File) -> list[str]:
    """Return the predicted labels of a file in the order of the first file's rows."""
    if (found.ids, found.gold) == (first.ids, first.gold):
        return found.predicted
    # Members of one split may come in another order.
    if sorted(set(found.ids)) != sorted(first.ids):
        raise DataError(f"{path} has other rows than the runs before it; repeat the runs on the same split")
    places = {key: place for place, key in enumerate(found.ids)}
    order = [places[key] for key in first.ids]
    if [found.gold[place] for place in order] != first.gold:
        raise DataError(f"{path} has other gold labels than the runs before it; repeat them on the same data")
    return [found.predicted[place] for place in order]


def _read_csv(path: Path) -> list[list[str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            return list(csv.reader(stream))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}); restore it, or repeat its run") from error
