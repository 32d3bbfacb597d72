"""Streaming CSV and JSON-lines tables, one row at a time.

A file that cannot be read at all raises :class:`DataError`. A bad row becomes a :class:`Record` with a ``problem``, and
the caller decides whether to stop or to keep it.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Literal, TextIO

from janib.errors import DataError, suggest
from janib.io.files import write_file
from janib.io.strict_json import format_json, measure_depth

Format = Literal["csv", "jsonl"]

SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

STANDARD_INPUT = ("-", "/dev/stdin", "/dev/fd/0")
STANDARD_OUTPUT = ("-", "/dev/stdout", "/dev/fd/1")
"""Names of standard streams. Their files are not opened: that would empty or lose what a shell has opened."""

TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
"""How rows are written; half a character, or a byte that could not be decoded, becomes an escape such as \\udce9."""

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip, as workbooks are too",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
"""First bytes of compressed files."""

_SNIFFED_CHARS = 65_536
_FIELD_LIMIT = 4_000_000  # csv's own 128 KiB would refuse a long article
_LINE_LIMIT = 16_000_000  # characters; what follows them in a line is not kept in memory
_MAX_DEPTH = 100  # of lists and objects of a row; a writer could not write much deeper ones
_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # bytes that Python's surrogateescape could not decode


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
        """Return a column as text; None if the column is None, absent or null."""
        value = self.fields.get(column) if column is not None else None
        return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


class RecordReader:
    """Rows of a CSV or JSON-lines file, or of standard input (``-``).

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
        column.
    """

    def __init__(self, source: str | Path, form: Format | None = None) -> None:
        self.source = str(source)
        self.name = "standard input" if self.source in STANDARD_INPUT else self.source
        self.form: Format = form or choose_format(self.source)
        self.columns: list[str] = []

    def __enter__(self) -> RecordReader:
        self._raw = open_bytes(self.source, self.name)
        # JSON lines end with a line feed alone; the csv module finds the ends of its rows.
        newline = "" if self.form == "csv" else "\n"
        self._stream = io.TextIOWrapper(self._raw, "utf-8-sig", "surrogateescape", newline)
        self._lines = _Lines(self._stream)
        try:
            self._check_head()
            if self.form == "csv":
                self._read_header()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self.source in STANDARD_INPUT:
            self._stream.detach()
        else:
            self._stream.close()

    def __iter__(self) -> Iterator[Record]:
        return self._read_csv() if self.form == "csv" else self._read_jsonl()

    @property
    def size(self) -> int | None:
        """Bytes of the file; None for a stream."""
        return None if is_stream(self.source) else Path(self.source).stat().st_size or None

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return 0 if is_stream(self.source) else self._raw.tell()

    def require(self, columns: Sequence[str], option: str) -> None:
        """Raise DataError unless each of ``columns`` is in a CSV's header; ``option`` names the way out."""
        if self.form == "csv":
            require_columns(self.columns, columns, self.name, option)

    def _check_head(self) -> None:
        size = 0
        for line in self._lines:
            size += len(line)
            if size > _SNIFFED_CHARS:
                break
        head = "".join(self._lines.taken).encode("utf-8", "surrogateescape")
        self._lines.give_back()
        if not head.strip():
            expected = "a header and at least one row" if self.form == "csv" else "one JSON object a line"
            raise DataError(f"{self.name} is empty; expected {expected}")
        check_encoding(head, self.name)

    def _read_header(self) -> None:
        csv.field_size_limit(_FIELD_LIMIT)
        self._rows = csv.reader(self._lines, strict=True)
        try:
            self.columns = next(cells for cells in self._rows if cells)
        except csv.Error as error:
            raise DataError(f"{self.name}: the header cannot be read ({error}); check its quoting") from error
        refuse_doubled(self.columns, self.name)
        for mark in ";\t|":
            if len(self.columns) == 1 and mark in self.columns[0]:
                raise DataError(f"{self.name} has its columns separated by {mark!r}; save it with commas")

    def _read_csv(self) -> Iterator[Record]:
        number = 1
        while True:
            line = self._lines.mark()
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except csv.Error as error:
                self._lines.give_back(keep=1)  # an open quote must not take in the good rows below it
                yield Record(number, line, problem=_explain(error))
            else:
                if not cells:
                    continue
                problem = self._lines.check()
                found, expected = len(cells), len(self.columns)
                if found != expected:
                    problem = f"expected {expected} cells as in the header, found {found}; check commas and quotes"
                yield Record(number, line, dict(zip(self.columns, cells, strict=False)), problem)
            number += 1

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


class _Lines(Iterator[str]):
    """Lines of a stream; those since a mark can be given back and read again."""

    def __init__(self, stream: TextIO) -> None:
        self.taken: list[str] = []
        self._readline = stream.readline
        self._given_back: deque[str] = deque()
        self._number = 0

    def __next__(self) -> str:
        if self._given_back:
            line = self._given_back.popleft()
        else:
            line = self._readline(_LINE_LIMIT)
            if not line:
                raise StopIteration
            if len(line) >= _LINE_LIMIT:
                self._skip_rest(line)
        self.taken.append(line)
        self._number += 1
        return line

    def mark(self) -> int:
        """Forget the lines taken so far; return the number, from 1, of the next."""
        self.taken.clear()
        return self._number + 1

    def give_back(self, keep: int = 0) -> None:
        """Give back the lines taken since the mark, except the first ``keep``."""
        self._given_back.extendleft(reversed(self.taken[keep:]))
        self._number -= len(self.taken[keep:])
        del self.taken[keep:]

    def check(self) -> str | None:
        """Say which line taken since the mark is too long, or which byte is not UTF-8; None if nothing is wrong."""
        for line in self.taken:
            if len(line) >= _LINE_LIMIT:
                return f"the line has {_LINE_LIMIT:,} characters or more; check the file's line ends and quoting"
            found = _NOT_UTF8.search(line)
            if found:
                return f"the byte 0x{ord(found[0]) - 0xDC00:02x} is not UTF-8; save the file as UTF-8"
        return None

    def _skip_rest(self, part: str) -> None:
        while len(part) >= _LINE_LIMIT and not part.endswith("\n"):
            part = self._readline(_LINE_LIMIT)


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
    form = form or choose_format(target)
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


def choose_format(name: str | Path, known: Iterable[str] = SUFFIXES) -> Format:
    """Return the format of a file's suffix, or CSV for streams; the error lists the ``known`` suffixes."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        if is_stream(name):
            return "csv"
        raise DataError(f"{name}: the suffix {suffix!r} names no known format, expected one of {', '.join(known)}")
    return SUFFIXES[suffix]


def is_stream(name: str | Path) -> bool:
    """Say whether a name is that of a standard stream (``-``), a pipe or a device, which is no file to be replaced."""
    path = Path(name)
    is_standard = str(name) in STANDARD_INPUT or str(name).startswith(("/dev/std", "/dev/fd/"))
    return is_standard or path.is_fifo() or path.is_char_device()


def require_columns(found: Sequence[str], wanted: Iterable[str], name: str, option: str) -> None:
    """Raise DataError unless each wanted column is among those found in the file ``name``."""
    for column in wanted:
        if column not in found:
            raise DataError(
                f"{name} has no column {column!r}, only {', '.join(map(repr, found))}; "
                f"name the right one with {option}{suggest(column, found)}"
            )


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


def check_encoding(content: bytes, name: str) -> None:
    """Raise DataError if a file is in another encoding than UTF-8; a few damaged bytes are allowed.

    Parameters
    ----------
    content
        The file, or its beginning.
    name
        The file's name in messages.
    """
    for mark, kind in _COMPRESSED.items():
        if content.startswith(mark):
            raise DataError(f"{name} is compressed ({kind}); unpack it first")
    found = _find_encoding(content)
    if found == "":
        raise DataError(f"{name} is not UTF-8; save it as UTF-8")
    if found:
        raise DataError(f"{name} is not UTF-8, it looks like {found}; convert it: iconv -f {found.upper()} -t UTF-8")


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


def _find_encoding(head: bytes) -> str | None:
    # None is UTF-8, perhaps with damaged bytes; an empty string is an encoding that is not known here.
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    if b"\0" in head:  # Arabic in UTF-16 may be valid UTF-8, but its spaces and line ends hold NUL bytes
        for codec in ("UTF-16LE", "UTF-16BE"):
            letters = head.decode(codec, "replace")
            if sum(map(_is_common, letters)) > 0.9 * len(letters):
                return codec
    decoded = head.decode("utf-8", "surrogateescape")
    foreign = len(_NOT_UTF8.findall(decoded))
    if foreign <= sum(not letter.isascii() for letter in decoded) - foreign:
        return None
    letters = "".join(letter for letter in head.decode("cp1256") if not letter.isascii())
    arabic = sum(map(_is_common, letters))
    return "Windows-1256" if arabic > len(letters) / 2 else ""


def _is_common(letter: str) -> bool:
    return "\0" < letter < "\x7f" or "\u0600" <= letter <= "\u06ff"


def _explain(error: csv.Error) -> str:
    if "unexpected end of data" in str(error):
        return "a quoted field does not end: the file is cut off, or a quote is missing"
    return f"the row cannot be read as CSV ({error}); check its quoting"


def _parse_object(text: str) -> tuple[dict[str, Any], str | None]:
    doubled: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            doubled.append(Counter(key for key, _ in pairs).most_common(1)[0][0])
        return found

    try:
        value = json.loads(text, object_pairs_hook=collect)
    except json.JSONDecodeError as error:
        cut = "" if text.endswith("\n") else "; the file ends here: it may be cut off"
        return {}, f"the line is not JSON ({error.msg}: character {error.colno}){cut}"
    except RecursionError:
        return {}, "the line nests its lists or objects too deeply"
    except ValueError:
        return {}, "the line holds a number of too many digits"
    n_levels = text.count("[") + text.count("{")  # at most, and quickly
    if n_levels > _MAX_DEPTH and measure_depth(value, _MAX_DEPTH) > _MAX_DEPTH:
        return {}, "the line nests its lists or objects too deeply"
    if not isinstance(value, dict):
        return {}, f"the line is a JSON {type(value).__name__}, expected an object"
    return value, f"the key {doubled[0]!r} occurs twice; keep one of them" if doubled else None
