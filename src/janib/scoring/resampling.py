"""Bootstrap resamples of scored rows, as confusion arrays."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from janib.scoring.metrics import Floats, Ids, Labels, check_length, index_values, locate, name_targets

N_RESAMPLES = 10_000
"""How many resamples intervals rest on, and how many trials a randomisation test has."""

_CHUNK = 2_000_000


def count_units(
    gold: Labels,
    systems: Sequence[Labels],
    targets: Sequence[str] | None,
    labels: Sequence[str],
    clusters: Sequence[Hashable] | None,
) -> tuple[Floats, Ids]:
    """Count what each unit of a resample adds to every system's confusion arrays.

    Rows that agree in target, gold label and every system's prediction are the same to all count scores, so
    they are one unit that occurs several times. With clusters, each cluster is a unit. Without targets, rows
    of all targets are counted together.

    Returns
    -------
    unit_counts : NDArray
        Shape (n_units, n_systems, n_targets, n_labels, n_labels).
    times : NDArray
        How often each unit occurs, shape (n_units,).
    """
    shape = (len(systems), len(name_targets(targets)), len(labels), len(labels))
    cells = np.stack([locate(gold, predicted, targets, labels) for predicted in systems], axis=1)
    if clusters is None:
        cells, times = np.unique(cells, axis=0, return_counts=True)
        units = np.arange(len(cells))
    else:
        check_length("clusters", len(clusters), len(cells))
        units = index_values(clusters, dict.fromkeys(clusters))
        times = np.ones(int(units.max()) + 1, np.int64)
    unit_counts = np.zeros((len(times), len(systems), int(np.prod(shape[1:]))))
    np.add.at(unit_counts, (units[:, None], np.arange(len(systems)), cells), 1)
    return unit_counts.reshape(len(times), *shape), times


def resample(unit_counts: Floats, times: Ids, n_resamples: int, seed: int) -> Iterator[Floats]:
    """Draw bootstrap resamples as confusion arrays.

    Drawing n rows (or clusters) with replacement gives each distinct unit a count, and those counts together
    are multinomial with n trials and the units' shares as probabilities. As the scores read only counts,
    drawing the multinomial is the row bootstrap itself, not an approximation of it.

    Parameters are as from :func:`count_units`. Chunks have the shape (n, n_systems, n_targets, n_labels, n_labels);
    their size does not change the draws.
    """
    rng = np.random.default_rng(seed)
    n_drawn = int(times.sum())
    for size in split_chunks(n_resamples, unit_counts):
        draws = rng.multinomial(n_drawn, times / n_drawn, size=size)
        yield apply_weights(draws, unit_counts)


def split_chunks(n_resamples: int, unit_counts: Floats) -> list[int]:
    """Return chunk sizes that sum to ``n_resamples`` and keep each array of a chunk near 16 MB."""
    step = max(1, _CHUNK // max(len(unit_counts), unit_counts[0].size))
    return [min(step, n_resamples - start) for start in range(0, n_resamples, step)]


def apply_weights(weights: NDArray[Any], unit_counts: Floats) -> Floats:
    """Sum the counts of all units, weighted by an array of shape (n, n_units), giving (n, *unit_counts.shape[1:])."""
    flat: Floats = weights.astype(np.float64) @ unit_counts.reshape(len(unit_counts), -1)
    return flat.reshape(len(weights), *unit_counts.shape[1:])
