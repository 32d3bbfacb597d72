"""Gold labels as ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from janib.errors import DataError
from janib.schema import Example
from janib.scoring.metrics import Ids

MISSING = -1
"""The id of a row that has no label of the task."""


def encode_labels(rows: Sequence[Example], task: str, labels: Sequence[str]) -> Ids:
    """Return the index of each row's label in ``labels``, :data:`MISSING` if it has none; shape (n_rows,)."""
    ids = {None: MISSING} | {label: index for index, label in enumerate(labels)}
    return np.array([ids[row.gold(task)] for row in rows], dtype=np.int64)


def encode_train_labels(rows: Sequence[Example], task: str, labels: Sequence[str]) -> Ids:
    """Return the same of training rows, which must have at least two of the labels.

    Raises
    ------
    DataError
        If they have fewer.
    """
    gold = encode_labels(rows, task, labels)
    found = [label for index, label in enumerate(labels) if index in gold]
    if len(found) < 2:
        raise DataError(
            f"task {task!r} has {len(found)} classes in the training rows ({', '.join(found) or 'none'}), "
            "expected at least 2; check the split and the label column"
        )
    return gold


def cut_folds(gold: Ids, n_folds: int, seed: int) -> Ids:
    """Cut rows into folds that are stratified by label; return the fold of each row, shape (n_rows,)."""
    order = np.lexsort((np.random.default_rng(seed).random(len(gold)), gold))
    folds = np.empty(len(gold), dtype=np.int64)
    folds[order] = np.arange(len(gold)) % n_folds
    return folds
