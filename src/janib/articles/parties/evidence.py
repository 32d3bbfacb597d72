"""What an article as a whole says about its parties: the forms found in it, who is named most, where it is at home."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.memory import How
from janib.articles.parties.name_trie import Match
from janib.articles.spans import Sentence
from janib.text.spelling import Word, split_words

# A place in front of a report: القاهرة - المؤشر:، عمان - 11 - 2 (وان) --، تونس (الميزان) -
_DATELINE = re.compile(
    r"\W*(?:\w+ ?){1,3}(?:[,،]? ?\d+[\w /]{0,20})?"
    r"(?:\s*[-–—/]{1,2}\s*(?:\d+\s*[-–—/]\s*\d+\s*)?(?:\([^()\n]{1,30}\)\s*[-–—:]*|(?:\w+ ?){1,3}:|)"
    r"|\s*\([^()\n]{1,30}\)\s*[-–—:]+)"
)


@dataclass
class Passage:
    """A sentence's words, how many of them are its dateline, and the forms found at each."""

    words: list[Word]
    dateline: int
    matches: dict[int, list[Match]] = field(default_factory=dict)

    @cached_property
    def named(self) -> Counter[str]:
        """How often each party is named here by a form that is its own alone."""
        named: Counter[str] = Counter()
        for matches in self.matches.values():
            parties = _list_strong(matches)
            if len(parties) == 1:
                named.update(parties)
        return named


def read_passage(text: str, sentence: Sentence, number: int, gazetteer: Gazetteer) -> Passage:
    """Find the forms of parties in a sentence; the first of an article has no dateline."""
    words = list(split_words(text, sentence.start, sentence.end))
    dateline = 0
    found = _DATELINE.match(text, sentence.start, min(sentence.end, sentence.start + 80)) if number else None
    if found and (sentence.start == 0 or text[sentence.start - 1] == "\n"):
        dateline = sum(word.end <= found.end() for word in words)
    passage = Passage(words, dateline if dateline < len(words) else 0)
    for place in range(len(words)):
        matches = list(gazetteer.names.match(words, place))
        if matches:
            passage.matches[place] = matches
    return passage


def _list_strong(matches: Sequence[Match]) -> set[str]:
    """Return the parties whom the longest forms at a place name by themselves."""
    longest = max(match.end for match in matches)
    return {
        match.state or match.form.party
        for match in matches
        if match.end == longest and match.form.role in ("name", "state", "demonym", "capital")
    }


class Evidence:
    """Who is named how often in an article, and where it is at home.

    Attributes
    ----------
    named
        Party to how often a form that is its own alone names it.
    adjectives
        Party to how many of these may be an adjective.
    home
        Id of the state whose ministries the article means when it names none: that of its dateline, else the state
        named most; empty if there is none.
    """

    def __init__(self, gazetteer: Gazetteer, passages: Sequence[Passage]) -> None:
        self._gazetteer = gazetteer
        self.named: Counter[str] = Counter()
        self.adjectives: Counter[str] = Counter()
        for passage in passages:
            self._count_names(passage)
        self.home = self._find_home(passages)

    def _count_names(self, passage: Passage) -> None:
        """Count how often each party is named by a form that is its own, and how often that may be an adjective."""
        for matches in passage.matches.values():
            strong = _list_strong(matches)
            if len(strong) == 1:
                self.named.update(strong)
                self.adjectives.update(strong & {m.form.party for m in matches if m.form.role == "demonym"})

    def is_state(self, party: str) -> bool:
        """Say whether a party is a state of the gazetteer."""
        return party in self._gazetteer.parties and self._gazetteer.parties[party].kind == "state"

    def _find_home(self, passages: Sequence[Passage]) -> str:
        states: Counter[str] = Counter()
        for passage in passages:
            for place, matches in passage.matches.items():
                for match in matches:
                    party = match.state or match.form.party
                    if match.form.role in ("name", "state", "demonym", "capital") and self.is_state(party):
                        states[party] += 10 if place < passage.dateline else 1
                        break
        return states.most_common(1)[0][0] if states else ""

    def choose(self, rivals: Sequence[Match], passage: Passage) -> tuple[Match, How]:
        """Decide between parties by vowel signs, then by who else is named in the sentence and in the article."""
        own = [match for match in rivals if match.form.party in self._gazetteer.own and match.form.role == "name"]
        if len(own) == 1 and len({match.form.role for match in rivals}) == 1:
            return own[0], "name"
        marked = _read_marks(passage.words[rivals[0].start].surface, rivals)
        if marked:
            return marked, "name"
        bodies = [match for match in rivals if not self.is_state(match.form.party)]
        for evidence in (passage.named, self.named):
            # A city that acts for a body acts for it wherever the body is spoken of.
            for match in bodies:
                if evidence[match.form.party]:
                    return match, "name"
            ranked = sorted(rivals, key=lambda match: -evidence[match.form.party])
            if evidence[ranked[0].form.party] > evidence[ranked[1].form.party]:
                return ranked[0], "name"
        return (bodies or sorted(rivals, key=lambda match: match.form.role != "name"))[0], "ambiguous"


def _read_marks(surface: str, rivals: Sequence[Match]) -> Match | None:
    """Read the vowel signs: عُمان is Oman and عمّان Amman, if the writer says so."""
    for sign, party in (("ع\u064f", "oman"), ("م\u0651", "jordan"), ("ع\u064e", "jordan")):
        if sign in surface:
            return next((match for match in rivals if match.form.party == party), None)
    return None
