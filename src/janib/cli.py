"""The command line: ``janib predict``, ``janib data``."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from janib.commandline import report_errors

app = typer.Typer(
    help="Which side does an Arabic statement take?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data = typer.Typer(help="Corpora: what there is, fetch it, describe it.", no_args_is_help=True)
app.add_typer(data, name="data")

SHOWN_ROWS = 50


def main() -> None:
    """Run the command line; an error that the user can mend is one message and exit status 2."""
    with report_errors():
        app()


@app.command()
def predict(
    source: Annotated[str, typer.Argument(help="CSV or JSON lines, or - for standard input.")],
    output: Annotated[
        str | None, typer.Argument(help="Where to write; - for standard output; left out: a table to read.")
    ] = None,
    *,
    model: Annotated[str, typer.Option("--model", "-m", help="Model folder, runs:/… or models:/…")],
    text_column: Annotated[str, typer.Option(help="Column that holds the statement.")] = "text",
    target_column: Annotated[str, typer.Option(help="Column that holds the target.")] = "target",
    target: Annotated[str | None, typer.Option(help="One target for all rows, instead of a column.")] = None,
    form: Annotated[
        Literal["csv", "jsonl"] | None, typer.Option("--format", help="Format of standard input and output.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad row.")] = False,
) -> None:
    """Label the statements of a file.

    Every row comes out in its place with the columns predicted, p_<label> and error; a row that cannot be labelled
    keeps its own columns and says why in the last.
    """
    from janib import predictions
    from janib.classifier import load_classifier

    columns = predictions.Columns(text_column, target_column, target)
    classifier = load_classifier(model)
    console = Console(stderr=True)
    if output is None:
        _show_predictions(predictions.preview_file(classifier, source, columns, form, SHOWN_ROWS, strict=strict))
        return
    summary = predictions.predict_file(classifier, source, output, columns, form, console, strict=strict)
    console.print(summary.describe(), highlight=False)


def _show_predictions(rows: list[tuple[str, str, str, str]]) -> None:
    table = Table("target", "label", "p", "statement", show_lines=True)
    for text, target, label, share in rows:
        table.add_row(isolate(target), label, share, isolate(text))
    Console().print(table)
    if len(rows) == SHOWN_ROWS:
        Console().print(f"the first {SHOWN_ROWS} rows; name an output file for all")


def isolate(text: str) -> str:
    """Wrap a text in Unicode's first-strong isolate, so that Arabic does not reorder the cells beside it."""
    return f"\u2068{text}\u2069"


@data.command("list")
def list_corpora() -> None:
    """List the corpora by name."""
    from janib import corpora

    table = Table("name", "tasks", "licence", "title")
    for name in corpora.NAMES:
        corpus = corpora.get_corpus(name)
        table.add_row(name, ", ".join(corpus.metrics), corpus.licence, corpus.title)
    Console().print(table)


@data.command("fetch")
def fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Corpora; all if none is named.")] = None,
) -> None:
    """Download corpora and check them against their pinned checksums."""
    from janib import corpora
    from janib.corpora.fetch import fetch_file

    for name in names or corpora.NAMES:
        for file in corpora.get_corpus(name).files:
            Console().print(f"{name}: {fetch_file(file)}", highlight=False, soft_wrap=True)


@data.command("describe")
def describe(name: Annotated[str, typer.Argument(help="Corpus.")]) -> None:
    """Show a corpus: rows, targets, lengths and label shares by split."""
    from janib import corpora
    from janib.corpora.summary import summarise

    corpus, splits = corpora.read_corpus(name)
    console = Console()
    for line in (corpus.title, corpus.homepage, f"licence: {corpus.licence}", corpus.citation, corpus.notes):
        if line:
            console.print(line, highlight=False)
    for task, key in corpus.metrics.items():
        table = Table("split", "target", "rows", "words", *corpus.task_labels(task), title=f"{task} (by {key})")
        for row in summarise(splits, task, corpus.task_labels(task)):
            table.add_row(row.split, isolate(row.target), f"{row.rows:,}", f"{row.words:.0f}", *row.shares())
        console.print(table)


if __name__ == "__main__":
    main()
