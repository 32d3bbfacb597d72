"""Parquet files as rows, in and out; everything here needs pyarrow, the extra ``parquet``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

from janib.errors import DataError, MissingExtraError
from janib.io.text_tables import (
    STANDARD_STREAM,
    SUFFIXES,
    Format,
    Record,
    RecordReader,
    choose_format,
    open_bytes,
    refuse_doubled,
    require_columns,
)

TableFormat = Literal["csv", "jsonl", "parquet"]

PARQUET_SUFFIX = ".parquet"

_BATCH = 1024  # rows that are decoded at once
_GROUP = 64  # batches in a row group


class ParquetReader:
    """Rows of a Parquet file, with the face of :class:`janib.io.text_tables.RecordReader`.

    Numbers, texts and truth values come as Python's own; other values as pyarrow's, so that a Parquet output has them
    unchanged. A row with a text that is not UTF-8, which no writer of Parquet checks, comes with its problem.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    DataError
        On entering: the file is missing, unreadable, not Parquet or damaged, or has a column that is doubled or whose
        name is not UTF-8. While reading: it is damaged further on.
    """

    form: TableFormat = "parquet"

    def __init__(self, source: str | Path) -> None:
        self.source = self.name = str(source)
        self.columns: list[str] = []
        self.position = 0

    def __enter__(self) -> ParquetReader:
        parquet = import_parquet()
        from pyarrow import ArrowException

        self._raw = open_bytes(self.source, self.name)
        try:
            self._file = parquet.ParquetFile(self._raw)
            self.schema = self._file.schema_arrow
            self.columns = list(self.schema.names)
            refuse_doubled(self.columns, self.name)
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

        try:
            for batch in self._file.iter_batches(_BATCH):
                problems: dict[int, str] = {}
                columns = [
                    _open_column(column, name, problems)
                    for name, column in zip(self.columns, batch.columns, strict=True)
                ]
                for row, values in enumerate(zip(*columns, strict=True)):
                    self.position += 1
                    fields = dict(zip(self.columns, values, strict=True))
                    yield Record(self.position, None, fields, problems.get(row))
        except (ArrowException, OSError) as error:
            raise DataError(
                f"{self.name} is damaged after row {self.position} ({_explain(error)}); write it again"
            ) from error

    @property
    def size(self) -> int | None:
        """Rows of the file."""
        rows: int = self._file.metadata.num_rows
        return rows or None

    def require(self, columns: Sequence[str], option: str) -> None:
        """Raise DataError unless each of ``columns`` is in the file; ``option`` names the way out."""
        require_columns(self.columns, columns, self.name, option)


class ArrowWriter:
    """Rows to a stream of Arrow batches, which can be cut off after any batch and go on; see :func:`write_parquet`.

    Parameters
    ----------
    stream
        Open for bytes.
    reader
        Where the rows are from: its columns keep their types.
    added
        Further columns with their types, ``str`` or ``float``; an empty text among numbers is null.
    begun
        Whether the stream holds its beginning already.
    """

    def __init__(
        self, stream: BinaryIO, reader: RecordReader | ParquetReader, added: Mapping[str, type], *, begun: bool
    ) -> None:
        import_parquet()
        import pyarrow

        kinds = {str: pyarrow.string(), float: pyarrow.float64()}
        own = {field.name: field.type for field in reader.schema} if isinstance(reader, ParquetReader) else {}
        fields = {name: _spell_out(own.get(name, pyarrow.string())) for name in reader.columns}
        self._schema = pyarrow.schema(fields | {name: kinds[kind] for name, kind in added.items()})
        self._stream = stream
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
        try:
            return pyarrow.array(values, field.type)
        except UnicodeEncodeError:  # what was not UTF-8 in the file
            escaped = [value and value.encode("utf-8", "backslashreplace").decode() for value in values]
            return pyarrow.array(escaped, field.type)


def write_parquet(batches: Path, target: Path) -> None:
    """Make a Parquet file of the batches that an :class:`ArrowWriter` wrote, a part at a time."""
    parquet = import_parquet()
    import pyarrow

    with pyarrow.OSFile(str(batches)) as source, pyarrow.ipc.open_stream(source) as stream:
        found = iter(stream)
        with parquet.ParquetWriter(target, stream.schema) as writer:
            while group := list(islice(found, _GROUP)):
                writer.write_table(pyarrow.Table.from_batches(group))


def open_table(source: str | Path, form: Format | None = None) -> RecordReader | ParquetReader:
    """Return a reader of CSV, JSON lines or Parquet, by suffix; ``form`` is that of standard input."""
    chosen = form if form and str(source) == STANDARD_STREAM else choose_table_format(source)
    return ParquetReader(source) if chosen == "parquet" else RecordReader(source, chosen)


def choose_table_format(name: str | Path) -> TableFormat:
    """Return the format that a file's suffix stands for; CSV for standard streams."""
    return (
        "parquet" if Path(name).suffix.lower() == PARQUET_SUFFIX else choose_format(name, [*SUFFIXES, PARQUET_SUFFIX])
    )


def import_parquet() -> Any:
    """Return ``pyarrow.parquet``.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError("a Parquet file", "parquet") from error
    return pyarrow.parquet


def _open_column(column: Any, name: str, problems: dict[int, str]) -> list[Any]:
    """Return a column's values; add to ``problems``, by row of the batch, which of them are not UTF-8."""
    from pyarrow import ArrowInvalid, types

    kind = _spell_out(column.type)
    if kind != column.type:
        column = column.cast(kind)
    texts = (types.is_string, types.is_large_string, types.is_string_view)
    is_plain = any(is_kind(kind) for is_kind in (*texts, types.is_integer, types.is_floating, types.is_boolean))
    try:
        column.validate(full=True)
    except ArrowInvalid:
        return [_open_value(value, is_plain, row, name, problems) for row, value in enumerate(column)]
    if is_plain:
        values: list[Any] = column.to_pylist()
        return values
    return [value if value.is_valid else None for value in column]


def _open_value(value: Any, is_plain: bool, row: int, name: str, problems: dict[int, str]) -> Any:
    import pyarrow

    try:
        _decode(value, "strict")
    except UnicodeDecodeError as error:
        byte = f"0x{error.object[error.start]:02x}"
        problems.setdefault(row, f"the byte {byte} in {name!r} is not UTF-8; write the column's texts as UTF-8")
        if is_plain:
            return _decode(value, "surrogateescape")  # as in a CSV
        # pyarrow's values cannot hold half characters, so that these texts have the bytes as \xe9.
        return pyarrow.scalar(_decode(value, "backslashreplace"), value.type)
    return value.as_py() if is_plain or not value.is_valid else value


def _decode(value: Any, errors: str) -> Any:
    """Return a value of pyarrow as Python's, down to its texts; what is neither text nor made of texts stays."""
    from pyarrow import ExtensionScalar, ListScalar, StringScalar, StructScalar

    if not value.is_valid:
        return None
    if isinstance(value, StringScalar):
        return value.as_buffer().to_pybytes().decode("utf-8", errors)
    if isinstance(value, StructScalar):
        return {name: _decode(part, errors) for name, part in value.items()}
    if isinstance(value, ListScalar):  # a map is a list of structs
        return [_decode(part, errors) for part in value.values]
    return _decode(value.value, errors) if isinstance(value, ExtensionScalar) else value


def _spell_out(kind: Any) -> Any:
    """Return a type without dictionaries, at any depth: batches that are cut off and go on have no place for them."""
    import pyarrow
    from pyarrow import types

    def spell(field: Any) -> Any:
        return field.with_type(_spell_out(field.type))

    if types.is_dictionary(kind):
        return _spell_out(kind.value_type)
    if types.is_list(kind):
        return pyarrow.list_(spell(kind.value_field))
    if types.is_large_list(kind):
        return pyarrow.large_list(spell(kind.value_field))
    if types.is_fixed_size_list(kind):
        return pyarrow.list_(spell(kind.value_field), kind.list_size)
    if types.is_struct(kind):
        return pyarrow.struct([spell(field) for field in kind])
    if types.is_map(kind):
        return pyarrow.map_(spell(kind.key_field), spell(kind.item_field), kind.keys_sorted)
    return kind


def _explain(error: BaseException) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")
