"""Reading and writing Excel workbooks row by row; everything here needs openpyxl, the extra ``excel``.

Cells are values: a formula is read as the value that was saved with it, and a text is never written as a formula.
"""

from __future__ import annotations

import errno
import logging
import math
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from zipfile import BadZipFile, ZipFile

from janib.errors import DataError, need_extra
from janib.io.files import write_file
from janib.io.text_tables import STANDARD_INPUT, Record, TableReader, name_columns, open_bytes, refuse_doubled
from janib.io.xml_text import replace_unwritable

log = logging.getLogger(__name__)

WORKBOOK_SUFFIX = ".xlsx"

MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its header."""

_MOST_UNITS = 32_767  # of UTF-16 in a cell; Excel calls a file with more damaged
_CUT = " … (cut: a cell holds no more)"
_WIDTH = 16  # of a column, in digits
_LINE_HEIGHT, _MOST_LINES = 15, 20  # of a row; the first in points
_RTL_LETTERS = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_MAX_BYTES = 2_000_000_000  # of an unpacked workbook, whose texts are held in memory
_CELL_BYTES = 8  # at least, of a cell that is written; those between two such cost time, and no bytes
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")  # a character that XML cannot hold
_LIKE_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_LOCKED = b"\xd0\xcf\x11\xe0"


class WorkbookReader(TableReader):
    """Rows of a workbook's first sheet that has any, read as :class:`janib.io.text_tables.RecordReader` reads others.

    Numbers are Python's own, whole ones without a fraction; truth values are ``TRUE`` and ``FALSE``, and dates and
    times are in ISO's form, all as text. A record's line is the row's number in the sheet.

    Parameters
    ----------
    source
        A path.
    most_bytes
        Bytes that the workbook may unpack to, by default 2 GB.

    Raises
    ------
    MissingExtraError
        If openpyxl is not installed.
    DataError
        On entering: the file is missing, unreadable, no workbook, locked, damaged or too large; or it has no row, or a
        doubled column. While reading: it is damaged further on, or has too many cells.
    """

    form = "xlsx"

    def __init__(self, source: str | Path, most_bytes: int | None = None) -> None:
        super().__init__(source)
        self._read = self._n_cells = 0
        self._most_bytes = _MAX_BYTES if most_bytes is None else most_bytes

    def __enter__(self) -> WorkbookReader:
        openpyxl = import_openpyxl()
        if self.source in STANDARD_INPUT:
            raise DataError("a workbook cannot be read from standard input; name a file")
        self._raw = open_bytes(self.source, self.name)
        try:
            with _name_damage(self.name):
                self._check_size()
                self._book = openpyxl.load_workbook(self._raw, read_only=True, data_only=True, keep_links=False)
                self._rows = self._find_rows()
                _, header = next(self._rows)
            self.columns = name_columns(["" if cell is None else str(cell) for cell in header])
            refuse_doubled(self.columns, self.name)
        except BaseException:
            self._raw.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._book.close()
        self._raw.close()

    def __iter__(self) -> Iterator[Record]:
        empty: list[int] = []  # rows that count if another comes after them
        number = 1
        with _name_damage(self.name):
            for line, cells in self._rows:
                self._read = line
                if _is_empty(cells):
                    empty.append(line)
                    continue
                for place in empty:
                    yield Record(number, place, dict.fromkeys(self.columns, ""))
                    number += 1
                empty.clear()
                yield self._make_record(number, line, cells)
                number += 1

    @property
    def size(self) -> int | None:
        """Rows of the sheet, as the workbook has it; None if it does not say, or more were read."""
        return self._size if self._size and self._size >= self._read else None

    @property
    def position(self) -> int:
        """Rows read so far, and those above them."""
        return self._read

    def _read_header_as_row(self) -> None:
        self.columns = list(map(str, range(len(self.columns))))
        self._rows = self._list_rows(self._sheet)

    def _find_rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Return the rows of the first sheet that has any, beginning with the header."""
        sizes = {sheet.title: sheet.max_row for sheet in self._book.worksheets}
        filled = [sheet for sheet in self._book.worksheets if next(self._list_rows(sheet), None) is not None]
        if not filled:
            raise DataError(f"{self.name} is empty; expected a header and at least one row")
        self._sheet, self._size = filled[0], sizes[filled[0].title]
        if len(filled) > 1:
            others = ", ".join(repr(sheet.title) for sheet in filled[1:])
            log.warning("%s: only the sheet %r is read, not %s", self.name, self._sheet.title, others)
        return self._list_rows(self._sheet)

    def _list_rows(self, sheet: Any) -> Iterator[tuple[int, list[Any]]]:
        """Yield number and cells of each row, from the first that is not empty."""
        sheet.reset_dimensions()  # some programs write wrong ones
        is_begun = False
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            self._count_cells(number, len(row))
            cells = [None if cell is None else _convert(cell) for cell in row]
            is_begun = is_begun or not _is_empty(cells)
            if is_begun:
                yield number, cells

    def _make_record(self, number: int, line: int, cells: list[Any]) -> Record:
        width = len(self.columns)
        problem = None
        if not _is_empty(cells[width:]):
            problem = f"it has more cells than the {width} of the header; name all columns, or empty the cells"
        values = ["" if cell is None else cell for cell in cells] + [""] * (width - len(cells))
        return Record(number, line, dict(zip(self.columns, values, strict=False)), problem)

    def _count_cells(self, number: int, width: int) -> None:
        """Refuse a sheet of a few far cells, between which openpyxl makes empty ones without end."""
        self._n_cells += width
        most = self._most_bytes // _CELL_BYTES
        if number > MOST_ROWS + 1 or self._n_cells > most:
            found = f"rows below row {MOST_ROWS + 1:,}" if self._n_cells <= most else f"more than {most:,} cells"
            raise DataError(f"{self.name} has {found}; save the rows and columns in use as CSV")

    def _check_size(self) -> None:
        if self._raw.peek(4).startswith(_LOCKED):  # type: ignore[attr-defined]
            raise DataError(f"{self.name} is an old or locked workbook; save it as .xlsx without a password")
        with ZipFile(self._raw) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > self._most_bytes:
            raise DataError(f"{self.name} unpacks to {size:,} bytes, the most is {self._most_bytes:,}; save it as CSV")
        self._raw.seek(0)


class WorkbookWriter:
    """Writer of rows to the sheet of a workbook; made by :func:`write_workbook`.

    A text is a cell of text whatever it begins with: no formula, link or error value comes of it. Numbers stay numbers
    and dates stay dates; None and NaN leave the cell empty.
    """

    def __init__(self, sheet: Any, columns: Sequence[str], wrapped: Mapping[str, int], name: str) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment

        self._sheet, self._columns, self._name = sheet, columns, name
        self._make_cell = WriteOnlyCell
        # Without its order told, LibreOffice puts the full stop of an Arabic text at the wrong end.
        self._alignments = {
            (wraps, is_rtl): Alignment(wrap_text=wraps, vertical="top", readingOrder=2 if is_rtl else 0)
            for wraps in (False, True)
            for is_rtl in (False, True)
        }
        self._wrapped = wrapped
        self.n_rows = 0

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row.

        Raises
        ------
        DataError
            If the sheet is full.
        """
        if self.n_rows == MOST_ROWS:
            raise DataError(
                f"{self._name}: a sheet holds {MOST_ROWS:,} rows, and there are more; name a .csv or .parquet"
            )
        self.n_rows += 1
        if self._wrapped:
            lines = max(len(str(row.get(column) or "")) // width + 1 for column, width in self._wrapped.items())
            self._sheet.row_dimensions[self.n_rows + 1].height = _LINE_HEIGHT * min(lines, _MOST_LINES)
        self._sheet.append([self._fill(column, row.get(column)) for column in self._columns])
        self._sheet.row_dimensions.clear()  # it is written, and would stay in memory

    def _fill(self, column: str, value: Any) -> Any:
        if value is None or value == "" or (isinstance(value, float) and not math.isfinite(value)):
            return None
        if not isinstance(value, str):
            return value
        cell = self._make_cell(self._sheet, _cut(_LIKE_ESCAPE.sub("_x005F_", replace_unwritable(value))))
        cell.data_type = "s"  # openpyxl makes a formula of what begins with =
        cell.alignment = self._alignments[column in self._wrapped, bool(_RTL_LETTERS.search(value))]
        return cell


@contextmanager
def write_workbook(
    target: Path,
    columns: Sequence[str],
    *,
    wrapped: Mapping[str, int] | None = None,
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
    wrapped
        Columns of long texts, which are wrapped, with their widths in digits.
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
    OSError
        If the disk is full, that of the file or that of temporary files, where the sheet grows.
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
        sheet.column_dimensions[letter].width = (wrapped or {}).get(column, _WIDTH)
        sheet.column_dimensions[letter].hidden = column in hidden
    for column, words in (choices or {}).items():
        rule = DataValidation("list", formula1=f'"{",".join(words)}"', allow_blank=True)
        rule.add(f"{letters[column]}2:{letters[column]}{MOST_ROWS + 1}")
        sheet.data_validations.append(rule)
    header = [openpyxl.cell.WriteOnlyCell(sheet, column) for column in columns]
    for cell in header:
        cell.data_type, cell.font = "s", Font(bold=True)
    writer = WorkbookWriter(sheet, columns, wrapped or {}, target.name)
    with write_file(target) as partial, _raise_system_errors(sheet):
        sheet.append(header)
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
    with need_extra("a workbook (.xlsx)", "excel"):
        import openpyxl
    return openpyxl


def _cut(text: str) -> str:
    """Return a text that a cell can hold."""
    if len(text) * 2 <= _MOST_UNITS:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _MOST_UNITS:
        return text
    return units[: 2 * (_MOST_UNITS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT


@contextmanager
def _raise_system_errors(sheet: Any) -> Iterator[None]:
    """Make an error of lxml, which openpyxl writes with where it is installed, the system's error that it names."""
    try:
        yield
    except Exception as error:
        with suppress(Exception):
            sheet.close()  # otherwise its stream is closed some time later, and that error is printed
        found = re.fullmatch("IO_([A-Z]+)", str(error))
        if not found:
            raise
        number = getattr(errno, found[1], errno.EIO)
        raise OSError(number, os.strerror(number), gettempdir()) from error


@contextmanager
def _name_damage(name: str) -> Iterator[None]:
    """Make an error of the library, which may be of any kind, one of the file."""
    try:
        yield
    except DataError:
        raise
    except BadZipFile as error:
        raise DataError(f"{name} is no workbook, or it is damaged; save it as .xlsx or CSV again") from error
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(f"{name} cannot be read as a workbook ({reason}); save it again") from error


def _is_empty(cells: Sequence[Any]) -> bool:
    return cells.count(None) == len(cells)


def _convert(value: Any) -> Any:
    """Return a cell that is not empty as text or number; None for an empty text."""
    if isinstance(value, str):
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value) or None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime):
        is_day = value.time() == datetime.min.time()
        return value.date().isoformat() if is_day else value.isoformat(" ")
    return (
        value.isoformat() if isinstance(value, date) else value if isinstance(value, int | float | None) else str(value)
    )
