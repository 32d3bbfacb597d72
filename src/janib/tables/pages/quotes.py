"""Numbers that documents quote: written from the results, so that none goes stale.

In a Markdown file, ``<!-- table NAME -->`` and ``<!-- end -->`` enclose a table, ``<!-- value NAME ROW COLUMN -->`` and
``<!-- end -->`` a mean in percent with its spread, and ``<!-- clean NAME ROW SPLIT -->`` and ``<!-- end -->`` the
percent that the controls give without leaked rows.
"""

from __future__ import annotations

import re
from pathlib import Path

from janib.errors import DataError
from janib.io.files import write_file
from janib.tables.controls import NO_LEAKS, read_controls, show_percent

_QUOTE = re.compile(r"<!-- (table|value|clean) (\S+)(?: (\S+) (\S+))? -->(.*?)<!-- end -->", re.DOTALL)


def list_documents(root: Path) -> list[Path]:
    """Return the documents of a checkout that may quote results."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("experiments/**/*.md")]
    return sorted(path for path in found if "<!-- end -->" in path.read_text(encoding="utf-8"))


def quote_results(path: Path, results: Path) -> str:
    """Return a document's text with every quotation as the results give it.

    Parameters
    ----------
    path
        The document.
    results
        The folder of all tables' results.

    Raises
    ------
    DataError
        If a quotation names no such table, row or column.
    """

    def quote(found: re.Match[str]) -> str:
        kind, name, row, column, _ = found.groups()
        opening = found[0].partition("-->")[0] + "-->"
        if kind == "table":
            return f"{opening}\n{_read_table(path, results / name / 'table.md')}<!-- end -->"
        if kind == "clean":
            value = _read_clean(results / name, row, column)
        else:
            value = _read_cell(_read_table(path, results / name / "table.md"), row, column)
        if not value:
            raise DataError(f"{path} quotes {name} {row} {column}, which {results / name} does not have; mend the mark")
        return f"{opening}{value}<!-- end -->"

    return _QUOTE.sub(quote, path.read_text(encoding="utf-8"))


def write_documents(root: Path, results: Path) -> None:
    """Bring every quotation up to date."""
    for path in list_documents(root):
        text = quote_results(path, results)
        if text != path.read_text(encoding="utf-8"):
            with write_file(path) as partial:
                partial.write_text(text, encoding="utf-8")


def find_stale(root: Path, results: Path) -> list[Path]:
    """Return the documents that quote something else than the results give."""
    return [path for path in list_documents(root) if quote_results(path, results) != path.read_text(encoding="utf-8")]


def _read_table(path: Path, table: Path) -> str:
    if not table.is_file():
        raise DataError(f"{path} quotes {table}, which is not there; mend the mark, or render the table")
    return table.read_text(encoding="utf-8")


def _read_cell(table: str, row: str, column: str) -> str:
    """Return a cell of a Markdown table without its bold, empty where there is none."""
    header, _, *lines = ([cell.strip(" *") for cell in line.strip("|").split("|")] for line in table.splitlines())
    return next((dict(zip(header, line, strict=True)).get(column, "") for line in lines if line[0] == row), "")


def _read_clean(folder: Path, row: str, split: str) -> str:
    """Return what ``controls.csv`` has, empty where it has none."""
    wanted = (row, NO_LEAKS, split)
    lines = read_controls(folder)
    found = (line["value"] for line in lines if (line["model"], line["control"], line["split"]) == wanted)
    return next(map(show_percent, found), "")
