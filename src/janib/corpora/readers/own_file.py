"""A user's own tables as a corpus."""

from __future__ import annotations

import logging
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from janib.corpora.base import Corpus, Splits
from janib.corpora.lookalikes import index_spellings, merge_lookalikes
from janib.corpora.readers.label_words import describe_meanings, find_meanings
from janib.errors import ConfigError, DataError, suggest
from janib.io.formats import open_table
from janib.io.text_tables import Record
from janib.labels import TASK_LABELS, TASKS
from janib.schema import COLUMNS, Example, check_example, check_fields, check_label, make_example, strip_around
from janib.text.spelling import fold_value

log = logging.getLogger(__name__)

MOST_NAMED = 10

_UNTOUCHED = ("text", "context")
"""Fields that models clean themselves; others lose the space around them."""

ColumnName = str | int | bool | None
"""A column's name, as Hydra reads it from the command line; False for a field that the file does not have."""

LabelWord = str | int | float | bool
"""A label's word in a file, as Hydra reads it from the command line: ``1`` is a number, ``true`` is a bool."""

LabelWords = LabelWord | Sequence[LabelWord | None] | None
"""A label's words; None if the file has no other word than those that are known."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A row whose label words are not read yet, or its problem."""

    place: str
    example: Example
    words: Mapping[str, str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a file, and its column of ids."""

    path: str | Path
    id_column: str
    rows: Sequence[_Row]


def read_own_file(
    path: str | Path,
    task: str | Sequence[str],
    *,
    name: str = "csv",
    test_path: str | Path | None = None,
    columns: Mapping[str, ColumnName] | None = None,
    words: Mapping[str, LabelWords] | None = None,
    metric: str = "macro_f1",
    bad_rows: Literal["stop", "skip"] = "stop",
) -> tuple[Corpus, Splits]:
    """Read training rows, and test rows if there are any, from a user's files.

    The files are tables of any format that :func:`janib.io.formats.open_table` reads.

    Parameters
    ----------
    path
        Training file.
    task
        One task or several. Every row must have a label of the first; it may lack labels of the others.
    name
        What the corpus is called in results.
    test_path
        Test file; without it only validation is scored.
    columns
        Column of a row's field, where the file has another name for it; numbers count the columns of a file without a
        header from 0. False means that a field is not read, though there is a column of its name.
    words
        The file's own word or words for a label, for instance ``{"favor": ["pro", "مع"]}``. A number means the word
        that Python prints, ``1`` or ``-1``; True means ``true``, ``True`` and ``TRUE``, and False likewise. A text is
        the exact word, so ``"+1"`` and ``"01"`` must be given as texts. Words that
        :func:`~janib.corpora.readers.label_words.find_meanings` knows need not be given.
    metric
        Metric key by which models are chosen.
    bad_rows
        ``stop``: bad rows are an error that lists them; ``skip``: they are named in the log and left out.

    Raises
    ------
    ConfigError
        If an argument has an impossible value.
    DataError
        If a file cannot be read, a column is missing, or a row is bad and ``bad_rows`` is ``stop``.

    Notes
    -----
    An id that several targets share, as that of a text about several parties, becomes ``ID/TARGET`` in each such row,
    and the id is the row's group.
    """
    tasks = [task] if isinstance(task, str) else list(task)
    for one in tasks:
        _check_choice("task", one, TASKS)
    _check_choice("data.bad_rows", bad_rows, ("stop", "skip"))
    renamed = _name_columns(columns or {}, tasks)
    labels = dict(TASK_LABELS)
    for label in words or {}:
        _check_choice("data.words", label, list(dict.fromkeys(chain(*TASK_LABELS.values()))))
    _refuse_unread(words or {}, tasks)
    given = {task: _list_meanings(words or {}, labels.get(task, ())) for task in tasks}
    paths = {"train": path} | ({"test": test_path} if test_path else {})
    read = {split: _read_table(source, tasks, renamed) for split, source in paths.items()}
    meanings = {}
    for one in tasks:
        found = Counter(row.words[one] for table in read.values() for row in table.rows if one in row.words)
        meanings[one] = find_meanings(one, found, given[one])
        if said := describe_meanings(meanings[one], given[one]):
            log.info("%s: %s; if it is otherwise, say so with data.words", one, said)
    splits: Splits = {"train": _label_rows(read["train"], tasks, labels, meanings, bad_rows)}
    splits, remarks = merge_lookalikes(splits, "label")
    labels["label"] = tuple(sorted({row.label for row in splits["train"] if row.label}))
    if test_path:
        if "label" in tasks:
            meanings["label"] = _respell(read["test"].rows, labels["label"])
        splits["test"] = _label_rows(read["test"], tasks, labels, meanings, bad_rows)
    splits, more_remarks = merge_lookalikes(splits, "target")
    corpus = Corpus(
        name=name,
        title=f"own file {Path(path).name}",
        homepage="",
        licence="the user's own",
        citation="",
        read=lambda _: splits,
        metrics=dict.fromkeys(tasks, metric),
        labels=labels["label"],
        target_is_given=any(row.target for row in splits["train"]),
        is_own=True,
        remarks=(*remarks, *more_remarks),
    )
    return corpus, splits


def _name_columns(columns: Mapping[str, ColumnName], tasks: Sequence[str]) -> dict[str, str | None]:
    """Return the column of each field that has another name; None for a field that is not read."""
    renamed: dict[str, str | None] = {}
    for field, column in columns.items():
        _check_choice("data.columns", field, COLUMNS)
        if column is None or column == "":
            continue
        is_needed = field in ("text", *tasks) or (field == "target" and "stance" in tasks)
        if column is True or not isinstance(column, str | int) or (column is False and is_needed):
            raise ConfigError(f"data.columns.{field} is {column!r}, expected the name or the number of a column")
        renamed[field] = None if column is False else str(column)
    return renamed


def _list_meanings(words: Mapping[str, LabelWords], labels: Sequence[str]) -> dict[str, str]:
    """Return a task's label for each word of the file; the word may mean another label in another task."""
    meanings: dict[str, str] = {}
    for label in labels:
        for word in _list_spellings(label, words.get(label)):
            if meanings.setdefault(word, label) != label:
                raise ConfigError(
                    f"data.words: {word!r} is given to {meanings[word]} and to {label}; give it to one label"
                )
    return meanings


def _refuse_unread(words: Mapping[str, LabelWords], tasks: Sequence[str]) -> None:
    """Raise ConfigError if no task has any label that words are given to; some may be meant for other runs' tasks."""
    given = [label for label, own in words.items() if own is not None]
    if given and not {label for task in tasks for label in TASK_LABELS.get(task, ())}.intersection(given):
        raise ConfigError(explain_unread(given[0], tasks))


def explain_unread(label: str, tasks: Sequence[str]) -> str:
    """Say that no word is read as a label, which the tasks do not have."""
    known = ", ".join(one for task in tasks for one in TASK_LABELS.get(task, ())) or "the file's own, as they are"
    return (
        f"data.words.{label}= is given, but the labels of the task {', '.join(tasks)} are {known}; leave it out, or "
        f"take another task"
    )


def _list_spellings(label: str, own: LabelWords) -> Iterator[str]:
    """Yield every spelling of a label's own word or words."""
    if own is not None and not isinstance(own, LabelWord) and (isinstance(own, Mapping) or not own):
        raise ConfigError(f"data.words.{label} is {own!r}, expected a word or a list of words")
    for word in [own] if isinstance(own, LabelWord) else own or []:
        if not isinstance(word, LabelWord | None):
            raise ConfigError(f"data.words.{label} has {word!r}, expected words")
        if isinstance(word, bool):  # its spelling is lost
            yield from (str(word).lower(), str(word), str(word).upper())
        elif word is not None:
            yield str(word)


def _check_choice(what: str, found: str, known: Sequence[str]) -> None:
    if found not in known:
        raise ConfigError(f"{what}: {found!r} is unknown, expected one of {', '.join(known)}{suggest(found, known)}")


def _read_table(path: str | Path, tasks: Sequence[str], renamed: Mapping[str, str | None]) -> _Table:
    needed = ["text", tasks[0]] + (["target"] if "stance" in tasks else [])
    rows: list[_Row] = []
    n_empty = 0
    with open_table(path) as reader:
        reader.name_by_place(filter(None, renamed.values()))
        for field in dict.fromkeys([*needed, *tasks, *renamed]):
            if column := renamed.get(field, field):
                reader.require([column], f"data.columns.{field}=")
        read = [renamed.get(field) or field for field in needed]
        for record in reader:
            if record.problem or any(map(_is_filled, record.fields.values())):
                rows.append(_make_row(record, tasks, renamed, record.problem or check_fields(record.fields, read)))
            else:
                n_empty += 1
    if n_empty:
        log.info("%s: %d empty rows are left out", path, n_empty)
    return _Table(path, renamed.get("id") or "id", _part_ids(rows, path))


def _make_row(record: Record, tasks: Sequence[str], renamed: Mapping[str, str | None], problem: str | None) -> _Row:
    cells = {field: record.text(renamed.get(field, field)) for field in COLUMNS if field not in TASKS}
    words = {task: strip_around(record.text(renamed.get(task, task)) or "") for task in tasks}
    values = {
        field: cell if field in _UNTOUCHED else strip_around(cell) for field, cell in cells.items() if cell is not None
    }
    example = make_example({"id": str(record.number), "text": "", **values})
    return _Row(record.place, example, {} if problem else {task: word for task, word in words.items() if word}, problem)


def _respell(rows: Sequence[_Row], labels: Sequence[str]) -> dict[str, str]:
    """Return the training rows' spelling of each label of test rows that looks like one of them."""
    known = index_spellings(labels)
    words = {row.words["label"] for row in rows if "label" in row.words} - set(labels)
    return {word: known[fold_value(word)] for word in words if fold_value(word) in known}


def _is_filled(value: object) -> bool:
    return value is not None and strip_around(str(value)) != ""


def _part_ids(rows: Sequence[_Row], path: str | Path) -> list[_Row]:
    """Return rows with an id for each target, where targets share one."""
    pairs = Counter((row.example.id, row.example.target) for row in rows if not row.problem)
    shared = {one for one, count in Counter(one for one, _ in pairs).items() if count > 1}
    shared -= {one for (one, _), count in pairs.items() if count > 1}
    if shared:
        log.info(
            "%s: %d ids have several targets; such rows are called ID/TARGET, and those of an id stay in one fold",
            path,
            len(shared),
        )

    def part(row: _Row) -> _Row:
        one = row.example
        if row.problem or one.id not in shared:
            return row
        return replace(row, example=replace(one, id=f"{one.id}/{one.target}", group=one.group or one.id))

    return list(map(part, rows))


def _label_rows(
    table: _Table,
    tasks: Sequence[str],
    labels: Mapping[str, tuple[str, ...]],
    meanings: Mapping[str, Mapping[str, str]],
    bad_rows: Literal["stop", "skip"],
) -> list[Example]:
    good: list[Example] = []
    lines: list[str] = []
    unknown: dict[str, list[str]] = {}  # places of the rows with an unknown word, by what is wrong with it
    places: dict[str, str] = {}
    for row in table.rows:
        gold = {task: meanings[task].get(word, word) for task, word in row.words.items()}
        example = replace(row.example, **gold)
        if row.problem is None and (fault := _find_unknown_word(example, tasks, labels)):
            unknown.setdefault(fault, []).append(row.place)
        elif problem := row.problem or _find_problem(example, tasks, places, table.id_column):
            lines.append(f"{table.path}, {row.place}: {problem}")
        else:
            places[example.id] = row.place
            good.append(example)
    for fault, found in unknown.items():
        others = f" and {len(found) - 1:,} more" if len(found) > 1 else ""
        lines.append(f"{table.path}, {found[0]}{others}: {fault}")
    if lines and bad_rows == "stop":
        raise DataError(*_shorten(lines, len(good)))
    for line in lines:
        log.warning("left out: %s", line)
    if not good:
        raise DataError(f"{table.path} has no usable row; expected at least one")
    return good


def _find_unknown_word(row: Example, tasks: Sequence[str], labels: Mapping[str, tuple[str, ...]]) -> str | None:
    for task in tasks:
        word = row.gold(task)
        problem = check_label(word, labels[task]) if task in labels else None
        if problem and task in TASK_LABELS:
            stop = "" if problem.endswith("?") else "."
            return f"{problem}{stop} Say what it means: {_format_override(labels[task], word or '')}"
        if problem:
            return problem
    return None


def _find_problem(row: Example, tasks: Sequence[str], places: Mapping[str, str], id_column: str) -> str | None:
    if row.id in places:
        return (
            f"id {row.id!r} is already in {places[row.id]}; every row needs its own, or number the rows and keep an id "
            f"in one fold: data.columns.id=false data.columns.group={shlex.quote(id_column)}"
        )
    return check_example(row, needs_target="stance" in tasks)


def _format_override(labels: Sequence[str], word: str) -> str:
    # Quoted twice: for the shell, and for Hydra, which would make a number of 1 and a bool of true.
    escaped = word.replace('"', '\\"')
    return shlex.quote(f'data.words.<{"|".join(labels)}>="{escaped}"')


def _shorten(problems: list[str], good: int) -> Iterator[str]:
    yield from problems[:MOST_NAMED]
    if len(problems) > MOST_NAMED:
        yield f"and {len(problems) - MOST_NAMED} more bad rows"
    yield "mend them" + (f", or train on the other {good:,} with data.bad_rows=skip" if good else "")
