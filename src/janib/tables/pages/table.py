"""A table as people read it: in the terminal, as Markdown, as LaTeX and as a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from janib.io.figures import Mark, Panel, draw_forest
from janib.io.files import write_file
from janib.io.markdown import tabulate
from janib.tables.results_csv import Line, group_rows, summarise
from janib.tables.statistics import Statistics, average

OURS = "this repository"

_LATEX = {"\\": r"\textbackslash{}", "±": r"$\pm$"} | {sign: f"\\{sign}" for sign in "&%$#_{}"}
_LATEX |= {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def show_table(title: str, lines: Sequence[Line], columns: Sequence[str]) -> Table:
    """Return a table for the terminal: a row a model, its mean and standard deviation over seeds, in percent."""
    shown = Table("model", "seeds", *(column.replace("/", "\n", 1) for column in columns), title=title)
    for row, own in group_rows(lines).items():
        shown.add_row(row, str(len(own)), *(summarise(own, column) for column in columns))
    return shown


def write_markdown(
    table: Mapping[str, Any], lines: Sequence[Line], failures: Sequence[Line], statistics: Statistics, folder: Path
) -> None:
    """Write ``table.md``: our rows as in :func:`show_table`, then what others published, by the same metrics.

    Parameters
    ----------
    table
        With ``columns`` (metric keys) and ``published``: rows of ``model``, ``source`` and values in percent by key.
    lines
        The table's lines.
    failures
        Cells that did not run; a row that has no other cell says why instead of numbers.
    statistics
        Which numbers are bold.
    folder
        Where it goes.
    """
    columns = list(table["columns"])
    rows = []
    for name, n_seeds, cells, bold, source in _list_rows(table, lines, failures, statistics):
        shown = [f"**{cell}**" if strong else cell for cell, strong in zip(cells, bold, strict=True)]
        rows.append([name, n_seeds, *shown, source])
    _write_text(folder / "table.md", tabulate(["model", "seeds", *columns, "source"], rows) + "\n")


def write_latex(
    table: Mapping[str, Any], lines: Sequence[Line], failures: Sequence[Line], statistics: Statistics, folder: Path
) -> None:
    """Write ``table.tex``, the same rows as a tabular for the package booktabs; parameters as of Markdown."""
    columns = list(table["columns"])
    written = [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{tabular}}{{lr{'r' * len(columns)}l}}",
        r"\toprule",
        " & ".join(["model", "seeds", *map(escape_latex, columns), "source"]) + r" \\",
        r"\midrule",
    ]
    was_ours = True
    for name, n_seeds, cells, bold, source in _list_rows(table, lines, failures, statistics):
        is_ours = n_seeds != ""
        if was_ours and not is_ours:
            written.append(r"\midrule")
        was_ours = is_ours
        shown = [
            rf"\textbf{{{escape_latex(cell)}}}" if strong else escape_latex(cell)
            for cell, strong in zip(cells, bold, strict=True)
        ]
        written.append(" & ".join([escape_latex(name), n_seeds, *shown, escape_latex(source)]) + r" \\")
    written += [r"\bottomrule", r"\end{tabular}"]
    _write_text(folder / "table.tex", "\n".join(written) + "\n")


def draw_table(table: Mapping[str, Any], lines: Sequence[Line], statistics: Statistics, folder: Path) -> None:
    """Write ``table.svg`` and ``table.png``: the compared columns as forest plots, published values as hollow marks."""
    panels = []
    for column in table["compared"]:
        marks = []
        for row, own in group_rows(lines).items():
            mean = average(own, column)
            if mean is not None and (row, column) in statistics.intervals:
                low, high = statistics.intervals[row, column]
                marks.append(Mark(row, mean, (100 * low, 100 * high)))
        marks += [Mark(one["model"], float(one[column]), None) for one in table["published"] if column in one]
        panels.append(Panel(column, marks))
    if any(panel.marks for panel in panels):
        draw_forest(panels, table["title"], [folder / "table.svg", folder / "table.png"])


def escape_latex(text: str) -> str:
    r"""Escape what LaTeX would take for a command.

    >>> escape_latex("a_b ± 1 %")
    'a\\_b $\\pm$ 1 \\%'
    """
    return re.sub(r"[\\&%$#_{}~^±]", lambda found: _LATEX[found[0]], text)


def _list_rows(
    table: Mapping[str, Any], lines: Sequence[Line], failures: Sequence[Line], statistics: Statistics
) -> list[tuple[str, str, list[str], list[bool], str]]:
    """Return name, seeds, cells, which of them are bold, and source; of published rows the seeds are blank."""
    columns = list(table["columns"])
    own = group_rows(lines)
    reasons = {line["model"]: line["reason"] for line in failures}
    rows = []
    for row in table["rows"]:
        if row in own:
            cells = [summarise(own[row], column) for column in columns]
            bold = [statistics.is_bold(row, column) for column in columns]
            rows.append((row, str(len(own[row])), cells, bold, OURS))
        else:
            why = reasons.get(row, "has not run")
            rows.append((row, "0", [""] * len(columns), [False] * len(columns), why))
    for one in table["published"]:
        cells = [f"{one[column]:.2f}" if column in one else "" for column in columns]
        rows.append((str(one["model"]), "", cells, [False] * len(columns), str(one["source"])))
    return rows


def _write_text(path: Path, text: str) -> None:
    with write_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
