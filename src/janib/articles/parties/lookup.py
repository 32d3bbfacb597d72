"""Search of a gazetteer by name: which party a name means, by what, and which names are near it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from janib.articles.parties.composition import load_compositions, load_home_bodies
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.parties.name_trie import Match, NameForm
from janib.articles.parties.party import Party
from janib.articles.parties.variants import split_name
from janib.articles.spans import Sentence
from janib.models.encoder_inputs import is_named
from janib.text.spelling import split_words, strip_clitics

_FIELDS = {
    "ar": "its name",
    "names": "another name",
    "metonyms": "a metonym",
    "titles": "a title",
    "peoples": "its people",
}
_ROLES = {
    "name": "its name, with or without the noun of its kind or an article",
    "capital": "a city that acts for it",
    "demonym": "its demonym",
    "weak": "a name that is also a common word: in quotation marks, after the noun of its kind, or after a fuller name",
    "later": "a short form, once the fuller name was used",
    "state": "who speaks for the state",
    "body": "a body of the state",
}
_WITHOUT_STATE = {
    "bare": "an office without its state: its holder in the state that the article is about",
    "bare_body": "a body without its state: that of the state last in play",
    "home": "a body without its state: that of the state last in play",
    "ministry": "a ministry without its state: that of the state last in play",
    "counterpart": "a counterpart: who has the same office in the other state",
}
_MOST_NEAR = 5


@dataclass(frozen=True, slots=True)
class NamedParty:
    """What a name means.

    Attributes
    ----------
    party
        The party; None where only an article tells which.
    by
        By what the name means it, in words.
    """

    party: Party | None
    by: str


def names_target(text: str, target: str, gazetteer: Gazetteer | None = None) -> bool:
    """Say whether a text names a target: in its words, or by another name, demonym or body of the party it means.

    The parties are those of ``gazetteer``, by default the shipped one.

    >>> names_target("أدانت التدخلات الإيرانية", "إيران"), names_target("رحبت بالقرار", "إيران")
    (True, False)
    """
    if is_named(text, target):
        return True
    gazetteer = gazetteer or Gazetteer.shipped()
    wanted = _find_ids(gazetteer, target)
    if not wanted:
        return False
    words = list(split_words(text))
    matches = (match for place in range(len(words)) for match in gazetteer.names.match(words, place))
    return any(match.form.party in wanted or match.state in wanted for match in matches)


@lru_cache(maxsize=1 << 12)
def _find_ids(gazetteer: Gazetteer, target: str) -> frozenset[str]:
    return frozenset(one.party.id for one in find_by_name(gazetteer, target) if one.party)


def find_by_id(gazetteer: Gazetteer, party: str) -> Party | None:
    """Return a party by id, also a body that the name of a state makes, as ``sudanese_army``; None if there is none."""
    with suppress(KeyError):
        return gazetteer.find(party)
    bodies = [NameForm("body", row.party) for row in load_compositions() if row.role == "body"]
    for state in filter(gazetteer.is_state, gazetteer.parties):
        for body in bodies:
            if gazetteer.names.name_body(body, state) == party:
                return gazetteer.find(party)
    return None


def find_by_name(gazetteer: Gazetteer, name: str) -> list[NamedParty]:
    """Return what a whole name means, in any spelling and with clitics; offices with all holders that are known."""
    words = list(split_words(name))
    if not words:
        return []
    found: list[NamedParty] = []
    for match in gazetteer.names.match(words, 0):
        if match.end == len(words):
            found += _explain(gazetteer, match, tuple(word.folded for word in words[1:]), words[0].folded)
    nouns = (noun for _, noun in strip_clitics(words[0].folded))
    if len(words) == 1 and not load_home_bodies().keys().isdisjoint(nouns):
        found.append(NamedParty(None, _WITHOUT_STATE["home"]))
    return list(dict.fromkeys(found))


def find_inside(gazetteer: Gazetteer, text: str) -> list[NamedParty]:
    """Return the parties that are named in the words of a text, as an article of one sentence names them."""
    mentions = find_mentions(text, [Sentence(0, len(text))], gazetteer)
    return [NamedParty(gazetteer.find(one.party), f"words in it: {text[one.start : one.end]}") for one in mentions]


def list_near(gazetteer: Gazetteer, name: str) -> list[tuple[str, str]]:
    """Return (name, id) of parties with a name that has the words of another, or looks like it, the nearest first."""
    wanted = " ".join(word.folded for word in split_words(name))
    known = {
        " ".join(folded): (written, party.id)
        for party in gazetteer.parties.values()
        for written in (party.ar, *party.names, party.en)
        for folded in split_name(written)
    }
    inside = [folded for folded in known if wanted and f" {wanted} " in f" {folded} "]
    near = [*sorted(inside, key=len), *get_close_matches(wanted, list(known), _MOST_NEAR)]
    return list(dict.fromkeys(known[folded] for folded in near))[:_MOST_NEAR]


def _explain(gazetteer: Gazetteer, match: Match, rest: tuple[str, ...], first: str) -> Iterator[NamedParty]:
    role, party = match.form
    if role in _WITHOUT_STATE and not match.state:
        yield NamedParty(None, _WITHOUT_STATE[role])
    elif role == "office":
        yield from _list_holders(gazetteer, party, match.state)
    elif role == "counterpart":
        yield NamedParty(gazetteer.find(match.state), _WITHOUT_STATE[role])
    elif role == "body":
        yield NamedParty(gazetteer.find(gazetteer.names.name_body(match.form, match.state)), _ROLES[role])
    else:
        entry = gazetteer.find(match.state or party)
        written = {reading for _, reading in strip_clitics(first)}
        field = _find_field(entry, {(reading, *rest) for reading in written}) if role == "name" else ""
        yield NamedParty(entry, field or _ROLES[role])


def _find_field(party: Party, readings: set[tuple[str, ...]]) -> str:
    """Return in words which field of an entry has the name, or an empty string."""
    for field, about in _FIELDS.items():
        value = getattr(party, field)
        for written in (value,) if isinstance(value, str) else value:
            if not readings.isdisjoint(split_name(written)):
                return about
    return ""


def _list_holders(gazetteer: Gazetteer, office: str, state: str) -> Iterator[NamedParty]:
    """Yield the holders of an office, the last one first; its state if none is known."""
    holders = gazetteer.names.leaders.get((office, state), [])
    about = office.replace("_", " ")
    for holder in sorted(holders, key=lambda party: party.since or party.until, reverse=True):
        term = f"{holder.since or '…'} to {holder.until}" if holder.until else f"since {holder.since or '…'}"
        yield NamedParty(holder, f"the office: {about} of {state}, {term}")
    if not holders:
        yield NamedParty(gazetteer.find(state), f"the office: {about}, whose holder is not known")
