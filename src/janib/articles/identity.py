"""Which party of an annotated article is which found one.

A party that no list knows has an id that whoever annotated the article made up, and another that its finder made of its
name. The two are the same where they stand at the same places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from janib.articles.analysis import Analysis
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.positions import Statement
from janib.articles.spans import REPORT, Mention, Sentence, Speaker
from janib.text.spelling import split_words

Place = tuple[int, int, str]
"""Start and end of a mention, or of a statement with the words of its speaker."""


def match_parties(
    statements: Sequence[Statement],
    mentions: Sequence[Mention],
    parties: Sequence[Mapping[str, str]],
    found: Analysis,
) -> dict[str, str]:
    """Return found ids to the annotators' ids of the same parties, where they differ; no id is in two pairs.

    Two ids are the same party if the shipped gazetteer knows the found one alone and it carries the Arabic name of the
    other; or if it knows neither, and the two stand at the same place, the pair that does so most often first.

    Parameters
    ----------
    statements, mentions
        As annotated.
    parties
        The annotated article's parties, each with ``id`` and ``ar``.
    """
    shipped = Gazetteer.shipped().parties
    given = list(_list_places(found.statements, found.mentions))
    there: dict[Place, set[str]] = {}
    for place, party in _list_places(statements, mentions):
        there.setdefault(place, set()).add(party)
    gold = {entry["id"] for entry in parties}.union(*there.values())
    taken = {party for _, party in given}
    unknown = gold - shipped.keys() - taken
    same: dict[str, str] = {}
    for entry in parties:
        known = _find_known(entry.get("ar", ""), entry.get("kind", ""))
        if known and entry["id"] in unknown and known not in gold:
            same.setdefault(known, entry["id"])
    free = unknown - set(same.values())
    pairs = Counter(
        (party, other)
        for place, party in given
        for other in sorted(there.get(place, ()))
        if party not in shipped and party not in gold and other in free
    )
    for (party, other), _ in pairs.most_common():
        if party not in same and other in free:
            same[party] = other
            free.remove(other)
    return same


def rename_parties(found: Analysis, names: Mapping[str, str]) -> Analysis:
    """Return an analysis whose statements, mentions and positions have other ids of parties."""

    def rename(speakers: Sequence[Speaker]) -> tuple[Speaker, ...]:
        return tuple(replace(one, party=names.get(one.party, one.party)) for one in speakers)

    return replace(
        found,
        statements=tuple(replace(one, speakers=rename(one.speakers)) for one in found.statements),
        mentions=tuple(replace(one, party=names.get(one.party, one.party)) for one in found.mentions),
        positions=tuple(
            replace(one, party=names.get(one.party, one.party), speakers=rename(one.speakers))
            for one in found.positions
        ),
    )


def _list_places(statements: Sequence[Statement], mentions: Sequence[Mention]) -> Iterator[tuple[Place, str]]:
    """Yield where each party is named, and in which statement and words it is a speaker."""
    for mention in mentions:
        yield (mention.start, mention.end, ""), mention.party
    for statement in statements:
        for speaker in statement.speakers:
            if speaker.party != REPORT:
                yield (statement.start, statement.end, speaker.surface), speaker.party


@cache
def _find_known(name: str, kind: str) -> str:
    """Return the party of the shipped gazetteer that carries a name, or is read in all of it."""
    if known := _read_names().get(_split(name)):
        return known
    read = find_mentions(name, [Sentence(0, len(name))], Gazetteer.shipped()) if kind != "leader" else []
    whole = [mention.party for mention in read if (mention.start, mention.end) == (0, len(name))]
    return whole[0] if len(whole) == 1 else ""


@cache
def _read_names() -> Mapping[tuple[str, ...], str]:
    """Return the folded words of each name of the shipped gazetteer to its party."""
    parties = Gazetteer.shipped().parties.values()
    return {_split(name): party.id for party in parties for name in (*party.names, party.ar) if name}


def _split(name: str) -> tuple[str, ...]:
    return tuple(word.folded for word in split_words(name))
