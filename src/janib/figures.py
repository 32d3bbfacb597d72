"""Pictures of results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray


def draw_confusion(counts: NDArray[np.int64], labels: Sequence[str], title: str, path: Path) -> None:
    """Draw a confusion matrix as PNG.

    Parameters
    ----------
    counts
        Shape (n_labels, n_labels), gold rows and predicted columns.
    labels
        Label names in order.
    title
        Title of the picture.
    path
        Where to write it.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.2 + 0.9 * len(labels)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=30, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="predicted", ylabel="gold", title=title)
    for (row, column), count in np.ndenumerate(counts):
        ink = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{count:,}\n{shares[row, column]:.0%}", ha="center", va="center", color=ink)
    figure.savefig(path, dpi=120)
