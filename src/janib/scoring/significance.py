"""Intervals of count scores, paired tests that two models differ on the same rows, and Holm's adjustment.

All p-values are two-sided. The sample are the rows and, for the bootstrap of a model with several seeds, its seeds: no
p-value says anything of other splits or corpora, or of other seeds where a model has one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from janib.scoring.metrics import Floats, Labels, Measure, check_name, list_measures, locate, name_targets
from janib.scoring.resampling import N_RESAMPLES, apply_weights, count_units, resample, split_chunks

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


@dataclass(frozen=True, slots=True)
class Draws:
    """Scores of several systems on the same bootstrap resamples of their rows; made by :func:`draw_scores`.

    Attributes
    ----------
    observed
        Score name to the scores on the rows themselves, shape (n_systems,).
    drawn
        Score name to the scores on the resamples, shape (n_resamples, n_systems).
    seed
        The seed of the generator that draws the seeds of models.
    """

    observed: dict[str, Floats]
    drawn: dict[str, Floats]
    seed: int = 0

    def find_interval(self, name: str, places: Sequence[int]) -> tuple[float, float]:
        """Return the 95 % percentile interval of the mean score of some systems, the seeds of one model.

        The bootstrap has two levels: each resample draws seeds of the model, and scores them on its rows. With one
        seed it is the bootstrap of the rows.
        """
        low, high = np.percentile(self._average(name, places), (2.5, 97.5))
        return float(low), float(high)

    def compare(self, name: str, first: Sequence[int], second: Sequence[int]) -> Difference:
        """Compare the mean score over a model's seeds with that over another's by the paired bootstrap.

        A resample has the same rows for both models, and draws seeds of each on its own. The p-value is
        that of Berg-Kirkpatrick, Burkett and Klein (2012, figure 1), who shift the resampled
        differences d* by the observed d to stand for the null, here two-sided and with the observed sample
        counted: p = (1 + #{abs(d* - d) >= abs(d)}) / (n_resamples + 1). It is not Koehn's (2004) unshifted share
        of resamples in which the other system wins.
        """
        observed = self.observed[name]
        value = float(observed[first].mean() - observed[second].mean())
        differences = self._average(name, first) - self._average(name, second)
        low, high = np.percentile(differences, (2.5, 97.5))
        return Difference(value, float(low), float(high), count_extremes(differences - value, value))

    def _average(self, name: str, places: Sequence[int]) -> Floats:
        """Return the mean score of the seeds that each resample draws, shape (n_resamples,).

        Of n seeds, n - 1 are drawn with replacement. Then the drawn means vary as much as the mean of n seeds does by
        the unbiased estimate of its variance (Rao and Wu 1988); n of n would be a third too little with three seeds.
        """
        scores, n_drawn = self.drawn[name][:, places], len(places) - 1
        if not n_drawn:
            return scores[:, 0]
        rng = np.random.default_rng([self.seed, *places])  # a model's seeds are the same in all its comparisons
        times = rng.multinomial(n_drawn, np.full(len(places), 1 / len(places)), size=len(scores))
        means: Floats = (scores * times).sum(axis=1) / n_drawn
        return means


def draw_scores(
    task: str,
    gold: Labels,
    systems: Sequence[Labels],
    targets: Sequence[str] | None,
    labels: Sequence[str],
    *,
    names: Sequence[str],
    clusters: Sequence[Hashable] | None = None,
    n_resamples: int = N_RESAMPLES,
    seed: int = 0,
) -> Draws:
    """Score systems on the same resampled rows.

    Parameters
    ----------
    task, gold, targets, labels
        As in :func:`janib.scoring.metrics.score`.
    systems
        Each system's predictions for the same rows.
    names
        The scores wanted, as :func:`janib.scoring.metrics.list_measures` calls them.
    clusters
        Rows with the same cluster are drawn together; None draws single rows.
    n_resamples, seed
        How many resamples, and the seed of the generator.

    Raises
    ------
    DataError
        As in :func:`janib.scoring.metrics.score`.
    ConfigError
        If the task has no such score.
    """
    measures = _find_measures(task, names, labels, targets)
    unit_counts, times = count_units(gold, systems, _keep_targets(measures, targets), labels, clusters)
    counts = apply_weights(times[None], unit_counts)
    observed = {name: measure(counts)[0] for name, measure in measures.items()}
    drawn: dict[str, list[Floats]] = {name: [] for name in names}
    for counts in resample(unit_counts, times, n_resamples, seed):
        for name, measure in measures.items():
            drawn[name].append(measure(counts))
    return Draws(observed, {name: np.concatenate(parts) for name, parts in drawn.items()}, seed)


def compare_by_randomisation(
    task: str,
    gold: Labels,
    first: Sequence[Labels],
    second: Sequence[Labels],
    targets: Sequence[str] | None,
    labels: Sequence[str],
    *,
    name: str,
    clusters: Sequence[Hashable] | None = None,
    n_trials: int = N_RESAMPLES,
    seed: int = 0,
) -> float:
    """Return the p-value of approximate randomisation (Noreen 1989; Yeh 2000) between two models.

    Each trial swaps the two models' predictions of each row (or cluster) with probability 1/2, and p = (r + 1) /
    (n_trials + 1), r being the trials whose absolute difference is at least the observed one. Of m rows that
    are alike to the score, the number swapped is binomial(m, 1/2), so that is what is drawn. With several
    seeds, the same rows are swapped in every pair of a seed of the first and one of the second, and the
    differences of all pairs are averaged; unswapped, that is the difference of the two means. The seeds are taken as
    they are: unlike the bootstrap, this test knows only that the rows might have been others. Exchanging whole seeds
    would be no remedy: three of each model can be dealt in 20 ways, so that no p could be below 0.1.

    Parameters
    ----------
    task, gold, targets, labels, name, clusters, seed
        As in :func:`draw_scores`.
    first, second
        The models' predictions, one entry a seed.
    n_trials
        How many times predictions are swapped.

    Raises
    ------
    DataError, ConfigError
        As in :func:`draw_scores`.
    """
    systems = [*first, *second]
    measures = _find_measures(task, [name], labels, targets)
    unit_counts, times = count_units(gold, systems, _keep_targets(measures, targets), labels, clusters)
    ours = np.repeat(np.arange(len(first)), len(second))
    theirs = np.tile(np.arange(len(first), len(systems)), len(first))
    order, swapped_order = np.concatenate([ours, theirs]), np.concatenate([theirs, ours])
    observed = apply_weights(times[None], unit_counts[:, order])
    swaps = unit_counts[:, swapped_order] - unit_counts[:, order]

    def subtract(counts: Floats) -> Floats:
        both = measures[name](counts)
        difference: Floats = both[:, : len(ours)].mean(axis=1) - both[:, len(ours) :].mean(axis=1)
        return difference

    rng = np.random.default_rng(seed)
    drawn = []
    for size in split_chunks(n_trials, swaps):
        swapped = rng.binomial(times, 0.5, size=(size, len(times)))
        drawn.append(subtract(observed + apply_weights(swapped, swaps)))
    return count_extremes(np.concatenate(drawn), float(subtract(observed)[0]))


def compare_by_mcnemar(gold: Labels, first: Labels, second: Labels, labels: Sequence[str]) -> float:
    """Return McNemar's (1947) exact p-value that two systems are right equally often.

    Of the rows on which just one system is right, each is equally likely to be right under the null: a
    two-sided binomial test with probability 1/2. Rows are taken as independent. Parameters and errors as in
    :func:`draw_scores`.
    """
    from scipy.stats import binomtest

    rights = []
    for system in (first, second):
        gold_ids, predicted_ids = np.divmod(locate(gold, system, None, labels), len(labels))
        rights.append(gold_ids == predicted_ids)
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


def count_extremes(drawn: Floats, observed: float) -> float:
    """Return a two-sided p-value: the share of differences under the null at least as large as the observed one.

    The observed one is counted with them, so that no p-value is 0.
    """
    return float((1 + (np.abs(drawn) >= abs(observed) - _TIE).sum()) / (1 + len(drawn)))


def _find_measures(
    task: str, names: Sequence[str], labels: Sequence[str], targets: Sequence[str] | None
) -> dict[str, Measure]:
    known = list_measures(task, labels, name_targets(targets))
    return {name: known[check_name(name, known)] for name in names}


def _keep_targets(measures: Mapping[str, Measure], targets: Sequence[str] | None) -> Sequence[str] | None:
    """Return the targets if a score is by target; hundreds of them cost time and memory for nothing otherwise."""
    return targets if any(measure.by_target for measure in measures.values()) else None
