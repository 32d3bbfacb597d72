"""A baseline: every row gets the label frequencies of the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from janib.models.base import Probabilities
from janib.models.label_ids import MISSING, encode_train_labels
from janib.models.options import check_shares
from janib.schema import Example


class MajorityModel:
    """Label frequencies as probabilities, so that the most frequent label is always predicted.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    seed
        Not used, since nothing is random.
    """

    kind: ClassVar[str] = "majority"

    def __init__(self, *, labels: Mapping[str, Sequence[str]], seed: int = 0) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        self.shares: dict[str, list[float]] = {}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Count the labels of ``train``; ``valid`` is not used.

        Raises
        ------
        DataError
            If a task has fewer than two labels in ``train``.
        """
        for task, names in self.labels.items():
            gold = encode_train_labels(train, task, names)
            counts = np.bincount(gold[gold != MISSING], minlength=len(names))
            self.shares[task] = (counts / counts.sum()).tolist()
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's label frequencies, repeated for each row, shape (n_rows, n_labels)."""
        return {task: np.tile(shares, (len(rows), 1)) for task, shares in self.shares.items()}

    def save(self, folder: Path) -> dict[str, Any]:
        """Return the frequencies; no file is written."""
        return {"shares": self.shares}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Take the frequencies that :meth:`save` returned; no file is read.

        Raises
        ------
        ConfigError, ValueError
            If they are no probabilities.
        """
        model = cls(labels=settings["labels"])
        for task, names in model.labels.items():
            shares = settings["shares"][task]
            check_shares(f"a share of the task {task}", f"shares of the task {task}", shares, len(names))
            model.shares[task] = list(shares)
        return model
