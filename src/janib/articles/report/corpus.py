"""What the page of many articles shows, and the data that its script filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from janib.articles.analysis import Analysis
from janib.articles.positions import Position
from janib.articles.report.article import show_date
from janib.articles.report.grid import (
    BLOCK,
    MOST_COLUMNS,
    MOST_COMPARED,
    MOST_PERIODS,
    MOST_ROWS,
    WIDE_BLOCK,
    GridMaker,
    count_whole,
)
from janib.articles.report.matrix import FEW_SPEAKERS, SURE, UNDECIDED, count_pairs, find_others, gather_others
from janib.articles.report.periods import find_periods, name_period, parse_day
from janib.articles.report.reasons import name_shade
from janib.articles.report.standing import MOST_BARS, find_facts, rank_standings
from janib.articles.report.wording import Wording
from janib.inference.explain import Explanation
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS

_SIZES = {
    "rows": MOST_ROWS,
    "columns": MOST_COLUMNS,
    "periods": MOST_PERIODS,
    "compared": MOST_COMPARED,
    "block": BLOCK,
    "wide_block": WIDE_BLOCK,
    "few": FEW_SPEAKERS,
    "bars": MOST_BARS,
    "charts": 6,
    "listed": 20,
}
"""Sizes of what the script draws; those of tables are the same without it."""

_MOST_BYTES = 2_300_000
"""What a page may hold beside its tables, so that it has less than three megabytes."""

_ARTICLE_BYTES, _STATEMENT_BYTES, _POSITION_BYTES = 600, 90, 45
"""About what the page needs for an article, a statement and a position, beside their texts."""


_TITLE_CHARS = 110


def fits_one_page(analyses: Sequence[Analysis]) -> bool:
    """Whether the texts of some articles can be on the page itself: of some hundred articles they can."""
    size = 0
    for one in analyses:
        size += _ARTICLE_BYTES + len(one.text.encode(errors="replace"))
        size += _STATEMENT_BYTES * len(one.statements) + _POSITION_BYTES * len(one.positions)
    return len(analyses) < 2 or size <= _MOST_BYTES


class NumberedNames:
    """Texts, each once, and their numbers."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, key: str) -> int:
        """Return the number of a text, which is added if it is new."""
        return self.numbers.setdefault(key, len(self.numbers))


class CorpusPage:
    """The page of many articles, in parts that its template lays out.

    Parameters
    ----------
    analyses
        The articles.
    wording
        The page's own words.
    addresses
        Where each article has a page of its own; without them, their texts are on this page.
    """

    def __init__(self, analyses: Sequence[Analysis], wording: Wording, addresses: Sequence[str] = ()) -> None:
        self.analyses, self.wording, self.addresses = analyses, wording, addresses
        self.names = {party: name for analysis in analyses for party, name in analysis.names.items()}
        self.days = [parse_day(one.article.date) for one in analyses]
        self.periods = find_periods(one.article.date for one in analyses)

    def show(self) -> dict[str, object]:
        """Return the values of the template ``corpus.html``."""
        pairs, whole = count_pairs(self.analyses), count_whole(self.analyses)
        others = find_others(pairs)
        grids = GridMaker(self.names, self.wording)
        days = sorted(day for day in self.days if day)
        count = len(self.analyses)
        return {
            "title": self.wording.fill("many_title", articles=self.wording.count("articles_after", count)),
            "period": (days[0].isoformat(), days[-1].isoformat()) if days else None,
            "outlet_count": len({one.article.outlet for one in self.analyses} - {""}),
            "names": self.names,
            "facts": [
                (self.wording[fact.key], self.names[fact.party], fact.group) for fact in find_facts(pairs, whole)
            ],
            "standings": rank_standings(whole),
            "matrix": grids.make_matrix(gather_others(pairs, others), whole, {}),
            "has_others": bool(others),
            "has_joint": any(len(one.speakers) > 1 for analysis in self.analyses for one in analysis.positions),
            "outlets": grids.compare_outlets(self.analyses),
            "times": grids.compare_periods(self.analyses, self.periods) if self.periods else None,
            "unit": self.periods.unit if self.periods else None,
            "has_undated": not all(self.days),
            "articles": [self._show_article(number) for number in range(count)],
            "is_ambiguous": any(one.is_ambiguous for analysis in self.analyses for one in analysis.positions),
            "data": self._list_data(),
        }

    def _show_article(self, number: int) -> dict[str, object]:
        analysis = self.analyses[number]
        article = analysis.article
        about = (article.name, article.outlet, show_date(article, self.wording))
        return {
            "id": f"a{number}",
            "title": _shorten(analysis.title),
            "about": [part for part in about if part],
            "count": self.wording.count("positions", len(analysis.positions)),
            "address": self.addresses[number] if self.addresses else "",
            "statements": [] if self.addresses else self._show_statements(number),
        }

    def _show_statements(self, number: int) -> list[tuple[str, str]]:
        """Return each statement's speakers, unless they are those of the statement before, and its text."""
        analysis = self.analyses[number]
        told = [
            self.wording["speaker_join"].join(dict.fromkeys(map(analysis.introduce, one.speakers)))
            for one in analysis.statements
        ]
        return [
            ("" if speakers == before else speakers, _keep_length(analysis.text[one.start : one.end]))
            for one, speakers, before in zip(analysis.statements, told, ["", *told], strict=False)
        ]

    def _list_data(self) -> dict[str, Any]:
        """Return what the script reads: names, articles and positions by number, positions in columns."""
        parties, outlets, people = NumberedNames(), NumberedNames(), NumberedNames()
        columns: dict[str, list[Any]] = {}
        reasons: dict[str, Any] = {}
        sentences: dict[str, str] = {}
        found = list(self._list_positions())
        room = _MOST_BYTES - _POSITION_BYTES * len(found) - _ARTICLE_BYTES * len(self.analyses)  # for sentences
        for number, position in found:
            analysis = self.analyses[number]
            row = self._describe(number, position, parties, people)
            for name, value in row.items():
                columns.setdefault(name, []).append(value)
            if position.explanation and not self.addresses:
                reasons[str(len(columns["article"]) - 1)] = _list_reasons(position.explanation)
            key, sentence = f"{number}-{position.statement}", analysis.text[position.start : position.end]
            if self.addresses and key not in sentences and room > 0:
                sentences[key] = sentence
                room -= len(sentence.encode(errors="replace"))
        names = self.periods.names if self.periods else ()
        places = {name: place for place, name in enumerate(names)}
        unit = self.periods.unit if self.periods else "day"
        labels = [*STANCE_LABELS, None]
        return {
            "lang": self.wording.lang,
            "words": self.wording.words,
            "kinds": [label or UNDECIDED for label in labels],
            "signs": [self.wording.sign(label) for label in labels],
            "labels": [self.wording.name_label(label) for label in labels],
            "tones": [self.wording.name_label(label) for label in (*SENTIMENT_LABELS, None)],
            "sure": round(100 * SURE),
            "sizes": _SIZES,
            "unit": unit,
            "periods": names,
            "filled": [name in self.periods.filled for name in names] if self.periods else [],
            "articles": [
                [
                    outlets.number(analysis.article.outlet),
                    analysis.article.date[:10] if day else "",
                    places[name_period(day, unit)] if day else -1,
                    self.addresses[number] if self.addresses else "",
                ]
                for number, (analysis, day) in enumerate(zip(self.analyses, self.days, strict=True))
            ],
            "outlets": list(outlets.numbers),
            "names": [self.names.get(party, party) for party in parties.numbers],
            "people": list(people.numbers),
            "positions": columns,
            "sentences": sentences,
            "reasons": reasons,
        }

    def _list_positions(self) -> Iterator[tuple[int, Position]]:
        for number, analysis in enumerate(self.analyses):
            for position in analysis.positions:
                yield number, position

    def _describe(
        self, number: int, position: Position, parties: NumberedNames, people: NumberedNames
    ) -> dict[str, Any]:
        """Return a position in numbers; offsets count UTF-16 units in its sentence, as scripts do."""
        analysis = self.analyses[number]
        text = analysis.text
        said = self.wording["speaker_join"].join(map(analysis.introduce, position.speakers))
        stances, tones = (*STANCE_LABELS, None), (*SENTIMENT_LABELS, None)
        stance_p = max(position.stance_p.values()) if position.stance is None else position.stance_p[position.stance]
        return {
            "article": number,
            "statement": position.statement,
            "start": _count_units(text[position.start : position.mention_start]),
            "length": _count_units(text[position.mention_start : position.mention_end]),
            "speakers": [parties.number(one.party) for one in position.speakers],
            "people": people.number(said),
            "party": parties.number(position.party),
            "stance": stances.index(position.stance),
            "share": round(100 * stance_p),
            "is_sure": int(position.stance is not None and stance_p >= SURE),
            "tone": tones.index(position.sentiment),
            "is_ambiguous": int(position.is_ambiguous),
        }


def _list_reasons(explanation: Explanation) -> list[object]:
    """Return the number of the explained label and of the next, and each word that moves it: place and effect."""
    words = [
        [word.start, word.end, round(word.effect, 2), name_shade(word.effect)]
        for word in explanation.words
        if name_shade(word.effect)
    ]
    return [STANCE_LABELS.index(explanation.label), STANCE_LABELS.index(explanation.other), words]


def _count_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _shorten(title: str) -> str:
    """Return a title, or the beginning of a sentence that serves as one."""
    return title if len(title) <= _TITLE_CHARS else f"{title[: _TITLE_CHARS - 1].rstrip()}…"


def _keep_length(text: str) -> str:
    """Return a text in which a browser changes no character, so that offsets stay right."""
    return text.replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
