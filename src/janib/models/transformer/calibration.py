"""Scores of logits on labelled rows, and the temperature that calibrates them."""

from __future__ import annotations

import numpy as np

from janib.models.label_ids import MISSING
from janib.models.linear import apply_softmax
from janib.scoring.metrics import Floats, Ids, confusion, f1_by_label


def measure_loss(logits: Floats, gold: Ids) -> float:
    """Return the mean cross-entropy in nats over the rows that have a label."""
    known = np.flatnonzero(gold != MISSING)
    chosen = apply_softmax(logits[known])[np.arange(len(known)), gold[known]]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def measure_macro_f1(logits: Floats, gold: Ids) -> float:
    """Return macro-F1 over the rows that have a label."""
    known = gold != MISSING
    labels = list(map(str, range(logits.shape[1])))
    counts = confusion(gold[known], logits.argmax(axis=1)[known], None, labels)
    return float(f1_by_label(counts[0]).mean())


def fit_temperature(logits: Floats, gold: Ids) -> float:
    """Return the temperature between e^-3 and e^3 with the least cross-entropy (Guo et al. 2017, section 4.2).

    The cross-entropy is convex in the inverse temperature, so bisection finds the minimum as the change of sign of the
    slope. Without labelled rows the temperature is 1.
    """
    known = np.flatnonzero(gold != MISSING)
    if not len(known):
        return 1.0
    logits = logits[known]
    chosen = logits[np.arange(len(known)), gold[known]]
    low, high = -3.0, 3.0
    for _ in range(50):
        middle = (low + high) / 2
        expected = (apply_softmax(logits / np.exp(middle)) * logits).sum(axis=1)
        if (expected - chosen).mean() > 0:  # the slope in the inverse temperature; the logits are too sharp
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))
