"""The parties that an article may name: the shipped ones and a user's, put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from janib.articles.parties.entries import LISTS, PARTY_FIELDS, Entry, parse_entries, read_entries
from janib.articles.parties.name_trie import NameTrie
from janib.articles.parties.party import Party
from janib.text.spelling import split_words


class Gazetteer:
    """Parties by id, and the forms that name them.

    Parameters
    ----------
    parties
        Entries; the first of an id wins.
    own
        Ids that the user listed: their forms go before others', and their short forms count at once.

    Examples
    --------
    >>> own = Gazetteer.parse([{"id": "wadi_front", "kind": "armed_group", "ar": "جبهة الوادي"}], "a list")
    >>> list(own.parties)
    ['wadi_front']
    """

    def __init__(self, parties: Iterable[Party], own: Iterable[str] = ()) -> None:
        self.parties: dict[str, Party] = {}
        for party in parties:
            self.parties.setdefault(party.id, party)
        self.own = frozenset(own)

    @staticmethod
    @cache
    def shipped() -> Gazetteer:
        """Return the gazetteer of the package: states, bodies, movements, companies, outlets, clubs and leaders."""
        merged: dict[str, Party] = {}
        for name in _SHIPPED:
            path = Path(str(files("janib.data.articles") / f"{name}.jsonl"))
            for party in parse_entries(read_entries(path), needed=()):
                merged[party.id] = _merge(merged[party.id], party) if party.id in merged else party
        return Gazetteer(merged.values())

    @staticmethod
    def load(parties: str | Path | Iterable[Mapping[str, Any]] | None) -> Gazetteer:
        """Return the shipped gazetteer, with a user's list in front if there is one: a file, or its entries.

        Raises
        ------
        DataError
            If the list cannot be used.
        """
        shipped = Gazetteer.shipped()
        if parties is None:
            return shipped
        if isinstance(parties, (str, Path)):
            return shipped.extend(Gazetteer.read(Path(parties)))
        return shipped.extend(Gazetteer.parse(parties, "parties"))

    @staticmethod
    def read(path: Path) -> Gazetteer:
        """Read a user's list: JSON lines or CSV with the fields of :class:`Party`.

        Raises
        ------
        DataError
            If the file cannot be read, or an entry is wrong; the message names file and entry of every fault.
        """
        return Gazetteer._own(parse_entries(read_entries(path)))

    @staticmethod
    def parse(entries: Iterable[Mapping[str, Any]], source: str) -> Gazetteer:
        """Make a user's list of entries in memory, each a mapping with at least ``id``, ``kind`` and ``ar``.

        Raises
        ------
        DataError
            If an entry is wrong; the message names ``source`` and the entry of every fault.
        """
        return Gazetteer._own(
            parse_entries(Entry(f"{source}, entry {n}", fields) for n, fields in enumerate(entries, 1))
        )

    @staticmethod
    def _own(parties: Sequence[Party]) -> Gazetteer:
        return Gazetteer(parties, own=(party.id for party in parties))

    def extend(self, own: Gazetteer) -> Gazetteer:
        """Return this gazetteer with a user's list in front.

        An entry with the id of one here adds to it. An entry that carries the name of one here takes its place
        and its other names.
        """
        owner_of = {key: party.id for party in own.parties.values() for key in _list_keys(party)}
        renamed: dict[str, str] = {}
        for party in self.parties.values():
            if party.id not in own.parties:
                owners = [owner_of[key] for key in _list_keys(party) if key in owner_of]
                if owners and owners[0] not in self.parties:
                    renamed[party.id] = owners[0]
        merged = dict(own.parties)
        for party in self.parties.values():
            new = renamed.get(party.id, party.id)
            party = replace(party, of=renamed.get(party.of, party.of))
            merged[new] = _merge(merged[new], party) if new in merged else party
        return Gazetteer(merged.values(), own.own | self.own)

    @cached_property
    def names(self) -> NameTrie:
        """The forms of all parties, made when first asked for."""
        return NameTrie(self.parties, self.own)

    @cached_property
    def led(self) -> dict[str, str]:
        """A leader's id to that of the party led, a body's or an outlet's to that of its state."""
        return {party.id: party.of for party in self.parties.values() if party.of}

    @cached_property
    def leaders(self) -> frozenset[str]:
        """The ids of persons."""
        return frozenset(party.id for party in self.parties.values() if party.kind == "leader")

    def is_state(self, party: str) -> bool:
        """Tell whether a party is a state."""
        return party in self.parties and self.parties[party].kind == "state"

    def find(self, party: str) -> Party:
        """Return a party by id; also one that a mention composed, as ``sudanese_army`` of Sudan.

        Raises
        ------
        KeyError
            If there is none.
        """
        return self.parties[party] if party in self.parties else self.names.composed[party]


_SHIPPED = ("states", "demonyms", "bodies", "institutions", "groups", "companies", "outlets", "clubs", "leaders")


def _merge(first: Party, second: Party) -> Party:
    lists: dict[str, Any] = {name: tuple(dict.fromkeys(getattr(first, name) + getattr(second, name))) for name in LISTS}
    lists["weak"] = tuple(name for name in lists["weak"] if name in first.weak or name not in (first.ar, *first.names))
    single: dict[str, Any] = {
        name: getattr(first, name) or getattr(second, name)
        for name in PARTY_FIELDS
        if name not in LISTS and name != "id"
    }
    if second.ar and second.ar != first.ar:
        lists["names"] = tuple(dict.fromkeys((*lists["names"], second.ar)))
    return replace(first, **single, **lists)


def _list_keys(party: Party) -> list[tuple[str, ...]]:
    """Return the names by which an entry is known to be the same party, folded."""
    return [tuple(word.folded for word in split_words(name)) for name in (party.ar, *party.names) if name]
