"""Counts of the names in an article, and the state where it is at home."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from janib.articles.lexicon import ARTICLE, is_definite, is_relational, load_lexicon
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.name_trie import Match
from janib.articles.parties.passage import Passage
from janib.articles.spans import How

_DATELINE_WEIGHT = 10  # mentions of a state that its place in a dateline is worth
_ALI = "علي"
_OUTLET_WEIGHT = 4  # mentions of a state that an outlet of it is worth
_LONGEST_CITY = 3  # words
_MARKS = (("ع\u064f", "oman"), ("م\u0651", "jordan"), ("ع\u064e", "jordan"))  # عُمان is Oman, عمّان and عَمان Amman


class Evidence:
    """Counts of the names in an article, and the state where it is at home.

    Attributes
    ----------
    named
        Sum of those of the sentences.
    home
        Id of the state whose ministries the article means when it names none: that of its dateline, else the state
        named most, where that of the outlet is worth some mentions; empty if there is none.
    speaking
        Folded words right after a verb of speech, which may be family names: وقالت حنون.
    surnames
        Folded definite words right after a first name, which may be a person's last name: سامي المصري.
    first_names
        Folded last name to the words before it that are, or by a verb of speech may be, its bearer's first names.
    main_group
        Id of the armed group named most, which the rebels are; empty if there is none.

    Parameters
    ----------
    country
        State of the outlet; may be empty.
    """

    def __init__(self, gazetteer: Gazetteer, passages: Sequence[Passage], country: str = "") -> None:
        self._gazetteer = gazetteer
        self.named: Counter[str] = Counter()
        self.surnames = frozenset(word for passage in passages for word in _list_surnames(passage))
        self.speaking = frozenset(word for passage in passages for word in _list_speaking(passage))
        self.first_names: dict[str, set[str]] = {}
        for passage in passages:
            for first, family in self._list_full_names(passage):
                self.first_names.setdefault(family, set()).add(first)
        for passage in passages:
            self.named.update(passage.named)
        self._states = self._count_states(passages, country)
        self.home = self._states.most_common(1)[0][0] if self._states else ""
        groups = (party for party, _ in self.named.most_common() if gazetteer.find(party).kind == "armed_group")
        self.main_group = next(groups, "")

    def _list_full_names(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """Yield the first and the last word of each name of two words."""
        for first, last in pairwise(passage.words):
            is_known = load_lexicon().is_first_name(first.folded)
            is_told = first.folded in self.speaking and not first.surface.startswith(ARTICLE)  # but ألفونسو
            if last.gap.isspace() and (is_known or is_told):
                yield first.folded, last.folded

    def count_foes(self, party: str) -> int:
        """Return how often the article names those whom a coalition fights."""
        return sum(self.named[foe] for foe in load_lexicon().groups["foes"].get(party, ()))

    def _count_states(self, passages: Sequence[Passage], country: str) -> Counter[str]:
        states: Counter[str] = Counter({country: _OUTLET_WEIGHT} if self._gazetteer.is_state(country) else ())
        for passage in passages:
            for place, matches in passage.matches.items():
                if ends_person_name(passage, place):
                    continue  # سامي المصري
                alone = (match for match in matches if match.form.names_alone)
                named = (
                    match.state or match.form.party
                    for match in alone
                    if not is_everyday_adjective(match, passage, self._gazetteer)
                )
                if state := next(filter(self._gazetteer.is_state, named), ""):
                    states[state] += _DATELINE_WEIGHT if place < passage.dateline else 1
            if state := _find_city(passage):
                states[state] += _DATELINE_WEIGHT
        return states

    def _count_state(self, match: Match) -> int:
        return self._states[self._gazetteer.find(match.form.party).of]

    def choose(self, rivals: Sequence[Match], passage: Passage) -> tuple[Match, How]:
        """Decide between parties by vowel signs, then by who else is named in the sentence and in the article."""
        own = [match for match in rivals if match.form.party in self._gazetteer.own and match.form.role == "name"]
        if len(own) == 1 and len({match.form.role for match in rivals}) == 1:
            return own[0], "name"
        marked = _read_marks(passage.words[rivals[0].start].surface, rivals)
        if marked:
            return marked, "name"
        bodies = [match for match in rivals if not self._gazetteer.is_state(match.form.party)]
        for evidence in (passage.named, self.named):
            # A city that acts for a body acts for it wherever the body is spoken of.
            for match in bodies:
                if evidence[match.form.party]:
                    return match, "name"
            ranked = sorted(rivals, key=lambda match: -evidence[match.form.party])
            if evidence[ranked[0].form.party] > evidence[ranked[1].form.party]:
                return ranked[0], "name"
        fighting = sorted(bodies, key=lambda match: -self.count_foes(match.form.party))
        if fighting and self.count_foes(fighting[0].form.party):
            return fighting[0], "name"
        at_home = [match for match in bodies if self.home and self._gazetteer.find(match.form.party).of == self.home]
        told = at_home or [match for match in bodies if self.named[self._gazetteer.find(match.form.party).of]]
        if len(told) == 1:
            return told[0], "name"
        ranked = sorted(bodies, key=lambda match: -self._count_state(match))
        if ranked and self._count_state(ranked[0]) > max(map(self._count_state, ranked[1:]), default=0):
            return ranked[0], "name"
        return (bodies or sorted(rivals, key=lambda match: match.form.role != "name"))[0], "ambiguous"


def is_everyday_adjective(match: Match, passage: Passage, gazetteer: Gazetteer) -> bool:
    """Tell whether a demonym, be it of an office, is also an everyday adjective, and the noun has no nationality.

    وزير المالية, الشؤون المالية and المستشار المالي tell of no Mali, القوات المالية does.
    """
    last = passage.words[match.end - 1].folded
    demonym = match.form.role in ("demonym", "state", "office") and (is_relational(last) or last.endswith("يا"))
    if not demonym or not gazetteer.find(match.state or match.form.party).has_common_demonym:
        return False
    noun = passage.before(match.end - 1)
    is_agreeing = is_definite(passage.words[match.end - 1].folded) and is_definite(noun.removeprefix("و"))
    is_agreeing = is_agreeing or noun.startswith(("لل", "بال"))
    return not (is_agreeing and load_lexicon().has("national_nouns", noun, clitic=True))


def ends_person_name(passage: Passage, place: int) -> bool:
    """Tell whether a definite word is the last name of a person: سامي المصري, النائب حبيب التونسي."""
    if not is_definite(passage.words[place].folded):
        return False
    first, lexicon = passage.before(place), load_lexicon()
    if lexicon.is_first_name(first):
        return True
    if not first or is_definite(first) or is_relational(first) != (first == _ALI):
        return False
    if first == _ALI and not passage.words[place - 1].surface.endswith("ي"):
        return False  # على is written so
    known = first != _ALI and lexicon.is_everyday(first)
    if known or any(lexicon.has(kind, first) for kind in ("persons", "bodies", "said_nouns")):
        return False
    return passage.words[place].folded.endswith("ي") and _is_titled(passage, place - 1)


def _is_titled(passage: Passage, place: int) -> bool:
    """Tell whether a person's title is right before a word, with an adjective or none: المحلل السياسي."""
    title, noun = passage.before(place), passage.before(place - 1) if place else ""
    titles = [title, noun] if is_relational(title) else [title]
    return any(is_definite(one) and load_lexicon().has("persons", one) for one in titles)


def _find_city(passage: Passage) -> str:
    """Return the state of the city, no capital, that opens a dateline; else an empty string."""
    words = [word.folded for word in passage.words[: min(passage.dateline, _LONGEST_CITY)]]
    openings = ["_".join(words[: end + 1]) for end in range(len(words))]
    groups = load_lexicon().groups["dateline_cities"].items()
    return next((state for city in openings for state, cities in groups if city in cities), "")


def _list_surnames(passage: Passage) -> Iterator[str]:
    """Yield the words that are a person's last name."""
    for place, word in enumerate(passage.words):
        if word.folded.endswith("ي") and ends_person_name(passage, place):
            yield word.folded


def _list_speaking(passage: Passage) -> Iterator[str]:
    """Yield the words after verbs of speech that no list knows as another word."""
    lexicon, words = load_lexicon(), passage.words
    for place, word in enumerate(words[1:]):
        known = (
            lexicon.is_everyday(word.folded)
            or lexicon.has("persons", word.folded)
            or lexicon.has("bodies", word.folded)
        )
        if not known and word.gap.isspace() and passage.is_speech(place):
            yield word.folded


def _read_marks(surface: str, rivals: Sequence[Match]) -> Match | None:
    """Return the rival that the vowel signs of a word tell, if the writer set them."""
    for sign, party in _MARKS:
        if sign in surface:
            return next((match for match in rivals if match.form.party == party), None)
    return None
