"""Pictures of results: confusion matrices, reliability diagrams and forest plots."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from janib.io.files import write_file

OURS_INK, OTHERS_INK = "tab:blue", "tab:gray"


def draw_confusion(counts: NDArray[np.int64], labels: Sequence[str], title: str, path: Path) -> None:
    """Draw a confusion matrix as PNG.

    ``counts`` have the shape (n_labels, n_labels) in the order of ``labels``, gold in rows and predicted in columns.
    """
    draw_confusions({title: counts}, labels, path)


def draw_confusions(matrices: Mapping[str, NDArray[np.int64]], labels: Sequence[str], path: Path) -> None:
    """Draw confusion matrices by title, three in a row, as PNG; shapes as of :func:`draw_confusion`."""
    side = 2.2 + 0.9 * len(labels)
    figure, grid = _make_grid(len(matrices), side)
    for axes, (title, counts) in zip(grid, matrices.items(), strict=True):
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set_xticks(range(len(labels)), labels, rotation=30, ha="right")
        axes.set_yticks(range(len(labels)), labels)
        axes.set(xlabel="predicted", ylabel="gold", title=title)
        for (row, column), count in np.ndenumerate(counts):
            ink = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{count:,}\n{shares[row, column]:.0%}", ha="center", va="center", color=ink)
    figure.savefig(path, dpi=120, metadata={"Software": None})


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence and accuracy of a model's most probable labels, by bins of confidence.

    Attributes
    ----------
    confidence, accuracy
        Mean of each bin that has rows, as fractions of 1.
    rows
        Number of rows of each bin.
    error
        The expected calibration error, a fraction of 1.
    """

    confidence: Sequence[float]
    accuracy: Sequence[float]
    rows: Sequence[int]
    error: float


def draw_reliability(models: Mapping[str, Reliability], path: Path) -> None:
    """Draw reliability diagrams by model, three in a row, as PNG; the area of a mark is its share of the rows."""
    figure, grid = _make_grid(len(models), 3.4)
    for axes, (name, found) in zip(grid, models.items(), strict=True):
        axes.plot([0, 1], [0, 1], color=OTHERS_INK, linewidth=1, linestyle="--")
        axes.plot(found.confidence, found.accuracy, color=OURS_INK, linewidth=1)
        share = np.asarray(found.rows) / max(sum(found.rows), 1)
        axes.scatter(found.confidence, found.accuracy, s=12 + 240 * share, color=OURS_INK, alpha=0.7)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="mean confidence", ylabel="accuracy")
        axes.set_title(f"{name}\ncalibration error {100 * found.error:.1f} %", fontsize=9)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120, metadata={"Software": None})


def _make_grid(count: int, side: float) -> tuple[Figure, list[Axes]]:
    """Return a figure with so many axes, three in a row; ``side`` of each is in inches."""
    columns = min(count, 3)
    lines = -(-count // columns)
    figure = Figure(figsize=(side * columns, side * lines), layout="constrained")
    grid = list(figure.subplots(lines, columns, squeeze=False).flat)
    for axes in grid[count:]:
        axes.set_axis_off()
    return figure, grid[:count]


@dataclass(frozen=True, slots=True)
class Mark:
    """One value of a forest plot, with the ends of its interval; a value without one is drawn hollow."""

    label: str
    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One column of a forest plot: the name of the measure, and its values."""

    title: str
    marks: Sequence[Mark]


def draw_forest(panels: Sequence[Panel], title: str, paths: Sequence[Path], ours: str = "this repository") -> None:
    """Draw panels side by side into files, whose suffix gives the format; the same values give the same bytes.

    A legend says which marks are ``ours`` and, if there are some, which others published.
    """
    most = max(len(panel.marks) for panel in panels)
    # No dates, and names of parts that depend on this word alone.
    with rc_context({"svg.hashsalt": "janib", "font.family": "DejaVu Sans", "svg.fonttype": "path"}):
        figure = Figure(figsize=(1 + 6.2 * len(panels), 1.5 + 0.3 * most), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _draw_panel(axes, panel)
        figure.suptitle(title, fontsize=10, wrap=True)
        keys = [Line2D([], [], color=OURS_INK, marker="o", label=f"{ours}, with 95 % interval")]
        if any(mark.interval is None for panel in panels for mark in panel.marks):
            keys.append(Line2D([], [], color=OTHERS_INK, marker="o", mfc="white", linestyle="", label="published"))
        figure.legend(handles=keys, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
        for path in paths:
            about = {"Date": None} if path.suffix == ".svg" else {"Software": None}
            with write_file(path) as partial:
                figure.savefig(partial, dpi=100, metadata=about)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    for place, mark in enumerate(panel.marks):
        is_ours = mark.interval is not None
        ink = OURS_INK if is_ours else OTHERS_INK
        if mark.interval is not None:
            axes.plot(mark.interval, [place, place], color=ink, linewidth=1.5, solid_capstyle="butt")
        axes.plot(mark.value, place, "o", color=ink, markerfacecolor=ink if is_ours else "white")
        axes.annotate(f"{mark.value:.2f}", (mark.value, place), (0, 4), textcoords="offset points", ha="center", size=7)
    axes.set_yticks(range(len(panel.marks)), [textwrap.fill(mark.label, 44) for mark in panel.marks], fontsize=8)
    axes.set_ylim(len(panel.marks) - 0.4, -0.8)
    axes.set_xlabel(f"{panel.title}, percent")
    axes.grid(axis="x", alpha=0.3)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
