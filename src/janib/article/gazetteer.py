"""The parties that an article may name: read from YAML, checked, and put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from janib.article.lexicon import Lexicon
from janib.article.party import KINDS, OFFICES, Party
from janib.article.words import fold, split_words
from janib.errors import DataError, suggest

_LISTS = ("names", "demonyms", "peoples", "capitals", "metonyms", "titles", "weak")
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
    >>> Gazetteer.parse([{"id": "wadi_front", "kind": "armed_group", "ar": "جبهة الوادي"}], "list").parties["wadi_front"].ar
    'جبهة الوادي'
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
        folder = files("janib.data.article")
        entries = [_parse(_load((folder / name).read_text("utf-8"), name), name) for name in _SHIPPED]
        merged: dict[str, Party] = {}
        for party in chain.from_iterable(entries):
            merged[party.id] = _merge(merged[party.id], party) if party.id in merged else party
        return Gazetteer(merged.values())

    @staticmethod
    def read(path: Path) -> Gazetteer:
        """Read a user's list, a YAML file of the same form as the shipped ones.

        Raises
        ------
        DataError
            If the file cannot be read, or an entry is wrong; the message names file and entry.
        """
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
            raise DataError(f"{path} cannot be read: {reason}; expected a YAML list of parties") from error
        return Gazetteer.parse(_load(text, str(path)), str(path))

    @staticmethod
    def parse(entries: Any, source: str) -> Gazetteer:
        """Make a user's list of entries in memory, each a mapping with at least ``id``, ``kind`` and ``ar``.

        Raises
        ------
        DataError
            If an entry is wrong; the message names ``source`` and the entry.
        """
        parties = list(_parse(entries, source))
        for party in parties:
            missing = [name for name in ("kind", "ar") if not getattr(party, name)]
            if missing:
                raise DataError(f"{source}, entry {party.id!r}: no {missing[0]!r}; every party needs id, kind and ar")
        return Gazetteer(parties, own=(party.id for party in parties))

    def extend(self, own: Gazetteer) -> Gazetteer:
        """Return this gazetteer with a user's list in front.

        An entry with the id of one here adds to it. An entry that carries the name of one here takes its place
        and its other names.
        """
        owner_of = {
            key: party.id for party in own.parties.values() for key in _list_keys(party) if party.kind != "leader" or party.id
        }
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
    def lexicon(self) -> Lexicon:
        """The forms of all parties, made when first asked for."""
        return Lexicon(self.parties, self.own)

    def find(self, party: str) -> Party:
        """Return a party by id; also one that a mention composed, as ``sudanese_army`` of Sudan.

        Raises
        ------
        KeyError
            If there is none.
        """
        return self.parties[party] if party in self.parties else self.lexicon.compose(party)


_SHIPPED = ("states.yaml", "demonyms.yaml", "bodies.yaml", "leaders.yaml")


def _load(text: str, source: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise DataError(f"{source}{place}: not YAML ({getattr(error, 'problem', error)}); expected a list of parties") from error


def _parse(entries: Any, source: str) -> Iterator[Party]:
    if not isinstance(entries, list):
        raise DataError(f"{source}: found {type(entries).__name__}, expected a list of parties (- id: … kind: … ar: …)")
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        party = _parse_entry(entry, f"{source}, entry {number}")
        if party.id in seen:
            raise DataError(f"{source}, entry {number}: id {party.id!r} stands twice; give each party one entry")
        seen.add(party.id)
        yield party


def _parse_entry(entry: Any, place: str) -> Party:
    if not isinstance(entry, Mapping):
        raise DataError(f"{place}: found {entry!r}, expected a mapping with id, kind and ar")
    found = entry.get("id")
    if not isinstance(found, str) or not found:
        raise DataError(f"{place}: id is {found!r}, expected a lower snake_case name")
    place = f"{place} ({found!r})"
    values: dict[str, Any] = {}
    for name, value in entry.items():
        if name not in _FIELDS:
            hint = suggest(str(name), _FIELDS) or "."
            raise DataError(f"{place}: field {name!r} is unknown{hint} The fields are: {', '.join(_FIELDS)}")
        if name in _LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
                raise DataError(f"{place}: {name} is {value!r}, expected a list of names: [name, name]")
            values[name] = tuple(value)
        elif not isinstance(value, str):
            raise DataError(f"{place}: {name} is {value!r}, expected text; put it in quotes if it is meant so")
        else:
            values[name] = value
    for name, known in (("kind", KINDS), ("office", OFFICES)):
        if name in values and values[name] not in known:
            hint = suggest(values[name], known) or "."
            raise DataError(f"{place}: {name} {values[name]!r} is unknown{hint} Expected one of: {', '.join(known)}")
    if "ar" in values and not any(True for _ in split_words(values["ar"])):
        raise DataError(f"{place}: ar is {values['ar']!r}, expected the party's Arabic name")
    return Party(**values)


def _merge(first: Party, second: Party) -> Party:
    lists = {name: tuple(dict.fromkeys(getattr(first, name) + getattr(second, name))) for name in _LISTS}
    single = {
        name: getattr(first, name) or getattr(second, name) for name in _FIELDS if name not in _LISTS and name != "id"
    }
    if second.ar and second.ar != first.ar:
        lists["names"] = tuple(dict.fromkeys((*lists["names"], second.ar)))
    return Party(id=first.id, **single, **lists)


def _list_keys(party: Party) -> list[tuple[str, ...]]:
    """The names by which an entry is known to be the same party, folded, without brackets' contents apart."""
    return [tuple(fold(word.surface) for word in split_words(name)) for name in (party.ar, *party.names) if name]
