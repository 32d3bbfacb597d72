"""Labelling files row by row, in order and in constant memory; bad rows are kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from janib.errors import DataError
from janib.inference.classifier import CHUNK, Classifier
from janib.inference.rows import (
    Columns,
    Labelled,
    check_columns,
    fill_columns,
    find_target,
    label_chunks,
    list_columns,
    refuse_clash,
    refuse_same,
)
from janib.io.formats import TableFormat, choose_table_format, open_table
from janib.io.parquet import ArrowWriter, write_parquet
from janib.io.resumable import PARTIAL_SUFFIX, ROWS, Partial, open_partial
from janib.io.text_tables import TEXT, Format, Record, RecordReader, RecordWriter, TableReader, is_stream, write_records
from janib.io.workbook import write_workbook
from janib.schema import Prediction, check_threshold


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

    def count(self, found: Mapping[str, Prediction] | None, task: str, threshold: float) -> None:
        """Count a row, by its prediction for the main task or as a bad one."""
        self.rows += 1
        label = found[task].withhold(threshold) if found else None
        if label:
            self.labels[label] = self.labels.get(label, 0) + 1
        elif found:
            self.withheld += 1
        else:
            self.bad += 1

    def describe(self) -> str:
        """Return the summary on one line."""
        pace = self.rows / max(self.seconds, 1e-9)
        labels = sorted(self.labels.items(), key=lambda item: -item[1])
        shares = [f"{label} {count / sum(self.labels.values()):.1%}" for label, count in labels]
        return ", ".join(
            [
                f"{self.rows:,} rows in {self.seconds:.1f} s ({pace:,.0f} rows/s)",
                f"{self.bad:,} bad",
                *([f"{self.withheld:,} withheld"] if self.withheld else []),
                *shares,
            ]
        )


class _OtherRowsError(DataError):
    """An input whose first rows are not those labelled before, so that the same command cannot go on."""


class _Output:
    """A writer of labelled rows and, if they are written to a file, the unfinished file."""

    def __init__(self, writer: RecordWriter | ArrowWriter, partial: Partial | None = None) -> None:
        self.write = writer.write
        self._writer, self._partial = writer, partial

    @property
    def state(self) -> dict[str, Any] | None:
        """The last commit, also of an interrupted command; None if there is none."""
        return None if self._partial is None else self._partial.state

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
    added = list_columns(classifier)
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
            "columns": [*reader.columns, *added],
            "byte order mark": options.bom,
        }
        with _open_output(target, reader, added, into, settings, options) as output:
            try:
                return _label_into(output, classifier, reader, columns, console, options)
            except _OtherRowsError:
                raise
            except BaseException:
                if output.state is not None:
                    kept = f"{output.state['summary']['rows']:,} rows are kept in {target}{PARTIAL_SUFFIX}"
                    console.print(Text(f"{kept}; the same command with --resume goes on"), soft_wrap=True)
                raise


def _label_into(
    output: _Output, classifier: Classifier, reader: TableReader, columns: Columns, console: Console, options: Options
) -> Summary:
    records = _mark_clashes(reader, list_columns(classifier))
    summary, signature = _skip_labelled(output, reader, records)
    start = time.perf_counter() - summary.seconds
    with _make_bar(console) as bar:
        shown = bar.add_task("", total=reader.size, rows=summary.rows)
        for chunk in label_chunks(classifier, records, columns, options.workers):
            for row in chunk:
                _write_row(row, output, classifier, reader, console, options)
                summary.count(row[1], classifier.tasks[0], options.threshold)
                signature.update(_sign(row[0]))
            summary.seconds = time.perf_counter() - start
            bar.update(shown, completed=reader.position, rows=summary.rows)
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
        raise _OtherRowsError(
            f"the first {summary.rows:,} rows of {reader.name} are not those that were labelled before the "
            "interruption; give the same file to go on, or remove the unfinished output to begin again"
        )
    return summary, signature


def _write_row(
    row: Labelled, output: _Output, classifier: Classifier, reader: TableReader, console: Console, options: Options
) -> None:
    record, found, problem = row
    place = f"{reader.name}, {record.place}"
    if problem and options.strict:
        raise DataError(f"{place}: {problem}")
    added = fill_columns(classifier, found, problem, options.threshold)
    output.write({**record.fields, **{name: value for name, value in added.items() if name not in record.fields}})
    if problem:
        console.print(Text(f"{place}: {problem}"), soft_wrap=True)


def _make_bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[rows]:,} rows"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def preview_file(
    classifier: Classifier, source: str, columns: Columns, form: Format | None, count: int, options: Options
) -> list[tuple[str, str, str, str]]:
    """Label a file's first rows; return text, target, label and probability of each for people to read."""
    task = classifier.tasks[0]
    shown = []
    with open_table(source, form) as reader:
        check_columns(classifier, reader, columns)
        chunks = label_chunks(classifier, islice(reader, count), columns, 1)
        for record, found, problem in chain.from_iterable(chunks):
            text, target = record.text(columns.text) or "", find_target(record, columns) or ""
            if found is None:
                if options.strict:
                    raise DataError(f"{reader.name}, {record.place}: {problem}")
                shown.append((text, target, f"error: {problem}", ""))
            else:
                share = max(found[task].probabilities.values())
                shown.append((text, target, found[task].withhold(options.threshold) or "", f"{share:.2f}"))
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
                with RecordReader(rows) as records, write_workbook(partial.rows, columns) as workbook:
                    for record in records:
                        workbook.write(record.fields)


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
    return chosen
