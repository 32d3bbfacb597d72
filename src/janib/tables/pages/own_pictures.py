"""Pictures of a user's own table: what each row confuses, and how far its probabilities can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from janib.io.figures import Reliability, draw_confusions, draw_reliability
from janib.io.files import write_file
from janib.scoring import metrics
from janib.tables.kept_predictions import KeptPredictions
from janib.tables.results_csv import RunKey

CONFUSION, RELIABILITY = "confusion.png", "reliability.png"


def draw_pictures(split: str, runs: Sequence[RunKey], predictions: KeptPredictions, folder: Path) -> list[str]:
    """Draw :data:`CONFUSION` and :data:`RELIABILITY` of the runs on a split; return the README's lines that show them.

    The seeds of a row are counted together.
    """
    kept = predictions.read_split(split, runs)
    if kept is None:
        return []
    confused: dict[str, NDArray[np.int64]] = {}
    reliable: dict[str, Reliability] = {}
    for row in dict.fromkeys(row for row, _ in kept.by_run):
        seeds = [key for key in kept.by_run if key[0] == row]
        gold = np.concatenate([_read_gold(split, key, predictions) for key in seeds])
        probabilities = np.concatenate([predictions.read_shares(split, key) for key in seeds])
        confused[row] = metrics.confusion(gold, probabilities, None, kept.labels)[0]
        reliable[row] = measure_reliability(gold, probabilities)
    with write_file(folder / CONFUSION) as path:
        draw_confusions(confused, kept.labels, path)
    with write_file(folder / RELIABILITY) as path:
        draw_reliability(reliable, path)
    return [
        f"![Gold and predicted labels of {split}]({CONFUSION})",
        f"![How often a label of {split} is right, by its probability]({RELIABILITY})",
    ]


def measure_reliability(gold: metrics.Ids, probabilities: metrics.Floats) -> Reliability:
    """Compare confidence and accuracy in the bins of :func:`janib.scoring.metrics.ece`; parameters as there."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == gold
    bins = np.searchsorted(np.arange(1, metrics.N_BINS) / metrics.N_BINS, confidence, side="left")
    filled, rows = np.unique(bins, return_counts=True)
    means = [(float(confidence[bins == one].mean()), float(right[bins == one].mean())) for one in filled]
    error = metrics.ece(probabilities, gold)
    return Reliability([mean for mean, _ in means], [mean for _, mean in means], rows.tolist(), error)


def _read_gold(split: str, run: RunKey, predictions: KeptPredictions) -> metrics.Ids:
    """Return the ids of a run's gold labels, in the order of its probabilities."""
    kept = predictions.read_split(split, [run])
    return metrics.encode(kept.gold, kept.labels) if kept else np.empty(0, np.int64)
