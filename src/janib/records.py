"""Streaming tables of text: CSV and JSON lines in and out, one row at a time.

A file that cannot be read at all raises :class:`DataError`; a bad row becomes a :class:`Record` with a
``problem``, so that the caller decides whether it stops or is carried along.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TextIO

from janib.errors import DataError, suggest
from janib.files import write_file

Format = Literal["csv", "jsonl"]

SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}

STANDARD_STREAM = "-"

_SNIFFED_BYTES = 65_536
_FIELD_LIMIT = 64 * 1024 * 1024  # csv's own 128 KiB would refuse a long article


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stands in the file.

    Attributes
    ----------
    number
        Row number, from 1, the header not counted.
    line
        Line of the file on which the row ends, from 1.
    fields
        Column to value; strings from CSV, any JSON value from JSON lines. Empty if the row could not be read.
    problem
        Why the row cannot be used, or None.
    """

    number: int
    line: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None

    @property
    def place(self) -> str:
        """Where the row stands, for messages."""
        return f"row {self.number} (line {self.line})"

    def text(self, column: str | None) -> str | None:
        """Return a column as text; None where the column is not asked for, absent or null."""
        value = self.fields.get(column) if column is not None else None
        return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class RecordReader:
    """Rows of a CSV or JSON-lines file, or of standard input (``-``).

    Parameters
    ----------
    source
        A path, or ``-`` for standard input.
    form
        ``csv`` or ``jsonl``; by default what the suffix says, CSV for standard input.

    Raises
    ------
    DataError
        On entering: the file is missing, unreadable, empty, not UTF-8, or has a blank or doubled column.
        While reading: it stops being UTF-8.
    """

    def __init__(self, source: str | Path, form: Format | None = None) -> None:
        self.source = str(source)
        self.name = "standard input" if self.source == STANDARD_STREAM else self.source
        self.form: Format = form or choose_format(self.source)
        self.columns: list[str] = []

    def __enter__(self) -> RecordReader:
        self._raw = _open_bytes(self.source, self.name)
        try:
            head = self._raw.peek(_SNIFFED_BYTES)[:_SNIFFED_BYTES]
            if not head.strip(b"\xef\xbb\xbf \t\r\n"):
                raise DataError(f"{self.name} is empty; expected {self._expected()}")
            guess = _guess_utf16(head)
            if guess:
                raise DataError(_describe_encoding(self.name, guess))
            self._stream = io.TextIOWrapper(self._raw, encoding="utf-8-sig", newline="")
            if self.form == "csv":
                self._open_csv()
        except BaseException:
            self._raw.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        if self.source != STANDARD_STREAM:
            self._raw.close()

    def __iter__(self) -> Iterator[Record]:
        rows = self._read_csv() if self.form == "csv" else self._read_jsonl()
        return self._decode(rows)

    @property
    def size(self) -> int | None:
        """Bytes of the file; None for a stream."""
        return None if self.source == STANDARD_STREAM else Path(self.source).stat().st_size

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return 0 if self.source == STANDARD_STREAM else self._raw.tell()

    def require(self, columns: Sequence[str], option: str) -> None:
        """Raise DataError unless each of ``columns`` stands in a CSV's header; ``option`` names the way out."""
        if self.form != "csv":
            return
        for column in columns:
            if column not in self.columns:
                raise DataError(
                    f"{self.name} has no column {column!r}, only {', '.join(self.columns)}"
                    f"{suggest(column, self.columns)}; name the right one with {option}"
                )

    def _expected(self) -> str:
        return "a header and at least one row" if self.form == "csv" else "one JSON object a line"

    def _decode(self, rows: Iterator[Record]) -> Iterator[Record]:
        try:
            yield from rows
        except UnicodeDecodeError as error:
            raise DataError(_describe_encoding(self.name, _guess_8bit(error.object), error)) from error

    def _open_csv(self) -> None:
        csv.field_size_limit(_FIELD_LIMIT)
        self._csv = csv.reader(self._stream, strict=True)
        try:
            self.columns = next(self._csv)
        except UnicodeDecodeError as error:
            raise DataError(_describe_encoding(self.name, _guess_8bit(error.object), error)) from error
        except csv.Error as error:
            raise DataError(f"{self.name}: the header cannot be read ({error}); check its quoting") from error
        for column in self.columns:
            if not column.strip():
                raise DataError(f"{self.name} has a column without a name; give every column one")
            if self.columns.count(column) > 1:
                raise DataError(f"{self.name} has the column {column!r} twice; keep one of them")

    def _read_csv(self) -> Iterator[Record]:
        number = 0
        while True:
            number += 1
            try:
                cells = next(self._csv)
            except StopIteration:
                return
            except csv.Error as error:
                line = self._csv.line_num
                if "unexpected end of data" in str(error):
                    problem = "the file ends inside a quoted field: it is cut off, or a quote is missing"
                else:
                    problem = f"the row cannot be read as CSV ({error}); check its quoting"
                yield Record(number, line, problem=problem)
                continue
            if not cells:  # a blank line
                number -= 1
                continue
            ragged = None
            if len(cells) != len(self.columns):
                ragged = f"the row has {len(cells)} cells, the header {len(self.columns)}; check its quoting"
            yield Record(number, self._csv.line_num, dict(zip(self.columns, cells, strict=False)), ragged)

    def _read_jsonl(self) -> Iterator[Record]:
        number = 0
        for line, text in enumerate(self._stream, start=1):
            if not text.strip():
                continue
            number += 1
            try:
                value = json.loads(text)
            except (json.JSONDecodeError, RecursionError) as error:
                cut = "" if text.endswith("\n") else "; the file ends here: it may be cut off"
                yield Record(number, line, problem=f"the line is not JSON ({error}){cut}")
                continue
            if isinstance(value, dict):
                yield Record(number, line, value)
            else:
                kind = type(value).__name__
                yield Record(number, line, problem=f"the line is a JSON {kind}, expected an object")


class RecordWriter:
    """Rows to an open stream, CSV or JSON lines; made by :func:`write_records`."""

    def __init__(self, stream: TextIO, form: Format, columns: Sequence[str]) -> None:
        self._write: Callable[[Mapping[str, Any]], object]
        if form == "csv":
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
            writer.writeheader()
            self._write = writer.writerow
        else:
            self._write = lambda row: stream.write(json.dumps(row, ensure_ascii=False) + "\n")

    def write(self, row: Mapping[str, Any]) -> None:
        """Write one row."""
        self._write(row)


@contextmanager
def write_records(target: str | Path, columns: Sequence[str], form: Format | None = None) -> Iterator[RecordWriter]:
    """Open a file, or standard output (``-``), for rows; a file appears only when the block ends well."""
    form = form or choose_format(target)
    if str(target) == STANDARD_STREAM:
        yield RecordWriter(sys.stdout, form, columns)
        sys.stdout.flush()
        return
    with write_file(Path(target)) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        yield RecordWriter(stream, form, columns)


def choose_format(name: str | Path) -> Format:
    """Return the format that a file's suffix stands for; CSV for standard streams."""
    if str(name) == STANDARD_STREAM:
        return "csv"
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise DataError(f"{name}: the suffix {suffix!r} names no known format, expected one of {known}")
    return SUFFIXES[suffix]


def _open_bytes(source: str, name: str) -> io.BufferedReader:
    if source == STANDARD_STREAM:
        return sys.stdin.buffer  # type: ignore[return-value]
    try:
        return io.BufferedReader(Path(source).open("rb", buffering=0), buffer_size=_SNIFFED_BYTES)
    except FileNotFoundError as error:
        raise DataError(f"{name} does not exist; check the path") from error
    except IsADirectoryError as error:
        raise DataError(f"{name} is a folder, expected a file") from error
    except PermissionError as error:
        raise DataError(f"{name} cannot be read: permission denied; check its owner and mode") from error


def _guess_utf16(head: bytes) -> str | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) > len(head) // 10:
        return "UTF-16"
    return None


def _guess_8bit(data: bytes) -> str | None:
    try:
        letters = [letter for letter in data[:_SNIFFED_BYTES].decode("cp1256") if ord(letter) > 127]
    except UnicodeDecodeError:
        return None
    arabic = sum("\u0600" <= letter <= "\u06ff" for letter in letters)
    return "Windows-1256" if arabic > len(letters) / 2 else None


def _describe_encoding(name: str, guess: str | None, error: UnicodeDecodeError | None = None) -> str:
    found = f" (byte 0x{error.object[error.start]:02x})" if error else ""
    if guess is None:
        return f"{name} is not UTF-8{found}; convert it to UTF-8"
    return f"{name} is not UTF-8{found}, it looks like {guess}; convert it: iconv -f {guess.upper()} -t UTF-8"
