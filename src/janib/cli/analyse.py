"""The command ``janib analyse``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table

from janib.cli.console import isolate, open_console
from janib.cli.options import BomOption
from janib.errors import ConfigError, DataError
from janib.labels import STANCE_LABELS, Stance

if TYPE_CHECKING:
    from janib.articles.analysis import Analysis
    from janib.articles.report.matrix import PositionGroup

_SHOWN_PAIRS, _SHOWN_CHARS = 12, 110


def analyse_sources(
    sources: Annotated[
        list[str], typer.Argument(help="Text, HTML, CSV or JSON-lines files, folders of texts, - for standard input.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write positions, statements, matrix and report to.")
    ] = None,
    *,
    also: Annotated[
        str,
        typer.Option(help="Further files for --output, by commas: excel, graphml, gexf, edges (see janib convert)."),
    ] = "",
    bom: BomOption = True,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", help="Model of stance: a folder, runs:/… or models:/… [default: the one that ships]"
        ),
    ] = None,
    sentiment_model: Annotated[
        str | None,
        typer.Option(
            help="Model of sentiment, likewise [default: --model if it has sentiment, else the one that ships]"
        ),
    ] = None,
    parties: Annotated[
        Path | None, typer.Option(help="CSV or JSON-lines file of your own parties (docs/parties.md).")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Show no side with a smaller probability [default: the model's own; 0 shows all]"),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the effect of each word on a stance; takes many times as long.")
    ] = False,
    column: Annotated[str, typer.Option(help="Column of a table that holds the article.")] = "text",
    outlet: Annotated[str, typer.Option(help="Who published the articles that do not say it.")] = "",
    outlet_column: Annotated[
        str | None, typer.Option(help="Column of the outlet [default: outlet, if there is one]", show_default=False)
    ] = None,
    date: Annotated[str, typer.Option(help="Date of the articles whose row or page has none: 2016-03-01.")] = "",
    date_column: Annotated[
        str | None, typer.Option(help="Column of the date [default: date, if there is one]", show_default=False)
    ] = None,
    date_format: Annotated[
        str | None,
        typer.Option(
            help="Form of the dates: %d/%m/%Y, or excel for numbers of days [default: 2016-03-01, 12 مارس 2016]"
        ),
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option(
            help="Column of the article's id; in meta.csv, of the text's file [default: id, if there is one]",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        Literal["txt", "html", "csv", "jsonl"] | None,
        typer.Option("--format", help="Format of standard input [default: txt]"),
    ] = None,
    lang: Annotated[Literal["ar", "en"], typer.Option(help="Language of report.html: Arabic or English.")] = "ar",
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first bad file or row.")] = False,
) -> None:
    """Find who positions which party in news articles, and how.

    A summary is shown; --output also writes positions.csv and .jsonl, statements.jsonl, matrix.csv and report.html. A
    bad row, or a bad file of a folder, is named and left out. With --explain, positions.jsonl and report.html also hold
    the effect of each word on a stance, as ``janib explain`` shows it.

    Offices find their holders by the article's date: that of its row or page, else --date, else the one that its own
    first or last lines tell. An unreadable date is the problem of its row. What an article leaves without a state is of
    the outlet's country. Texts of a folder get both from meta.csv in it or beside it, with the columns file, outlet and
    date.
    """
    from janib.articles.analysis import Analyser
    from janib.articles.positions import load_judge
    from janib.articles.report.exports import check_exports
    from janib.articles.report.files import REPORT_FILE, check_folder, write_analyses
    from janib.articles.sources import Layout, list_hints, make_names_unique, read_articles

    console = open_console(stderr=True)

    def report_problem(problem: str) -> None:
        if strict:
            raise DataError(problem)
        console.print(f"left out: {problem}", soft_wrap=True)

    layout = Layout(column, outlet_column, date_column, date_format, outlet, date, form, id_column)
    formats = [name.strip() for name in also.split(",") if name.strip()]
    check_exports(formats)
    if formats and output is None:
        raise ConfigError(f"--also {also} writes files, and no folder is named; add --output FOLDER")
    if output is not None:
        check_folder(output)
    analyser = Analyser(load_judge(model, sentiment_model, threshold, explain=explain), parties)
    for hint in (hint for source in sources for hint in list_hints(source, layout)):
        console.print(f"note: {hint}", soft_wrap=True)
    articles = (article for source in sources for article in read_articles(source, layout, report_problem))
    analyses = [analyser.analyse(article) for article in make_names_unique(articles)]
    if not analyses:
        raise DataError(f"no article could be read from {', '.join(sources)}; expected at least one")
    if output is not None:
        write_analyses(analyses, output, formats, bom=bom, lang=lang)
    _show_pairs(analyses)
    _show_totals(analyses)
    if output is not None:
        console.print(f"written to {output}; open {(output / REPORT_FILE).resolve().as_uri()}", soft_wrap=True)


def _show_pairs(analyses: list[Analysis]) -> None:
    from janib.articles.report.matrix import UNDECIDED, count_pairs, introduce_speaker, list_rows

    names = {party: name for analysis in analyses for party, name in analysis.names.items()}
    pairs = count_pairs(analyses)
    sided_first = sorted(list_rows(pairs, names), key=lambda row: not (row[Stance.FAVOR] or row[Stance.AGAINST]))
    table = Table("speaker", "party", "stance", "a sentence that shows it", show_lines=True)
    for row in sided_first[:_SHOWN_PAIRS]:
        stances = [f"{stance} {row[stance]}" for stance in (*STANCE_LABELS, UNDECIDED) if row[stance]]
        speaker = str(row["speaker_id"])
        group = pairs[speaker, str(row["party_id"])]
        sentence = _quote_sentence(group, analyses)
        table.add_row(
            isolate(introduce_speaker(analyses, speaker, group)),
            isolate(str(row["party"])),
            "\n".join(stances),
            isolate(sentence),
        )
    console = open_console()
    console.print(table)
    if len(pairs) > _SHOWN_PAIRS:
        console.print(f"{_SHOWN_PAIRS} of {len(pairs):,} pairs, those with a side first; a folder (--output) gets all")


def _show_totals(analyses: list[Analysis]) -> None:
    totals = {
        ("article", "articles"): len(analyses),
        ("statement", "statements"): sum(len(one.statements) for one in analyses),
        ("party", "parties"): len({mention.party for one in analyses for mention in one.mentions}),
        ("position", "positions"): sum(len(one.positions) for one in analyses),
    }
    open_console().print(", ".join(f"{count:,} {one if count == 1 else many}" for (one, many), count in totals.items()))


def _quote_sentence(group: PositionGroup, analyses: list[Analysis]) -> str:
    """Return the sentence of the position that is farthest from neutral, cut around the party's name."""
    number, position = min(group.found, key=lambda one: one[1].stance_p[Stance.NEUTRAL])
    sentence = analyses[number].text[position.start : position.end]
    return _cut_around(sentence, position.mention_start - position.start)


def _cut_around(text: str, place: int) -> str:
    """Return the words of a long text around a place."""
    start = text.rfind(" ", 0, max(place - _SHOWN_CHARS // 2, 0)) + 1
    end = text.find(" ", start + _SHOWN_CHARS)
    end = len(text) if end < 0 else end
    return "… " * (start > 0) + " ".join(text[start:end].split()) + " …" * (end < len(text))
