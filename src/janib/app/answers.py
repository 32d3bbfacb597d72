"""What the page is answered: an analysis, a labelled sentence, the articles of a file, as data ready for JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

from janib.app.requests import MOST_ARTICLES, UNPACKED_LIMIT, RequestError
from janib.articles.analysis import Analyser, Analysis, Article
from janib.articles.dates import parse_date
from janib.articles.metadata import find_usual_columns
from janib.articles.parties.lookup import names_target
from janib.articles.positions import Position, name_speakers
from janib.articles.report.flat import list_position_rows
from janib.articles.report.page import render_report
from janib.articles.report.stored import read_position
from janib.articles.report.wording import Language
from janib.articles.sources import Layout, is_table, make_names_unique, read_articles
from janib.errors import DataError, JanibError
from janib.inference.explain import WordEffect, explain_row
from janib.io.formats import open_table
from janib.labels import Sentiment, Stance
from janib.schema import Example, Prediction
from janib.text.letters import is_foreign

_COLUMN = "text"
_TOLD = ("outlet", "date")  # of an article, in columns of their own
_GZIP = b"\x1f\x8b"
_SHOWN_PROBLEMS, _MOST_PROBLEMS = 100, 10_000
_NOT_IN_NAMES = re.compile(r"[^\w.,()\- ]+")


def describe_analyses(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """Return the report in each language, and the positions, of analyses.

    Each of ``positions`` has its row of ``positions.jsonl``, its rows of ``positions.csv``, and its
    sentence in three pieces, the second of which is the party's name.
    """
    return {
        "reports": {lang: render_report(analyses, lang) if analyses else "" for lang in get_args(Language)},
        "positions": [one for analysis in analyses for one in _describe_positions(analysis)],
    }


def _describe_positions(analysis: Analysis) -> Iterator[dict[str, Any]]:
    for record, position in zip(analysis.list_positions(), analysis.positions, strict=True):
        yield {
            "record": record,
            "rows": list(list_position_rows([read_position(record)])),
            "title": analysis.title,
            "pieces": _cut_at_name(analysis.text, position),
            "speakers": "؛ ".join(map(analysis.introduce, position.speakers)),
            "speaker_read": name_speakers(position.speakers),
        }


def _cut_at_name(text: str, position: Position) -> list[str]:
    cuts = (position.start, position.mention_start, position.mention_end, position.end)
    return [text[start:end] for start, end in pairwise(cuts)]


def describe_sentence(analyser: Analyser, row: Example) -> dict[str, Any]:
    """Return a sentence's stance and sentiment towards its party, and the effect of each word on the stance.

    ``shown`` is null for a side, or a tone, whose probability is below the judge's threshold; and for every label where
    the model needs the party's name and the sentence does not have it, as ``is_named`` says. ``is_foreign`` says that
    there is hardly any Arabic.
    """
    judge = analyser.judge
    is_named = not judge.stance.needs_target or names_target(row.text, row.target, analyser.gazetteer)
    threshold = judge.threshold if is_named else None
    explanation = explain_row(judge.stance, row, "stance")
    stances = judge.stance.predict_rows([row])
    sentiments = stances if judge.sentiment is judge.stance else judge.sentiment.predict_rows([row])
    return {
        "stance": _describe_prediction(stances["stance"][0], Stance.NEUTRAL, threshold),
        "sentiment": _describe_prediction(sentiments["sentiment"][0], Sentiment.NEUTRAL, threshold),
        "is_named": is_named,
        "is_foreign": is_foreign(row.text),
        "other": explanation.other,
        "method": explanation.method,
        "pieces": list(_cut_at_words(row.text, explanation.words)),
    }


def _describe_prediction(prediction: Prediction, neutral: str, threshold: float | None) -> dict[str, Any]:
    """Return a prediction and the label shown; without a threshold none is."""
    shown = None if threshold is None else prediction.withhold_side(neutral, threshold)
    return asdict(prediction) | {"shown": shown}


def _cut_at_words(text: str, words: Sequence[WordEffect]) -> Iterator[dict[str, Any]]:
    """Yield a text's words with their effects, and what stands between them."""
    end = 0
    for word in words:
        if end < word.start:
            yield {"text": text[end : word.start]}
        yield {"text": word.word, "effect": round(word.effect, 4)}
        end = word.end
    if end < len(text):
        yield {"text": text[end:]}


def describe_file(content: bytes, name: str, columns: Mapping[str, str]) -> dict[str, Any]:
    """Return the articles of a file and the problems of its bad rows.

    The file is on the disk while it is read, in a folder of its own, since tables of all formats are read by name.

    Parameters
    ----------
    content
        The file.
    name
        Its name; the suffix says its format.
    columns
        Field to column of a table, for ``text``, ``outlet`` and ``date``; empty for columns of these names.

    Raises
    ------
    DataError
        If it holds no article.
    RequestError
        If it is a table whose columns must be chosen, with its ``columns`` and the ``likely`` one of each field; or
        holds too many articles.
    """
    safe = _NOT_IN_NAMES.sub("_", Path(name).name)[-100:].strip(" .") or "file.txt"
    if content.startswith(_GZIP):  # which may unpack to any size
        raise DataError(f"{safe} is compressed; unpack it first")
    found: list[Article] = []
    problems: list[str] = []
    with TemporaryDirectory(prefix="janib-") as folder:
        path = Path(folder) / safe
        path.write_bytes(content)
        try:
            articles = make_names_unique(
                read_articles(str(path), _make_layout(columns), _collect(problems, safe), UNPACKED_LIMIT)
            )
            found += islice(articles, MOST_ARTICLES + 1)
        except JanibError as error:
            problems.append(str(error))
        first = _read_first_row(path)
    problems = [one.replace(f"{folder}/", "") for one in problems]
    if first:
        _check_columns(safe, first, columns, is_read=bool(found))
    if not found:
        raise DataError(problems[0] if problems else f"{safe} holds no article; expected at least one")
    if len(found) > MOST_ARTICLES:
        words = f"{safe} holds more than {MOST_ARTICLES} articles, the most of the page; use janib analyse"
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "articles", words)
    left = len(problems) - _SHOWN_PROBLEMS
    return {
        "articles": [_describe_article(one) for one in found],
        "problems": [*problems[:_SHOWN_PROBLEMS], *([f"and {left:,} more"] if left > 0 else [])],
    }


def _make_layout(columns: Mapping[str, str]) -> Layout:
    outlet, date = (columns.get(field) or None for field in _TOLD)
    return Layout(columns.get("text") or _COLUMN, outlet, date)


def _check_columns(name: str, first: Mapping[str, Any], chosen: Mapping[str, str], *, is_read: bool) -> None:
    """Ask which columns to read where the text's is not there, or others look like the outlet or the date."""
    column = chosen.get("text") or _COLUMN
    usual = find_usual_columns(list(first), dict.fromkeys(_TOLD))
    if not is_read and column not in first:
        words = f"{name} has no column {column!r}, only {', '.join(map(repr, first))}; choose the text's column"
    elif usual and not any(chosen.values()):
        words = f"{name} may have {' and '.join(usual)} in {', '.join(map(repr, usual.values()))}; choose the columns"
    else:
        return
    longest = max(first, key=lambda one: len(str(first[one])))  # a text is longer than what is told of it
    if "date" in usual and not _is_date(first[usual["date"]]):
        del usual["date"]
    likely = {"text": column if column in first else longest} | {one: one for one in _TOLD if one in first} | usual
    raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "column", words, columns=list(first), likely=likely)


def _is_date(value: object) -> bool:
    """Say whether a cell can be read as a date, or is blank."""
    written = "" if value is None else str(value).strip()
    with suppress(JanibError):
        return not written or bool(parse_date(written))
    return False


def _collect(problems: list[str], name: str) -> Callable[[str], None]:
    """Return a function that collects the problems of rows, and stops a file that has nothing else."""

    def take(problem: str) -> None:
        if len(problems) == _MOST_PROBLEMS:
            raise DataError(f"{name} has more than {_MOST_PROBLEMS:,} bad rows, the first: {problems[0]}")
        problems.append(problem)

    return take


def _read_first_row(path: Path) -> dict[str, Any]:
    """Return the columns of a table with the values of its first row; none if the file is no table."""
    with suppress(JanibError):
        if is_table(str(path)):
            with open_table(path, most_bytes=UNPACKED_LIMIT) as reader:
                row = next(iter(reader), None)
                return dict.fromkeys(reader.columns, "") | dict(row.fields if row else {})
    return {}


def _describe_article(article: Article) -> dict[str, Any]:
    return {"text": article.text, "name": article.name, "outlet": article.outlet, "date": article.date}
