"""A user's own CSV or JSON-lines file as a corpus."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from janib.corpora.base import Corpus, Splits
from janib.errors import DataError
from janib.labels import TASK_LABELS
from janib.records import Record, RecordReader
from janib.schema import COLUMNS, Example, check_example, check_label, make_example

log = logging.getLogger(__name__)

MOST_NAMED = 10


def read_own_file(
    path: str | Path,
    task: str,
    *,
    name: str = "csv",
    test_path: str | Path | None = None,
    columns: Mapping[str, str | None] | None = None,
    words: Mapping[str, str] | None = None,
    metric: str = "macro_f1",
    bad_rows: Literal["stop", "skip"] = "stop",
) -> tuple[Corpus, Splits]:
    """Read training rows, and test rows where there are any, from a user's files.

    Parameters
    ----------
    path
        Training file.
    task
        The task whose labels must be there.
    name
        What the corpus is called in results.
    test_path
        Test file; without one only validation is scored.
    columns
        Row field to column, where the file calls it otherwise.
    words
        The file's own label words to canonical ones, for instance ``{"pro": "favor"}``.
    metric
        Metric key by which models are chosen.
    bad_rows
        ``stop``: any bad row is an error that lists them; ``skip``: they are named in the log and left out.

    Raises
    ------
    DataError
        If a file cannot be read, a column is missing, or a row is bad and ``bad_rows`` is ``stop``.
    """
    renamed = {field: column for field, column in (columns or {}).items() if column}
    splits = {"train": _read_rows(path, task, renamed, words or {}, bad_rows)}
    if test_path:
        splits["test"] = _read_rows(test_path, task, renamed, words or {}, bad_rows)
    labels = tuple(sorted({row.label for row in splits["train"] if row.label}))
    corpus = Corpus(
        name=name,
        title=f"own file {Path(path).name}",
        homepage="",
        licence="the user's own",
        citation="",
        read=lambda _: splits,
        metrics={task: metric},
        labels=labels if task == "label" else (),
        target_is_given=any(row.target for row in splits["train"]),
    )
    return corpus, splits


def _read_rows(
    path: str | Path,
    task: str,
    renamed: Mapping[str, str],
    words: Mapping[str, str],
    bad_rows: Literal["stop", "skip"],
) -> list[Example]:
    if bad_rows not in ("stop", "skip"):
        raise DataError(f"data.bad_rows={bad_rows} is unknown, expected stop or skip")
    rows: list[Example] = []
    problems: list[str] = []
    with RecordReader(path) as reader:
        needed = ["text", task] + (["target"] if task == "stance" else [])
        for field in dict.fromkeys([*needed, *renamed]):
            reader.require([renamed.get(field, field)], f"data.columns.{field}=")
        seen: dict[str, Record] = {}
        for record in reader:
            row, problem = _parse(record, task, renamed, words)
            if problem is None and row.id in seen:
                problem = f"id {row.id!r} stands already in {seen[row.id].place}; every row needs its own"
            if problem is None:
                seen[row.id] = record
                rows.append(row)
            else:
                problems.append(f"{path}, {record.place}: {problem}")
    if problems and bad_rows == "stop":
        raise DataError("\n".join(_shorten(problems, len(rows))))
    for problem in problems:
        log.warning("left out: %s", problem)
    if not rows:
        raise DataError(f"{path} has no usable row; expected at least one")
    return rows


def _parse(
    record: Record, task: str, renamed: Mapping[str, str], words: Mapping[str, str]
) -> tuple[Example, str | None]:
    cells = {field: record.text(renamed.get(field, field)) for field in COLUMNS}
    values = {field: cell for field, cell in cells.items() if cell is not None}
    for gold in (*TASK_LABELS, "label"):
        value = values.pop(gold, "").strip()
        if gold == task and value:
            values[gold] = words.get(value, value)
    row = make_example({"id": str(record.number), "text": "", **values})
    problem = record.problem
    if problem is None and row.gold(task) is None:
        problem = f"{task} is blank; every training row needs one"
    if problem is None and task in TASK_LABELS:
        problem = check_label(row.gold(task), TASK_LABELS[task])
        if problem:
            problem += f", or say what it stands for: data.words.{row.gold(task)}=…"
    return row, problem or check_example(row, needs_target=task == "stance")


def _shorten(problems: list[str], good: int) -> Iterator[str]:
    yield from problems[:MOST_NAMED]
    if len(problems) > MOST_NAMED:
        yield f"and {len(problems) - MOST_NAMED} more bad rows"
    yield f"mend them, or train on the other {good} rows with data.bad_rows=skip"
