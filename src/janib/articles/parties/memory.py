"""What an article has named so far, and which short words mean it again."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from janib.articles.parties import cues
from janib.articles.parties.name_trie import NameForm, joins
from janib.text.spelling import Word, split_words, strip_clitics

if TYPE_CHECKING:
    from janib.articles.parties.gazetteer import Gazetteer

How = Literal["name", "coreference", "ambiguous"]

_REMEMBERED = 200  # mentions; a short form does not reach further back
_RECENT = 12  # mentions; so far back a noun means what was named with it rather than what is of its kind
_CLAUSE_END = "،؛:.,;!؟?"


@dataclass(slots=True)
class Spot:
    """A mention in the making: words ``first`` to ``last`` of its sentence, and how it was found."""

    first: int
    last: int
    start: int
    end: int
    party: str
    how: How
    role: str
    office: str = ""
    state: str = ""
    clitic: str = ""
    head: str = ""


class Memory:
    """The parties named so far, the persons who speak for them, and the pairs that a dual can mean."""

    def __init__(self, gazetteer: Gazetteer, home: str) -> None:
        self._gazetteer = gazetteer
        self._home = home
        self._history: deque[Spot] = deque(maxlen=_REMEMBERED)
        self._holders: dict[tuple[str, str], str] = {}
        self._persons: dict[str, str] = {}  # المتحدث -> who he speaks for
        self._families: dict[str, tuple[tuple[str, ...], str]] = {}
        self._heads: dict[str, frozenset[str]] = {}
        self._countries: dict[str, str] = {}  # الأهلي المصري: the state that an epithet gave a party
        self._pair: tuple[str, str] | None = None
        self._meant: tuple[str, str] | None = None
        self._since_pair = 0  # mentions since either was found

    # Leaders ----------------------------------------------------------------------------------------------------

    def appoint(self, leader: str, office: str, of: str) -> None:
        """Take it from the article that a leader holds an office."""
        if office and of:
            self._holders[office, of] = leader

    def find_holder(self, office: str, of: str, date: str) -> str:
        """Return who holds an office: as the article says, else as the gazetteer knows for the date."""
        if (office, of) in self._holders:
            return self._holders[office, of]
        known = self._gazetteer.names.leaders.get((office, of), ())
        return next((party.id for party in known if party.holds(date)), "")

    def last_office(self) -> str:
        """Return the office of the last leader named by or with it."""
        for spot in islice(reversed(self._history), 6):
            entry = self._gazetteer.find(spot.party)
            if entry.kind == "leader":
                return spot.office if spot.role == "office" else entry.office
            if entry.kind == "state":
                return ""
        return ""

    def last_holder(self, office: str) -> str:
        """Return the last leader named who holds an office."""
        for spot in reversed(self._history):
            entry = self._gazetteer.find(spot.party)
            if entry.kind == "leader" and (
                office in (entry.office, spot.office)
                or any(key[0] == office and leader == spot.party for key, leader in self._holders.items())
            ):
                return spot.party
        held = {leader for (held, _), leader in self._holders.items() if held == office}
        return held.pop() if len(held) == 1 else ""

    def last_leader(self) -> str:
        """Return the last leader named."""
        return next(
            (spot.party for spot in reversed(self._history) if self._gazetteer.find(spot.party).kind == "leader"), ""
        )

    def last_country(self, body: str) -> str:
        """Return the state whose body of that template was named last."""
        return next((spot.state for spot in reversed(self._history) if spot.office == body and spot.state), "")

    def last_ministry(self, department: str) -> str:
        """Return the state whose ministry of that department was named last."""
        for spot in reversed(self._history):
            if spot.head in ("وزاره", "وزير", "وزيره") and department and department in spot.office:
                return spot.party
        return ""

    def settle_in(self, party: str, state: str) -> None:
        """Take it from the article that a party is of a state."""
        self._countries[party] = state

    # Remembering ------------------------------------------------------------------------------------------------

    def remember(self, words: Sequence[Word], spot: Spot, spots: Sequence[Spot]) -> None:
        """Take note of a mention and of the person or organ before it that speaks for its party."""
        spot.head = words[spot.first].folded[len(spot.clitic) :].removeprefix("ال")
        if spot.head in ("وزاره", "وزير", "وزيره"):
            spot.office = " ".join(word.folded for word in words[spot.first + 1 : spot.last])
        if spot.clitic == "و" or spot.role == "counterpart":
            self._note_pair(words, spot, spots)
        self._history.append(spot)
        self._since_pair += 1
        noun = self._find_person(words, spot, spots)
        if noun:
            self._persons[noun.removesuffix("ه")] = spot.party
        if spot.role in ("state", "counterpart", "ministry") and spot.head in cues.PERSONS:
            self._persons[spot.head.removesuffix("ه")] = spot.party

    def forget(self, spot: Spot) -> None:
        """Take back a mention that turned out to be a title."""
        if self._history and self._history[-1] is spot:
            self._history.pop()

    def _note_pair(self, words: Sequence[Word], spot: Spot, spots: Sequence[Spot]) -> None:
        others = [other for other in spots[-8:] if other.last <= spot.first and other.party != spot.party]
        if spot.role == "counterpart":  # of another official, not of what they talk about
            others = [other for other in others if other.role in ("state", "office") or other.office] or others
        if not others:
            return
        before = others[-1]
        between = words[before.last : spot.first + 1]
        limit = 12 if spot.role == "counterpart" else 4
        if len(between) <= limit and (
            spot.role == "counterpart" or not any(set(word.gap) & set(_CLAUSE_END) for word in between)
        ):
            self._pair = (before.party, spot.party)
            self._since_pair = 0

    def _find_person(self, words: Sequence[Word], spot: Spot, spots: Sequence[Spot]) -> str:
        """Find the noun before a mention that makes it someone's body: لجنة … في البنك، المتحدث باسم الوزارة."""
        taken = max((other.last for other in spots[-8:] if other is not spot and other.last <= spot.first), default=0)
        for at in range(spot.first, max(taken, spot.first - 7), -1):
            if set(words[at].gap) & set(_CLAUSE_END):
                return ""
            for _, reading in strip_clitics(words[at - 1].folded):
                noun = reading.removeprefix("ال")
                if noun in cues.PERSONS or noun in cues.ORGANS:
                    return noun
            if words[at - 1].folded in cues.SPEECH:
                return ""
        return ""

    def learn_person(self, words: Sequence[Word], spot: Spot) -> int:
        """Learn the family name of an official named after his office: وزير الخارجية الكويتي الشيخ ناصر المشاري.

        Returns
        -------
        int
            The word after his name, or after the mention if there is none.
        """
        if self._gazetteer.find(spot.party).kind == "leader":
            return spot.last
        official = spot.role in ("state", "counterpart", "ministry") and spot.head in cues.PERSONS | cues.COUNTERPARTS
        if not official and not (spot.party in self._persons.values() and self._find_person(words, spot, ())):
            return spot.last
        at = spot.last
        comma = at < len(words) and "،" in words[at].gap
        while at < len(words) and words[at].folded in cues.HONORIFICS and words[at].gap.strip(" ،.") == "":
            at += 1
        first, name = at, list[str]()
        while at < len(words) and len(name) < 5:
            word = words[at]
            inner = word.gap.strip(" \t\u00a0") if name else word.gap.strip(" \t\u00a0،.")
            if inner or word.folded in cues.STOP or any(letter.isdigit() for letter in word.folded):
                break
            name.append(word.folded)
            at += 1
        closed = at < len(words) and "،" in words[at].gap
        if len(name) < 2 or not (name[0] in cues.GIVEN or (comma and closed)):
            return spot.last
        if not (comma and closed) or len(name) > 4:
            # Two words make a name; a second given name or a link takes one more.
            length = 2
            while length < len(name) and name[length - 1] in cues.GIVEN | cues.LINKS:
                length += 1
            name = name[:length]
        family = tuple(name[-2:] if len(name) > 2 and name[-2] in cues.LINKS else name[-1:])
        if len(family[-1]) > 3:
            self._families[family[0]] = (family[1:], spot.party)
        return first + len(name)

    # Resolving --------------------------------------------------------------------------------------------------

    def find_family(self, words: Sequence[Word], place: int) -> Spot | None:
        """Return an official's family name, standing alone."""
        for clitics, first in strip_clitics(words[place].folded):
            if first not in self._families:
                continue
            rest, party = self._families[first]
            last = place + 1 + len(rest)
            if tuple(word.folded for word in words[place + 1 : last]) != rest:
                continue
            before = words[place - 1].folded if place else ""
            if before in cues.GIVEN and words[place].gap.isspace():
                return None
            adjective = (
                first.startswith("ال")
                and first.endswith("ي")
                and next(self._gazetteer.names.match_demonym(words, place, first), None)
            )
            if adjective and before not in cues.SPEECH:
                return None
            start = words[place].offset(clitics)
            return Spot(
                place,
                last,
                start,
                words[last - 1].end,
                party,
                "coreference",
                "family",
                clitic=words[place].folded[:clitics],
            )
        return None

    def resolve(self, words: Sequence[Word], place: int) -> list[Spot]:
        """Return what a definite short form or a dual means: one mention, two at one place, or none."""
        for clitics, noun in strip_clitics(words[place].folded):
            parties = self._resolve_noun(words, place, noun)
            if parties:
                start, end, last = words[place].offset(clitics), words[place].end, place + 1
                if len(parties) == 1 and last < len(words) and words[last].gap.isspace() and noun in cues.HEADS:
                    # النادي المغربي: the nationality belongs to the short form
                    epithet = next(self._gazetteer.names.match_demonym(words, last, words[last].folded), None)
                    if epithet and words[last].folded.startswith("ال"):
                        last, end = epithet[0], words[epithet[0] - 1].end
                clitic = words[place].folded[:clitics]
                return [
                    Spot(place, last, start, end, party, "coreference", "short", clitic=clitic) for party in parties
                ]
        return []

    def _resolve_noun(self, words: Sequence[Word], place: int, noun: str) -> tuple[str, ...]:
        following = words[place + 1] if place + 1 < len(words) and joins(words[place + 1]) else None
        if noun in cues.DUALS:
            solution = place > 0 and words[place - 1].folded.removeprefix("ل").removeprefix("ب") == "حل"
            if solution or (following and self._names_party(words, place + 1)):
                return ()  # حل الدولتين is a plan
            return self._resolve_dual(cues.DUALS[noun])
        if not noun.startswith("ال"):
            return ()
        state = ""
        if following and following.folded.startswith("ال") and following.folded not in cues.EXEMPT:
            state = next(
                (found for _, found in self._gazetteer.names.match_demonym(words, place + 1, following.folded)), ""
            )
            if not state and (following.folded in cues.EPITHETS or following.folded.endswith(("ي", "يه"))):
                return ()
        bare = noun.removeprefix("ال")
        party = ""
        if noun in cues.HEADS:
            party = self._find_body(bare, state)
        person = bare.removesuffix("ه")
        if not party and person in self._persons and not state:
            if following and (following.folded == "باسم" or following.folded in self._families):
                return ()
            party = self._persons[person]
            if following and following.folded in cues.GIVEN:
                return ()
        if not party and noun in cues.HOME_BODIES and self._home and not state:
            template = cues.HOME_BODIES[noun]
            party = self._gazetteer.names.name_body(NameForm("body", template), self._home) if template else self._home
        return (party,) if party else ()

    def _names_party(self, words: Sequence[Word], place: int) -> bool:
        """Say whether the words after a dual name the two themselves: الرئيسان الروسي والأميركي."""
        return any(
            match.clitics == 0 and match.form.role in ("name", "later", "demonym")
            for match in self._gazetteer.names.match(words, place)
        )

    def _find_body(self, noun: str, state: str) -> str:
        """Return the last party that was named with the noun, else the last of a name or kind that has it."""
        suited = [spot for spot in reversed(self._history) if not state or self._is_of(spot.party, state)]
        for spot in suited[:_RECENT]:
            if spot.head == noun:
                return spot.party
        for spot in suited:
            if spot.head == noun or (spot.role not in ("short", "family") and noun in self._list_heads(spot.party)):
                return spot.party
            leader = self._gazetteer.find(spot.party)
            if leader.of in self._gazetteer.parties and noun in self._list_heads(leader.of):
                return leader.of
            if noun in cues.ORGANS and self._persons.get(noun.removesuffix("ه")) == spot.party:
                return spot.party
        return ""

    def _is_of(self, party: str, state: str) -> bool:
        """Say whether a body may be one of a state."""
        return self._gazetteer.find(party).kind != "state" and (self.find_country(party) or state) == state

    def find_country(self, party: str) -> str:
        """Return the state of a body: as the article or the gazetteer says, else by its name (الأهلي المصري)."""
        if party not in self._countries:
            entry = self._gazetteer.find(party)
            self._countries[party] = entry.of or next(
                (
                    state
                    for name in (entry.ar, *entry.names)
                    for words in [list(split_words(name))]
                    for place, word in enumerate(words)
                    if word.folded.startswith("ال")
                    for _, state in self._gazetteer.names.match_demonym(words, place, word.folded)
                ),
                "",
            )
        return self._countries[party]

    def _list_heads(self, party: str) -> frozenset[str]:
        if party in self._heads:
            return self._heads[party]
        entry = self._gazetteer.find(party)
        heads = {noun.removeprefix("ال") for noun in cues.KIND_HEADS.get(entry.kind, ())}
        for name in (entry.ar, *entry.names):
            first = next(iter(split_words(name)), None)
            if first:
                heads.add(first.folded.removeprefix("ال"))
        self._heads[party] = frozenset(heads)
        return self._heads[party]

    def _resolve_dual(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        for pair in (self._pair, self._meant):
            if pair and self._since_pair < _REMEMBERED // 4:
                found = tuple(dict.fromkeys(self._turn(party, kinds) for party in pair))
                if len(found) == 2 and all(found):
                    self._meant = (found[0], found[1])
                    self._since_pair = 0
                    return found
        last: list[str] = []
        for spot in reversed(self._history):
            party = self._turn(spot.party, kinds) if spot.role != "title" else ""
            if party and party not in last:
                last.append(party)
            if len(last) == 2:
                return (last[1], last[0])
        return ()

    def _turn(self, party: str, kinds: tuple[str, ...]) -> str:
        """Return a leader's state where the dual asks for states, and the other way round nothing."""
        entry = self._gazetteer.find(party)
        if not kinds or entry.kind in kinds:
            return party
        if kinds == ("state",) and entry.kind == "leader" and entry.of in self._gazetteer.parties:
            return entry.of
        return ""
