"""The commands ``janib data``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from janib.cli.console import isolate, open_console
from janib.cli.options import NamesArgument
from janib.io.files import write_text

if TYPE_CHECKING:
    from janib.corpora.audit import Sheet

data_commands = typer.Typer(help="Corpora: what there is, fetch it, describe it.", no_args_is_help=True)


@data_commands.command("list")
def show_corpora() -> None:
    """List the corpora by name."""
    from janib import corpora

    table = Table("name", "tasks", "licence", "title")
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
    name: Annotated[str | None, typer.Argument(help="Name of a corpus; all in one table if none is named.")] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Markdown file to write the card of the corpus to.")] = None,
) -> None:
    """Show a corpus: rows, targets, lengths, duplicates and label shares by split."""
    if name is None:
        _show_all()
    else:
        _show_one(name, out)


@data_commands.command("audit")
def audit_names(
    names: NamesArgument = None,
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write summary.md and findings.csv.gz to: ids, no texts.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out labels in doubt, which take minutes.")] = False,
) -> None:
    """Find copies and near copies, contradictory or doubtful labels, and targets that are not in the text.

    Copies are looked for within and across corpora.
    """
    from janib import corpora
    from janib.corpora.audit import FINDINGS, SUMMARY, audit_corpora, make_sheets, write_audit
    from janib.studies.label_noise import find_doubts

    read = [corpora.read_corpus(name) for name in dict.fromkeys(names or _list_available())]
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


def _show_one(name: str, out: Path | None) -> None:
    from janib import corpora
    from janib.corpora.summary import HEADER, list_facts, make_card, summarise_splits

    corpus, splits = corpora.read_corpus(name)
    if out is not None:
        write_text(out, make_card(corpus, splits))
    console = open_console()
    console.print(corpus.title)
    for fact, value in list_facts(corpus, splits):
        console.print(f"{fact}: {value}")
    for task, key in corpus.metrics.items():
        labels = corpus.task_labels(task)
        table = Table(*HEADER, *labels, title=f"{task} (by {key})")
        for summary in summarise_splits(splits, task, labels):
            table.add_row(*map(isolate, summary.cells()))
        console.print(table)


def _show_all() -> None:
    from janib import corpora
    from janib.corpora.summary import summarise_splits

    table = Table("corpus", "task", "split", "rows", "targets", "words", "labels")
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
