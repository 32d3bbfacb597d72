"""Labelling files row by row, in order and in constant memory; bad rows are kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from math import inf
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.text import Text

from janib.errors import DataError
from janib.inference.classifier import CHUNK, Classifier
from janib.inference.progress import Meter, OtherInputError, tell_kept
from janib.inference.rows import (
    Columns,
    Labelled,
    check_columns,
    check_target,
    fill_columns,
    find_target,
    label_chunks,
    list_columns,
    refuse_clash,
    refuse_same,
)
from janib.io.formats import TableFormat, choose_table_format, open_table
from janib.io.parquet import ArrowWriter, write_parquet
from janib.io.resumable import ROWS, Partial, open_partial
from janib.io.text_tables import TEXT, Format, Record, RecordReader, RecordWriter, TableReader, is_stream, write_records
from janib.io.workbook import MOST_ROWS, write_workbook
from janib.models.encoder_inputs import is_named
from janib.schema import check_threshold
from janib.text.letters import is_foreign

PREDICTED, TARGET_FOUND, ERROR = "predicted", "target_found", "error"
"""Columns that are added: the label, whether the text names the target, and why there is no label."""

FOUND, NOT_FOUND = "yes", "no"
"""Whether a text names the target."""

Unnamed = Literal["withhold", "label"]


@dataclass(frozen=True, slots=True)
class Options:
    """Options of labelling a file.

    Attributes
    ----------
    strict
        Stop at the first bad row.
    threshold
        Withhold labels with a smaller probability.
    workers
        Number of processes.
    resume
        Go on with an output that was interrupted.
    bom
        Begin a CSV with a byte order mark, as Excel expects.
    unnamed
        What becomes of a label where the text does not name the target: it is withheld, or shown. By default it is
        withheld for a model that needs the name.
    is_named
        Says of a text and a target whether the text names it.

    Raises
    ------
    ConfigError
        If the threshold is not a probability.
    """

    strict: bool = False
    threshold: float = 0.0
    workers: int = 1
    resume: bool = False
    bom: bool = True
    unnamed: Unnamed | None = None
    is_named: Callable[[str, str], bool] = is_named

    def withholds_unnamed(self, classifier: Classifier) -> bool:
        """Say whether labels are withheld where the text does not name the target."""
        return classifier.needs_name if self.unnamed is None else self.unnamed == "withhold"

    def __post_init__(self) -> None:
        check_threshold(self.threshold)


@dataclass(slots=True)
class Summary:
    """Counts of labelled rows, those before an interruption included; ``labels`` are of the model's main task."""

    rows: int = 0
    bad: int = 0
    withheld: int = 0
    seconds: float = 0.0
    labels: dict[str, int] = field(default_factory=dict)
    unnamed: int = 0
    foreign: int = 0

    def count(self, cells: Mapping[str, Any], text: str) -> None:
        """Count a row by its text and by what its prediction added to it."""
        self.rows += 1
        if cells[ERROR]:
            self.bad += 1
            return
        self.unnamed += cells.get(TARGET_FOUND) == NOT_FOUND
        self.foreign += is_foreign(text)
        label = cells[PREDICTED]
        if label:
            self.labels[label] = self.labels.get(label, 0) + 1
        else:
            self.withheld += 1

    def describe(self) -> str:
        """Return the summary on one line."""
        pace = self.rows / max(self.seconds, 1e-9)
        labels = sorted(self.labels.items(), key=lambda item: -item[1])
        n_labelled = sum(self.labels.values())
        told = ", ".join(f"{label} {count / n_labelled:.1%}" for label, count in labels)
        shares = f"of {n_labelled:,} labelled: {told}" if 0 < n_labelled < self.rows else told
        return ", ".join(
            [
                f"{self.rows:,} rows in {self.seconds:.1f} s ({pace:,.0f} rows/s)",
                f"{self.bad:,} bad",
                *([f"{self.withheld:,} withheld"] if self.withheld else []),
                *(
                    [f"{self.unnamed:,} {'does' if self.unnamed == 1 else 'do'} not name the target"]
                    if self.unnamed
                    else []
                ),
                *([f"{self.foreign:,} hardly Arabic"] if self.foreign else []),
                *([shares] if shares else []),
            ]
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """A labelled row for people to read.

    Attributes
    ----------
    text, target
        As the file has them.
    label
        The label, or empty if it is withheld or there is none.
    probability
        Of the most probable label; None for a row that could not be labelled.
    is_named
        Whether the text names the target, where the model needs one.
    problem
        Why the row could not be labelled, or empty.
    """

    text: str
    target: str
    label: str
    probability: float | None
    is_named: bool
    problem: str


class _Output:
    """A writer of labelled rows and, if they are written to a file, the unfinished file."""

    def __init__(self, writer: RecordWriter | ArrowWriter, partial: Partial | None = None) -> None:
        self.write = writer.write
        self._writer, self._partial = writer, partial

    @property
    def state(self) -> dict[str, Any] | None:
        """The last commit, also of an interrupted command; None if there is none."""
        return None if self._partial is None else self._partial.state

    def name_folder(self, target: str | Path) -> Path:
        """Return the unfinished file's folder, in the form in which the user named the file."""
        return Path(target) if self._partial is None else self._partial.name_folder(Path(target))

    def commit(self, state: Mapping[str, Any]) -> None:
        """Keep the rows written so far together with the state of the work."""
        if self._partial is not None:
            self._writer.flush()
            self._partial.commit(state)


def predict_file(
    classifier: Classifier,
    source: str | Path,
    target: str | Path,
    columns: Columns,
    form: Format | None,
    console: Console,
    options: Options = Options(),
) -> Summary:
    """Label a file's rows into another file; rows keep their order and their own columns.

    The output appears when it is whole. Until then it grows in a folder ``<target>.partial``, which is kept if the work
    is interrupted after the first :data:`CHUNK` rows. With ``options.resume`` the work goes on there, if the rows read
    so far are the same, and the output is the same bytes.

    Parameters
    ----------
    classifier
        A loaded model.
    source, target
        Tables of the formats of :mod:`janib.io.formats`, or ``-`` for the standard streams.
    columns
        The columns of text and target.
    form
        Format of the standard streams.
    console
        Console for progress and bad rows.
    options
        Threshold, workers and treatment of bad rows.

    Raises
    ------
    DataError
        If the file cannot be read, a column is missing or would be overwritten, a row is bad and ``options.strict``,
        or there is an unfinished output and ``options.resume`` is not set or cannot go on with it.
    """
    added = _list_added(classifier)
    with open_table(source, form) as reader:
        into = _choose_output(reader, target, form)
        check_columns(classifier, reader, columns)
        refuse_clash(reader.columns, added, reader.name)
        settings = {
            "model": classifier.version,
            "text column": columns.text,
            "target column": columns.target_column,
            "target": columns.target,
            "threshold": options.threshold,
            "treatment of unnamed targets": options.unnamed,
            "columns": [*reader.columns, *added],
            "byte order mark": options.bom,
        }
        with _open_output(target, reader, added, into, settings, options) as output:

            def describe_kept() -> str | None:
                if output.state is None:
                    return None
                return f"{output.state['summary']['rows']:,} rows are kept in {output.name_folder(target)}"

            with tell_kept(console, describe_kept):
                return _label_into(output, classifier, reader, columns, console, options)


class _Gauge:
    """How far labelling is, by the bytes read and by the rows of them that are labelled."""

    def __init__(self, meter: Meter, reader: TableReader, done: int) -> None:
        self._meter, self._reader = meter, reader
        self._read = self._labelled = done

    def count(self, records: Iterator[Record]) -> Iterator[Record]:
        """Pass rows on, and count them as read."""
        for record in records:
            self._read += 1
            yield record

    def show(self, count: int) -> None:
        """Show that so many more rows are labelled."""
        self._labelled += count
        size = self._reader.size
        share = None if size is None else self._reader.position / size * self._labelled / self._read
        self._meter.show(self._labelled, share)


def _label_into(
    output: _Output, classifier: Classifier, reader: TableReader, columns: Columns, console: Console, options: Options
) -> Summary:
    records = _mark_clashes(reader, _list_added(classifier))
    summary, signature = _skip_labelled(output, reader, records)
    start = time.perf_counter() - summary.seconds
    with Meter(console, "rows", summary.rows) as meter:
        gauge = _Gauge(meter, reader, summary.rows)
        for chunk in label_chunks(classifier, gauge.count(records), columns, options.workers, gauge.show):
            for row in chunk:
                cells = _write_row(row, output, classifier, reader, columns, console, options)
                summary.count(cells, row[0].text(columns.text) or "")
                signature.update(_sign(row[0]))
            summary.seconds = time.perf_counter() - start
            if len(chunk) == CHUNK:
                output.commit({"summary": asdict(summary), "read": signature.hexdigest()})
    summary.seconds = time.perf_counter() - start
    return summary


def _mark_clashes(reader: TableReader, added: Collection[str]) -> Iterator[Record]:
    """Yield rows; one of JSON lines that has a column of those added keeps its value, and is bad.

    Raises
    ------
    DataError
        If the first row has one: then so have the others, most likely.
    """
    for record in reader:
        clash = next((name for name in added if name in record.fields), None)
        if clash and record.number == 1:
            refuse_clash(record.fields, added, f"{reader.name}, {record.place}")
        problem = record.problem or (f"there is a {clash!r} already; rename or drop it" if clash else None)
        yield replace(record, problem=problem) if problem != record.problem else record


def _skip_labelled(output: _Output, reader: TableReader, records: Iterator[Record]) -> tuple[Summary, Any]:
    """Read the rows that were labelled before an interruption; return their summary and their hash.

    Raises
    ------
    DataError
        If they are not the rows that were labelled.
    """
    signature = hashlib.sha256()
    if output.state is None:
        return Summary(), signature
    summary = Summary(**output.state["summary"])
    for record in islice(records, summary.rows):
        signature.update(_sign(record))
    if signature.hexdigest() != output.state["read"]:
        raise OtherInputError(
            f"the first {summary.rows:,} rows of {reader.name} are not those that were labelled before the "
            "interruption; give the same file to go on, or remove the unfinished output to begin again"
        )
    return summary, signature


def _write_row(
    row: Labelled,
    output: _Output,
    classifier: Classifier,
    reader: TableReader,
    columns: Columns,
    console: Console,
    options: Options,
) -> dict[str, Any]:
    """Write a row, and return what its prediction adds to it."""
    record, _, problem = row
    place = f"{reader.name}, {record.place}"
    if problem and options.strict:
        raise DataError(f"{place}: {problem}")
    added = _fill_row(row, classifier, columns, options)
    output.write({**record.fields, **{name: value for name, value in added.items() if name not in record.fields}})
    if problem:
        console.print(Text(f"{place}: {problem}"), soft_wrap=True)
    return added


def _list_added(classifier: Classifier) -> dict[str, type]:
    """Return the columns that are added, and their types: the last are whether the target is found, and the error."""
    columns = list_columns(classifier)
    if classifier.needs_target:
        columns[TARGET_FOUND] = str
        columns[ERROR] = columns.pop(ERROR)
    return columns


def _fill_row(row: Labelled, classifier: Classifier, columns: Columns, options: Options) -> dict[str, Any]:
    """Return what a prediction adds to a row."""
    record, found, problem = row
    place, threshold = "", options.threshold
    if found and classifier.needs_target:
        is_there = options.is_named(record.text(columns.text) or "", find_target(record, columns) or "")
        place = FOUND if is_there else NOT_FOUND
        if not is_there and options.withholds_unnamed(classifier):
            threshold = inf  # which no label reaches
    cells = fill_columns(classifier, found, problem, threshold)
    if classifier.needs_target:
        error = cells.pop(ERROR)
        cells |= {TARGET_FOUND: place, ERROR: error}
    return cells


def preview_file(
    classifier: Classifier, source: str, columns: Columns, form: Format | None, count: int, options: Options
) -> list[Preview]:
    """Label a file's first rows for people to read."""
    with open_table(source, form) as reader:
        check_columns(classifier, reader, columns)
        return _preview(classifier, islice(reader, count), columns, options, reader.name)


def preview_text(classifier: Classifier, text: str, columns: Columns, options: Options) -> list[Preview]:
    """Label a text itself for people to read.

    Raises
    ------
    DataError
        If the model needs a target and none is given, or text or target cannot be used.
    """
    check_target(classifier, columns)
    record = Record(1, None, {columns.text: text})
    return _preview(classifier, iter([record]), columns, replace(options, strict=True), "the text")


def _preview(
    classifier: Classifier, records: Iterator[Record], columns: Columns, options: Options, name: str
) -> list[Preview]:
    task = classifier.tasks[0]
    shown = []
    for row in chain.from_iterable(label_chunks(classifier, records, columns, 1)):
        record, found, problem = row
        if problem and options.strict:
            raise DataError(f"{name}, {record.place}: {problem}")
        cells = _fill_row(row, classifier, columns, options)
        shown.append(
            Preview(
                record.text(columns.text) or "",
                find_target(record, columns) or "",
                cells[PREDICTED],
                max(found[task].probabilities.values()) if found else None,
                cells.get(TARGET_FOUND) != NOT_FOUND,
                cells[ERROR],
            )
        )
    return shown


def _sign(record: Record) -> bytes:
    return repr((record.fields, record.problem)).encode("utf-8", "backslashreplace")


@contextmanager
def _open_output(
    target: str | Path,
    reader: TableReader,
    added: Mapping[str, type],
    into: TableFormat,
    settings: Mapping[str, Any],
    options: Options,
) -> Iterator[_Output]:
    columns = [*reader.columns, *added]
    if is_stream(target):
        if options.resume:
            raise DataError("a stream cannot be gone on with; name an output file, or leave --resume out")
        with write_records(target, columns, "jsonl" if into == "jsonl" else "csv") as plain:
            yield _Output(plain)
        return
    rows_form = "jsonl" if into == "xlsx" else into  # nothing can be added to a workbook
    with open_partial(Path(target), settings, f".{rows_form}", resume=options.resume) as partial:
        begun = partial.state is not None
        writer: RecordWriter | ArrowWriter
        with ExitStack() as stack:
            if rows_form == "parquet":
                writer = ArrowWriter(stack.enter_context(partial.rows.open("ab")), reader, added, begun=begun)
            else:
                stream = stack.enter_context(partial.rows.open("a", **TEXT, newline=""))
                writer = RecordWriter(stream, rows_form, columns, begun=begun, bom=options.bom)
            yield _Output(writer, partial)
            writer.flush()
        if into in ("parquet", "xlsx"):
            rows, partial.rows = partial.rows, partial.folder / f"{ROWS}.whole.{into}"
            if into == "parquet":
                write_parquet(rows, partial.rows)
            else:
                _write_workbook(rows, partial.rows, columns)


def _write_workbook(rows: Path, target: Path, columns: Sequence[str]) -> None:
    """Make a workbook of JSON lines, of which there may be none."""
    with write_workbook(target, columns) as workbook:
        if rows.stat().st_size:
            with RecordReader(rows) as records:
                for record in records:
                    workbook.write(record.fields)


def _refuse_overfull(reader: TableReader, target: str | Path) -> None:
    """Raise DataError if a table has more rows than a workbook holds; those of a stream are not known beforehand."""
    if is_stream(reader.source):
        return
    if reader.form == "parquet":
        count = reader.size or 0
    else:
        with open_table(reader.source) as records:
            count = sum(1 for _ in islice(records, MOST_ROWS + 1))
    if count > MOST_ROWS:
        raise DataError(
            f"{reader.name} has more than the {MOST_ROWS:,} rows that a workbook holds, so the output cannot be "
            f"{target}; name it .csv or .parquet"
        )


def _choose_output(reader: TableReader, target: str | Path, form: Format | None) -> TableFormat:
    usual: Format = "jsonl" if reader.form == "jsonl" else "csv"
    chosen = (form or usual) if is_stream(target) else choose_table_format(target)
    if chosen != "jsonl" and reader.form == "jsonl":
        way_out = "pass --format jsonl" if is_stream(target) else "name it .jsonl"
        kind = {"csv": "CSV", "parquet": "Parquet", "xlsx": "a workbook"}[chosen]
        raise DataError(
            f"{reader.name} is JSON lines, where each row may have its own keys, so the output cannot be {kind}; "
            f"{way_out}"
        )
    refuse_same(reader.source, target)
    if chosen == "xlsx" and reader.form != "xlsx":
        _refuse_overfull(reader, target)
    return chosen
