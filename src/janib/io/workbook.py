"""Writing Excel workbooks row by row; everything here needs openpyxl, the extra ``excel``."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from janib.errors import DataError, MissingExtraError
from janib.io.files import write_file
from janib.io.xml_text import replace_unwritable

WORKBOOK_SUFFIX = ".xlsx"

MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its header."""

_MOST_UNITS = 32_767  # of UTF-16 in a cell; Excel calls a file with more damaged
_CUT = " … (cut: a cell holds no more)"
_NARROW, _WIDE = 16, 80  # widths of columns, in digits


class WorkbookWriter:
    """Writer of rows to the sheet of a workbook; made by :func:`write_workbook`.

    A text is a cell of text whatever it begins with: no formula, link or error value comes of it. Numbers stay numbers
    and dates stay dates; None and NaN leave the cell empty.
    """

    def __init__(self, sheet: Any, columns: Sequence[str], wide: Collection[str], name: str) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment

        self._sheet, self._columns, self._name = sheet, columns, name
        self._make_cell = WriteOnlyCell
        self._wrapped = Alignment(wrap_text=True, vertical="top")
        self._wide = wide
        self.n_rows = 0

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row.

        Raises
        ------
        DataError
            If the sheet is full.
        """
        if self.n_rows == MOST_ROWS:
            raise DataError(f"{self._name}: a sheet holds {MOST_ROWS:,} rows, and there are more; write CSV instead")
        self.n_rows += 1
        self._sheet.append([self._fill(column, row.get(column)) for column in self._columns])

    def _fill(self, column: str, value: Any) -> Any:
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return None
        if not isinstance(value, str):
            return value
        cell = self._make_cell(self._sheet, _cut(replace_unwritable(value)))
        cell.data_type = "s"  # openpyxl makes a formula of what begins with =
        if column in self._wide:
            cell.alignment = self._wrapped
        return cell


@contextmanager
def write_workbook(
    target: Path,
    columns: Sequence[str],
    *,
    wide: Collection[str] = (),
    hidden: Collection[str] = (),
    choices: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[WorkbookWriter]:
    """Open a workbook of one sheet for rows; it appears when the block ends without an error.

    Parameters
    ----------
    target
        The file.
    columns
        The header; it stays in sight, and its cells filter.
    wide
        Columns of long texts, which are wrapped.
    hidden
        Columns that are not shown.
    choices
        The words that a person can choose from in a column.

    Raises
    ------
    MissingExtraError
        If openpyxl is not installed.
    JanibError
        As :func:`janib.io.files.write_file`.
    """
    openpyxl = import_openpyxl()
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("janib")
    sheet.freeze_panes = "A2"
    letters = {column: get_column_letter(place) for place, column in enumerate(columns, 1)}
    for column, letter in letters.items():
        sheet.column_dimensions[letter].width = _WIDE if column in wide else _NARROW
        sheet.column_dimensions[letter].hidden = column in hidden
    for column, words in (choices or {}).items():
        rule = DataValidation("list", formula1=f'"{",".join(words)}"', allow_blank=True)
        rule.add(f"{letters[column]}2:{letters[column]}{MOST_ROWS + 1}")
        sheet.data_validations.append(rule)
    header = [openpyxl.cell.WriteOnlyCell(sheet, column) for column in columns]
    for cell in header:
        cell.data_type, cell.font = "s", Font(bold=True)
    sheet.append(header)
    writer = WorkbookWriter(sheet, columns, wide, target.name)
    with write_file(target) as partial:
        yield writer
        sheet.auto_filter.ref = f"A1:{letters[columns[-1]]}{writer.n_rows + 1}"
        workbook.save(partial)


def import_openpyxl() -> Any:
    """Return ``openpyxl``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        raise MissingExtraError("a workbook (.xlsx)", "excel") from error
    return openpyxl


def _cut(text: str) -> str:
    """Return a text that a cell can hold."""
    if len(text) * 2 <= _MOST_UNITS:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _MOST_UNITS:
        return text
    return units[: 2 * (_MOST_UNITS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT
