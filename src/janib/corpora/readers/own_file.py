"""A user's own CSV or JSON-lines files as a corpus."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal

from janib.corpora.base import Corpus, Splits
from janib.errors import ConfigError, DataError, suggest
from janib.io.text_tables import Record, RecordReader
from janib.labels import TASK_LABELS, TASKS
from janib.schema import COLUMNS, Example, check_example, check_fields, check_label, make_example

log = logging.getLogger(__name__)

MOST_NAMED = 10

LabelWord = str | int | float | bool
"""A label's word in a file, as Hydra reads it from the command line: ``1`` is a number, ``true`` is a bool."""

LabelWords = LabelWord | Sequence[LabelWord | None] | None
"""A label's words; None if the file has no other word than the label itself."""


def read_own_file(
    path: str | Path,
    task: str | Sequence[str],
    *,
    name: str = "csv",
    test_path: str | Path | None = None,
    columns: Mapping[str, str | None] | None = None,
    words: Mapping[str, LabelWords] | None = None,
    metric: str = "macro_f1",
    bad_rows: Literal["stop", "skip"] = "stop",
) -> tuple[Corpus, Splits]:
    """Read training rows, and test rows if there are any, from a user's files.

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
        Column of a row's field, where the file has another name for it.
    words
        The file's own word or words for a label, for instance ``{"favor": ["pro", "مع"]}``. A number means the word
        that Python prints, ``1`` or ``-1``; True means ``true``, ``True`` and ``TRUE``, and False likewise. A text is
        the exact word, so ``"+1"`` and ``"01"`` must be given as texts.
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
    """
    renamed = {field: column for field, column in (columns or {}).items() if column}
    tasks = [task] if isinstance(task, str) else list(task)
    for one in tasks:
        _check_choice("task", one, TASKS)
    _check_choice("data.bad_rows", bad_rows, ("stop", "skip"))
    for field in renamed:
        _check_choice("data.columns", field, COLUMNS)
    labels = dict(TASK_LABELS)
    for label in words or {}:
        _check_choice("data.words", label, list(dict.fromkeys(chain(*TASK_LABELS.values()))))
    meanings = {task: _list_meanings(words or {}, labels.get(task, ())) for task in tasks}
    train = _read_rows(path, tasks, labels, renamed, meanings, bad_rows)
    splits = {"train": train}
    labels["label"] = tuple(sorted({row.label for row in train if row.label}))
    if test_path:
        splits["test"] = _read_rows(test_path, tasks, labels, renamed, meanings, bad_rows)
    corpus = Corpus(
        name=name,
        title=f"own file {Path(path).name}",
        homepage="",
        licence="the user's own",
        citation="",
        read=lambda _: splits,
        metrics=dict.fromkeys(tasks, metric),
        labels=labels["label"],
        target_is_given=any(row.target for row in train),
    )
    return corpus, splits


def _list_meanings(words: Mapping[str, LabelWords], labels: Sequence[str]) -> dict[str, str]:
    """Return a task's label for each word of the file; the word may mean another label in another task."""
    meanings: dict[str, str] = {}
    for label in labels:
        for word in _list_spellings(words.get(label)):
            if meanings.setdefault(word, label) != label:
                raise ConfigError(
                    f"data.words: {word!r} is given to {meanings[word]} and to {label}; give it to one label"
                )
    return meanings


def _list_spellings(own: LabelWords) -> Iterator[str]:
    """Yield every spelling of a label's own word or words."""
    for word in [own] if isinstance(own, LabelWord) else own or []:
        if isinstance(word, bool):  # its spelling is lost
            yield from (str(word).lower(), str(word), str(word).upper())
        elif word is not None:
            yield str(word)


def _check_choice(what: str, found: str, known: Sequence[str]) -> None:
    if found not in known:
        raise ConfigError(f"{what}: {found!r} is unknown, expected one of {', '.join(known)}{suggest(found, known)}")


def _read_rows(
    path: str | Path,
    tasks: Sequence[str],
    labels: Mapping[str, tuple[str, ...]],
    renamed: Mapping[str, str],
    meanings: Mapping[str, Mapping[str, str]],
    bad_rows: Literal["stop", "skip"],
) -> list[Example]:
    rows: list[Example] = []
    problems: list[str] = []
    places: dict[str, str] = {}
    with RecordReader(path) as reader:
        needed = ["text", tasks[0]] + (["target"] if "stance" in tasks else [])
        for field in dict.fromkeys([*needed, *tasks, *renamed]):
            reader.require([renamed.get(field, field)], f"data.columns.{field}=")
        for record in reader:
            problem = record.problem or check_fields(record.fields, [renamed.get(field, field) for field in needed])
            if problem is None:
                row = _make_row(record, tasks, renamed, meanings)
                problem = _find_problem(row, tasks, labels, places)
            if problem is None:
                places[row.id] = record.place
                rows.append(row)
            else:
                problems.append(f"{path}, {record.place}: {problem}")
    if problems and bad_rows == "stop":
        raise DataError(*_shorten(problems, len(rows)))
    for problem in problems:
        log.warning("left out: %s", problem)
    if not rows:
        raise DataError(f"{path} has no usable row; expected at least one")
    return rows


def _make_row(
    record: Record, tasks: Sequence[str], renamed: Mapping[str, str], meanings: Mapping[str, Mapping[str, str]]
) -> Example:
    cells = {field: record.text(renamed.get(field, field)) for field in COLUMNS if field not in TASKS}
    words = {task: (record.text(renamed.get(task, task)) or "").strip() for task in tasks}
    gold = {task: meanings[task].get(word, word) for task, word in words.items() if word}
    values = {field: cell for field, cell in cells.items() if cell is not None}
    return make_example({"id": str(record.number), **values, **gold})


def _find_problem(
    row: Example, tasks: Sequence[str], labels: Mapping[str, tuple[str, ...]], places: Mapping[str, str]
) -> str | None:
    for task in tasks:
        word = row.gold(task)
        problem = check_label(word, labels[task]) if task in labels else None
        if problem and task in TASK_LABELS:
            stop = "" if problem.endswith("?") else "."
            return f"{problem}{stop} Say what it means: {_format_override(labels[task], word or '')}"
        if problem:
            return problem
    if row.id in places:
        return f"id {row.id!r} is already in {places[row.id]}; every row needs its own"
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
