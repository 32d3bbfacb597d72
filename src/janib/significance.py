"""Do two systems differ on the same rows? Paired tests for any count score, and Holm's adjustment.

All p-values are two-sided. The rows are the sample: a p-value says nothing of other seeds, splits or corpora.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from janib.metrics import (
    Answers,
    Floats,
    apply_weights,
    check_name,
    locate,
    measure,
    resample,
    split_chunks,
    tally,
)

_TIE = 1e-12
"""Differences nearer than this are equal: the same counts added in another order differ in the last bits."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference of two scores.

    Attributes
    ----------
    value
        Score of the first system minus score of the second.
    low, high
        95 % percentile interval of the difference.
    p
        Two-sided p-value of no difference.
    """

    value: float
    low: float
    high: float
    p: float


def compare_by_bootstrap(
    task: str,
    gold: Answers,
    first: Answers,
    second: Answers,
    targets: Sequence[str] | None,
    labels: Sequence[str],
    *,
    name: str,
    clusters: Sequence[Hashable] | None = None,
    n_resamples: int = 10_000,
    seed: int = 0,
) -> Difference:
    """Compare two systems by the paired bootstrap.

    Both systems are scored on the same resampled rows. The p-value is that of Berg-Kirkpatrick, Burkett and
    Klein (2012, figure 1), who shift the resampled differences d* by the observed d to stand for the null,
    here two-sided and with the observed sample counted: p = (1 + #{abs(d* - d) >= abs(d)}) / (n_resamples +
    1). It is not Koehn's (2004) unshifted share of resamples in which the other system wins.

    Parameters
    ----------
    task, gold, targets, labels
        As in :func:`janib.metrics.score`.
    first, second
        The two systems' answers for the same rows.
    name
        The score's key in :func:`janib.metrics.measure`.
    clusters
        Rows with the same cluster are drawn together; None draws single rows.
    n_resamples, seed
        How many resamples, and the seed of the generator.

    Raises
    ------
    DataError
        As in :func:`janib.metrics.score`.
    ConfigError
        If the task has no such score.
    """
    tallies, times, kept = tally(task, gold, [first, second], targets, labels, clusters)
    subtract = _make_subtraction(task, labels, kept, name)
    value = float(subtract(apply_weights(times[None], tallies))[0])
    drawn = np.concatenate([subtract(counts) for counts in resample(tallies, times, n_resamples, seed)])
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Difference(value, float(low), float(high), _count_extremes(drawn - value, value))


def compare_by_randomisation(
    task: str,
    gold: Answers,
    first: Answers,
    second: Answers,
    targets: Sequence[str] | None,
    labels: Sequence[str],
    *,
    name: str,
    clusters: Sequence[Hashable] | None = None,
    n_trials: int = 10_000,
    seed: int = 0,
) -> float:
    """Return the p-value of approximate randomisation (Noreen 1989; Yeh 2000).

    Each trial swaps the two systems' answers of each row (or cluster) with probability 1/2, and p = (r + 1) /
    (n_trials + 1), r being the trials whose absolute difference is at least the observed one. Of m rows that
    are alike to the score, the number swapped is binomial(m, 1/2), so that is what is drawn. Parameters and
    errors as in :func:`compare_by_bootstrap`.
    """
    tallies, times, kept = tally(task, gold, [first, second], targets, labels, clusters)
    subtract = _make_subtraction(task, labels, kept, name)
    observed, swaps = apply_weights(times[None], tallies), tallies[:, ::-1] - tallies
    rng = np.random.default_rng(seed)
    drawn = []
    for size in split_chunks(n_trials, tallies):
        swapped = rng.binomial(times, 0.5, size=(size, len(times)))
        drawn.append(subtract(observed + apply_weights(swapped, swaps)))
    return _count_extremes(np.concatenate(drawn), float(subtract(observed)[0]))


def compare_by_mcnemar(gold: Answers, first: Answers, second: Answers, labels: Sequence[str]) -> float:
    """Return McNemar's (1947) exact p-value that two systems are right equally often.

    Of the rows on which just one system is right, each is equally likely to be right under the null: a
    two-sided binomial test with probability 1/2. Rows are taken as independent. Parameters and errors as in
    :func:`compare_by_bootstrap`.
    """
    from scipy.stats import binomtest

    rights = []
    for system in (first, second):
        gold_ids, answers = np.divmod(locate(gold, system, None, labels), len(labels))
        rights.append(gold_ids == answers)
    only_first, only_second = int((rights[0] & ~rights[1]).sum()), int((rights[1] & ~rights[0]).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second, 0.5).pvalue)


def adjust_by_holm(p_values: Sequence[float]) -> Floats:
    """Adjust p-values for their number by Holm's (1979) step-down rule, keeping their order.

    An adjusted value at or below alpha is rejected at a family-wise error rate of alpha, whatever the
    dependence.
    """
    p = np.asarray(p_values, np.float64)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


def _make_subtraction(
    task: str, labels: Sequence[str], targets: Sequence[str], name: str
) -> Callable[[Floats], Floats]:
    """Return a function of counts of shape (n, 2, n_targets, n_labels, n_labels) to n differences."""

    def subtract(counts: Floats) -> Floats:
        scores = measure(task, counts, labels, targets)
        both = scores[check_name(name, scores)]
        return both[:, 0] - both[:, 1]

    return subtract


def _count_extremes(drawn: Floats, observed: float) -> float:
    return float((1 + (np.abs(drawn) >= abs(observed) - _TIE).sum()) / (1 + len(drawn)))
