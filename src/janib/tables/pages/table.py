"""Tables in the terminal, as Markdown, as LaTeX and as pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rich.table import Column, Table

from janib.io.figures import Mark, Panel, draw_forest
from janib.io.markdown import tabulate
from janib.tables.pages.content import TableContent
from janib.tables.pages.plain_names import name_plainly
from janib.tables.row_scores import average, format_mean

OURS = "this repository"
PICTURE, VECTOR_PICTURE = "table.png", "table.svg"

_LATEX = {"\\": r"\textbackslash{}", "±": r"$\pm$"} | {sign: f"\\{sign}" for sign in "&%$#_{}"}
_LATEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def show_table(content: TableContent) -> Table:
    """Return a table for the terminal: a row a model, its mean and standard deviation over seeds, in percent."""
    columns = list(content.table["columns"])
    heads = (column.replace("/", "\n", 1) for column in columns)
    caption = "\n".join(content.notes) or None
    shown = Table(
        Column("model", overflow="fold"),
        "seeds",
        *heads,
        title=content.table["title"],
        caption=caption,
        caption_justify="left",
    )
    for row, own in content.scores.items():
        cells = (format_mean(own, column) for column in columns)
        shown.add_row(content.statistics.mark_row(row), content.count_seeds(row), *cells)
    return shown


def format_markdown(content: TableContent) -> str:
    """Return our rows as in :func:`show_table`, then what others published, by the same metrics.

    Bold are rows whose lead over every other row is significant, if they do not depend on their seed or have three.
    A row without scores has the reason as its source.
    """
    rows = []
    for row in _list_rows(content):
        cells = [f"**{text}**" if is_bold else text for text, is_bold in row.cells]
        rows.append([row.name, row.n_seeds, *cells, row.source])
    return tabulate(["model", "seeds", *content.table["columns"], "source"], rows)


def format_latex(content: TableContent) -> str:
    """Return the rows of :func:`format_markdown` as a tabular for the package booktabs."""
    columns = list(content.table["columns"])
    written = [
        r"% needs \usepackage{booktabs}",
        *(f"% {note}" for note in content.notes),
        rf"\begin{{tabular}}{{lr{'r' * len(columns)}l}}",
        r"\toprule",
        " & ".join(["model", "seeds", *map(escape_latex, columns), "source"]) + r" \\",
        r"\midrule",
    ]
    was_ours = True
    for row in _list_rows(content):
        is_ours = row.n_seeds != ""
        if was_ours and not is_ours:
            written.append(r"\midrule")
        was_ours = is_ours
        cells = [rf"\textbf{{{escape_latex(text)}}}" if is_bold else escape_latex(text) for text, is_bold in row.cells]
        written.append(" & ".join([escape_latex(row.name), row.n_seeds, *cells, escape_latex(row.source)]) + r" \\")
    return "\n".join([*written, r"\bottomrule", r"\end{tabular}"])


def draw_table(content: TableContent, folder: Path) -> None:
    """Write ``table.svg`` and ``table.png``: the compared columns as forest plots, published values as hollow marks."""
    table, statistics = content.table, content.statistics
    panels = []
    for column in table["compared"]:
        marks = []
        for row, own in content.scores.items():
            mean = average(own, column)
            if mean is not None and (row, column) in statistics.intervals:
                low, high = statistics.intervals[row, column]
                marks.append(Mark(statistics.mark_row(row, name_plainly(row)), mean, (100 * low, 100 * high)))
        marks += [Mark(one["model"], float(one[column]), None) for one in table["published"] if column in one]
        panels.append(Panel(column, marks))
    if any(panel.marks for panel in panels):
        # A title may begin with the name of an Arabic file, and still runs from left to right.
        title = f"\u200e{table['title']}" if table.get("command") else table["title"]
        draw_forest(panels, title, [folder / VECTOR_PICTURE, folder / PICTURE], _name_source(content))


def escape_latex(text: str) -> str:
    r"""Escape what LaTeX would take for a command.

    >>> escape_latex("a_b ± 1 %")
    'a\\_b $\\pm$ 1 \\%'
    """
    return re.sub(r"[\\&%$#_{}~^±]", lambda found: _LATEX[found[0]], text)


class _Row(NamedTuple):
    """A row as text; ``cells`` are each a text and whether it is bold. Published rows have no ``n_seeds``."""

    name: str
    n_seeds: str
    cells: list[tuple[str, bool]]
    source: str


def _name_source(content: TableContent) -> str:
    return "this comparison" if content.table.get("command") else OURS


def _list_rows(content: TableContent) -> Iterator[_Row]:
    columns = list(content.table["columns"])
    for row in content.table["rows"]:
        if row in content.scores:
            own = content.scores[row]
            cells = [(format_mean(own, column), content.statistics.is_bold(row, column)) for column in columns]
            yield _Row(content.statistics.mark_row(row), content.count_seeds(row), cells, _name_source(content))
        else:
            yield _Row(row, "0", [("", False)] * len(columns), content.reasons.get(row, "has not run"))
    for one in content.table["published"]:
        cells = [(f"{one[column]:.2f}" if column in one else "", False) for column in columns]
        yield _Row(str(one["model"]), "", cells, str(one["source"]))
