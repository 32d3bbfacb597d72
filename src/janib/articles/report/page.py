"""An analysis as one page to read: ``report.html``, which needs no network and runs no script."""

from __future__ import annotations

import re
from base64 import b64encode
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from itertools import groupby

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from janib.articles.analysis import REPORT_NAME, Analysis
from janib.articles.positions import Position, Statement
from janib.articles.report.graph import draw_network
from janib.articles.report.matrix import Key, PositionGroup, count_by, count_pairs
from janib.articles.report.reasons import show_reasons
from janib.articles.spans import REPORT, Mention
from janib.labels import ARABIC_NAMES, STANCE_LABELS, Stance

MOST_ROWS, MOST_COLUMNS = 60, 24
"""Of a table; the rest is in ``matrix.csv``."""

SIGNS: Mapping[str | None, str] = {Stance.FAVOR: "▲", Stance.AGAINST: "▼", Stance.NEUTRAL: "○", None: "؟"}
"""What tells stances apart beside their colour; None: withheld."""

_UNDECIDED = "لم يُحسم"
_AMBIGUOUS = "اسم ملتبس"
_UNDATED, _NO_OUTLET = "بلا تاريخ", "بلا ناشر"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MANY_DAYS = 14  # more are shown by month


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a statement; a mention has a kind, the sign of each stance, and what a screen reader adds.

    Attributes
    ----------
    is_ambiguous
        Whether its name may be another party's, too.
    """

    text: str
    kind: str = ""
    signs: str = ""
    note: str = ""
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a table as people read it."""

    text: str
    label: str
    heat: str
    link: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with headers: rows are parties."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shown | None, ...]], ...]
    left_out: int


def render_report(analyses: Sequence[Analysis]) -> str:
    """Return the page: text marked by party and stance, matrix, network, and each pair's sentences.

    Several articles are put together, with a table by outlet and one over time where these are known.
    """
    folder = files("janib") / "data" / "report"
    style = (folder / "report.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=DictLoader({"report.html": (folder / "report.html").read_text(encoding="utf-8")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = {party: name for analysis in analyses for party, name in analysis.names.items()}
    pairs = dict(sorted(count_pairs(analyses).items(), key=lambda one: -len(one[1].found)))
    links = {pair: f"pair-{number}" for number, pair in enumerate(pairs)}
    return environment.get_template("report.html").render(
        style=Markup(style),  # our own file, without user's text
        policy=f"default-src 'none'; style-src 'sha256-{_hash(style)}'; base-uri 'none'; form-action 'none'",
        title=analyses[0].title if len(analyses) == 1 else f"{len(analyses)} مقالات",
        articles=[_show_article(number, analysis) for number, analysis in enumerate(analyses)],
        matrix=_make_grid(pairs, names, names, links),
        network=draw_network(pairs, names),
        pairs=[_show_pair(analyses, links[pair], pair, cell, names) for pair, cell in pairs.items()],
        outlets=_compare_outlets(analyses, names),
        times=_compare_times(analyses, names),
        counts=_count(analyses),
        signs=[(SIGNS[stance], _name(stance), stance) for stance in reversed(STANCE_LABELS)],
        ambiguous=any(one.how == "ambiguous" for analysis in analyses for one in analysis.mentions),
        explained=any(position.explanation for analysis in analyses for position in analysis.positions),
        undecided=any(position.stance is None for analysis in analyses for position in analysis.positions),
    )


def _hash(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()


def _name(label: str | None) -> str:
    return _UNDECIDED if label is None else ARABIC_NAMES[label]


def _count(analyses: Sequence[Analysis]) -> dict[str, int]:
    stances = Counter(position.stance for analysis in analyses for position in analysis.positions)
    statements = [statement for analysis in analyses for statement in analysis.statements]
    return {
        "الجمل": len(statements),
        "القائلون": len({speaker.party for one in statements for speaker in one.speakers} - {REPORT}),
        "الأطراف": len({mention.party for analysis in analyses for mention in analysis.mentions}),
        **{f"{SIGNS[stance]} {_name(stance)}": stances[stance] for stance in SIGNS if stance or stances[stance]},
    }


def _show_article(number: int, analysis: Analysis) -> dict[str, object]:
    places = {(position.statement, position.party): position for position in analysis.positions}
    rows, before = [], 0
    mentions = sorted(analysis.mentions, key=lambda one: (one.start, one.end))
    starts = [one.start for one in mentions]
    for place, statement in enumerate(analysis.statements):
        inside = mentions[bisect_left(starts, statement.start) : bisect_left(starts, statement.end)]
        rows.append(
            {
                "id": f"s{number}-{place}",
                "opens": "\n" in analysis.text[before : statement.start] or not place,
                "speakers": _list_speakers(analysis, statement),
                "segments": list(_cut(analysis, place, inside, places)),
            }
        )
        before = statement.end
    about = [part for part in (analysis.article.outlet, analysis.article.date) if part]
    return {
        "id": f"article-{number}",
        "title": analysis.title,
        "about": about,
        "name": analysis.article.name,
        "statements": rows,
    }


def _list_speakers(analysis: Analysis, statement: Statement) -> str:
    return "، ".join(dict.fromkeys(analysis.names[speaker.party] for speaker in statement.speakers)) or REPORT_NAME


def _cut(
    analysis: Analysis, place: int, inside: Sequence[Mention], positions: Mapping[tuple[int, str], Position]
) -> Iterator[Segment]:
    """Cut a statement at its mentions, which are in order; of overlapping ones the first is marked."""
    text, end = analysis.text, analysis.statements[place].start
    for (start, stop), group in groupby(inside, lambda one: (one.start, one.end)):
        if start < end or stop > analysis.statements[place].end:
            continue
        if end < start:
            yield Segment(text[end:start])
        yield _mark(text[start:stop], [(one, positions.get((place, one.party))) for one in group], analysis.names)
        end = stop
    if end < analysis.statements[place].end:
        yield Segment(text[end : analysis.statements[place].end])


def _mark(text: str, held: Sequence[tuple[Mention, Position | None]], names: Mapping[str, str]) -> Segment:
    found = [(names[mention.party], position.stance) for mention, position in held if position]
    ambiguous = [names[mention.party] for mention, _ in held if mention.how == "ambiguous"]
    doubt = [f"{_AMBIGUOUS}، قُرئ: {name}" for name in ambiguous]
    if not found:
        return Segment(text, "speaks", "", "، ".join(["قائل", *doubt]), bool(ambiguous))
    kinds = {stance or "undecided" for _, stance in found}
    sided = kinds - {Stance.NEUTRAL, "undecided"}
    kind = sided.pop() if len(sided) == 1 else "mixed" if sided else kinds.pop()
    note = "، ".join([*(f"{name}: {_name(stance)}" for name, stance in found), *doubt])
    return Segment(text, kind, "".join(SIGNS[stance] for _, stance in found), note, bool(ambiguous))


def _show_pair(
    analyses: Sequence[Analysis], link: str, pair: Key, cell: PositionGroup, names: Mapping[str, str]
) -> dict[str, object]:
    sentences = []
    for number, position in cell.found:
        analysis = analyses[number]
        statement = analysis.statements[position.statement]
        start, end = position.mention_start, position.mention_end
        sentences.append(
            {
                "before": analysis.text[statement.start : start],
                "mention": analysis.text[start:end],
                "after": analysis.text[end : statement.end],
                "kind": position.stance or "undecided",
                "sign": SIGNS[position.stance],
                "doubt": _AMBIGUOUS if position.is_ambiguous else "",
                "stance": _name(position.stance),
                "stance_p": _share(position.stance_p, position.stance),
                "sentiment": _name(position.sentiment),
                "sentiment_p": _share(position.sentiment_p, position.sentiment),
                "link": f"s{number}-{position.statement}",
                "number": position.statement + 1,
                "article": analysis.title if len(analyses) > 1 else "",
                "reasons": position.explanation and show_reasons(analysis.text, position, position.explanation),
            }
        )
    return {
        "id": link,
        "speaker": names[pair[0]],
        "party": names[pair[1]],
        "counts": _describe(cell),
        "sentences": sentences,
    }


def _share(shares: Mapping[str, float], label: str | None) -> str:
    return f"{max(shares.values()) if label is None else shares[label]:.0%}"


def _describe(cell: PositionGroup) -> str:
    return "، ".join(f"{_name(stance)} {count}" for stance in SIGNS if (count := cell.count(stance)))


def _make_grid(
    cells: Mapping[Key, PositionGroup], names: Mapping[str, str], heads: Mapping[str, str], links: Mapping[Key, str]
) -> Grid:
    """Lay cells out: columns by how much is in them, or in the order of ``heads`` where that is given by time."""
    columns = _rank(cells, 0) if heads is names else [head for head in heads if any(key[0] == head for key in cells)]
    parties = _rank(cells, 1)
    shown_columns, shown = columns[:MOST_COLUMNS], parties[:MOST_ROWS]
    rows = []
    for party in shown:
        found = [cells.get((column, party)) for column in shown_columns]
        rows.append(
            (
                names[party],
                tuple(
                    _show_cell(cell, f"{heads[column]} ← {names[party]}", links.get((column, party), ""))
                    if cell
                    else None
                    for column, cell in zip(shown_columns, found, strict=True)
                ),
            )
        )
    return Grid(
        tuple(heads[column] for column in shown_columns),
        tuple(rows),
        len(columns) + len(parties) - len(shown_columns) - len(shown),
    )


def _rank(cells: Mapping[Key, PositionGroup], side: int) -> list[str]:
    weights: Counter[str] = Counter()
    for key, cell in cells.items():
        weights[key[side]] += len(cell.found)
    return [name for name, _ in weights.most_common()]


def _show_cell(cell: PositionGroup, label: str, link: str) -> Shown:
    text = " ".join(f"{SIGNS[stance]}{count}" for stance in SIGNS if (count := cell.count(stance)))
    return Shown(text, f"{label}: {_describe(cell)}", _heat(cell), link)


def _heat(cell: PositionGroup) -> str:
    if cell.net == 0:
        return "even" if cell.count(Stance.FAVOR) else "none"
    return ("favor" if cell.net > 0 else "against") + ("-much" if abs(cell.net) > 0.5 else "-some")


def _compare_outlets(analyses: Sequence[Analysis], names: Mapping[str, str]) -> Grid | None:
    heads = {one.article.outlet: one.article.outlet or _NO_OUTLET for one in analyses}
    if len(analyses) < 2 or not any(heads):
        return None
    cells = count_by(analyses, lambda analysis, _: [analysis.article.outlet])
    return _make_grid(cells, names, heads, {})


def _compare_times(analyses: Sequence[Analysis], names: Mapping[str, str]) -> Grid | None:
    dates = {one.article.date[:10] for one in analyses if _DATE.match(one.article.date)}
    if len(analyses) < 2 or not dates:
        return None
    length = 10 if len(dates) <= _MANY_DAYS else 7

    def find_period(analysis: Analysis) -> str:
        return analysis.article.date[:length] if _DATE.match(analysis.article.date) else ""

    periods = sorted({find_period(analysis) for analysis in analyses}, key=lambda period: (not period, period))
    heads = {period: period or _UNDATED for period in periods}
    return _make_grid(count_by(analyses, lambda analysis, _: [find_period(analysis)]), names, heads, {})
