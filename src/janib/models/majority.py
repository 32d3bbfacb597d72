"""The floor: every row gets the label frequencies of the training rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from janib.errors import DataError
from janib.models.base import Probabilities
from janib.schema import Example


class MajorityModel:
    """Label frequencies as probabilities, so the most frequent label is always predicted."""

    kind: ClassVar[str] = "majority"

    def __init__(self, *, labels: Mapping[str, tuple[str, ...]], seed: int = 0) -> None:
        self.labels = dict(labels)
        self.shares: dict[str, list[float]] = {}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        for task, labels in self.labels.items():
            counts = Counter(row.gold(task) for row in train)
            total = sum(counts[label] for label in labels)
            if sum(counts[label] > 0 for label in labels) < 2:
                raise DataError(f"task {task!r}: one class")
            self.shares[task] = [counts[label] / total for label in labels]
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        return {task: np.tile(shares, (len(rows), 1)) for task, shares in self.shares.items()}

    def save(self, folder: Path) -> dict[str, Any]:
        return {"shares": self.shares}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        model = cls(labels=settings["labels"])
        model.shares = settings["shares"]
        return model
