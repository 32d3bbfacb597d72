"""What the columns of a user's own file hold, by their names, and which task its labels are of."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from janib.corpora.readers import own_file
from janib.errors import ConfigError, DataError
from janib.io.formats import open_table
from janib.labels import POSITION_LABELS, TASK_LABELS
from janib.text.column_names import match_columns, match_nouns

OWN_FIELDS = ("text", "target", "label")
"""What a file to compare models on has; a target is not needed."""


def find_columns(path: Path, given: Mapping[str, str], flag: str = "--{}") -> dict[str, str]:
    """Find the columns of :data:`OWN_FIELDS` that are not given, where their names leave no doubt.

    They are known by :func:`janib.text.column_names.match_columns`, or else by
    :func:`janib.text.column_names.match_nouns`.

    Parameters
    ----------
    given
        Field to column, of the fields that the user has named.
    flag
        The command's flag for a field's column, with braces for the field.

    Raises
    ------
    ConfigError
        If the text's or the label's column is not found, or a field may be in several.
    DataError
        If the file cannot be read.
    """
    columns = _read_names(path)
    left = [column for column in columns if column not in given.values()]
    found = dict(given)
    for field in OWN_FIELDS:
        if field in given:
            continue
        free = [column for column in left if column not in found.values()]
        possible = match_columns(left, field) or match_nouns(free, field)
        possible = [column for column in possible if column == field] or possible
        if len(possible) > 1:
            named = " or ".join(map(repr, sorted(possible, key=left.index)))
            raise ConfigError(f"{path}: the {field} may be in the column {named}; say which with {flag.format(field)}")
        if possible:
            found[field] = possible[0]
        elif field != "target":
            raise ConfigError(
                f"{path}: no column is known to hold the {field}; name it with {flag.format(field)}, one of "
                f"{', '.join(left)}"
            )
    return found


def choose_task(path: Path, columns: Mapping[str, str], words: Mapping[str, Sequence[str]]) -> str:
    """Return the task whose labels most rows have: ``stance`` towards a target, ``sentiment``, or else ``label``.

    It is never ``sarcasm``, since the yes and no that say so may answer any question.

    Parameters
    ----------
    columns
        Of :func:`find_columns`.
    words
        The file's own words for labels, as of :func:`janib.corpora.readers.own_file.read_own_file`.

    Raises
    ------
    ConfigError
        If a word is given to two labels of a task.
    """
    fields = {field: column for field, column in columns.items() if field != "label"}
    n_rows = _count_rows(path, "label", {**fields, "label": columns["label"]}, {})
    for task in POSITION_LABELS:
        if task == "stance" and "target" not in columns:
            continue
        n_known = _count_rows(path, task, {**fields, task: columns["label"]}, words)
        if 2 * n_known > n_rows:
            return task
    return "label"


def _count_rows(path: Path, task: str, columns: Mapping[str, str], words: Mapping[str, Sequence[str]]) -> int:
    """Return how many rows of a file have a label of a task."""
    own_words = {label: own for label, own in words.items() if label in TASK_LABELS.get(task, ())}
    with _hush():
        try:
            _, splits = own_file.read_own_file(path, task, columns=columns, words=own_words, bad_rows="skip")
        except DataError:  # no row has a label of the task
            return 0
    return len(splits["train"])


@contextmanager
def _hush() -> Iterator[None]:
    """Keep what is only tried out of the log."""
    level = own_file.log.level
    own_file.log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        own_file.log.setLevel(level)


def _read_names(path: Path) -> list[str]:
    with open_table(path) as reader:
        return reader.columns or list(next((record.fields for record in reader if record.fields), {}))
