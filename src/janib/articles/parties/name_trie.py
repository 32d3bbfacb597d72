"""A trie over folded words of all forms that name parties, with slots for the names of states."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from janib.articles.lexicon import load_lexicon
from janib.articles.parties import cues
from janib.articles.parties.composition import load_compositions
from janib.articles.parties.party import Party
from janib.articles.parties.variants import list_later, split_name, strip_kind
from janib.text.spelling import Word, fold, split_words, strip_clitics

_WHOLE = ""  # the key of a node's forms; no word is empty
_SLOTS = ("{m}", "{f}", "{state}", "{of}", "{words}")
_GAP = frozenset(" \t\u00a0\u202f-–’'_«»“”\"")
_UNDEFINED = load_lexicon().words["not_nouns"]
_DEPARTMENTS = load_lexicon().words["departments"]
_DEPARTMENT_EPITHETS = load_lexicon().words["department_epithets"]
_ENDINGS = ("ه", "ون", "ين", "ان", "ات", "تين", "تان")

_QUOTED = re.compile('[«“"](.+?)[»”"]')

Node = dict[str, Any]


class NameForm(NamedTuple):
    """What a path through the trie names.

    Attributes
    ----------
    role
        ``name``, ``capital``, ``weak`` (a common word too), ``later`` (counts beside the fuller name), ``demonym``;
        composed with a state: ``state``, ``body``, ``office``, ``counterpart``; without: ``ministry``, ``bare``,
        ``bare_body``.
    party
        Id, the template of one, or the office.
    """

    role: str
    party: str


class Match(NamedTuple):
    """A form in a text: words ``start`` to ``end``, of the first ``clitics`` letters left out."""

    start: int
    end: int
    clitics: int
    form: NameForm
    state: str = ""


class NameTrie:
    """Forms of parties, matched word by word.

    Parameters
    ----------
    parties
        Entries by id.
    own
        Ids of the user's list, whose short forms count at once and whose names win over others'.
    """

    def __init__(self, parties: Mapping[str, Party], own: Collection[str]) -> None:
        self._parties = parties
        self._own = own
        self._trie: Node = {}
        self._states: Node = {}
        self._demonyms: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._composed: dict[str, Party] = {}
        for party in sorted(parties.values(), key=lambda party: party.kind != "state"):
            self._add_party(party)  # states first: they tell where a body's name ends in its place
        self._add_patterns()
        self.leaders: dict[tuple[str, str], list[Party]] = {}
        for party in parties.values():
            if party.of and party.kind == "leader":
                self.leaders.setdefault((party.office, party.of), []).append(party)

    def compose(self, party: str) -> Party:
        """Return the entry of a body that a mention composed with its state.

        Raises
        ------
        KeyError
            If none has that id.
        """
        return self._composed[party]

    def name_body(self, form: NameForm, state: str) -> str:
        """Return the id of a body of a state, and remember its entry."""
        owner = self._parties[state]
        adjective = owner.adjective or owner.id
        party = form.party.format(adjective=adjective, id=owner.id)
        if party not in self._parties and party not in self._composed:
            body = next(one for one in load_compositions() if one.party == form.party and one.kind)
            demonym = owner.demonyms[0] if owner.demonyms else owner.ar
            name = body.patterns[0].format(m=f"ال{demonym}", f=f"ال{demonym}ة", state=owner.ar)
            self._composed[party] = Party(party, body.kind, name, party.replace("_", " ").capitalize(), of=state)
        return party

    def match(self, words: Sequence[Word], place: int) -> Iterator[Match]:
        """Yield every form that begins with a word, with or without its clitics."""
        for clitics, first in strip_clitics(words[place].folded):
            for end, forms, state in self._walk(self._trie, words, place, first, ""):
                for form in forms:
                    yield Match(place, end, clitics, form, state)
            for end, state in self.match_demonym(words, place, first):
                yield Match(place, end, clitics, NameForm("demonym", state))

    def match_demonym(self, words: Sequence[Word], place: int, first: str, slot: str = "") -> Iterator[tuple[int, str]]:
        """Yield (end, state) for a relational adjective in any form; with a slot in the definite one it asks for."""
        definite = first.startswith("ال")
        if slot and not definite:
            return
        stem = first[2:] if definite else first
        if slot:
            endings: Sequence[str] = ("ه",) if slot == "{f}" else ("",)
        else:
            endings = ("", *_ENDINGS)
        for ending in endings:
            base = stem.removesuffix(ending) if ending else stem
            if ending and base == stem:
                continue
            for rest, state in self._demonyms.get(base, ()):
                end = place + 1
                for part in rest:
                    if end >= len(words) or not joins(words[end]):
                        break
                    word = words[end].folded
                    # الكورية الجنوبية، but الجنوب إفريقية: the ending stands on the last word only
                    if word not in (
                        part,
                        f"ال{part}",
                        f"{part}ه",
                        f"ال{part}ه",
                        f"{part}ين",
                        f"ال{part}ين",
                        f"{part}ون",
                        f"ال{part}ون",
                    ):
                        break
                    end += 1
                else:
                    yield end, state

    def _walk(
        self, node: Node, words: Sequence[Word], place: int, first: str | None, state: str
    ) -> Iterator[tuple[int, list[NameForm], str]]:
        if first is None and _WHOLE in node:
            yield place, node[_WHOLE], state
        if place >= len(words) or (first is None and not joins(words[place])):
            return
        word = words[place].folded if first is None else first
        if word in node:
            yield from self._walk(node[word], words, place + 1, None, state)
        if first is not None:
            return
        for slot in _SLOTS:
            if slot in node:
                for end, found in self._fill(slot, words, place):
                    yield from self._walk(node[slot], words, end, None, found or state)

    def _fill(self, slot: str, words: Sequence[Word], place: int) -> Iterator[tuple[int, str]]:
        word = words[place].folded
        if slot in ("{m}", "{f}"):
            yield from self.match_demonym(words, place, word, slot)
        elif slot == "{state}":
            for end, forms, _ in self._walk(self._states, words, place, word, ""):
                yield end, forms[0].party
        elif slot == "{of}":
            if word.removeprefix("ال") not in _DEPARTMENTS:
                return
            yield place + 1, ""
            for end in range(place + 1, min(len(words), place + 5)):
                more = words[end].folded
                if not joins(words[end]) or not (
                    more in _DEPARTMENT_EPITHETS or more.removeprefix("و").removeprefix("ال") in _DEPARTMENTS
                ):
                    return
                yield end + 1, ""
        else:
            for end in range(place, min(len(words), place + 6)):
                bare = words[end].folded.removeprefix("و")
                if not joins(words[end]) or not bare.startswith("ال") or bare in _UNDEFINED:
                    return
                yield end + 1, ""

    def _add_party(self, party: Party) -> None:
        own = party.id in self._own
        if own and party.kind == "other" and not party.names and next(split_words(party.ar)).folded in cues.PRIVATE:
            return  # a witness, a lawyer: speaks, but is no party
        full = [
            variant
            for name in (party.ar, *party.names)
            if name and name not in party.weak
            for variant in split_name(name)
        ]
        for name in (
            *full,
            *(split for text in (*party.metonyms, *party.titles, *party.peoples) for split in split_name(text)),
        ):
            self._add(name, NameForm("name", party.id))
        if party.kind == "state":
            for name in full:
                _insert(self._states, name, NameForm("name", party.id))
        for text in party.peoples:
            for name in split_name(text):
                self._add(name if name[0].startswith("ال") else (f"ال{name[0]}", *name[1:]), NameForm("name", party.id))
        for text in party.capitals:
            for name in split_name(text):
                self._add(name, NameForm("capital", party.id))
        for text in party.weak:
            for name in split_name(text):
                self._add(name, NameForm("weak", party.id))
        for text in (party.ar, *party.names):
            for inner in _QUOTED.findall(text):
                for name in split_name(inner):
                    self._add(name, NameForm("weak", party.id))  # شركة «نجم» للطيران
        for text in party.demonyms:
            first, *rest = split_name(text)[0]
            self._demonyms.setdefault(first, []).append((tuple(rest), party.id))
        if party.kind == "state":
            return
        for name in full:
            short = strip_kind(name)
            if short:
                strong = len(short) > 1 or (own and not short[0].startswith("ال"))
                self._add(short, NameForm("name" if strong else "weak", party.id))
            if len(name) == 1 and party.kind == "international_body" and not name[0].startswith("ال"):
                self._add((f"ال{name[0]}",), NameForm("name", party.id))
            if own and len(name) == 1 and name[0].endswith("يون"):
                self._demonyms.setdefault(name[0].removeprefix("ال")[:-2], []).append(((), party.id))
        for name in full[:1] if party.kind == "leader" else full:
            for later in list_later(name, party.kind, self._is_place):
                self._add(later, NameForm("later", party.id))
                if own and strip_kind(later):
                    self._add(strip_kind(later), NameForm("weak", party.id))

    def _is_place(self, word: str) -> bool:
        """Say whether a folded word is a state's demonym or name, as far as known."""
        stem = word.removeprefix("ال")
        return (
            any(stem.removesuffix(ending) in self._demonyms for ending in ("", "ه", "ين", "ون")) or word in self._states
        )

    def _add(self, name: Sequence[str], form: NameForm) -> None:
        _insert(self._trie, name, form)
        for place, word in enumerate(name):
            if word.startswith("ال") and word.endswith("ون") and len(word) > 5:
                _insert(self._trie, (*name[:place], f"{word[:-2]}ين", *name[place + 1 :]), form)

    def _add_patterns(self) -> None:
        for role, party, _, patterns in load_compositions():
            for pattern in patterns if role != "home" else ():
                words = [word if word in _SLOTS else fold(word) for word in pattern.split()]
                _insert(self._trie, words, NameForm(role, party))
                if role == "body" and len(words) > 2 and words[-1] in ("{m}", "{f}"):
                    _insert(self._trie, words[:-1], NameForm("bare_body", party))


def joins(word: Word) -> bool:
    """Say whether a word may go on the name that the word before began."""
    return len(word.gap) <= 3 and (word.gap == "." or _GAP.issuperset(word.gap)) and word.gap != ""


def _insert(node: Node, name: Sequence[str], form: NameForm) -> None:
    for word in name:
        node = node.setdefault(word, {})
    forms = node.setdefault(_WHOLE, [])
    if form not in forms:
        forms.append(form)
