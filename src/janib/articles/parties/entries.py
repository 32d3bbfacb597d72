"""Entries of a list of parties: read from a table, and checked, all faults of a list together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from janib.articles.parties.party import OFFICES, PARTY_KINDS, Party
from janib.articles.parties.variants import split_name
from janib.articles.spans import REPORT
from janib.errors import DataError, suggest
from janib.io.formats import open_table
from janib.io.text_tables import refuse_unknown

LISTS = ("names", "demonyms", "peoples", "capitals", "metonyms", "titles", "weak")
"""Fields of a party that hold several names."""

PARTY_FIELDS = tuple(field.name for field in fields(Party))
"""All fields of a party, which are also the columns of a table of parties."""

MOST_FAULTS = 10
"""Faults of a list that its error names."""

_NEEDED = ("kind", "ar")
_ID = re.compile("[a-z0-9]+(_[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_BETWEEN_NAMES = re.compile("[;؛]")


class Entry(NamedTuple):
    """A row of a list of parties.

    Attributes
    ----------
    place
        Where it stands, for messages.
    fields
        Its values by field.
    problem
        Why the row could not be read; else None.
    """

    place: str
    fields: Mapping[str, Any]
    problem: str | None = None


def read_entries(path: Path) -> list[Entry]:
    """Read the entries of a table; in a cell of several names ``;`` or ``؛`` is between them.

    Raises
    ------
    DataError
        If the file cannot be read, or a column is unknown.
    """
    with open_table(path) as reader:
        refuse_unknown(reader.columns, PARTY_FIELDS, reader.name)
        split = dict if reader.form == "jsonl" else _split_cells
        return [Entry(f"{path}, {row.place}", split(row.fields), row.problem) for row in reader]


def parse_entries(entries: Iterable[Entry], needed: Sequence[str] = _NEEDED) -> list[Party]:
    """Check entries and make parties of them.

    Parameters
    ----------
    needed
        Fields that each entry must have, besides ``id``.

    Raises
    ------
    DataError
        If an entry is wrong; the message has a line for each of the first :data:`MOST_FAULTS` faults.
    """
    parties: dict[str, Party] = {}
    faults: list[str] = []
    for entry in entries:
        name = entry.fields.get("id")
        found = [entry.problem] if entry.problem else list(_list_faults(entry.fields, needed))
        if not found and name in parties:
            found = ["the id is given twice; give each party one entry"]
        if found:
            place = f"{entry.place} ({name!r})" if _is_id(name) else entry.place
            faults += [f"{place}: {fault}" for fault in found]
        else:
            values: dict[str, Any] = {
                key: tuple(value) if key in LISTS else value for key, value in entry.fields.items()
            }
            parties[str(name)] = Party(**values)
    if len(faults) > MOST_FAULTS:
        faults[MOST_FAULTS:] = [f"and {len(faults) - MOST_FAULTS} more"]
    if faults:
        raise DataError(*faults)
    return list(parties.values())


def _split_cells(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filled cells of a row, those of several names as lists."""
    values = {name: str(cell).strip() for name, cell in cells.items() if cell is not None and str(cell).strip()}
    return {
        name: [part.strip() for part in _BETWEEN_NAMES.split(cell) if part.strip()] if name in LISTS else cell
        for name, cell in values.items()
    }


def _is_id(found: object) -> bool:
    return isinstance(found, str) and bool(_ID.fullmatch(found)) and found != REPORT


def _list_faults(entry: Mapping[str, Any], needed: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with an entry."""
    if not _is_id(entry.get("id")):
        yield f"id is {entry.get('id')!r}, expected a name in lower snake_case, as world_bank"
    yield from _list_wrong_fields(entry)
    for name in needed:
        if not entry.get(name):
            yield f"no {name!r}; every party needs id, {' and '.join(needed)}"
    since, until = entry.get("since"), entry.get("until")
    if isinstance(since, str) and isinstance(until, str) and until and since > f"{until}~":  # ~ sorts after -MM-DD
        yield f"since is {since}, after until, {until}"


def _list_wrong_fields(entry: Mapping[str, Any]) -> Iterator[str]:
    for name, value in entry.items():
        if name not in PARTY_FIELDS:
            hint = suggest(str(name), PARTY_FIELDS) or "."
            yield f"field {name!r} is unknown{hint} The fields are: {', '.join(PARTY_FIELDS)}"
        elif name in LISTS:
            if not isinstance(value, list) or not all(isinstance(item, str) and split_name(item) for item in value):
                yield f"{name} is {value!r}, expected a list of names: [name, name]"
        elif not isinstance(value, str):
            yield f"{name} is {value!r}, expected text; put it in quotes if it is meant so"
        elif value and (fault := _find_wrong_text(name, value)):
            yield fault


def _find_wrong_text(name: str, value: str) -> str:
    known = {"kind": PARTY_KINDS, "office": OFFICES}.get(name, ())
    if known and value not in known:
        return f"{name} {value!r} is unknown{suggest(value, known) or '.'} Expected one of: {', '.join(known)}"
    if name in ("since", "until") and not _DATE.fullmatch(value):
        return f"{name} is {value!r}, expected a date: 2024-05-31, 2024-05 or 2024"
    if name == "ar" and not split_name(value):
        return f"ar is {value!r}, expected the party's Arabic name"
    return ""
