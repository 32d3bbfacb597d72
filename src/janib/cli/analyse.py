"""The command ``janib analyse``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from janib.cli.console import isolate, open_console
from janib.cli.options import BomOption, split_names
from janib.errors import ConfigError, DataError
from janib.labels import STANCE_LABELS, Stance

if TYPE_CHECKING:
    from janib.articles.analysis import Analysis
    from janib.articles.positions import Position
    from janib.articles.report.matrix import PositionGroup

_SHOWN_PAIRS, _SHOWN_CHARS, _SHOWN_NAMES = 12, 110, 5


def analyse_sources(
    sources: Annotated[
        list[str],
        typer.Argument(help="Text, HTML or table files, folders of texts, - for standard input, or a text itself."),
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
    workers: Annotated[int, typer.Option(min=1, help="Number of processes; each loads the model.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an output that was interrupted, with the same command.")
    ] = False,
) -> None:
    """Find who positions which party in news articles, and how.

    A summary is shown; --output also writes positions.csv and .jsonl, statements.jsonl, matrix.csv and report.html. A
    bad row or file is named and left out (left_out.txt). With --explain, positions.jsonl and report.html also hold the
    effect of each word on a stance, as ``janib explain`` shows it. Until the output is whole, the work is kept in a
    folder OUTPUT.partial.

    Offices find their holders by the article's date: that of its row or page, else --date, else the one that its own
    first or last lines tell. An unreadable date is the problem of its row. What an article leaves without a state is of
    the outlet's country. Texts of a folder get both from meta.csv in it or beside it, with the columns file, outlet and
    date.
    """
    from janib.articles.analyse_files import Output, analyse_files
    from janib.articles.analysis import Analyser
    from janib.articles.report.exports import check_exports
    from janib.articles.report.files import REPORT_FILE, check_folder
    from janib.articles.sources import Layout, Sources, list_hints

    console = open_console(stderr=True)

    def report_problem(problem: str) -> None:
        if strict:
            raise DataError(problem)
        console.print(f"left out: {problem}", soft_wrap=True)

    layout = Layout(column, outlet_column, date_column, date_format, outlet, date, form, id_column)
    formats = split_names(also)
    check_exports(formats)
    if formats and output is None:
        raise ConfigError(f"--also {also} writes files, and no folder is named; add --output FOLDER")
    if output is not None:
        check_folder(output)
    articles = Sources(sources, layout, report_problem)
    for hint in (hint for source in sources for hint in list_hints(source, layout)):
        console.print(f"note: {hint}", soft_wrap=True)
    analyser = Analyser(model, parties, sentiment_model=sentiment_model, threshold=threshold, explain=explain)
    files = None if output is None else Output(output, formats, bom, lang)
    with analyse_files(analyser, articles, files, console, workers=workers, resume=resume) as analyses:
        if not analyses:
            raise DataError("the model refuses every article; see above what it says of each")
        _show_pairs(analyses)
        _show_totals(analyses, len(articles.problems) + len(analyses.problems))
    if output is not None:
        console.print(f"written to {output}; open {(output / REPORT_FILE).resolve().as_uri()}", soft_wrap=True)


def _show_pairs(analyses: Sequence[Analysis]) -> None:
    from janib.articles.report.matrix import count_pairs, introduce_speaker, list_rows

    names = {party: name for analysis in analyses for party, name in analysis.names.items()}
    pairs = count_pairs(analyses)
    sided_first = sorted(list_rows(pairs, names), key=lambda row: not (row[Stance.FAVOR] or row[Stance.AGAINST]))
    table = Table("speaker", "party", "stance", "a sentence that shows it", show_lines=True)
    for row in sided_first[:_SHOWN_PAIRS]:
        speaker = str(row["speaker_id"])
        group = pairs[speaker, str(row["party_id"])]
        sentence = _quote_sentence(group, analyses)
        table.add_row(
            isolate(introduce_speaker(analyses, speaker, group)),
            isolate(str(row["party"])),
            _describe_stances(*_count_stances(position for _, position in group.found), "\n"),
            isolate(sentence),
        )
    console = open_console()
    if pairs:
        console.print(table)
    else:
        console.print("no position: no sentence names a party that does not speak in it")
    if len(pairs) > _SHOWN_PAIRS:
        console.print(f"{_SHOWN_PAIRS} of {len(pairs):,} pairs, those with a side first; a folder (--output) gets all")


def _show_totals(analyses: Sequence[Analysis], left_out: int) -> None:
    """Show what was found in all articles, and what could not be judged."""
    from janib.text.letters import is_foreign

    statements, positions, foreign = 0, 0, []
    parties: set[str] = set()
    has_joint = False
    stances: Counter[str | None] = Counter()
    sure: Counter[str | None] = Counter()
    for one in analyses:
        statements += len(one.statements)
        positions += len(one.positions)
        parties |= {position.party for position in one.positions}
        has_joint |= any(len(position.speakers) > 1 for position in one.positions)
        found = _count_stances(one.positions)
        stances, sure = stances + found[0], sure + found[1]
        if is_foreign(one.text):
            foreign.append(one.article.name or "the text")
    counts = {
        ("article", "articles"): len(analyses),
        ("statement", "statements"): statements,
        ("party", "parties"): len(parties),
        ("position", "positions"): positions,
    }
    console = open_console()
    told = ", ".join(f"{count:,} {one if count == 1 else many}" for (one, many), count in counts.items())
    line = Text(told)
    if positions:
        line.append_text(Text.assemble(" (", _describe_stances(stances, sure, ", "), ")"))
    if left_out:
        line.append(f", {left_out:,} left out")
    console.print(line, soft_wrap=True)
    if has_joint:
        console.print("a joint statement is one position here, and one for each of its speakers above", soft_wrap=True)
    if foreign:
        names = ", ".join(foreign[:_SHOWN_NAMES]) + ", …" * (len(foreign) > _SHOWN_NAMES)
        console.print(f"hardly Arabic, so that little or nothing is found: {len(foreign):,} ({names})", soft_wrap=True)


def _count_stances(positions: Iterable[Position]) -> tuple[Counter[str | None], Counter[str | None]]:
    """Count positions by stance, and the sure ones among them."""
    from janib.articles.report.matrix import is_sure

    found = list(positions)
    return Counter(one.stance for one in found), Counter(one.stance for one in found if is_sure(one))


def _describe_stances(counts: Counter[str | None], sure: Counter[str | None], separator: str) -> Text:
    """Return the number of positions of each stance, and of the sure ones; those that are undecided are pale."""
    from janib.articles.report.matrix import UNDECIDED

    told = [Text(f"{stance} {counts[stance]:,} ({sure[stance]:,} sure)") for stance in STANCE_LABELS if counts[stance]]
    if counts[None]:
        told.append(Text(f"{UNDECIDED} {counts[None]:,}", style="dim"))
    return Text(separator).join(told)


def _quote_sentence(group: PositionGroup, analyses: Sequence[Analysis]) -> str:
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
