"""Files through a model: streaming, in order, bad rows carried along, memory that does not grow."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from janib.classifier import Classifier
from janib.errors import DataError
from janib.records import STANDARD_STREAM, Format, Record, RecordReader, choose_format, write_records
from janib.schema import Example, Prediction, check_fields, check_text

CHUNK = 1024
"""Rows that are held at once."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a file keeps what a model reads: columns, or one target for all rows."""

    text: str = "text"
    target_column: str = "target"
    target: str | None = None


@dataclass(slots=True)
class Summary:
    """What went through."""

    rows: int = 0
    bad: int = 0
    seconds: float = 0.0
    labels: Counter[str] = field(default_factory=Counter)

    def describe(self) -> str:
        """Say it in one line."""
        pace = self.rows / max(self.seconds, 1e-9)
        shares = [f"{label} {count / self.labels.total():.1%}" for label, count in self.labels.most_common()]
        return ", ".join(
            [f"{self.rows:,} rows in {self.seconds:.1f} s ({pace:,.0f} rows/s)", f"{self.bad:,} bad", *shares]
        )


Labelled = tuple[Record, dict[str, Prediction] | None, str | None]
"""A row, its prediction by task, or why there is none."""


def predict_file(
    classifier: Classifier,
    source: str | Path,
    target: str | Path,
    columns: Columns,
    form: Format | None,
    console: Console,
    *,
    strict: bool = False,
) -> Summary:
    """Label a file's rows into another file; rows keep their order and their own columns.

    Parameters
    ----------
    classifier
        A loaded model.
    source, target
        CSV or JSON-lines files, or ``-`` for the standard streams. The output appears whole or not at all.
    columns
        Where text and target stand.
    form
        Format of the standard streams.
    console
        Where progress is shown.
    strict
        Stop at the first bad row instead of carrying it along.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing or would be overwritten, or a row is bad and ``strict``.
    """
    summary = Summary()
    start = time.perf_counter()
    added = name_columns(classifier)
    with RecordReader(source, _choose_input(source, form)) as reader:
        into = _choose_output(reader, target, form)
        _refuse_clash(reader.columns, added, reader.name)
        bar = Progress(
            TextColumn("{task.fields[rows]:,} rows"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        with write_records(target, [*reader.columns, *added], into) as writer, bar:
            shown = bar.add_task("", total=reader.size, rows=0)
            for record, found, problem in label_records(classifier, reader, columns, strict=strict):
                _refuse_clash(record.fields, added, f"{reader.name}, {record.place}")
                writer.write({**record.fields, **_fill_columns(classifier, found, problem)})
                summary.rows += 1
                if found is None:
                    summary.bad += 1
                    console.print(Text(f"{reader.name}, {record.place}: {problem}"), soft_wrap=True)
                else:
                    summary.labels[found[classifier.tasks[0]].label] += 1
                if summary.rows % CHUNK == 0:
                    bar.update(shown, completed=reader.position, rows=summary.rows)
    summary.seconds = time.perf_counter() - start
    return summary


def preview_file(
    classifier: Classifier, source: str, columns: Columns, form: Format | None, count: int, *, strict: bool
) -> list[tuple[str, str, str, str]]:
    """Label a file's first rows; return (text, target, label, probability) of each for people to read."""
    task = classifier.tasks[0]
    shown = []
    with RecordReader(source, _choose_input(source, form)) as reader:
        for record, found, problem in islice(label_records(classifier, reader, columns, strict=strict), count):
            text, target = record.text(columns.text) or "", _find_target(record, columns) or ""
            if found is None:
                shown.append((text, target, f"error: {problem}", ""))
            else:
                label = found[task].label
                shown.append((text, target, label, f"{found[task].probabilities[label]:.2f}"))
    return shown


def name_columns(classifier: Classifier) -> list[str]:
    """Return the columns that a prediction adds; those of a second task carry its name in front."""
    return [*_fill_columns(classifier, None, None)]


def label_records(
    classifier: Classifier, reader: RecordReader, columns: Columns, *, strict: bool = False
) -> Iterator[Labelled]:
    """Label the rows of an open file in order, holding at most :data:`CHUNK` of them.

    Raises
    ------
    DataError
        As :func:`predict_file`.
    """
    read = [columns.text]
    reader.require(read, "--text-column")
    problem = check_text(columns.target, "--target") if columns.target is not None else None
    if problem:
        raise DataError(problem)
    if classifier.needs_target and columns.target is None:
        reader.require([columns.target_column], "--target-column, or give one for all rows with --target")
        read.append(columns.target_column)
    records = iter(reader)
    while chunk := list(islice(records, CHUNK)):
        problems = [record.problem or check_fields(record.fields, read) for record in chunk]
        if strict:
            for record, problem in zip(chunk, problems, strict=True):
                if problem:
                    raise DataError(f"{reader.name}, {record.place}: {problem}")
        good = [_make_row(record, columns) for record, problem in zip(chunk, problems, strict=True) if not problem]
        predicted = classifier.predict_rows(good)
        answers = iter([{task: predicted[task][i] for task in predicted} for i in range(len(good))])
        for record, problem in zip(chunk, problems, strict=True):
            yield (record, None, problem) if problem else (record, next(answers), None)


def _choose_input(source: str | Path, form: Format | None) -> Format | None:
    return form if str(source) == STANDARD_STREAM else None


def _choose_output(reader: RecordReader, target: str | Path, form: Format | None) -> Format:
    is_stream = str(target) == STANDARD_STREAM
    chosen = (form or reader.form) if is_stream else choose_format(target)
    if chosen == "csv" and reader.form == "jsonl":
        way_out = "pass --format jsonl" if is_stream else "name it .jsonl"
        raise DataError(
            f"{reader.name} is JSON lines, where each row may have its own keys, so the output cannot be CSV; {way_out}"
        )
    if not is_stream and reader.source != STANDARD_STREAM and Path(target).resolve() == Path(reader.source).resolve():
        raise DataError(f"{reader.name} is both input and output; name another file for the output")
    return chosen


def _refuse_clash(names: Collection[str], added: Sequence[str], place: str) -> None:
    for name in added:
        if name in names:
            raise DataError(
                f"{place} has a column {name!r} already, which the prediction would overwrite; rename or drop it"
            )


def _find_target(record: Record, columns: Columns) -> str | None:
    return columns.target if columns.target is not None else record.text(columns.target_column)


def _make_row(record: Record, columns: Columns) -> Example:
    return Example(
        id=str(record.number),
        text=record.text(columns.text) or "",
        target=_find_target(record, columns) or "",
        speaker=record.text("speaker"),
        context=record.text("context"),
    )


def _fill_columns(classifier: Classifier, found: dict[str, Prediction] | None, problem: str | None) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for number, task in enumerate(classifier.tasks):
        prefix = f"{task}_" if number else ""
        cells[f"{prefix}predicted"] = found[task].label if found else ""
        for label in classifier.model.labels[task]:
            cells[f"{prefix}p_{label}"] = round(found[task].probabilities[label], 6) if found else ""
    return {**cells, "error": problem or ""}
