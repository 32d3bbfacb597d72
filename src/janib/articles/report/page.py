"""The page ``report.html``: one or more analyses to read, without network or script."""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from itertools import groupby

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from janib.articles.analysis import Analysis
from janib.articles.positions import Position
from janib.articles.report.graph import LINES, draw_network
from janib.articles.report.grid import compare_outlets, compare_periods, describe_counts, make_matrix
from janib.articles.report.matrix import MIXED, UNDECIDED, Key, PositionGroup, count_pairs, introduce_speaker
from janib.articles.report.pieces import SIGNS, Piece, name_label
from janib.articles.report.reasons import OPPOSES, SUPPORTS, show_reasons
from janib.articles.spans import REPORT, Mention
from janib.labels import STANCE_LABELS, Stance

_PAGE, _STYLE = "report.html", "report.css"
_DATE_SOURCES: Mapping[str, str] = {
    "column": "من الجدول",
    "page": "من الصفحة",
    "given": "كما حدّده المستخدم",
    "text": "من نص المقال",
}
_AMBIGUOUS, _SPEAKS = "اسم ملتبس", "قائل"


def render_report(analyses: Sequence[Analysis]) -> str:
    """Return the page: texts marked by party and stance, the matrix, the network, and each pair's sentences.

    Several articles have one matrix and one network, a table by outlet if these are known, and one by date.
    """
    folder = files("janib") / "data" / "report"
    environment = Environment(
        loader=DictLoader({name: (folder / name).read_text(encoding="utf-8") for name in (_PAGE, _STYLE)}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(Stance.__members__, SUPPORTS=SUPPORTS, OPPOSES=OPPOSES)
    style = environment.get_template(_STYLE).render() + "\n"
    digest = b64encode(sha256(style.encode()).digest()).decode()
    names = {party: name for analysis in analyses for party, name in analysis.names.items()}
    pairs = dict(sorted(count_pairs(analyses).items(), key=lambda one: -len(one[1].found)))
    links = {pair: f"pair-{number}" for number, pair in enumerate(pairs)}
    return environment.get_template(_PAGE).render(
        style=Markup(style),  # no text of a user's is in it
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        title=analyses[0].title if len(analyses) == 1 else f"{len(analyses)} مقالات",
        articles=[_show_article(number, analysis) for number, analysis in enumerate(analyses)],
        matrix=make_matrix(pairs, names, links),
        network=draw_network(pairs, names),
        lines=LINES,
        pairs=[_show_pair(analyses, links[pair], pair, group, names) for pair, group in pairs.items()],
        outlets=compare_outlets(analyses, names),
        times=compare_periods(analyses, names),
        counts=_count(analyses),
        measured=analyses[0].measured if analyses else None,
        signs=[(SIGNS[stance], name_label(stance), stance) for stance in reversed(STANCE_LABELS)],
        ambiguous=any(one.how == "ambiguous" for analysis in analyses for one in analysis.mentions),
        explained=any(position.explanation for analysis in analyses for position in analysis.positions),
        undecided=any(position.stance is None for analysis in analyses for position in analysis.positions),
    )


def _count(analyses: Sequence[Analysis]) -> dict[str, int]:
    stances = Counter(position.stance for analysis in analyses for position in analysis.positions)
    statements = [statement for analysis in analyses for statement in analysis.statements]
    return {
        "الجمل": len(statements),
        "القائلون": len({speaker.party for one in statements for speaker in one.speakers} - {REPORT}),
        "الأطراف": len({mention.party for analysis in analyses for mention in analysis.mentions}),
        **{f"{SIGNS[stance]} {name_label(stance)}": stances[stance] for stance in SIGNS if stance or stances[stance]},
    }


def _show_article(number: int, analysis: Analysis) -> dict[str, object]:
    places = {(position.statement, position.party): position for position in analysis.positions}
    rows, before = [], 0
    mentions = sorted(analysis.mentions, key=lambda one: (one.start, one.end))
    starts = [one.start for one in mentions]
    for place, statement in enumerate(analysis.statements):
        inside = mentions[bisect_left(starts, statement.start) : bisect_left(starts, statement.end)]
        speakers = dict.fromkeys(map(analysis.introduce, statement.speakers))
        rows.append(
            {
                "id": f"s{number}-{place}",
                "opens": "\n" in analysis.text[before : statement.start] or not place,
                "speakers": "؛ ".join(speakers),
                "pieces": list(_cut(analysis, place, inside, places)),
            }
        )
        before = statement.end
    article = analysis.article
    dated = f"{article.date} ({_DATE_SOURCES[article.date_from]})" if article.date else ""
    return {
        "id": f"article-{number}",
        "title": analysis.title,
        "about": [part for part in (article.outlet, dated) if part],
        "name": article.name,
        "statements": rows,
    }


def _cut(
    analysis: Analysis, place: int, inside: Sequence[Mention], positions: Mapping[tuple[int, str], Position]
) -> Iterator[Piece]:
    """Cut a statement at its mentions, which are in order; of overlapping ones the first is marked."""
    text, end = analysis.text, analysis.statements[place].start
    for (start, stop), group in groupby(inside, lambda one: (one.start, one.end)):
        if start < end or stop > analysis.statements[place].end:
            continue
        if end < start:
            yield Piece(text[end:start])
        yield _mark(text[start:stop], [(one, positions.get((place, one.party))) for one in group], analysis.names)
        end = stop
    if end < analysis.statements[place].end:
        yield Piece(text[end : analysis.statements[place].end])


def _mark(text: str, held: Sequence[tuple[Mention, Position | None]], names: Mapping[str, str]) -> Piece:
    found = [(names[mention.party], position.stance) for mention, position in held if position]
    doubts = [f"{_AMBIGUOUS}، قُرئ: {names[mention.party]}" for mention, _ in held if mention.how == "ambiguous"]
    notes = [f"{name}: {name_label(stance)}" for name, stance in found] or [_SPEAKS]
    return Piece(
        text,
        classes=_list_classes(_find_kind([stance for _, stance in found]), bool(doubts)),
        signs="".join(SIGNS[stance] for _, stance in found),
        note="، ".join([*notes, *doubts]),
    )


def _find_kind(stances: Sequence[str | None]) -> str:
    """Return the kind of a mark: the side that is taken, mixed if both are, or else what is left."""
    sided = {stance for stance in stances if stance not in (Stance.NEUTRAL, None)}
    if len(sided) > 1:
        return MIXED
    kinds = [*sided, *(stance for stance in stances if stance), *(UNDECIDED for _ in stances), "speaks"]
    return str(kinds[0])


def _list_classes(kind: str, is_ambiguous: bool) -> str:
    return f"{kind} ambiguous" if is_ambiguous else kind


def _show_pair(
    analyses: Sequence[Analysis], link: str, pair: Key, group: PositionGroup, names: Mapping[str, str]
) -> dict[str, object]:
    sentences = []
    for number, position in group.found:
        analysis = analyses[number]
        sentences.append(
            {
                "pieces": _cut_around(analysis, position),
                "doubt": _AMBIGUOUS if position.is_ambiguous else "",
                "stance": name_label(position.stance),
                "stance_p": _share(position.stance_p, position.stance),
                "sentiment": name_label(position.sentiment),
                "sentiment_p": _share(position.sentiment_p, position.sentiment),
                "link": f"s{number}-{position.statement}",
                "number": position.statement + 1,
                "speakers": "؛ ".join(map(analysis.introduce, position.speakers)),
                "article": analysis.title if len(analyses) > 1 else "",
                "reasons": position.explanation and show_reasons(analysis.text, position, position.explanation),
            }
        )
    return {
        "id": link,
        "speaker": introduce_speaker(analyses, pair[0], group),
        "party": names[pair[1]],
        "counts": describe_counts(group),
        "sentences": sentences,
    }


def _cut_around(analysis: Analysis, position: Position) -> tuple[Piece, Piece, Piece]:
    """Cut a position's statement at the mention that carries it."""
    statement = analysis.statements[position.statement]
    start, end = position.mention_start, position.mention_end
    classes = _list_classes(position.stance or UNDECIDED, position.is_ambiguous)
    return (
        Piece(analysis.text[statement.start : start]),
        Piece(analysis.text[start:end], classes, SIGNS[position.stance]),
        Piece(analysis.text[end : statement.end]),
    )


def _share(shares: Mapping[str, float], label: str | None) -> str:
    return f"{max(shares.values()) if label is None else shares[label]:.0%}"
