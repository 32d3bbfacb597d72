"""Tables that tell of articles: the columns of outlet, date and id, and ``meta.csv`` beside a folder of texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from janib.errors import DataError
from janib.io.formats import TABLE_SUFFIXES, open_table
from janib.io.text_tables import Record
from janib.text.column_names import match_columns

_STEM = "meta"
_SUFFIXES = [suffix for suffix in TABLE_SUFFIXES if suffix != ".txt"]  # that is a text


class Metadata:
    """Rows of a table by the text that they tell of; made by :func:`read_metadata`.

    Attributes
    ----------
    path
        The table.
    columns
        Its columns.
    """

    def __init__(self, path: Path, columns: Sequence[str], rows: Mapping[str, Record]) -> None:
        self.path, self.columns = path, columns
        self._rows = rows

    def find(self, text: Path) -> Record | None:
        """Return the row of a text; the table has its path from the table's folder, or its name, with suffix or not."""
        place = text.resolve().relative_to(self.path.resolve().parent)
        for name in (place, place.with_suffix(""), Path(text.name), Path(text.stem)):
            if row := self._rows.get(_normalise(name.as_posix())):
                return row
        return None

    def list_strays(self, texts: Collection[Path]) -> list[Record]:
        """Return the rows that tell of none of these texts."""
        known = {row.number for row in map(self.find, texts) if row}
        return [row for row in self._rows.values() if row.number not in known]


def read_metadata(
    folder: Path, texts: Sequence[Path], file_column: str | None, on_problem: Callable[[str], None]
) -> Metadata | None:
    """Read ``meta.csv`` (or a table of another format) in a folder of texts, or else beside the folder.

    Parameters
    ----------
    folder, texts
        The folder and its texts.
    file_column
        The column of the texts' names; None for ``file``, ``filename``, ``path``, ``name`` or ``id``.
    on_problem
        Called with the problem of a row, which is left out.

    Returns
    -------
    Metadata or None
        None if there is no such table, or that beside the folder names none of its texts.

    Raises
    ------
    DataError
        If the table in the folder cannot be read, has no column of names, or there are two.
    """
    inside = _find_table(folder)
    if inside is not None:
        found = _read_table(inside, file_column, on_problem)
        for row in found.list_strays(texts):
            on_problem(f"{inside}, {row.place}: {folder} has no such text")
        return found
    beside = _find_table(folder.resolve().parent)
    if beside is None:
        return None
    problems: list[str] = []
    try:
        found = _read_table(beside, file_column, problems.append)
    except DataError:  # it may be of something else
        return None
    if not any(map(found.find, texts)):
        return None
    for problem in problems:
        on_problem(problem)
    return found


def suggest_columns(columns: Sequence[str], chosen: Mapping[str, str | None], name: str) -> list[str]:
    """Say which columns look like the outlet, the date or the id where nobody has chosen any, and how to choose them.

    Parameters
    ----------
    columns
        Those of the table.
    chosen
        The column that the user named for ``outlet``, ``date`` and ``id``, or None for a column of that very name.
    name
        The table's name in messages.
    """
    return [
        f"{name} has no column {field!r}; if {like!r} is it, add --{field}-column {like!r}"
        for field, like in find_usual_columns(columns, chosen).items()
    ]


def find_usual_columns(columns: Sequence[str], chosen: Mapping[str, str | None]) -> dict[str, str]:
    """Return the column that looks like each field of :func:`suggest_columns` that has neither a chosen nor its own."""
    found = {}
    for field, column in chosen.items():
        if column is not None or field in columns:
            continue
        if like := match_columns(columns, field):
            found[field] = like[0]
    return found


def _find_table(folder: Path) -> Path | None:
    found = sorted(path for suffix in _SUFFIXES if (path := folder / f"{_STEM}{suffix}").is_file())
    if len(found) > 1:
        raise DataError(f"{folder} holds {found[0].name} and {found[1].name}; keep one")
    return found[0] if found else None


def _read_table(path: Path, file_column: str | None, on_problem: Callable[[str], None]) -> Metadata:
    rows: dict[str, Record] = {}
    with open_table(path) as reader:
        if file_column is not None:
            reader.require([file_column], "--id-column")
        for record in reader:
            column = file_column or _choose_file_column(reader.columns or list(record.fields), path)
            name = _normalise(record.text(column) or "")
            if record.problem:
                on_problem(f"{path}, {record.place}: {record.problem}")
            elif not name:
                on_problem(f"{path}, {record.place}: the column {column!r} is blank; it names the text")
            elif name in rows:
                on_problem(f"{path}, {record.place}: {name!r} is already in {rows[name].place}; keep one")
            else:
                rows[name] = record
    return Metadata(path, reader.columns, rows)


def _choose_file_column(columns: Sequence[str], path: Path) -> str:
    if found := match_columns(columns, "file"):
        return found[0]
    raise DataError(
        f"{path} has no column of the texts' names, only {', '.join(map(repr, columns))}; call it 'file', or name it "
        "with --id-column"
    )


def _normalise(name: str) -> str:
    """Return a file's name as a table and a folder agree on it: other systems compose letters otherwise."""
    return unicodedata.normalize("NFC", name.strip().replace("\\", "/").removeprefix("./"))
