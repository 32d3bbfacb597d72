"""Rows of a file: the columns that a model reads, and those that a prediction adds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from janib.errors import DataError
from janib.inference.classifier import CHUNK, Classifier
from janib.inference.workers import predict_chunks
from janib.io.files import resolve
from janib.io.text_tables import Record, TableReader, is_stream
from janib.schema import Example, Prediction, check_fields, check_text

Labelled = tuple[Record, dict[str, Prediction] | None, str | None]
"""A row, its predictions by task, and the problem if there are none."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file that hold text and target, or one target for all rows."""

    text: str = "text"
    target_column: str = "target"
    target: str | None = None


def label_chunks(
    classifier: Classifier,
    records: Iterator[Record],
    columns: Columns,
    workers: int,
    on_part: Callable[[int], None] = lambda count: None,
) -> Iterator[list[Labelled]]:
    """Label rows in order and in chunks of :data:`CHUNK`; several workers hold a few chunks at once.

    ``on_part`` is called with the number of rows whenever so many more have been labelled.
    """

    def check() -> Iterator[tuple[list[tuple[Record, str | None]], list[Example]]]:
        while chunk := list(islice(records, CHUNK)):
            checked = [(record, check_record(classifier, record, columns)) for record in chunk]
            yield checked, [make_row(record, columns) for record, problem in checked if not problem]

    for checked, predicted in predict_chunks(classifier, check(), workers, on_part):
        predictions = iter(predicted)
        labelled: list[Labelled] = []
        for record, problem in checked:
            found = problem or next(predictions)
            labelled.append((record, None, found) if isinstance(found, str) else (record, found, None))
        yield labelled


def check_record(classifier: Classifier, record: Record, columns: Columns) -> str | None:
    """Return what keeps the model from reading a row, or None."""
    needs_column = classifier.needs_target and columns.target is None
    read = [columns.text, columns.target_column] if needs_column else [columns.text]
    return record.problem or check_fields(record.fields, read)


def list_columns(classifier: Classifier) -> dict[str, type]:
    """Return the columns that a prediction adds, and their types; a second task's begin with its name."""
    return {
        name: float if name.startswith("p_") or "_p_" in name else str for name in fill_columns(classifier, None, None)
    }


def fill_columns(
    classifier: Classifier, found: dict[str, Prediction] | None, problem: str | None, threshold: float = 0.0
) -> dict[str, Any]:
    """Return a row's values of the columns that a prediction adds; labels below the threshold are withheld.

    ``found`` are the row's predictions by task. Where they are None, ``problem`` says why.
    """
    cells: dict[str, Any] = {}
    for number, task in enumerate(classifier.tasks):
        prefix = f"{task}_" if number else ""
        cells[f"{prefix}predicted"] = found[task].withhold(threshold) or "" if found else ""
        for label in classifier.model.labels[task]:
            cells[f"{prefix}p_{label}"] = round(found[task].probabilities[label], 6) if found else ""
    return {**cells, "error": problem or ""}


def make_row(record: Record, columns: Columns) -> Example:
    """Make the Example that a model reads of a file's row."""
    return Example(
        id=str(record.number),
        text=record.text(columns.text) or "",
        target=find_target(record, columns) or "",
        speaker=record.text("speaker"),
        context=record.text("context"),
    )


def check_columns(classifier: Classifier, reader: TableReader, columns: Columns) -> None:
    """Raise DataError unless a file has the columns that the model reads, and a target for all rows is a good text.

    Columns of a file without a header are named by their place.
    """
    needs_column = classifier.needs_target and columns.target is None
    reader.name_by_place([columns.text, columns.target_column] if needs_column else [columns.text])
    reader.require([columns.text], "--text-column")
    problem = check_text(columns.target, "--target") if columns.target is not None else None
    if problem:
        raise DataError(problem)
    if needs_column:
        reader.require([columns.target_column], "--target-column, or give one for all rows with --target")


def check_target(classifier: Classifier, columns: Columns) -> None:
    """Raise DataError unless there is a target for a typed text, if the model needs one."""
    if classifier.needs_target and columns.target is None:
        raise DataError("the model judges a text towards a target; name it with --target")


def find_target(record: Record, columns: Columns) -> str | None:
    """Return the target for all rows, or else the one of a row's column."""
    return columns.target if columns.target is not None else record.text(columns.target_column)


def refuse_clash(names: Collection[str], added: Iterable[str], place: str) -> None:
    """Raise DataError if a file or a row already has a column that is added."""
    for name in added:
        if name in names:
            raise DataError(
                f"{place} has a column {name!r} already, which the prediction would overwrite; rename or drop it"
            )


def refuse_same(source: str, target: str | Path) -> None:
    """Raise DataError if an output is its own input."""
    if not (is_stream(source) or is_stream(target)) and resolve(Path(target)) == resolve(Path(source)):
        raise DataError(f"{source} is both input and output; name another file for the output")
