"""Pictures of results: confusion matrices and forest plots."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
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


def draw_forest(panels: Sequence[Panel], title: str, paths: Sequence[Path]) -> None:
    """Draw panels side by side into files, whose suffix gives the format; the same values give the same bytes.

    A legend says which marks are ours and, if there are some, which others published.
    """
    most = max(len(panel.marks) for panel in panels)
    # No dates, and names of parts that depend on this word alone.
    with rc_context({"svg.hashsalt": "janib", "font.family": "DejaVu Sans", "svg.fonttype": "path"}):
        figure = Figure(figsize=(1 + 6.2 * len(panels), 1.5 + 0.3 * most), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
            _draw_panel(axes, panel)
        figure.suptitle(title, fontsize=10, wrap=True)
        keys = [Line2D([], [], color=OURS_INK, marker="o", label="this repository, with 95 % interval")]
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
