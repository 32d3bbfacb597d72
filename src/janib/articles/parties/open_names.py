"""Names of bodies that no list knows, told by the noun of their kind: شركة «ستيب», الجامعة الوطنية للنزل.

They are collected from the whole article before it is read, so that a headline may use the short name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from janib.articles.lexicon import is_belonging, is_definite, load_lexicon, strip_article
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.name_trie import Match, continues_name
from janib.articles.parties.party import Party
from janib.articles.parties.passage import CLOSING_MARKS, OPENING_MARKS, Passage, is_quoted
from janib.articles.parties.variants import Name
from janib.text.spelling import Word, strip_clitics

_LONGEST_QUOTED = 5  # words in the quotation marks of a name
_LONGEST_TAIL = 5  # words after the adjectives of a name
_LONGEST_BARE = 3  # words of a name before its nationality
_SHORTEST = 3  # words of a name without quotation marks
_LISTED = frozenset(("name", "weak", "body", "state", "office", "counterpart"))


class OpenMatch(NamedTuple):
    """An open name in a text: words up to ``end``, of the first ``clitics`` letters left out."""

    end: int
    clitics: int
    party: str


class OpenNames:
    """The bodies of an article that the gazetteer does not know, with ids made of their folded names.

    Parameters
    ----------
    passages
        The article's sentences.
    gazetteer
        The parties that are known; each new one is remembered there as one that a mention composed.
    """

    def __init__(self, text: str, passages: Sequence[Passage], gazetteer: Gazetteer) -> None:
        self._text = text
        self._gazetteer = gazetteer
        self._kinds = {noun: kind for kind, nouns in load_lexicon().groups["open_kinds"].items() for noun in nouns}
        self._parties: dict[Name, str] = {}
        self._starts: dict[str, list[Name]] = {}
        for passage in passages:
            for place in range(len(passage.words)):
                self._collect(passage, place)

    def match(self, passage: Passage, place: int) -> OpenMatch | None:
        """Return the longest open name that starts at a word; a single word counts in quotation marks only."""
        if not self._starts:
            return None
        for clitics, first in strip_clitics(passage.words[place].folded):
            for name in self._starts.get(first, ()):
                end = place + len(name)
                named = len(name) > 1 or is_quoted(self._text, passage.words, place, end)
                if named and self._continues(passage, place, name):
                    return OpenMatch(end, clitics, self._parties[name])
        return None

    def _continues(self, passage: Passage, place: int, name: Name) -> bool:
        rest = passage.words[place + 1 : place + len(name)]
        return tuple(word.folded for word in rest) == name[1:] and all(map(continues_name, rest))

    def _collect(self, passage: Passage, place: int) -> None:
        """Record the name that starts at a word, if one does, with the acronym after it."""
        for clitics, noun in strip_clitics(passage.words[place].folded):
            kind = self._kinds.get(strip_article(noun))
            end = self._find_end(passage, place, noun) if kind else place
            longer = self._find_longer(passage, place, end) if kind and end > place else ""
            if longer or (kind and end > place and not self._is_listed(passage, place, end)):
                quoted = not is_definite(noun) and self._opens_quote(passage, place + 1)
                words = [noun, *(word.folded for word in passage.words[place + 1 : end])]
                names = [tuple(words)] + ([tuple(words[1:])] if quoted else [])
                acronym = self._read_acronym(passage, end)
                start = passage.words[place].offset(clitics)
                known = longer or (self._find_listed(passage, end) if acronym else "")
                self._add(names + acronym, kind or "", self._text[start : passage.words[end - 1].end], known)
                return

    def _add(self, names: Sequence[Name], kind: str, written: str, listed: str) -> None:
        known = (self._parties[name] for name in names if name in self._parties)
        party = listed or next(known, " ".join(names[0]))
        composed = self._gazetteer.names.composed
        if party not in composed and not listed:
            composed[party] = Party(party, kind, "".join(mark for mark in written if mark not in '«»“”"'))
        for name in names:
            if name not in self._parties:
                self._parties[name] = party
                starts = self._starts.setdefault(name[0], [])
                starts.append(name)
                starts.sort(key=len, reverse=True)

    def _find_end(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after a name that starts with the noun of its kind, or its place if there is none."""
        if self._opens_quote(passage, place + 1) and not is_definite(noun):
            return self._close_quote(passage, place + 1) or place
        last = place + 1
        if f"{noun}_{passage.after(last)}" in load_lexicon().words["no_open_names"]:
            return place
        if is_definite(noun):
            last += self._count_adjectives(passage.words, last)
            end = self._skip_purpose(passage.words, last) if last > place + 1 else place
        elif told := self._find_nationality(passage, place, noun):
            return told
        elif self._is_named_after(passage, place, noun):
            last += 1 + self._count_adjectives(passage.words, last + 1)
            end = self._skip_purpose(passage.words, last)
        else:
            return place
        short = noun in load_lexicon().words["short_named_kinds"]
        return end if end - place >= _SHORTEST - short else place

    def _find_nationality(self, passage: Passage, place: int, noun: str) -> int:
        """Return the place of the nationality after the name of an outlet or a company, or 0: صحيفة صن البريطانية."""
        if noun not in load_lexicon().words["national_kinds"]:
            return 0
        for end in range(place + 1, place + 2 + _LONGEST_BARE):
            word = passage.after(end)
            if not word or load_lexicon().is_everyday(word):
                return 0
            nations = self._gazetteer.names.match_demonym(passage.words, end, word) if is_definite(word) else ()
            if any(self._gazetteer.is_state(state) for _, state in nations):
                return end if end > place + 1 else 0
            if end in passage.matches:
                return 0
        return 0

    def _is_named_after(self, passage: Passage, place: int, noun: str) -> bool:
        """Tell whether a noun of a kind is followed by the definite noun whose name it makes: هيئة الرقابة."""
        following = passage.after(place + 1)
        lists = load_lexicon().words
        if noun not in lists["named_after_kinds"] or not is_definite(following):
            return False
        if following in lists["not_nouns"] or following in lists["former_or_future"]:
            return False
        return all(self._is_of_other_kind(noun, match) for match in passage.matches.get(place + 1, ()))

    def _is_of_other_kind(self, noun: str, match: Match) -> bool:
        """Tell whether a noun makes another body of a company's name: هيئة الاتصالات السعودية."""
        party = self._gazetteer.parties.get(match.form.party)
        return party is not None and party.kind == "company" and self._kinds[noun] != "company"

    def _count_adjectives(self, words: Sequence[Word], place: int) -> int:
        """Return how many definite adjectives stand from a word on."""
        some = words[place : place + _LONGEST_TAIL]
        return sum(1 for _ in takewhile(lambda word: continues_name(word) and _is_adjective(word.folded), some))

    def _skip_purpose(self, words: Sequence[Word], place: int) -> int:
        """Return the word after what a body is for: للنزل, لصناعة الإطارات المطاطية."""
        if place >= len(words) or not continues_name(words[place]):
            return place
        lexicon, first = load_lexicon(), words[place].folded
        if not first.startswith("ل") or lexicon.is_everyday(first) or lexicon.is_first_name(first):
            return place
        if self._means_named_body(first):
            return place
        end = place + 1
        if not first.startswith("لل"):
            if end >= len(words) or not continues_name(words[end]) or not is_definite(words[end].folded):
                return place
            end += 1
        for word in words[end : place + _LONGEST_TAIL]:
            joined = word.folded.startswith("و") and is_definite(word.folded[1:])
            if not continues_name(word) or not (joined or _is_adjective(word.folded)):
                break
            end += 1
        return end

    def _means_named_body(self, written: str) -> bool:
        """Tell whether a noun after ل means a body for itself: للحركة, لوزارة."""
        lists = load_lexicon().words
        nouns = {strip_article(noun) for _, noun in strip_clitics(written)}
        return any(noun in self._kinds or noun in lists["ministers"] for noun in nouns)

    def _read_acronym(self, passage: Passage, place: int) -> list[Name]:
        """Return the acronym in quotation marks or brackets after a name: (ستيب)."""
        if not self._opens_quote(passage, place) or not is_quoted(self._text, passage.words, place, place + 1):
            return []
        acronym = passage.words[place].folded
        return [] if any(map(str.isdigit, acronym)) or len(acronym) < 3 else [(acronym,)]

    def _opens_quote(self, passage: Passage, place: int) -> bool:
        """Tell whether a quotation of a name opens directly before a word."""
        if place >= len(passage.words):
            return False
        gap = passage.words[place].gap
        return gap[-1:] in OPENING_MARKS and not gap[:-1].strip(" \u00a0")

    def _close_quote(self, passage: Passage, place: int) -> int:
        """Return the word after a short quotation that opens before a word, or 0."""
        for end in range(place + 1, min(place + _LONGEST_QUOTED, len(passage.words)) + 1):
            if self._text[passage.words[end - 1].end : passage.words[end - 1].end + 1] in CLOSING_MARKS:
                return end
        return 0

    def _find_longer(self, passage: Passage, place: int, end: int) -> str:
        """Return the body of the gazetteer whose name goes on after an open one, or an empty string."""
        parties = (match.form.party for match in passage.matches.get(place, ()) if match.end == end + 1)
        return next((party for party in parties if party in self._gazetteer.own), "")

    def _find_listed(self, passage: Passage, place: int) -> str:
        """Return the body of the gazetteer that the acronym at a word names, or an empty string."""
        parties = (match.form.party for match in passage.matches.get(place, ()) if match.form.role in ("name", "weak"))
        return next((party for party in parties if not self._gazetteer.is_state(party)), "")

    def _strip_kind(self, written: str) -> str:
        """Return the noun of a kind in a word, without clitics and article."""
        nouns = (strip_article(noun) for _, noun in strip_clitics(written))
        return next(noun for noun in nouns if noun in self._kinds)

    def _is_listed(self, passage: Passage, place: int, end: int) -> bool:
        """Tell whether the gazetteer knows a name that reaches as far, from the kind or from the name on."""
        noun = self._strip_kind(passage.words[place].folded)
        found = [
            match.end
            for match in _list_matches(passage, place, end)
            if match.form.role in _LISTED and not (match.start > place and self._is_of_other_kind(noun, match))
        ]
        adjectives = (self._count_adjectives(passage.words, last) for last in found)
        return any(
            last >= end or (last > place + 1 and last + more >= end)
            for last, more in zip(found, adjectives, strict=True)
        )


def _is_adjective(word: str) -> bool:
    """Tell whether a folded word is a definite adjective such as names of bodies have."""
    lists = load_lexicon().words
    if not is_definite(word) or word in lists["not_epithets"] or word in lists["after_names"]:
        return False
    return is_belonging(word) or word in lists["name_adjectives"]


def _list_matches(passage: Passage, place: int, end: int) -> Iterator[Match]:
    for start in (place, place + 1) if end > place + 1 else (place,):
        yield from passage.matches.get(start, ())
