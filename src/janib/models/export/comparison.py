"""How far an exported model is from what it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from janib.models.base import Model, Probabilities
from janib.schema import Example
from janib.scoring.metrics import score


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models' answers to the same rows, for one task.

    Attributes
    ----------
    agreement
        Share of rows with the same label.
    difference
        The largest difference between two probabilities of the same label.
    macro_f1_before, macro_f1_after
        Of the model itself and of the exported one, on the rows with a gold label; None where there are none.
    """

    agreement: float
    difference: float
    macro_f1_before: float | None
    macro_f1_after: float | None


def compare_models(before: Model, after: Model, rows: Sequence[Example]) -> dict[str, Comparison]:
    """Compare two models' answers to some rows, task by task."""
    first, second = before.predict_proba(rows), after.predict_proba(rows)
    return {
        task: Comparison(
            agreement=float((first[task].argmax(axis=1) == second[task].argmax(axis=1)).mean()),
            difference=float(np.abs(first[task] - second[task]).max()),
            macro_f1_before=_score(task, labels, first, rows),
            macro_f1_after=_score(task, labels, second, rows),
        )
        for task, labels in before.labels.items()
    }


def _score(task: str, labels: Sequence[str], found: Probabilities, rows: Sequence[Example]) -> float | None:
    gold = {place: label for place, row in enumerate(rows) if (label := row.gold(task)) in labels}
    if not gold:
        return None
    answers = [str(label) for label in gold.values()]
    return score(task, answers, found[task][list(gold)], None, labels)["macro_f1"]
