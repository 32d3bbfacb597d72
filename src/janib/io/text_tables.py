"""Streaming CSV and JSON tables, one row at a time.

A file that cannot be read at all raises :class:`DataError`. A bad row becomes a :class:`Record` with a ``problem``, and
the caller decides whether to stop or to keep it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
import zlib
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isnan
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Literal, TextIO

from janib.errors import DataError, suggest
from janib.io.delimiters import find_delimiter, read_named_delimiter, split_tabs
from janib.io.encodings import NOT_UTF8, check_encoding
from janib.io.files import write_file
from janib.io.json_lists import begins_list, split_list
from janib.io.strict_json import format_json, measure_depth
from janib.schema import strip_around

Format = Literal["csv", "jsonl"]

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""Formats of the files that are read, by suffix; each may end in ``.gz`` too."""

WRITTEN_SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""Formats of the files that are written, by suffix."""

GZIP_SUFFIX = ".gz"

STANDARD_INPUT = ("-", "/dev/stdin", "/dev/fd/0")
STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1")
"""Names of standard streams. Their files are not opened: that would empty or lose what a shell has opened."""

TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
"""How rows are written; half a character, or a byte that could not be decoded, becomes an escape such as \\udce9."""

_SNIFFED_CHARS = 65_536
_FIELD_LIMIT = 4_000_000  # csv's own 128 KiB would refuse a long article
_LINE_LIMIT = 16_000_000  # characters; what follows them in a line is not kept in memory
_MAX_DEPTH = 100  # of lists and objects of a row; a writer could not write much deeper ones
_GZIP = b"\x1f\x8b"
_OFFICE_SUFFIXES = (".xls", ".xlsb", ".ods", ".numbers")


_USUAL_COLUMNS = {"--column": "text", "--text-column": "text", "--target-column": "target"}
"""The column that each option names unless it is given."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file.

    Attributes
    ----------
    number
        Row number, from 1; the header and blank lines are not counted.
    line
        Line of the file on which the row begins, from 1; None in a file without lines.
    fields
        Values by column: strings from CSV, any JSON value from JSON lines. Empty if the row could not be read.
    problem
        Why the row cannot be used, or None.
    """

    number: int
    line: int | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def place(self) -> str:
        """The row's number and line, for messages."""
        return f"row {self.number}" if self.line is None else f"row {self.number} (line {self.line})"

    def text(self, column: str | None) -> str | None:
        """Return a column as text; None if the column is None, absent, null or not a number."""
        value = self.fields.get(column) if column is not None else None
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, float) and isnan(value):
            return None
        is_json = isinstance(value, bool | int | float | list | dict)
        return json.dumps(value, ensure_ascii=False, default=str) if is_json else str(value)


class TableReader(ABC):
    """Rows of a table, as a context manager; the subclasses read one format each.

    Attributes
    ----------
    source
        A path, or ``-`` for standard input.
    name
        The table's name in messages.
    form
        The table's format.
    columns
        Names of its columns, once it is open; none where each row has its own.
    """

    form: str

    def __init__(self, source: str | Path) -> None:
        self.source = str(source)
        self.name = "standard input" if self.source in STANDARD_INPUT else self.source
        self.columns: list[str] = []

    @abstractmethod
    def __enter__(self) -> TableReader: ...

    @abstractmethod
    def __exit__(self, *exception: object) -> None: ...

    @abstractmethod
    def __iter__(self) -> Iterator[Record]: ...

    @property
    @abstractmethod
    def size(self) -> int | None:
        """What there is to read, in bytes or rows; None if it is not known."""

    @property
    @abstractmethod
    def position(self) -> int:
        """What was read so far, as the size counts."""

    def require(self, columns: Sequence[str], option: str) -> None:
        """Raise DataError unless each of ``columns`` is in the table; ``option`` names the way out."""
        if self.form != "jsonl":
            require_columns(self.columns, columns, self.name, option)

    def name_by_place(self, wanted: Iterable[str]) -> None:
        """Name the columns 0, 1, … and read the header as a row, if all columns wanted are such numbers.

        A table whose header has all of them keeps it. This is called before the first row is read.
        """
        names = list(wanted)
        if names and all(name.isdecimal() for name in names) and not set(names) <= set(self.columns):
            self._read_header_as_row()

    @abstractmethod
    def _read_header_as_row(self) -> None:
        """Name the columns by their place and read the header as a row, if there is one."""


class RecordReader(TableReader):
    """Rows of a CSV, JSON-lines or JSON-list file, or of standard input (``-``); gzip is unpacked.

    Cells of a CSV are separated by commas, or by semicolons, tabs or bars where these part its first rows better, or by
    what a first line ``sep=`` names. Columns without a name are called as pandas calls them, ``Unnamed: 0``; those at
    the end are left out where they are empty, as are empty rows at the end.

    Parameters
    ----------
    source
        A path, or ``-`` for standard input.
    form
        ``csv`` or ``jsonl``; by default the suffix decides, and standard input is CSV.

    Raises
    ------
    DataError
        On entering: the file is missing, unreadable, empty or not UTF-8, or its header is broken or has a doubled
        column. While reading: what is packed is damaged further on.
    """

    def __init__(self, source: str | Path, form: Format | None = None) -> None:
        super().__init__(source)
        self.form: Format = form or choose_format(self.source)

    def __enter__(self) -> RecordReader:
        self._raw = open_bytes(self.source, self.name)
        # JSON lines end with a line feed alone; the csv module finds the ends of its rows.
        newline = "" if self.form == "csv" else "\n"
        self._stream = io.TextIOWrapper(_unpack(self._raw), "utf-8-sig", "surrogateescape", newline)
        self._lines = _Lines(self._stream)
        try:
            with self._name_damage():
                head = self._check_head()
                if self.form == "csv":
                    self._read_header(head)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self.source in STANDARD_INPUT:
            self._stream.detach()
        else:
            self._stream.close()
            self._raw.close()

    def __iter__(self) -> Iterator[Record]:
        rows = self._read_csv if self.form == "csv" else self._read_list if self._is_list else self._read_jsonl
        with self._name_damage():
            yield from rows()

    @property
    def size(self) -> int | None:
        """Bytes of the file; None for a stream."""
        return None if is_stream(self.source) else Path(self.source).stat().st_size or None

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return 0 if is_stream(self.source) else self._raw.tell()

    @contextmanager
    def _name_damage(self) -> Iterator[None]:
        try:
            yield
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(
                f"{self.name} is damaged after line {self._lines.number:,} ({str(error).rstrip('.')}); pack it again"
            ) from error

    def _check_head(self) -> str:
        size = 0
        for line in self._lines:
            size += len(line)
            if size > _SNIFFED_CHARS:
                break
        head = "".join(self._lines.taken)[:_SNIFFED_CHARS]
        self._lines.give_back()
        if not head.strip():
            expected = "a header and at least one row" if self.form == "csv" else "one JSON object a line"
            raise DataError(f"{self.name} is empty; expected {expected}")
        check_encoding(head.encode("utf-8", "surrogateescape"), self.name)
        self._is_list = self.form == "jsonl" and begins_list(head)
        return head

    def _read_header(self, head: str) -> None:
        csv.field_size_limit(_FIELD_LIMIT)
        named = read_named_delimiter(next(self._lines))
        if named is None:
            self._lines.give_back()
        self._delimiter = named or find_delimiter(head)
        self._lines.mark()
        self._rows = csv.reader(self._lines, strict=True, delimiter=self._delimiter)
        try:
            cells = next((cells for cells in self._rows if any(cells)), [])
        except csv.Error as error:
            raise DataError(f"{self.name}: the header cannot be read ({error}); check its quoting") from error
        self.columns = name_columns(cells)
        refuse_doubled(self.columns, self.name)

    def _read_header_as_row(self) -> None:
        if self.form == "csv":
            self._lines.give_back()
            self.columns = list(map(str, range(len(self.columns))))

    def _read_cells(self) -> list[str]:
        if self._delimiter == "\t":
            cells = split_tabs(next(self._lines), len(self.columns))
            if cells is not None:
                return cells
            self._lines.give_back()
        return next(self._rows)

    def _read_csv(self) -> Iterator[Record]:
        number = 1
        blank: list[int] = []  # lines of empty rows, which count if a row comes after them
        while True:
            line = self._lines.mark()
            try:
                cells = self._read_cells()
            except StopIteration:
                return
            except csv.Error as error:
                self._lines.give_back(keep=1)  # an open quote must not take in the good rows below it
                record = Record(number, line, problem=_explain(error))
            else:
                if not any(cells):
                    number += bool(cells)
                    blank += [line] if cells else []
                    continue
                record = self._make_record(number, line, cells)
            for place, empty in enumerate(blank, number - len(blank)):
                yield Record(place, empty, dict.fromkeys(self.columns, ""))
            blank.clear()
            yield record
            number += 1

    def _make_record(self, number: int, line: int, cells: list[str]) -> Record:
        problem = self._lines.check()
        expected = len(self.columns)
        found = expected if len(cells) > expected and not any(cells[expected:]) else len(cells)
        if found != expected:
            what = "commas" if self._delimiter == "," else f"the signs {self._delimiter!r}"
            problem = f"expected {expected} cells as in the header, found {found}; check {what} and quotes"
        return Record(number, line, dict(zip(self.columns, cells, strict=False)), problem)

    def _read_jsonl(self) -> Iterator[Record]:
        number = 1
        line = self._lines.mark()
        for text in self._lines:
            if text.strip():
                problem = self._lines.check() if len(text) >= _LINE_LIMIT else None
                fields: dict[str, Any] = {}
                if problem is None:
                    fields, problem = _parse_object(text)
                yield Record(number, line, fields, problem or self._lines.check())
                number += 1
            line = self._lines.mark()

    def _read_list(self) -> Iterator[Record]:
        for number, (line, text, problem) in enumerate(split_list(self._lines.read, _LINE_LIMIT), 1):
            fields: dict[str, Any] = {}
            if problem is None:
                fields, problem = _parse_object(text, "entry")
            yield Record(number, line, fields, problem or _find_bad_byte(text))


class _Lines(Iterator[str]):
    """Lines of a stream; those since a mark can be given back and read again."""

    def __init__(self, stream: TextIO) -> None:
        self.taken: list[str] = []
        self.number = 0
        self._stream = stream
        self._given_back: deque[str] = deque()
        self._is_cut = False

    def __next__(self) -> str:
        if self._given_back:
            line = self._given_back.popleft()
        else:
            while self._is_cut:  # the rest of a line that is too long
                self._is_cut = self._is_unfinished(self._stream.readline(_LINE_LIMIT))
            line = self._stream.readline(_LINE_LIMIT)
            if not line:
                raise StopIteration
            self._is_cut = self._is_unfinished(line)
        self.taken.append(line)
        self.number += 1
        return line

    @staticmethod
    def _is_unfinished(part: str) -> bool:
        return len(part) >= _LINE_LIMIT and not part.endswith("\n")

    def mark(self) -> int:
        """Forget the lines taken so far; return the number, from 1, of the next."""
        self.taken.clear()
        return self.number + 1

    def give_back(self, keep: int = 0) -> None:
        """Give back the lines taken since the mark, except the first ``keep``."""
        self._given_back.extendleft(reversed(self.taken[keep:]))
        self.number -= len(self.taken[keep:])
        del self.taken[keep:]

    def check(self) -> str | None:
        """Say which line taken since the mark is too long, or which byte is not UTF-8; None if nothing is wrong."""
        for line in self.taken:
            if len(line) >= _LINE_LIMIT:
                return f"the line has {_LINE_LIMIT:,} characters or more; check the file's line ends and quoting"
            if problem := _find_bad_byte(line):
                return problem
        return None

    def read(self, size: int) -> str:
        """Return what was given back, or else that many characters, not by lines."""
        given_back = "".join(self._given_back)
        self._given_back.clear()
        return given_back or self._stream.read(size)


class RecordWriter:
    """Writer of rows to an open stream, as CSV or JSON lines.

    Parameters
    ----------
    stream
        Open for UTF-8, without translation of line ends.
    form
        ``csv`` or ``jsonl``; NaN and infinities become null, since JSON does not have them.
    columns
        The header of a CSV.
    begun
        Whether the stream holds the header already.
    bom
        Whether a CSV begins with a byte-order mark, without which Excel does not read it as UTF-8.
    """

    def __init__(
        self, stream: TextIO, form: Format, columns: Sequence[str], *, begun: bool = False, bom: bool = False
    ) -> None:
        self._write: Callable[[Mapping[str, Any]], object]
        self.flush = stream.flush
        if form == "csv":
            # The csv module quotes a lone carriage return only if rows end with one; it is taken off again.
            ends = SimpleNamespace(write=lambda line: stream.write(line[:-2] + "\n"))
            writer = csv.DictWriter(ends, columns, restval="", lineterminator="\r\n")
            if not begun:
                stream.write("\ufeff" * bom)
                writer.writeheader()
            self._write = writer.writerow
        else:
            self._write = lambda row: stream.write(format_json(row, default=str) + "\n")

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row."""
        self._write(row)


@contextmanager
def write_records(
    target: str | Path, columns: Sequence[str], form: Format | None = None, *, bom: bool = False
) -> Iterator[RecordWriter]:
    """Open a file, or standard output (``-``), for rows; a file appears when the block ends without an error.

    ``bom`` is as in :class:`RecordWriter`.

    Raises
    ------
    DataError
        If standard output is closed.
    JanibError
        As :func:`janib.io.files.write_file`.
    """
    form = form or choose_format(target, WRITTEN_SUFFIXES)
    if str(target) in STANDARD_OUTPUT:
        if sys.__stdout__ is None:
            raise DataError("standard output is closed; name an output file")
        stream = io.TextIOWrapper(sys.stdout.buffer, **TEXT, newline="")
        try:
            yield RecordWriter(stream, form, columns, bom=bom)
        finally:
            stream.detach()
        return
    if is_stream(target):
        with Path(target).open("a", **TEXT, newline="") as stream:  # it may be a file, as /dev/stderr is after 2>>
            yield RecordWriter(stream, form, columns, bom=bom)
        return
    with write_file(Path(target)) as partial, partial.open("w", **TEXT, newline="") as stream:
        yield RecordWriter(stream, form, columns, bom=bom)


def choose_format(name: str | Path, known: Mapping[str, Format] = SUFFIXES) -> Format:
    """Return the format of a file's suffix among those ``known``, or CSV for streams."""
    suffix = find_suffix(name, known)
    return known[suffix] if suffix else "csv"


def find_suffix(name: str | Path, known: Iterable[str]) -> str:
    """Return a file's suffix in small letters, without ``.gz``; an empty string for a stream without a known one.

    Raises
    ------
    DataError
        If the suffix is unknown.
    """
    path = Path(name)
    if path.suffix.lower() == GZIP_SUFFIX and GZIP_SUFFIX not in known:
        path = path.with_suffix("")
    suffix = path.suffix.lower()
    if suffix in known:
        return suffix
    if is_stream(name):
        return ""
    hint = "; save it as .xlsx or .csv" if suffix in _OFFICE_SUFFIXES else ""
    raise DataError(f"{name}: the suffix {suffix!r} names no known format, expected one of {', '.join(known)}{hint}")


def is_stream(name: str | Path) -> bool:
    """Say whether a name is that of a standard stream (``-``), a pipe or a device, which is no file to be replaced."""
    path = Path(name)
    is_standard = str(name) in STANDARD_INPUT or str(name).startswith(("/dev/std", "/dev/fd/"))
    return is_standard or path.is_fifo() or path.is_char_device()


def require_columns(found: Sequence[str], wanted: Iterable[str], name: str, option: str) -> None:
    """Raise DataError unless each wanted column is among those found in the file ``name``."""
    usual = _USUAL_COLUMNS.get(option.split(",")[0])
    for column in wanted:
        if column not in found:
            hint = f"; did you mean {usual!r}?" if usual in found else suggest(column, found)
            raise DataError(
                f"{name} has no column {column!r}, only {', '.join(map(repr, found))}; "
                f"name the right one with {option}{hint}"
            )


def name_columns(cells: Sequence[str]) -> list[str]:
    """Return a header's names without marks and spaces around them; a column without one is called by its place.

    Those at the end that have no name are left out.
    """
    names = [strip_around(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return [name or f"Unnamed: {place}" for place, name in enumerate(names)]


def refuse_unknown(found: Iterable[str], known: Sequence[str], name: str) -> None:
    """Raise DataError if a column of the file ``name`` is not one of those known."""
    for column in found:
        if column not in known:
            hint = suggest(column, known) or "."
            raise DataError(f"{name}: the column {column!r} is unknown{hint} The columns are: {', '.join(known)}")


def refuse_doubled(columns: Sequence[str], name: str) -> None:
    """Raise DataError if a column of the file ``name`` occurs twice."""
    for column, count in Counter(columns).most_common(1):
        if count > 1:
            raise DataError(f"{name} has the column {column!r} {count} times; keep one of them")


def open_bytes(source: str, name: str) -> BinaryIO:
    """Open a file, or standard input.

    Raises
    ------
    DataError
        If there is no such file, or it cannot be read.
    """
    if source in STANDARD_INPUT:
        if sys.__stdin__ is None:
            raise DataError("standard input is closed; name an input file")
        return sys.stdin.buffer
    try:
        return Path(source).open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{name} does not exist; check the path") from error
    except IsADirectoryError as error:
        raise DataError(f"{name} is a folder, expected a file") from error
    except PermissionError as error:
        raise DataError(f"{name} cannot be read: permission denied; check its owner and mode") from error


def decode_text(content: bytes, name: str) -> str:
    """Decode a UTF-8 text file, with or without a byte order mark.

    Raises
    ------
    DataError
        If it is in another encoding, damaged, or holds NUL bytes.
    """
    check_encoding(content[:_SNIFFED_CHARS], name)
    if b"\0" in content:
        raise DataError(f"{name} holds a NUL byte, the sign of a damaged or binary file; remove it")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"the byte 0x{content[error.start]:02x} at {error.start:,} is not UTF-8"
        raise DataError(f"{name}: {found}; save the file as UTF-8") from error


def _unpack(raw: BinaryIO) -> BinaryIO:
    """Return what a packed file or stream holds; others as they are."""
    is_packed = isinstance(raw, io.BufferedReader) and raw.peek(len(_GZIP)).startswith(_GZIP)
    if is_packed:
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    return raw


def _find_bad_byte(text: str) -> str | None:
    found = NOT_UTF8.search(text)
    return f"the byte 0x{ord(found[0]) - 0xDC00:02x} is not UTF-8; save the file as UTF-8" if found else None


def _explain(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "a quoted field does not end: the file is cut off, or a quote is missing"
    return f"the row cannot be read as CSV ({error}); check its quoting"


def _parse_object(text: str, what: str = "line") -> tuple[dict[str, Any], str | None]:
    doubled: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled.append(Counter(key for key, _ in pairs).most_common(1)[0][0])
        return found

    try:
        value = json.loads(text, object_pairs_hook=collect)
    except json.JSONDecodeError as error:
        cut = "" if text.endswith("\n") or what != "line" else "; the file ends here: it may be cut off"
        return {}, f"the {what} is not JSON ({error.msg}: character {error.colno}){cut}"
    except RecursionError:
        return {}, f"the {what} nests its lists or objects too deeply"
    except ValueError:
        return {}, f"the {what} holds a number of too many digits"
    n_levels = text.count("[") + text.count("{")  # at most, and quickly
    if n_levels > _MAX_DEPTH and measure_depth(value, _MAX_DEPTH) > _MAX_DEPTH:
        return {}, f"the {what} nests its lists or objects too deeply"
    if not isinstance(value, dict):
        return {}, f"the {what} is a JSON {type(value).__name__}, expected an object"
    return value, f"the key {doubled[0]!r} occurs twice; keep one of them" if doubled else None
