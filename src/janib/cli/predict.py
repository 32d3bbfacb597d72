"""The commands ``janib predict`` and ``janib explain``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from janib.cli.console import SHOWN_ROWS, isolate, open_console
from janib.cli.options import (
    BomOption,
    ModelOption,
    SourceArgument,
    StrictOption,
    TargetColumnOption,
    TargetOption,
    TextColumnOption,
    ThresholdOption,
)
from janib.errors import ConfigError
from janib.io.given import is_typed, refuse_foreign

if TYPE_CHECKING:
    from janib.inference.explain_file import Explained
    from janib.inference.predict_file import Preview

_SHOWN_WORDS = 4
_HINT = (
    "where the text does not name the target, the label is withheld, since the model judges by the name; "
    "--unnamed label shows it"
)


def predict(
    source: SourceArgument,
    output: Annotated[
        str | None,
        typer.Argument(help="File to write, likewise; - for standard output. Without it, a table is shown."),
    ] = None,
    *,
    model: ModelOption = None,
    text_column: TextColumnOption = "text",
    target_column: TargetColumnOption = "target",
    target: TargetOption = None,
    form: Annotated[
        Literal["csv", "jsonl"] | None,
        typer.Option("--format", help="Format of standard input and output [default: csv]"),
    ] = None,
    strict: StrictOption = False,
    threshold: ThresholdOption = 0.0,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes; each loads the model.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an output that was interrupted, with the same command.")
    ] = False,
    bom: BomOption = True,
    unnamed: Annotated[
        Literal["withhold", "label"] | None,
        typer.Option(
            help="What becomes of the label where the text does not name the target [default: withhold for a model "
            "that needs the name, as the one that ships]"
        ),
    ] = None,
) -> None:
    """Label the statements of a file.

    The model that ships labels them unless --model names another: against, neutral or favor, towards the target.

    Rows keep their order and their columns, and get the columns predicted, p_LABEL, target_found and error. If a row
    cannot be labelled, error says why. target_found says whether the text names the target, also by a demonym or in
    another spelling. Until the output is whole, it grows in a folder OUTPUT.partial.

    A text may stand in the place of the file: janib predict "رحبت مصر بالقرار" --target القرار.
    """
    from janib.articles.parties.lookup import names_target
    from janib.inference import predict_file as files
    from janib.inference.classifier import load_classifier
    from janib.inference.rows import Columns

    refuse_foreign(source)
    columns = Columns(text_column, target_column, target)
    options = files.Options(strict, threshold, workers, resume, bom, unnamed, names_target)
    classifier = load_classifier(model)
    if is_typed(source):
        _refuse_output(output)
        _show_predictions(files.preview_text(classifier, source, columns, options))
        return
    if output is None:
        _show_predictions(files.preview_file(classifier, source, columns, form, SHOWN_ROWS, options))
        return
    console = open_console(stderr=True)
    summary = files.predict_file(classifier, source, output, columns, form, console, options)
    console.print(summary.describe(), soft_wrap=True)
    if summary.unnamed and options.withholds_unnamed(classifier):
        console.print(_HINT, soft_wrap=True)


def explain(
    source: SourceArgument,
    output: Annotated[
        str | None,
        typer.Argument(help="File to write, JSON lines; - for standard output. Without it, a table is shown."),
    ] = None,
    *,
    model: ModelOption = None,
    text_column: TextColumnOption = "text",
    target_column: TargetColumnOption = "target",
    target: TargetOption = None,
    task: Annotated[
        str | None,
        typer.Option(help="Task of a model that has several: stance, sentiment or sarcasm [default: its main one]"),
    ] = None,
    label: Annotated[str | None, typer.Option(help="Label to explain [default: the predicted one]")] = None,
    form: Annotated[
        Literal["csv", "jsonl"] | None, typer.Option("--format", help="Format of standard input [default: csv]")
    ] = None,
    strict: StrictOption = False,
) -> None:
    """Show the effect of each word of a statement on its label; a text may stand in the place of the file.

    A word's number is its effect on the logarithm of the odds of the label against the next probable label. For TF-IDF
    it is exact: the words' numbers and a rest sum to the logarithm. For other models it is how much the logarithm falls
    without the word.
    """
    from janib.inference.classifier import load_classifier
    from janib.inference.explain_file import explain_rows, explain_text, write_explanations
    from janib.inference.rows import Columns

    refuse_foreign(source)
    columns = Columns(text_column, target_column, target)
    classifier = load_classifier(model)
    if is_typed(source):
        _refuse_output(output)
        _show_explanations(iter([explain_text(classifier, source, columns, task, label)]))
        return
    rows = explain_rows(classifier, source, columns, form, task, label, strict=strict)
    if output is None:
        _show_explanations(islice(rows, SHOWN_ROWS))
    else:
        write_explanations(rows, source, output)


def _refuse_output(output: str | None) -> None:
    if output is not None:
        raise ConfigError(f"a typed text is answered on the terminal, not in {output}; put it in a file for that")


def _show_predictions(rows: Sequence[Preview]) -> None:
    from janib.text.letters import is_foreign

    console = open_console()
    table = Table("target", "label", "p", "statement", show_lines=True)
    for row in rows:
        notes = [
            "" if row.is_named else "not named",
            "hardly Arabic" if is_foreign(row.text) and not row.problem else "",
        ]
        label = f"error: {row.problem}" if row.problem else row.label or "withheld"
        told = Text("\n").join([Text(label, style="" if row.label else "dim"), *(Text(note) for note in notes if note)])
        share = "" if row.probability is None else f"{row.probability:.2f}"
        table.add_row(isolate(row.target), told, Text(share, style="" if row.label else "dim"), isolate(row.text))
    console.print(table)
    if len(rows) == SHOWN_ROWS:
        console.print(f"the first {SHOWN_ROWS} rows; name an output file for all")
    if any(not (row.is_named or row.label or row.problem) for row in rows):
        console.print(_HINT, soft_wrap=True)


def _show_explanations(rows: Iterator[Explained]) -> None:
    table = Table("target", "label", "words for it", "words against it", show_lines=True)
    for row in rows:
        found = row.explanation
        if found is None:
            table.add_row(isolate(row.target), f"error: {row.problem}", "", "")
            continue
        words = [
            "\n".join(f"{word.effect:+.2f} {isolate(word.word)}" for word in some)
            for some in found.rank_words(_SHOWN_WORDS)
        ]
        table.add_row(isolate(row.target), f"{found.label} {found.probability:.2f}\nover {found.other}", *words)
    open_console().print(table)
