"""How well a model agrees with the people who read a sample of its positions, and these with each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from janib.articles.checking.readings import ReadPosition
from janib.errors import DataError
from janib.labels import STANCE_LABELS, Stance
from janib.scoring.metrics import Floats, Ids, encode, kappa, macro_f1
from janib.scoring.resampling import N_RESAMPLES, apply_weights, resample

_Z = 1.959963984540054  # of a 95 % interval
_SIDES = (Stance.FAVOR, Stance.AGAINST)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A score and its 95 % interval, for all positions from which the sample was drawn."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a sample that people read says of all positions.

    Attributes
    ----------
    n_read, n_unread, n_disputed
        Positions of the sample with a label, without one, and with as many readers for one label as for another.
    n_articles
        Articles of those read.
    unread_strata
        Sizes of the strata of which nothing was read, by stance and whether it is shown; the scores leave them out.
    scores
        By name; None where the sample has no position that the score is about.
    counts
        Positions read, by the people's label and the model's, shape (3, 3), in label order.
    shares
        Estimated shares of all positions, likewise; they sum to 1.
    readers
        Kappa of each two readers, and on how many positions.
    """

    n_read: int
    n_unread: int
    n_disputed: int
    n_articles: int
    unread_strata: dict[tuple[str, bool], int]
    scores: dict[str, Estimate | None]
    counts: Ids
    shares: Floats
    readers: dict[tuple[str, str], tuple[Estimate, int]]


def measure_agreement(rows: Sequence[ReadPosition]) -> Agreement:
    """Compare the model's most probable stances with the people's labels.

    Each position counts for as many as its stratum has for each one read, so a stratified sample gives the scores of
    all positions. Positions of one article are alike, so intervals come from whole articles: those of shares are
    Wilson's with the effective size of the sample (Korn and Graubard 1998), the others are of the bootstrap.

    Raises
    ------
    DataError
        If only some rows tell the size of their stratum, or no position has a label that most readers gave.
    """
    read = [row for row in rows if row.gold is not None]
    if not read:
        raise DataError("no position has a label that most of its readers gave; label more positions")
    weights = _weigh(read)
    gold, predicted = [str(row.gold) for row in read], [row.predicted for row in read]
    shown = np.array([row.is_shown and row.predicted in _SIDES for row in read])
    sided = np.array([label in _SIDES for label in gold])
    right = np.array([one == other for one, other in zip(gold, predicted, strict=True)])
    clusters = _number_articles(read)
    ones = np.ones(len(read))
    counted = _sum_cells(gold, predicted, ones, np.zeros(len(read), np.int64))[0]
    weighted = _sum_cells(gold, predicted, weights, np.zeros(len(read), np.int64))[0]
    sizes = Counter({_find_stratum(row): row.stratum_size or 0 for row in rows})
    return Agreement(
        n_read=len(read),
        n_unread=sum(not row.labels for row in rows),
        n_disputed=sum(bool(row.labels) and row.gold is None for row in rows),
        n_articles=len({row.article for row in read}),
        unread_strata={key: size for key, size in sizes.items() if key not in set(map(_find_stratum, read))},
        scores={
            "accuracy": estimate_share(right, weights, clusters),
            "macro-F1": _bootstrap(gold, predicted, weights, clusters, macro_f1),
            "kappa": _bootstrap(gold, predicted, weights, clusters, kappa),
            "shown sides that are right": estimate_share(right[shown], weights[shown], clusters[shown]),
            "sides of the readers that are shown": estimate_share(
                (right & shown)[sided], weights[sided], clusters[sided]
            ),
        },
        counts=counted.astype(np.int64),
        shares=weighted / weighted.sum(),
        readers=_compare_readers(rows),
    )


def estimate_share(is_one: NDArray[np.bool_], weights: Floats, clusters: Ids) -> Estimate | None:
    """Estimate a share of weighted rows that come in clusters; None if there is no row.

    The interval is Wilson's. Its sample size is that of a simple random sample with the same variance, and at most the
    number of rows; where all rows are alike, which tells no variance, that of the weights alone.
    """
    if not len(is_one):
        return None
    total = weights.sum()
    share = float((weights * is_one).sum() / total)
    size = float(total**2 / (weights**2).sum())
    parts = np.bincount(clusters, weights * (is_one - share) / total)[np.unique(clusters)]
    variance = float((parts**2).sum()) * len(parts) / max(len(parts) - 1, 1)
    if variance > 1e-12:
        size = min(share * (1 - share) / variance, float(len(is_one)))
    centre = (share + _Z**2 / (2 * size)) / (1 + _Z**2 / size)
    half = _Z * math.sqrt(share * (1 - share) / size + _Z**2 / (4 * size**2)) / (1 + _Z**2 / size)
    return Estimate(share, min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share))


def _weigh(read: Sequence[ReadPosition]) -> Floats:
    """Return for how many positions each one read counts."""
    known = {row.stratum_size is not None for row in read}
    if len(known) > 1:
        raise DataError("some rows tell the size of their stratum, others do not; give sheets of one sample")
    if not known.pop():
        return np.ones(len(read))
    times = Counter(map(_find_stratum, read))
    return np.array([(row.stratum_size or 0) / times[_find_stratum(row)] for row in read])


def _find_stratum(row: ReadPosition) -> tuple[str, bool]:
    return row.predicted, row.is_shown


def _number_articles(rows: Sequence[ReadPosition]) -> Ids:
    """Return the number of each row's article, or of the row itself if all are of one."""
    names = [row.article for row in rows]
    if len(set(names)) == 1:
        return np.arange(len(rows))
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([numbers[name] for name in names])


def _sum_cells(gold: Sequence[str], predicted: Sequence[str], weights: Floats, clusters: Ids) -> Floats:
    """Return each cluster's sums of weights by gold label and predicted label, shape (n_clusters, 3, 3)."""
    sums = np.zeros((int(clusters.max()) + 1, len(STANCE_LABELS), len(STANCE_LABELS)))
    np.add.at(sums, (clusters, encode(gold, STANCE_LABELS), encode(predicted, STANCE_LABELS)), weights)
    return sums


def _bootstrap(
    gold: Sequence[str], predicted: Sequence[str], weights: Floats, clusters: Ids, measure: Callable[[Floats], Floats]
) -> Estimate:
    units = _sum_cells(gold, predicted, weights, clusters)
    times = np.ones(len(units), np.int64)
    observed = float(measure(apply_weights(times[None], units))[0])
    drawn = np.concatenate([measure(counts) for counts in resample(units, times, N_RESAMPLES, 0)])
    low, high = np.percentile(drawn, (2.5, 97.5))
    return Estimate(observed, float(low), float(high))


def _compare_readers(rows: Sequence[ReadPosition]) -> dict[tuple[str, str], tuple[Estimate, int]]:
    names = list(dict.fromkeys(name for row in rows for name in row.labels))
    found = {}
    for first, second in combinations(names, 2):
        both = [row for row in rows if {first, second} <= row.labels.keys()]
        if both:
            one, other = ([row.labels[name] for row in both] for name in (first, second))
            found[first, second] = (_bootstrap(one, other, _weigh(both), _number_articles(both), kappa), len(both))
    return found
