"""One entry of a gazetteer."""

from __future__ import annotations

from dataclasses import dataclass

from janib.articles.lexicon import load_lexicon
from janib.text.spelling import fold

PARTY_KINDS = (
    "state",
    "government",
    "leader",
    "movement",
    "armed_group",
    "international_body",
    "company",
    "court",
    "parliament",
    "army",
    "union",
    "club",
    "outlet",
    "other",
)
"""Kinds of parties, those of the Janib statements."""

OFFICES = (
    "president",
    "prime_minister",
    "chancellor",
    "monarch",
    "crown_prince",
    "supreme_leader",
    "pope",
    "head",
    "official",
)
"""Offices of those listed as leaders.

Their holder is a party of his own; ``head`` is that of a body. An ``official`` is a minister, an envoy or the like: his
name means the party that he speaks for.
"""


@dataclass(frozen=True, slots=True)
class Party:
    """A state, body, movement, company, club, outlet or leader.

    Attributes
    ----------
    id
        Lower snake_case of the common English name.
    kind
        One of :data:`PARTY_KINDS`.
    ar, en
        Fullest common name in Arabic and English; an acronym may follow in brackets. The English one of a company, a
        leader or an outlet is searched in texts; that of others is for those who read the list.
    names
        Other names, acronyms and spellings.
    demonyms
        Relational adjectives, masculine singular without article; their other forms follow by rule.
    peoples
        Plurals of the demonym that no rule gives (``الروس``).
    capitals
        Cities that act for the party; the bare place is no mention.
    metonyms
        Buildings, offices and nicknames that act for the party (``الكرملين``).
    titles
        What a leader is called instead of his name.
    weak
        Names that are also common words: they count in quotation marks, after their kind (``قناة``) or after
        the fuller name.
    adjective
        The English demonym, from which ids of a state's bodies are made: ``sudanese`` gives ``sudanese_army``.
    office, of, since, until
        A leader's office, the party he leads, and the ISO dates between which he held it, as far as known.
    """

    id: str
    kind: str = ""
    ar: str = ""
    en: str = ""
    names: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    peoples: tuple[str, ...] = ()
    capitals: tuple[str, ...] = ()
    metonyms: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    adjective: str = ""
    office: str = ""
    of: str = ""
    since: str = ""
    until: str = ""

    @property
    def has_common_demonym(self) -> bool:
        """Whether its demonym is also an everyday adjective: المالية is of Mali, or of finance."""
        return not load_lexicon().words["common_adjectives"].isdisjoint(map(fold, self.demonyms))

    def holds(self, date: str) -> bool:
        """Tell whether a leader held his office on an ISO date; with an empty one, whether he is the last known."""
        if not date:
            return not self.until
        return self.since <= date and (not self.until or date <= f"{self.until}~")  # ~ sorts after -MM-DD
