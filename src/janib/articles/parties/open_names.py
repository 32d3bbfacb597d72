"""Names of bodies that no list knows, told by the noun of their kind: شركة «ستيب», الجامعة الوطنية للنزل.

They are collected from the whole article before it is read, so that a headline may use the short name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from janib.articles.lexicon import is_definite, load_lexicon, read_nouns, strip_article
from janib.articles.parties.body_names import NameReader
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.name_trie import continues_name
from janib.articles.parties.party import Party
from janib.articles.parties.passage import Passage, is_quoted
from janib.articles.parties.variants import Name
from janib.text.spelling import fold, strip_clitics

_LONGEST_ACRONYM = 3  # words


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
        words = (word.folded for passage in passages for word in passage.words)
        counts = Counter(rest for word in words for _, rest in strip_clitics(word))
        speaking = frozenset(noun for passage in passages for noun in _list_speaking(passage))
        self._reader = NameReader(text, gazetteer, counts, speaking)
        groups = load_lexicon().groups["heads_of_kinds"].items()
        self._heads = {head: noun for noun, heads in groups for head in heads}
        self._parties: dict[Name, str] = {}
        self._foreign: set[Name] = set()  # names of one word that need no quotation marks
        self._starts: dict[str, list[Name]] = {}
        for passage in passages:
            for place in range(len(passage.words)):
                self._collect(passage, place)

    def match(self, passage: Passage, place: int) -> OpenMatch | None:
        """Return the longest open name that starts at a word; a single Arabic word counts in quotation marks only."""
        if not self._starts:
            return None
        for clitics, first in strip_clitics(passage.words[place].folded):
            for name in self._starts.get(first, ()):
                end = place + len(name)
                named = len(name) > 1 or name in self._foreign or is_quoted(self._text, passage.words, place, end)
                if named and self._continues(passage, place, name):
                    return OpenMatch(end, clitics, self._parties[name])
        return None

    def _continues(self, passage: Passage, place: int, name: Name) -> bool:
        rest = passage.words[place + 1 : place + len(name)]
        return tuple(word.folded for word in rest) == name[1:] and all(map(continues_name, rest))

    def _collect(self, passage: Passage, place: int) -> None:
        """Record the name that starts at a word, if one does, with the acronym after it."""
        for clitics, written in strip_clitics(passage.words[place].folded):
            noun = fold(self._heads.get(written, written))
            kind = self._reader.find_kind(noun)
            end = self._reader.find_end(passage, place, noun) if kind else place
            longer = self._find_longer(passage, place, end) if end > place else ""
            if end > place and not longer and self._reader.is_listed(passage, place, end):
                return
            if end > place:
                names = self._list_names(passage, place, end, noun)
                acronym = self._read_acronym(passage, end)
                start = passage.words[place].offset(clitics)
                known = longer or (self._find_listed(passage, end) if acronym else self._find_owner(passage, end, noun))
                name = self._text[start : passage.words[end - 1].end]
                if noun != written:
                    names.append((written, *names[0][1:]))
                    name = f"{self._heads[written]} {name.split(maxsplit=1)[1]}"
                self._add(names + acronym, kind, name, known)
                return
        self._collect_closed(passage, place)

    def _collect_closed(self, passage: Passage, place: int) -> None:
        """Record the company at a word that has no noun of its kind before it: باسكوا القابضة, إتش.بي."""
        end = max(self._reader.find_closed_end(passage, place), self._reader.find_acronym_end(passage, place))
        if end == place or place in passage.matches or self._names_kind(passage, place - 1):
            return
        word = passage.words[place]
        clitics, first = max(strip_clitics(word.folded), key=lambda reading: self._reader.count(reading[1]))
        name = (first, *(word.folded for word in passage.words[place + 1 : end]))
        written = self._text[word.offset(clitics) : passage.words[end - 1].end]
        names = [name]
        if name[-1] in load_lexicon().words["company_adjectives"]:
            self._foreign.add(name[:-1])
            names.append(name[:-1])
        self._add(names, "company", written, "")

    def _names_kind(self, passage: Passage, place: int) -> bool:
        """Tell whether the noun of a kind is at a place, whose name is then the longer one."""
        return place >= 0 and any(map(self._reader.find_kind, read_nouns(passage.words[place].folded)))

    def _list_names(self, passage: Passage, place: int, end: int, noun: str) -> list[Name]:
        """Return a name, and what it is without the noun of its kind if that is a name for itself."""
        words = (noun, *(word.folded for word in passage.words[place + 1 : end]))
        last = place + 1
        while last < end and self._reader.is_foreign(passage, last) and not self._reader.find_place_end(passage, last):
            last += 1
        core = words[: last - place]  # without what it is for: شركة سيبيا للاستثمار
        if last == end or (len(core) > 1 and words[len(core)].startswith("لل")):
            self._foreign.add(core[1:])
            return list(dict.fromkeys((words, core, core[1:])))
        if words[-1] in load_lexicon().words["company_endings"]:
            return [words, words[1:]]
        quoted = not is_definite(noun) and self._reader.opens_quote(passage, place + 1)
        return [words, words[1:]] if quoted else [words]

    def _add(self, names: Sequence[Name], kind: str, written: str, listed: str) -> None:
        composed = self._gazetteer.names.composed
        known = (self._parties[name] for name in names if name in self._parties)
        alike = (party for party in known if party not in composed or composed[party].kind == kind)
        party = listed or next(alike, " ".join(names[0]))
        if party not in composed and not listed:
            composed[party] = Party(party, kind, "".join(mark for mark in written if mark not in '«»“”"()[]'))
        for name in names:
            if name not in self._parties:
                self._parties[name] = party
                starts = self._starts.setdefault(name[0], [])
                starts.append(name)
                starts.sort(key=len, reverse=True)

    def _read_acronym(self, passage: Passage, place: int) -> list[Name]:
        """Return the acronym or Latin name in quotation marks or brackets after a name: (ستيب)."""
        if not self._reader.opens_quote(passage, place):
            return []
        end = self._reader.close_quote(passage, place)
        words = tuple(word.folded for word in passage.words[place:end])
        latin = len(words) <= _LONGEST_ACRONYM and all(word.isascii() and word.isalpha() for word in words)
        if not words or (len(words) > 1 and not latin):
            return []
        return [] if any(map(str.isdigit, words[0])) or len("".join(words)) < 3 else [words]

    def _find_owner(self, passage: Passage, place: int, noun: str) -> str:
        """Return the known body of which a committee is a part, or an empty string: لجنة الصحة في البرلمان الأردني."""
        lists = load_lexicon().words
        if strip_article(noun) not in lists["organs"]:
            return ""
        inside = passage.after(place) in lists["before_owners"]
        for match in passage.matches.get(place + inside, ()):
            joined = inside or (match.clitics == 1 and passage.words[place].folded[0] in "بل")
            if joined and match.form.role in ("name", "body") and not self._gazetteer.is_state(match.form.party):
                return self._gazetteer.names.name_body(match.form, match.state) if match.state else match.form.party
        return ""

    def _find_longer(self, passage: Passage, place: int, end: int) -> str:
        """Return the body of the gazetteer whose name goes on after an open one, or an empty string."""
        parties = (match.form.party for match in passage.matches.get(place, ()) if match.end == end + 1)
        return next((party for party in parties if party in self._gazetteer.own), "")

    def _find_listed(self, passage: Passage, place: int) -> str:
        """Return the body of the gazetteer that the acronym at a word names, or an empty string."""
        parties = (match.form.party for match in passage.matches.get(place, ()) if match.form.role in ("name", "weak"))
        return next((party for party in parties if not self._gazetteer.is_state(party)), "")


def _list_speaking(passage: Passage) -> Iterator[str]:
    """Yield the definite nouns, without article, right after a verb of speech: وقالت المؤسسة."""
    for place, word in enumerate(passage.words[1:]):
        if is_definite(word.folded) and word.gap.isspace() and passage.is_speech(place):
            yield strip_article(word.folded)
