"""How good logits are where the gold label is known, and the temperature that makes them better probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from janib.models.label_ids import MISSING
from janib.models.linear import apply_softmax


def measure_loss(logits: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """Return the mean cross-entropy in nats over the rows that have a label."""
    known = np.flatnonzero(gold != MISSING)
    chosen = apply_softmax(logits[known])[np.arange(len(known)), gold[known]]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def measure_macro_f1(logits: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """Return the mean over labels of F1, 0 for a label neither found nor there."""
    known = gold != MISSING
    predicted, gold = logits.argmax(axis=1)[known], gold[known]
    scores = []
    for label in range(logits.shape[1]):
        both = ((predicted == label) & (gold == label)).sum()
        scores.append(2 * both / max(1, (predicted == label).sum() + (gold == label).sum()))
    return float(np.mean(scores))


def fit_temperature(logits: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """Return the temperature between e^-3 and e^3 with the least cross-entropy (Guo et al. 2017, section 4.2).

    The cross-entropy is convex in the inverse temperature, so its least is where the slope changes sign, which
    halving the interval finds. Without labelled rows it is 1.
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
        if (expected - chosen).mean() > 0:  # the slope along the inverse temperature: too sharp
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))
