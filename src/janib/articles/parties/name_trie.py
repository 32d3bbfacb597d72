"""A trie of the forms that name parties, with slots for the names of states."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from janib.articles.lexicon import add_article, is_definite, load_lexicon, strip_article, strip_joined
from janib.articles.parties.composition import SLOTS, load_compositions, split_pattern
from janib.articles.parties.party import Party
from janib.articles.parties.variants import Name, list_later, split_name, strip_kind
from janib.text.spelling import Word, split_words, strip_clitics

_FORMS = ""  # the key of a node's forms; no word is empty
_INNER_MARKS = frozenset(" \t\u00a0\u202f-–’'_«»“”\"")  # between the words of a name
_ENDINGS = ("", "ه", "ون", "ين", "ان", "ات", "تين", "تان", "ا")  # of a demonym
_LAST_ENDINGS = ("", "ه", "ين", "ون", "ا")  # of the second word of a demonym
_SLOT_ENDINGS = {"{m}": ("",), "{f}": ("ه",), "{p}": ("ون", "ين")}
_GOVERNING = frozenset(("president", "prime_minister", "chancellor", "supreme_leader"))
_LONGEST_DEPARTMENT = 5  # words
_NAMED_IN_LATIN = frozenset(("company", "leader", "outlet"))  # kinds that Arabic texts call by their English name
_LONGEST_SLOT = 6  # words of {words}

_QUOTED = re.compile('[«“"](.+?)[»”"]')

TrieNode = dict[str, Any]


class NameForm(NamedTuple):
    """The name at the end of a path through the trie.

    Attributes
    ----------
    role
        Of a party: ``name``; ``capital``; ``weak``, also a common word; ``later``, a short form that counts once the
        fuller name was used; ``demonym``. Composed with a state: ``state``, ``body``, ``office``, ``counterpart``.
        Without its state: ``ministry``, ``bare`` (an office), ``bare_body``, ``home``.
    party
        Id of the party, template of a body's id, or office.
    """

    role: str
    party: str

    @property
    def names_alone(self) -> bool:
        """Whether it names a party that no other mention has to tell."""
        return self.role in ("name", "state", "demonym", "capital")


AGENCY = NameForm("body", "{adjective}_news_agency")
"""The news agency of a state."""


class Match(NamedTuple):
    """A form in a text: words ``start`` to ``end``, of the first ``clitics`` letters left out."""

    start: int
    end: int
    clitics: int
    form: NameForm
    state: str = ""


class _DemonymForm(NamedTuple):
    """A form of a demonym: the ending of its first word, its other words without ending, and its state."""

    ending: str
    rest: tuple[str, ...]
    state: str


class NameTrie:
    """Forms of parties, matched word by word.

    Parameters
    ----------
    parties
        Entries by id.
    own
        Ids of the user's list, whose short forms count at once and whose names win over others'.

    Attributes
    ----------
    leaders
        (office, party) to the leaders who hold or held it.
    composed
        Id to the entry of each body that a mention composed with its state.
    """

    def __init__(self, parties: Mapping[str, Party], own: Collection[str]) -> None:
        self._parties = parties
        self._own = own
        self._lists = load_lexicon().words
        self._trie: TrieNode = {}
        self._states: TrieNode = {}
        self._demonyms: dict[str, list[_DemonymForm]] = {}
        self.composed: dict[str, Party] = {}
        for party in sorted(parties.values(), key=lambda party: party.kind != "state"):
            self._add_party(party)  # states first: they tell where a body's name ends in its place
        self._add_patterns()
        self.leaders: dict[tuple[str, str], list[Party]] = {}
        for party in parties.values():
            if party.of and party.kind == "leader":
                self.leaders.setdefault((party.office, party.of), []).append(party)

    def name_body(self, form: NameForm, state: str) -> str:
        """Return the id of a body of a state, and remember its entry; المتمردون الحوثيون are the group itself."""
        owner = self._parties[state]
        if owner.kind == "armed_group":
            return owner.id
        party = form.party.format(adjective=owner.adjective or owner.id, id=owner.id)
        if party not in self._parties and party not in self.composed:
            body = next(row for row in load_compositions() if row.role == "body" and row.party == form.party)
            demonym = owner.demonyms[0] if owner.demonyms else owner.ar
            forms = {slot: add_article(f"{demonym}{ending}") for slot, ending in (("m", ""), ("f", "ة"), ("p", "ون"))}
            name = body.patterns[0].format(**forms, state=owner.ar)
            self.composed[party] = Party(party, body.kind, name, party.replace("_", " ").capitalize(), of=state)
        return party

    def name_other(self, name: str, kind: str) -> str:
        """Return the id of a body that no list has, made of its folded name, and remember its entry."""
        party = " ".join(word.folded for word in split_words(name))
        self.composed.setdefault(party, Party(party, kind, name))
        return party

    def find_agency(self, state: str) -> str:
        """Return the listed news agency of a state, which has its demonym in its name; else an empty string."""
        for demonym in self._parties[state].demonyms:
            words = list(split_words(f"وكالة الأنباء {' '.join(add_article(f'{word}ة') for word in demonym.split())}"))
            for match in self.match(words, 0):
                if match.end == len(words) and match.form.role == "name":
                    return match.form.party
        return ""

    def match(self, words: Sequence[Word], place: int) -> Iterator[Match]:
        """Yield every form that begins with a word, with or without its clitics."""
        for clitics, first in strip_clitics(words[place].folded):
            if first in self._trie:
                for end, forms, state in self._walk(self._trie[first], words, place + 1):
                    for form in forms:
                        yield Match(place, end, clitics, form, state)
            for end, state in self.match_demonym(words, place, first):
                yield Match(place, end, clitics, NameForm("demonym", state))

    def match_demonym(self, words: Sequence[Word], place: int, first: str) -> Iterator[tuple[int, str]]:
        """Yield (end, state) for a relational adjective in any form; ``first`` is its first word without clitics."""
        for word in dict.fromkeys((strip_article(first), first)):  # ألماني begins as if with an article
            for _, rest, state in self._demonyms.get(word, ()):
                if not rest or _continue_demonym(words[place + 1 :], rest):
                    yield place + 1 + len(rest), state

    def _walk(
        self, node: TrieNode, words: Sequence[Word], place: int, state: str = ""
    ) -> Iterator[tuple[int, list[NameForm], str]]:
        """Yield (end, forms, state) for every path from a node that the words from a place on take."""
        if _FORMS in node:
            yield place, node[_FORMS], state
        if place >= len(words) or not continues_name(words[place]):
            return
        word = words[place].folded
        if word in node:
            yield from self._walk(node[word], words, place + 1, state)
        for slot in SLOTS:
            if slot in node:
                for end, found in self._fill(slot, words, place):
                    yield from self._walk(node[slot], words, end, found or state)

    def _fill(self, slot: str, words: Sequence[Word], place: int) -> Iterator[tuple[int, str]]:
        """Yield (end, state) for the words that a slot can take; the state is empty where the slot tells none."""
        word = words[place].folded
        if slot == "{state}":
            node = self._states.get(word, {})
            yield from ((end, forms[0].party) for end, forms, _ in self._walk(node, words, place + 1))
        elif slot == "{of}":
            yield from ((end, "") for end in self._list_department_ends(words, place))
        elif slot == "{words}":
            yield from ((end, "") for end in self._list_definite_ends(words, place))
        elif is_definite(word):
            for ending, rest, state in self._demonyms.get(strip_article(word), ()):
                if ending in _SLOT_ENDINGS[slot] and _continue_demonym(words[place + 1 :], rest):
                    yield place + 1 + len(rest), state

    def _list_department_ends(self, words: Sequence[Word], place: int) -> Iterator[int]:
        """Yield where the name of one or more departments may end: التعليم العالي والبحث العلمي."""
        departments, epithets = self._lists["departments"], self._lists["department_epithets"]
        if strip_article(words[place].folded) not in departments:
            return
        yield place + 1
        for end, word in enumerate(words[place + 1 : place + _LONGEST_DEPARTMENT], place + 1):
            bare = strip_joined(word.folded)
            if not continues_name(word) or (word.folded not in epithets and bare not in departments):
                return
            yield end + 1

    def _list_definite_ends(self, words: Sequence[Word], place: int) -> Iterator[int]:
        """Yield where a run of definite words may end."""
        for end, word in enumerate(words[place : place + _LONGEST_SLOT], place):
            bare = word.folded.removeprefix("و")
            if not continues_name(word) or not is_definite(bare) or bare in self._lists["not_nouns"]:
                return
            yield end + 1

    def _add_party(self, party: Party) -> None:
        if self._is_private(party):
            return
        full = [
            variant
            for name in (party.ar, *party.names)
            if name and name not in party.weak
            for variant in split_name(name)
        ]
        latin = [party.en] if party.kind in _NAMED_IN_LATIN else []
        for name in (*full, *_split_all(*party.metonyms, *party.titles, *party.peoples, *latin)):
            self._add(name, NameForm("name", party.id))
        for first, *rest in _split_all(*party.peoples):
            for word in (add_article(first), strip_article(first)):
                self._add((word, *rest), NameForm("name", party.id))
        for name in _split_all(*party.capitals):
            self._add(name, NameForm("capital", party.id))
        for name in _split_all(*party.weak, *_list_quoted(party)):
            self._add(name, NameForm("weak", party.id))
        for text in party.demonyms:
            self._add_demonym(split_name(text)[0], party.id, full)
        if party.kind == "state":
            for name in full:
                _insert(self._states, name, NameForm("name", party.id))
        else:
            self._add_short_forms(party, full)

    def _is_private(self, party: Party) -> bool:
        """Tell whether a user's entry is a witness, a lawyer or the like, who speaks but is no party."""
        if party.id not in self._own or party.kind != "other" or party.names:
            return False
        return next(split_words(party.ar)).folded in self._lists["private_persons"]

    def _add_short_forms(self, party: Party, full: Sequence[tuple[str, ...]]) -> None:
        """Add the forms that a body's or leader's full names let one use."""
        own = party.id in self._own
        weak = set(_split_all(*party.weak))
        for name in full:
            if short := strip_kind(name):
                strong = len(short) > 1 or (own and not is_definite(short[0]))
                strong = strong and short not in weak
                self._add(short, NameForm("name" if strong else "weak", party.id))
            if len(name) == 1:
                self._add_single(party, name[0])
        if party.office in _GOVERNING and party.of in self._parties:
            self._add_governments(party, full)
        for name in full:
            for later in list_later(name, party.kind, self._is_place):
                self._add(later, NameForm("later", party.id))
                if own and strip_kind(later):
                    self._add(strip_kind(later), NameForm("weak", party.id))

    def _add_governments(self, leader: Party, full: Sequence[tuple[str, ...]]) -> None:
        """Add what a government is called by its head, which means his state: حكومة الشاهد, إدارة أوباما."""
        families = [*list_later(full[0], leader.kind, self._is_place), *(name for name in full if len(name) == 1)]
        for noun in self._lists["governments"]:
            for name in (*full, *families):
                self._add((noun, *name), NameForm("name", leader.of))

    def _add_single(self, party: Party, word: str) -> None:
        """Add what the only word of a name lets one use: the article before it, a demonym of it."""
        if party.kind == "international_body":
            self._add((add_article(word),), NameForm("name", party.id))
        if party.id in self._own and word.endswith("يون"):  # الحوثيون: الحوثي, الحوثية
            self._add_demonym((strip_article(word).removesuffix("ون"),), party.id, [])

    def _add_demonym(self, name: Sequence[str], state: str, full: Sequence[Name]) -> None:
        """Add the forms of a demonym; with tanwin, as ليبيا, it is none where it is the state's name."""
        for ending in _ENDINGS:
            word, rest = name[0] + ending, tuple(name[1:])
            if ending != "ا" or (word, *rest) not in full:
                self._demonyms.setdefault(word, []).append(_DemonymForm(ending, rest, state))

    def _is_place(self, word: str) -> bool:
        """Tell whether a folded word is a state's demonym or name, as far as known."""
        forms = self._demonyms.get(strip_article(word), ())
        return word in self._states or any(form.ending in _LAST_ENDINGS for form in forms)

    def _add(self, name: Sequence[str], form: NameForm) -> None:
        _insert(self._trie, name, form)
        for place, word in enumerate(name):
            if is_definite(word) and word.endswith("ون") and len(word) > 5:
                _insert(self._trie, (*name[:place], f"{word[:-2]}ين", *name[place + 1 :]), form)

    def _add_patterns(self) -> None:
        for role, party, _, patterns in load_compositions():
            for words in map(split_pattern, patterns):
                if role == "home" and len(words) == 1:
                    continue  # a definite noun, which goes back to what was named before it
                _insert(self._trie, words, NameForm(role, party))
                if role == "body" and len(words) > 2 and words[-1] in ("{m}", "{f}"):
                    _insert(self._trie, words[:-1], NameForm("bare_body", party))


def continues_name(word: Word) -> bool:
    """Tell whether a word may belong to the name that the word before it began."""
    return word.gap == "." or (0 < len(word.gap) <= 3 and _INNER_MARKS.issuperset(word.gap))


def _continue_demonym(words: Sequence[Word], rest: Sequence[str]) -> bool:
    """Tell whether words are the rest of a demonym, each in any form.

    The ending may be on the last word only: الكورية الجنوبية, but الجنوب إفريقية.
    """
    for word, part in zip(words, rest, strict=False):
        stem = strip_article(word.folded)
        if not (continues_name(word) and stem.startswith(part) and stem.removeprefix(part) in _LAST_ENDINGS):
            return False
    return len(words) >= len(rest)


def _split_all(*texts: str) -> Iterator[tuple[str, ...]]:
    for text in texts:
        yield from split_name(text)


def _list_quoted(party: Party) -> Iterator[str]:
    """Yield the names in quotation marks inside a party's names: شركة «نجم» للطيران."""
    for name in (party.ar, *party.names):
        yield from _QUOTED.findall(name)


def _insert(node: TrieNode, name: Sequence[str], form: NameForm) -> None:
    for word in name:
        node = node.setdefault(word, {})
    forms = node.setdefault(_FORMS, [])
    if form not in forms:
        forms.append(form)
