"""Explanations of a file's rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from janib.errors import DataError
from janib.inference.classifier import Classifier
from janib.inference.explain import Explanation, check_question, explain_row
from janib.inference.rows import (
    Columns,
    check_columns,
    check_record,
    check_target,
    find_target,
    make_row,
    refuse_clash,
    refuse_same,
)
from janib.io.formats import open_table
from janib.io.text_tables import WRITTEN_SUFFIXES, Format, Record, choose_format, is_stream, write_records


@dataclass(frozen=True, slots=True)
class Explained:
    """A row of a file with its explanation, or with the problem that prevents one."""

    record: Record
    target: str
    explanation: Explanation | None
    problem: str | None


def explain_rows(
    classifier: Classifier,
    source: str,
    columns: Columns,
    form: Format | None,
    task: str | None,
    label: str | None,
    *,
    strict: bool,
) -> Iterator[Explained]:
    """Explain a file's rows one at a time, as :func:`~janib.inference.explain.explain_row` does; bad rows are kept.

    Raises
    ------
    DataError
        If the file cannot be read, a column, the task or the label does not exist, or a row is bad and ``strict``.
    """
    with open_table(source, form) as reader:
        check_columns(classifier, reader, columns)
        check_question(classifier, task, label)
        for record in reader:
            explained = _explain(classifier, record, columns, task, label)
            if explained.problem and strict:
                raise DataError(f"{reader.name}, {record.place}: {explained.problem}")
            yield explained


def explain_text(classifier: Classifier, text: str, columns: Columns, task: str | None, label: str | None) -> Explained:
    """Explain the label of a text itself.

    Raises
    ------
    DataError
        If the model needs a target and none is given, the task or the label does not exist, or the text is bad.
    """
    check_target(classifier, columns)
    check_question(classifier, task, label)
    explained = _explain(classifier, Record(1, None, {columns.text: text}), columns, task, label)
    if explained.problem:
        raise DataError(explained.problem)
    return explained


def _explain(
    classifier: Classifier, record: Record, columns: Columns, task: str | None, label: str | None
) -> Explained:
    problem = check_record(classifier, record, columns)
    found = None
    if problem is None:
        try:
            found = explain_row(classifier, make_row(record, columns), task, label)
        except DataError as error:
            problem = str(error)
    return Explained(record, find_target(record, columns) or "", found, problem)


def write_explanations(rows: Iterable[Explained], source: str, target: str) -> None:
    """Write explained rows as JSON lines with their own columns, ``explanation`` (null for a bad row) and ``error``.

    Raises
    ------
    DataError
        If the file's suffix is another format's, the file is the source, or a row has such a column already.
    """
    if not is_stream(target) and choose_format(target, WRITTEN_SUFFIXES) != "jsonl":
        raise DataError(f"{target}: explanations are written as JSON lines; name it .jsonl")
    refuse_same(source, target)
    with write_records(target, [], "jsonl") as writer:
        for row in rows:
            refuse_clash(row.record.fields, ("explanation", "error"), f"{source}, {row.record.place}")
            found = None if row.explanation is None else asdict(row.explanation)
            writer.write({**row.record.fields, "explanation": found, "error": row.problem or ""})
