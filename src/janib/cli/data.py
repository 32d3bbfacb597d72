"""The commands ``janib data``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from rich.table import Table

from janib.cli.console import isolate, make_table, open_console, say_columns
from janib.cli.options import NamesArgument
from janib.errors import DataError, need_extra
from janib.inference.rows import refuse_same
from janib.io.files import refuse_file, write_text
from janib.io.formats import open_table
from janib.io.text_tables import require_columns

if TYPE_CHECKING:
    from janib.corpora.audit import Sheet
    from janib.corpora.base import Corpus, Splits

data_commands = typer.Typer(
    help="Corpora and your own files: what there is, fetch it, describe it.", no_args_is_help=True
)

_FLAG = "--{}-column"
"""The flag for the column of a field."""

_Sources = Annotated[
    list[str] | None,
    typer.Argument(help="Names of corpora, as janib data list has them, or your own files; all corpora if none."),
]
_TextColumn = Annotated[
    str | None, typer.Option(help="Of your own file: the column that holds the statement [default: found by its name]")
]
_TargetColumn = Annotated[
    str | None,
    typer.Option(help="Of your own file: the column that holds the target [default: found, if there is one]"),
]
_LabelColumn = Annotated[
    str | None,
    typer.Option(
        help="Of your own file: the column that holds the label "
        "[default: the first of label, stance, sentiment, or found by its name]"
    ),
]


@data_commands.command("list")
def show_corpora() -> None:
    """List the corpora by name."""
    from janib import corpora

    table = make_table("name", "tasks", "licence", "title")
    for name in corpora.NAMES:
        corpus = corpora.get_corpus(name)
        table.add_row(name, ", ".join(corpus.metrics), corpus.licence, corpus.title)
    open_console().print(table)


@data_commands.command("fetch")
def fetch_corpora(names: NamesArgument = None) -> None:
    """Download corpora and check them against their pinned checksums."""
    from janib import corpora
    from janib.corpora.fetch import fetch_file

    for name in names or _list_available():
        for file in corpora.get_corpus(name).files:
            open_console().print(f"{name}: {fetch_file(file)}", soft_wrap=True)


@data_commands.command("describe")
def describe_corpora(
    name: Annotated[
        str | None, typer.Argument(help="Name of a corpus, or a file of your own; all corpora in one table if none.")
    ] = None,
    *,
    test: Annotated[Path | None, typer.Option(help="Your test file, compared with the first.")] = None,
    text_column: _TextColumn = None,
    target_column: _TargetColumn = None,
    label_column: _LabelColumn = None,
    out: Annotated[Path | None, typer.Option(help="Markdown file to write the card of the corpus to.")] = None,
) -> None:
    """Show a corpus or your own file: rows, targets, lengths, duplicates and label shares by split.

    Of your own file, also what may mislead: spellings of one label or target, rare labels, rows that contradict each
    other or stand in the test file too, damaged texts. Nothing is changed and nothing is sent.
    """
    if out is not None:
        for source in filter(None, (name, test)):
            refuse_same(str(source), out)
    if name is None:
        _show_all()
    else:
        _show_one(*_read(name, _Columns(text_column, target_column, label_column), test), out)


@data_commands.command("audit")
def audit_names(
    names: _Sources = None,
    *,
    text_column: _TextColumn = None,
    target_column: _TargetColumn = None,
    label_column: _LabelColumn = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write summary.md and findings.csv.gz to: ids, no texts.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out labels in doubt, which take minutes.")] = False,
) -> None:
    """Find copies and near copies, contradictory or doubtful labels, and targets that are not in the text.

    Copies are looked for within and across corpora and files.
    """
    with need_extra("janib data audit", "experiments"):
        from janib.corpora.audit import FINDINGS, SUMMARY, audit_corpora, make_sheets, write_audit
        from janib.studies.label_noise import find_doubts

    if out is not None:
        refuse_file(out)
    columns = _Columns(text_column, target_column, label_column)
    read = [_read(name, columns) for name in dict.fromkeys(names or _list_available())]
    doubts = None if quick else [finding for corpus, splits in read for finding in find_doubts(corpus, splits)]
    found = audit_corpora(read, doubts)
    for sheet in make_sheets(found):
        open_console().print(_make_table(sheet))
    if out is not None:
        write_audit(found, out)
        written = f"{out}: {SUMMARY}, {FINDINGS} ({len(found.findings):,} lines)"
        open_console().print(written, soft_wrap=True)


def _list_available() -> list[str]:
    """List the corpora whose files can be had; name the others on standard error."""
    from janib import corpora
    from janib.corpora.fetch import MIRROR_VARIABLE, can_fetch

    available = []
    for name in corpora.NAMES:
        if all(map(can_fetch, corpora.get_corpus(name).files)):
            available.append(name)
        else:
            about = f"{name} is left out: it cannot be downloaded, and {MIRROR_VARIABLE} names no folder that holds it"
            open_console(stderr=True).print(about, soft_wrap=True)
    return available


class _Columns(NamedTuple):
    """The columns of the user's own file; None for those that are looked for."""

    text: str | None
    target: str | None
    label: str | None


def _read(name: str, columns: _Columns, test: Path | None = None) -> tuple[Corpus, Splits]:
    """Read a corpus by its name, or a user's own file, whose labels are taken as they are."""
    from janib import corpora
    from janib.corpora.own_columns import find_columns
    from janib.corpora.readers.own_file import read_own_file

    if name in corpora.NAMES or not (Path(name).suffix or Path(name).exists()):
        return corpora.read_corpus(name)
    names = _list_columns(name)
    given = {field: column for field, column in columns._asdict().items() if column}
    for field, column in given.items():
        require_columns(names, [column], name, _FLAG.format(field))
    usual = next(({"label": column} for column in ("label", "stance", "sentiment") if column in names), {})
    found = find_columns(Path(name), usual | given, _FLAG)
    say_columns(found, given, _FLAG)
    used = {"target": None, **found}
    return read_own_file(name, "label", name=name, test_path=test, columns=used, bad_rows="skip")


def _list_columns(path: str) -> list[str]:
    with open_table(path) as reader:
        first = next(iter(reader), None)
        if first is None:
            raise DataError(f"{path} has no row; expected at least one")
        return reader.columns or list(first.fields)


def _show_one(corpus: Corpus, splits: Splits, out: Path | None) -> None:
    from janib.corpora.summary import HEADER, list_facts, make_card, summarise_splits

    if out is not None:
        write_text(out, make_card(corpus, splits))
    console = open_console()
    console.print(corpus.title)
    for fact, value in list_facts(corpus, splits):
        console.print(f"{fact}: {value}", soft_wrap=True)
    for task, key in corpus.metrics.items():
        labels = corpus.task_labels(task)
        table = make_table(*HEADER, *labels, title=f"{task} (by {key})")
        for summary in summarise_splits(splits, task, labels):
            table.add_row(*map(isolate, summary.cells()))
        console.print(table)


def _show_all() -> None:
    from janib import corpora
    from janib.corpora.summary import summarise_splits

    table = make_table("corpus", "task", "split", "rows", "targets", "words", "labels", names=3)
    for name in _list_available():
        corpus, splits = corpora.read_corpus(name)
        task = next(iter(corpus.metrics))
        labels = corpus.task_labels(task)
        for number, one in enumerate(summarise_splits(splits, task, labels, by_target=False)):
            shares = ", ".join(f"{label} {share}" for label, share in zip(labels, one.shares(), strict=True))
            about = ("", "") if number else (name, task)
            table.add_row(*about, one.split, f"{one.rows:,}", f"{one.targets:,}", f"{one.words:.0f}", shares)
    open_console().print(table)


def _make_table(sheet: Sheet) -> Table:
    table = Table(*sheet.header, title=sheet.title, pad_edge=False, padding=0)
    for column in table.columns:
        column.overflow = "fold"  # a narrow terminal must not cut names
    for line in sheet.lines:
        table.add_row(*line)
    return table
