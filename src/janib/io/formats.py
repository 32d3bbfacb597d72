"""Formats of tables by the suffixes of their files, and a reader for each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from janib.io.parquet import PARQUET_SUFFIX, ParquetReader
from janib.io.text_tables import (
    SUFFIXES,
    WRITTEN_SUFFIXES,
    Format,
    RecordReader,
    TableReader,
    choose_format,
    find_suffix,
    is_stream,
)
from janib.io.workbook import WORKBOOK_SUFFIX, WorkbookReader

TableFormat = Literal["csv", "jsonl", "parquet", "xlsx"]

_BINARY: dict[str, TableFormat] = {PARQUET_SUFFIX: "parquet", WORKBOOK_SUFFIX: "xlsx"}

TABLE_SUFFIXES = (*SUFFIXES, *_BINARY)
"""Suffixes of the tables that are read; those of text may end in ``.gz`` too."""


def open_table(source: str | Path, form: Format | None = None, most_bytes: int | None = None) -> TableReader:
    """Return a reader of CSV, JSON, Parquet or a workbook, by suffix.

    Parameters
    ----------
    source
        A path, or ``-`` for standard input.
    form
        Format of a stream.
    most_bytes
        Bytes that a workbook or a Parquet file may unpack to; None for what its reader takes.

    Raises
    ------
    DataError
        If the suffix is unknown.
    """
    if form and is_stream(source):
        return RecordReader(source, form)
    chosen = choose_table_format(source, TABLE_SUFFIXES)
    if chosen == "parquet":
        return ParquetReader(source, most_bytes)
    return WorkbookReader(source, most_bytes) if chosen == "xlsx" else RecordReader(source)


def choose_table_format(name: str | Path, known: Iterable[str] = (*WRITTEN_SUFFIXES, *_BINARY)) -> TableFormat:
    """Return the format of a file's suffix among those ``known``, by default those written; CSV for streams.

    Raises
    ------
    DataError
        If the suffix is unknown.
    """
    suffix = find_suffix(name, known)
    return _BINARY[suffix] if suffix in _BINARY else choose_format(name)
