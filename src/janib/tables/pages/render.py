"""Does what is written follow from the results? Everything is computed again and compared."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.image import imread

from janib.tables.article_table import compute_scored_statistics, read_scored, write_scored_readme
from janib.tables.controls import CONTROLS
from janib.tables.pages.readme import write_readme
from janib.tables.pages.table import draw_table, write_latex, write_markdown
from janib.tables.results_csv import Line
from janib.tables.statistics import COMPARISONS, check_lines, compute_statistics, write_comparisons

RENDERED = ("table.md", "table.tex", "table.svg", "table.png", COMPARISONS, "README.md")


def render(
    table: Mapping[str, Any], task: str, lines: Sequence[Line], failures: Sequence[Line], folder: Path, out: Path
) -> None:
    """Write all that is seen of a table.

    Parameters
    ----------
    table
        As ``conf/table/*.yaml`` composes it.
    task
        The table's task.
    lines, failures
        Its cells.
    folder
        Where its predictions are, or the counts that it is made of.
    out
        Where the files go.
    """
    scored = read_scored(table, folder) if table.get("scored") else None
    statistics = compute_scored_statistics(table, scored) if scored else compute_statistics(table, task, lines, folder)
    write_markdown(table, lines, failures, statistics, out)
    write_latex(table, lines, failures, statistics, out)
    draw_table(table, lines, statistics, out)
    write_comparisons(statistics, out)
    if scored:
        write_scored_readme(table, scored, statistics, out)
    else:
        write_readme(table, lines, failures, statistics, out)


def find_differences(
    table: Mapping[str, Any], task: str, lines: Sequence[Line], failures: Sequence[Line], folder: Path
) -> list[str]:
    """Render a table anew and return, in words, what differs from the committed files and from the predictions."""
    problems = [] if table.get("scored") else check_lines(task, table["columns"], lines, folder)
    with TemporaryDirectory() as scratch:
        out = Path(scratch)
        if (folder / CONTROLS).exists():
            shutil.copyfile(folder / CONTROLS, out / CONTROLS)
        render(table, task, lines, failures, folder, out)
        for name in RENDERED:
            old, new = folder / name, out / name
            if not old.exists() and not new.exists():
                continue
            if not old.exists() or not new.exists():
                problems.append(f"{name} is there only {'anew' if new.exists() else 'as committed'}")
            elif not _are_equal(old, new):
                problems.append(f"{name} differs")
    return problems


def _are_equal(old: Path, new: Path) -> bool:
    if old.suffix != ".png":
        return old.read_bytes() == new.read_bytes()
    # The same pixels may be packed otherwise, by another zlib.
    before, now = imread(old), imread(new)
    return before.shape == now.shape and bool(np.array_equal(before, now))
