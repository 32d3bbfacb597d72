"""Flat tables of positions: a row for each speaker, and a two-mode list of who agrees with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from janib.articles.report.matrix import UNDECIDED
from janib.articles.report.stored import StoredPosition, StoredSpeaker
from janib.labels import STANCE_LABELS, Stance

POSITION_COLUMNS = (
    "article",
    "outlet",
    "date",
    "sentence_number",
    "start",
    "end",
    "speaker",
    "speaker_id",
    "person",
    "office",
    "how",
    "party",
    "party_id",
    "mention",
    "stance",
    "likeliest",
    "probability",
    *(f"p_{stance}" for stance in STANCE_LABELS),
    "sentiment",
    "sentiment_probability",
    "sentence",
)
"""The columns of ``positions.csv``.

``stance`` is the label shown, or ``undecided``; ``likeliest`` is the most probable label, shown or not, and
``probability`` is its probability. ``start`` and ``end`` are the sentence's offsets in the article.
"""

EDGE_COLUMNS = (
    "actor",
    "concept",
    "agreement",
    "date",
    "actor_id",
    "concept_id",
    "person",
    "probability",
    "article",
    "outlet",
    "sentence_number",
    "sentence",
)
"""The columns of ``edges.csv``; ``agreement`` is 1 for a party and 0 against it."""


def list_position_rows(positions: Iterable[StoredPosition]) -> Iterator[dict[str, object]]:
    """Yield a row of :data:`POSITION_COLUMNS` for each speaker of each position."""
    for one in positions:
        for speaker in one.speakers:
            yield {
                **_describe(one),
                "start": one.start,
                "end": one.end,
                "speaker": speaker.party,
                "speaker_id": speaker.party_id,
                "person": speaker.name,
                "office": speaker.office,
                "how": speaker.how,
                "party": one.party,
                "party_id": one.party_id,
                "mention": one.mention,
                "stance": one.stance or UNDECIDED,
                "likeliest": one.likeliest,
                **{f"p_{stance}": share for stance, share in one.stance_p.items()},
                "sentiment": one.sentiment or UNDECIDED,
                "sentiment_probability": max(one.sentiment_p.values()),
            }


def list_edge_rows(positions: Iterable[StoredPosition]) -> Iterator[dict[str, object]]:
    """Yield a row of :data:`EDGE_COLUMNS` for each speaker of each side that is shown."""
    for one, speaker in list_sides(positions):
        yield {
            **_describe(one),
            "actor": speaker.party,
            "concept": one.party,
            "agreement": int(one.stance == Stance.FAVOR),
            "actor_id": speaker.party_id,
            "concept_id": one.party_id,
            "person": speaker.name,
        }


def list_sides(positions: Iterable[StoredPosition]) -> Iterator[tuple[StoredPosition, StoredSpeaker]]:
    """Yield the positions shown as for or against, with each of their speakers."""
    for one in positions:
        if one.stance in (Stance.FAVOR, Stance.AGAINST):
            for speaker in one.speakers:
                yield one, speaker


def date_cells(rows: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Yield rows with a date in place of its text, for cells that a workbook can sort and group by month."""
    for row in rows:
        written = row["date"]
        yield row | {"date": date.fromisoformat(written) if isinstance(written, str) and written else None}


def _describe(one: StoredPosition) -> dict[str, object]:
    return {
        "article": one.article,
        "outlet": one.outlet,
        "date": one.date,
        "sentence_number": one.statement,
        "probability": one.stance_p[one.likeliest],
        "sentence": one.text,
    }
