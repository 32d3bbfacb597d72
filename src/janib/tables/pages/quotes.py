"""Numbers that documents quote from a table, written from its results.

In a Markdown file, ``<!-- table NAME -->`` and ``<!-- end -->`` enclose a table, ``<!-- value NAME ROW COLUMN -->`` and
``<!-- end -->`` a mean in percent with its spread, and ``<!-- clean NAME ROW SPLIT -->`` and ``<!-- end -->`` the
percent that the controls give without leaked rows. The row of a value may also be what others published: the model's
name in quotation marks, as the table has it. A mark may be anywhere in a line. GitHub does not parse a line that begins
with one, so that a line of prose begins with a word.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from janib.errors import DataError
from janib.io.files import write_text
from janib.tables.control_results import NO_LEAKS, ControlRecord
from janib.tables.pages.content import TableContent
from janib.tables.pages.controls import format_percent
from janib.tables.pages.table import format_markdown
from janib.tables.row_scores import format_mean

_END = "<!-- end -->"
_MARK = re.compile(r"<!-- (?:table|value|clean|end)\b[^>]*>?")
_QUOTATION = re.compile(
    r"(?P<opening><!-- (?P<kind>table|value|clean) (?P<name>\S+)"
    r"(?: (?P<row>\"[^\"]+\"|\S+) (?P<column>\S+))? -->)"
    rf"(?:(?!<!--).)*{_END}",
    re.DOTALL,
)


class Quotations:
    """The quotations from one table in the documents of a checkout.

    Parameters
    ----------
    content
        The table's content.
    controls
        The records of its controls.
    root
        The checkout.
    results
        The folder of all tables' results, a folder a table.
    """

    def __init__(self, content: TableContent, controls: Sequence[ControlRecord], root: Path, results: Path) -> None:
        self._content, self._controls, self._root, self._results = content, controls, root, results
        self._name = str(content.table["name"])

    def update(self) -> None:
        """Bring the quotations in all documents up to date."""
        for path in self.find_stale():
            write_text(path, self.quote(path))

    def find_stale(self) -> list[Path]:
        """Return the documents that quote something else than the results give."""
        return [path for path in list_documents(self._root) if self.quote(path) != path.read_text(encoding="utf-8")]

    def quote(self, path: Path) -> str:
        """Return a document's text with every quotation from the table as its results give it.

        Raises
        ------
        DataError
            If a mark is damaged, or a quotation names no such table, row or column.
        """
        find_quotations(path)
        return _QUOTATION.sub(lambda found: self._quote_one(path, found), path.read_text(encoding="utf-8"))

    def _quote_one(self, path: Path, found: re.Match[str]) -> str:
        kind, name = found["kind"], found["name"]
        if name != self._name:
            if not (self._results / name).is_dir():
                raise DataError(f"{path} quotes {name}, which is no folder of {self._results}; mend the mark")
            return found[0]
        if kind == "table":
            return f"{found['opening']}\n{format_markdown(self._content)}\n{_END}"
        row, column = found["row"], found["column"]
        value = self._find_clean(row, column) if kind == "clean" else self._find_mean(row, column)
        if not value:
            raise DataError(f"{path} quotes {name} {row} {column}, which its results do not have; mend the mark")
        return f"{found['opening']}{value}{_END}"

    def _find_mean(self, row: str, column: str) -> str:
        for one in self._content.table["published"]:
            if row == f'"{one["model"]}"' and column in one:
                return f"{one[column]:.2f}"
        return format_mean(self._content.scores[row], column) if row in self._content.scores else ""

    def _find_clean(self, row: str, split: str) -> str:
        wanted = (row, NO_LEAKS, split)
        found = (one.score.value for one in self._controls if (one.row, one.score.control, one.score.split) == wanted)
        return next(map(format_percent, found), "")


def list_documents(root: Path) -> list[Path]:
    """Return the documents of a checkout that quote results."""
    found = [*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("experiments/**/*.md")]
    return sorted(path for path in found if _MARK.search(path.read_text(encoding="utf-8")))


def find_quotations(path: Path) -> list[str]:
    """Return the quotations of a document, marks included.

    Raises
    ------
    DataError
        If a mark belongs to no quotation: it is damaged, and would quote nothing without a word.
    """
    text = path.read_text(encoding="utf-8")
    lost = _MARK.search(_QUOTATION.sub("", text))
    if lost:
        raise DataError(
            f"{path} has the mark {lost[0]} outside a quotation; expected <!-- table NAME -->, "
            f"<!-- value NAME ROW COLUMN --> or <!-- clean NAME ROW SPLIT -->, then the number and {_END}"
        )
    return [found[0] for found in _QUOTATION.finditer(text)]
