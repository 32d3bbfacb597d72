"""The parties that an article may name: read from JSON lines, checked, and put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from janib.articles.parties.name_trie import NameTrie
from janib.articles.parties.party import OFFICES, PARTY_KINDS, Party
from janib.articles.parties.variants import split_name
from janib.articles.spans import REPORT
from janib.errors import DataError, suggest
from janib.io.text_tables import RecordReader
from janib.text.spelling import split_words

_LISTS = ("names", "demonyms", "peoples", "capitals", "metonyms", "titles", "weak")
_ID = re.compile("[a-z0-9]+(_[a-z0-9]+)*")
_FIELDS = tuple(field.name for field in fields(Party))


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
            for party in _read(Path(str(files("janib.data.articles") / f"{name}.jsonl"))):
                merged[party.id] = _merge(merged[party.id], party) if party.id in merged else party
        return Gazetteer(merged.values())

    @staticmethod
    def read(path: Path) -> Gazetteer:
        """Read a user's list: JSON lines with the fields of :class:`Party`, as the shipped ones.

        Raises
        ------
        DataError
            If the file cannot be read, or an entry is wrong; the message names file and entry.
        """
        return Gazetteer._own(_read(path), str(path))

    @staticmethod
    def parse(entries: Iterable[Mapping[str, Any]], source: str) -> Gazetteer:
        """Make a user's list of entries in memory, each a mapping with at least ``id``, ``kind`` and ``ar``.

        Raises
        ------
        DataError
            If an entry is wrong; the message names ``source`` and the entry.
        """
        return Gazetteer._own(_parse_all(((f"entry {n}", e) for n, e in enumerate(entries, 1)), source), source)

    @staticmethod
    def _own(entries: Iterable[Party], source: str) -> Gazetteer:
        parties = list(entries)
        for party in parties:
            missing = [name for name in ("kind", "ar") if not getattr(party, name)]
            if missing:
                raise DataError(f"{source}, {party.id!r}: no {missing[0]!r}; every party needs id, kind and ar")
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


def _read(path: Path) -> Iterator[Party]:
    with RecordReader(path, "jsonl") as reader:
        rows: list[tuple[str, Mapping[str, Any]]] = []
        for record in reader:
            if record.problem:
                raise DataError(f"{path}, {record.place}: {record.problem}")
            rows.append((record.place, record.fields))
    return _parse_all(rows, str(path))


def _parse_all(entries: Iterable[tuple[str, Mapping[str, Any]]], source: str) -> Iterator[Party]:
    seen: set[str] = set()
    for place, entry in entries:
        party = _parse_entry(entry, f"{source}, {place}")
        if party.id in seen:
            raise DataError(f"{source}, {place}: id {party.id!r} is given twice; give each party one entry")
        seen.add(party.id)
        yield party


def _parse_entry(entry: Mapping[str, Any], place: str) -> Party:
    found = entry.get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found) or found == REPORT:
        raise DataError(f"{place}: id is {found!r}, expected a name in lower snake_case, as world_bank")
    place = f"{place} ({found!r})"
    values: dict[str, Any] = {}
    for name, value in entry.items():
        if name not in _FIELDS:
            hint = suggest(str(name), _FIELDS) or "."
            raise DataError(f"{place}: field {name!r} is unknown{hint} The fields are: {', '.join(_FIELDS)}")
        if name in _LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) and split_name(item) for item in value):
                raise DataError(f"{place}: {name} is {value!r}, expected a list of names: [name, name]")
            values[name] = tuple(value)
        elif not isinstance(value, str):
            raise DataError(f"{place}: {name} is {value!r}, expected text; put it in quotes if it is meant so")
        else:
            values[name] = value
    for name, known in (("kind", PARTY_KINDS), ("office", OFFICES)):
        if name in values and values[name] not in known:
            hint = suggest(values[name], known) or "."
            raise DataError(f"{place}: {name} {values[name]!r} is unknown{hint} Expected one of: {', '.join(known)}")
    if "ar" in values and not split_name(values["ar"]):
        raise DataError(f"{place}: ar is {values['ar']!r}, expected the party's Arabic name")
    return Party(**values)


def _merge(first: Party, second: Party) -> Party:
    lists: dict[str, Any] = {
        name: tuple(dict.fromkeys(getattr(first, name) + getattr(second, name))) for name in _LISTS
    }
    lists["weak"] = tuple(name for name in lists["weak"] if name in first.weak or name not in (first.ar, *first.names))
    single: dict[str, Any] = {
        name: getattr(first, name) or getattr(second, name) for name in _FIELDS if name not in _LISTS and name != "id"
    }
    if second.ar and second.ar != first.ar:
        lists["names"] = tuple(dict.fromkeys((*lists["names"], second.ar)))
    return replace(first, **single, **lists)


def _list_keys(party: Party) -> list[tuple[str, ...]]:
    """Return the names by which an entry is known to be the same party, folded."""
    return [tuple(word.folded for word in split_words(name)) for name in (party.ar, *party.names) if name]
