"""Comparison of an exported model with the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from janib.errors import ModelError
from janib.models.base import Model, Probabilities, find_problems
from janib.schema import Example
from janib.scoring.metrics import score


@dataclass(frozen=True, slots=True)
class ExportComparison:
    """Differences between two models' predictions for the same rows, for one task.

    Attributes
    ----------
    agreement
        Share of rows with the same label.
    difference
        The largest difference between two probabilities of the same label.
    macro_f1_before, macro_f1_after
        Macro-F1 of the model and of the exported one on the rows with a gold label; None if there are none.
    """

    agreement: float
    difference: float
    macro_f1_before: float | None
    macro_f1_after: float | None


def compare_models(before: Model, after: Model, rows: Sequence[Example]) -> dict[str, ExportComparison]:
    """Compare two models' predictions for rows, task by task.

    Raises
    ------
    ModelError
        If what one gives is no probabilities.
    """
    first, second = before.predict_proba(rows), after.predict_proba(rows)
    for found in (*first.values(), *second.values()):
        for problem in find_problems(found).values():
            raise ModelError(f"a model gives {problem}")
    return {
        task: ExportComparison(
            agreement=float((first[task].argmax(axis=1) == second[task].argmax(axis=1)).mean()),
            difference=float(np.abs(first[task] - second[task]).max()),
            macro_f1_before=_score(task, labels, first, rows),
            macro_f1_after=_score(task, labels, second, rows),
        )
        for task, labels in before.labels.items()
    }


def _score(task: str, labels: Sequence[str], found: Probabilities, rows: Sequence[Example]) -> float | None:
    gold = {index: str(label) for index, row in enumerate(rows) if (label := row.gold(task)) in labels}
    if not gold:
        return None
    return score(task, list(gold.values()), found[task][list(gold)], None, labels)["macro_f1"]
