"""Rendering of a table's pages, and the check that committed pages follow from the results."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from matplotlib.image import imread

from janib.io.files import write_file
from janib.tables.pages.content import TableContent
from janib.tables.pages.readme import write_readme
from janib.tables.pages.table import PICTURE, VECTOR_PICTURE, draw_table, format_latex, format_markdown
from janib.tables.statistics import COMPARISONS, write_comparisons

MARKDOWN, LATEX = "table.md", "table.tex"
RENDERED = (MARKDOWN, LATEX, VECTOR_PICTURE, PICTURE, COMPARISONS, "README.md")


def render(content: TableContent, folder: Path) -> None:
    """Write the pages of a table; pictures that are the same stay as they are."""
    with TemporaryDirectory() as scratch:
        draw_table(content, Path(scratch))
        for path in sorted(Path(scratch).iterdir()):
            if not _are_equal(folder / path.name, path):
                with write_file(folder / path.name) as partial:
                    partial.write_bytes(path.read_bytes())
    _write_text(folder / MARKDOWN, format_markdown(content))
    _write_text(folder / LATEX, format_latex(content))
    write_comparisons(content.statistics, folder)
    write_readme(content, folder)


def find_differences(content: TableContent, folder: Path) -> list[str]:
    """Render a table into a scratch folder; return in words which committed pages differ."""
    problems = []
    with TemporaryDirectory() as scratch:
        out = Path(scratch)
        render(content, out)
        for name in RENDERED:
            old, new = folder / name, out / name
            if old.exists() != new.exists():
                problems.append(f"{name} is {'missing' if new.exists() else 'there, but the results give none'}")
            elif new.exists() and not _are_equal(old, new):
                problems.append(f"{name} differs")
    return problems


def _are_equal(old: Path, new: Path) -> bool:
    if not old.exists():
        return False
    if old.suffix != ".png":
        return old.read_bytes() == new.read_bytes()
    # The same pixels may be packed otherwise, by another zlib.
    before, now = imread(old), imread(new)
    return before.shape == now.shape and bool(np.array_equal(before, now))


def _write_text(path: Path, text: str) -> None:
    with write_file(path) as partial:
        partial.write_text(f"{text}\n", encoding="utf-8")
