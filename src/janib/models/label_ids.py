"""Gold labels of training rows as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from janib.errors import DataError
from janib.schema import Example

MISSING = -1
"""Where a row has no label of a task."""


def number_labels(rows: Sequence[Example], task: str, labels: Sequence[str]) -> NDArray[np.int64]:
    """Return each row's place in ``labels``, :data:`MISSING` where it has none; shape (n_rows,)."""
    places = {None: MISSING} | {label: place for place, label in enumerate(labels)}
    return np.array([places[row.gold(task)] for row in rows], dtype=np.int64)


def read_gold(rows: Sequence[Example], task: str, labels: Sequence[str]) -> NDArray[np.int64]:
    """Return the same of training rows.

    Raises
    ------
    DataError
        If the rows have fewer than two of the labels.
    """
    gold = number_labels(rows, task, labels)
    found = [label for place, label in enumerate(labels) if place in gold]
    if len(found) < 2:
        raise DataError(
            f"task {task!r} has {len(found)} classes in the training rows ({', '.join(found) or 'none'}), "
            "expected at least 2; check the split and the label column"
        )
    return gold
