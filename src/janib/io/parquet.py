"""Reading and writing Parquet files row by row; everything here needs pyarrow, the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from janib.errors import DataError, need_extra
from janib.io.text_tables import Record, TableReader, open_bytes, refuse_doubled

PARQUET_SUFFIX = ".parquet"

_BATCH = 1024  # rows that are decoded at once
_GROUP = 64  # batches in a row group


class ParquetReader(TableReader):
    """Rows of a Parquet file, read as :class:`janib.io.text_tables.RecordReader` reads the others.

    Numbers, texts and truth values are Python's own; other values are pyarrow's, so that a Parquet output holds them
    unchanged. Dictionaries become the values that they encode.

    Parameters
    ----------
    source
        A path.
    most_bytes
        Bytes that the rows may unpack to, by default any number, since few are in memory at once.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    DataError
        On entering: the file is missing, unreadable, not Parquet or damaged; or a column is doubled, has a name that is
        not UTF-8, or holds dictionaries inside other values; or the file unpacks to too much. While reading: it is
        damaged further on, unpacks to too much, or a text is not UTF-8.
    """

    form = "parquet"

    def __init__(self, source: str | Path, most_bytes: int | None = None) -> None:
        super().__init__(source)
        self._read = 0
        self._most_bytes = most_bytes

    def __enter__(self) -> ParquetReader:
        parquet = import_parquet()
        from pyarrow import ArrowException

        self._raw = open_bytes(self.source, self.name)
        try:
            self._file = parquet.ParquetFile(self._raw)
            groups = map(self._file.metadata.row_group, range(self._file.num_row_groups))
            self._check_size(sum(group.total_byte_size for group in groups))
            self.columns = list(self._file.schema_arrow.names)
            refuse_doubled(self.columns, self.name)
            self.schema = _decode_types(self._file.schema_arrow, self.name)
        except BaseException as error:
            self._raw.close()
            if isinstance(error, UnicodeDecodeError):
                byte = f"0x{error.object[error.start]:02x}"
                raise DataError(
                    f"{self.name} has a column whose name is not UTF-8 (the byte {byte}); rename the column"
                ) from error
            if isinstance(error, ArrowException | OSError):
                raise DataError(f"{self.name} cannot be read as Parquet ({_explain(error)}); write it again") from error
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
        self._raw.close()

    def __iter__(self) -> Iterator[Record]:
        from pyarrow import ArrowException

        # What a dictionary packs is not in the size that the file tells; a batch of many rows could fill the memory.
        n_rows, size = _BATCH if self._most_bytes is None else 1, 0
        try:
            for batch in self._file.iter_batches(n_rows):
                plain = batch.cast(self.schema)
                size += plain.nbytes
                self._check_size(size)
                plain.validate(full=True)  # no writer of Parquet checks that texts are UTF-8
                for values in zip(*map(_list_values, plain.columns), strict=True):
                    self._read += 1
                    yield Record(self._read, None, dict(zip(self.columns, values, strict=True)))
        except (ArrowException, OSError) as error:
            advice = "write its texts as UTF-8" if "UTF8" in str(error) else "write it again"
            raise DataError(f"{self.name} is damaged after row {self._read} ({_explain(error)}); {advice}") from error

    @property
    def size(self) -> int | None:
        """Rows of the file."""
        rows: int = self._file.metadata.num_rows
        return rows or None

    @property
    def position(self) -> int:
        """Rows read so far."""
        return self._read

    def _check_size(self, size: int) -> None:
        if self._most_bytes is not None and size > self._most_bytes:
            raise DataError(f"{self.name} unpacks to more than {self._most_bytes:,} bytes, the most; read a part of it")

    def _read_header_as_row(self) -> None:
        """Do nothing: columns have names."""


class ArrowWriter:
    """Writer of rows to a stream of Arrow batches, which :func:`write_parquet` makes a Parquet file of.

    A stream that was cut off after any batch can be continued.

    Parameters
    ----------
    stream
        Open for bytes.
    reader
        Reader of the rows; its columns keep their types.
    added
        Types of further columns, ``str`` or ``float``; an empty text in a column of numbers is null.
    begun
        Whether the stream holds its first bytes already.
    """

    def __init__(self, stream: BinaryIO, reader: TableReader, added: Mapping[str, type], *, begun: bool) -> None:
        import_parquet()
        import pyarrow

        kinds = {str: pyarrow.string(), float: pyarrow.float64()}
        own = {field.name: field.type for field in reader.schema} if isinstance(reader, ParquetReader) else {}
        fields = {name: own.get(name, pyarrow.string()) for name in reader.columns}
        self._schema = pyarrow.schema(fields | {name: kinds[kind] for name, kind in added.items()})
        self._stream = stream
        self._own = own
        self._numbers = {name for name, kind in added.items() if kind is float}
        self._rows: list[Mapping[str, Any]] = []
        if not begun:
            stream.write(self._schema.serialize())

    def write(self, row: Mapping[str, Any]) -> None:
        """Take one row; :meth:`flush` writes those taken as one batch."""
        self._rows.append(row)

    def flush(self) -> None:
        """Write the rows taken."""
        import pyarrow

        if self._rows:
            arrays = [self._make_array(field) for field in self._schema]
            self._stream.write(pyarrow.RecordBatch.from_arrays(arrays, schema=self._schema).serialize())
            self._rows.clear()
        self._stream.flush()

    def _make_array(self, field: Any) -> Any:
        import pyarrow

        values = [row.get(field.name) for row in self._rows]
        if field.name in self._numbers:
            values = [None if value == "" else value for value in values]
        elif field.name not in self._own:
            values = [value if value is None or isinstance(value, str) else str(value) for value in values]
        try:
            return pyarrow.array(values, field.type)
        except UnicodeEncodeError:  # bytes of a CSV that are not UTF-8
            escaped = [value and value.encode("utf-8", "backslashreplace").decode() for value in values]
            return pyarrow.array(escaped, field.type)


def write_parquet(batches: Path, target: Path) -> None:
    """Make a Parquet file of the batches that an :class:`ArrowWriter` wrote, some batches at a time."""
    parquet = import_parquet()
    import pyarrow

    with pyarrow.OSFile(str(batches)) as source, pyarrow.ipc.open_stream(source) as stream:
        found = iter(stream)
        with parquet.ParquetWriter(target, stream.schema) as writer:
            while group := list(islice(found, _GROUP)):
                writer.write_table(pyarrow.Table.from_batches(group))


def import_parquet() -> Any:
    """Return ``pyarrow.parquet``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    with need_extra("a Parquet file", "parquet"):
        import pyarrow.parquet
    return pyarrow.parquet


def _decode_types(schema: Any, name: str) -> Any:
    """Return a schema with plain types for dictionaries, which batches that are cut off cannot hold."""
    import pyarrow

    fields = [
        field.with_type(field.type.value_type) if pyarrow.types.is_dictionary(field.type) else field for field in schema
    ]
    for field in fields:
        if "dictionary<" in str(field.type):
            raise DataError(
                f"{name} has a column {field.name!r} with dictionaries inside its values; write it without them"
            )
    return pyarrow.schema(fields)


def _list_values(column: Any) -> list[Any]:
    """Return texts, numbers and truth values as Python's own; other values as pyarrow's, so that none is changed."""
    from pyarrow import types

    texts = (types.is_string, types.is_large_string, types.is_string_view)
    if any(is_kind(column.type) for is_kind in (*texts, types.is_integer, types.is_floating, types.is_boolean)):
        values: list[Any] = column.to_pylist()
        return values
    return [value if value.is_valid else None for value in column]


def _explain(error: BaseException) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")
