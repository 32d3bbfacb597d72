"""Names that people give to the columns of a table, by what the columns hold."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from janib.text.spelling import fold


def match_columns(columns: Sequence[str], field: str) -> list[str]:
    """Return the columns that hold a field by their names, the likeliest name first.

    Names are compared without vowel marks, the article ال, case and what divides words; ``data/column_names.json``
    has those that are known.

    >>> match_columns(["رقم", "النصّ", "Full-Text"], "text"), match_columns(["نشر_في"], "date")
    (['Full-Text', 'النصّ'], ['نشر_في'])
    """
    known = _read_names()[field]
    found = [(known[name], column) for column in columns if (name := _fold_name(column)) in known]
    return [column for _, column in sorted(found, key=lambda one: one[0])]


def match_nouns(columns: Sequence[str], field: str) -> list[str]:
    """Return the columns of Arabic names whose first word, which the others describe, is known: ``رأي الكاتب``."""
    known = _read_names()[field]
    return [column for column in columns if _find_noun(column) in known]


@cache
def _read_names() -> dict[str, Mapping[str, int]]:
    """Read the names of each field, and the place of each in its list."""
    text = (files("janib") / "data" / "column_names.json").read_text(encoding="utf-8")
    return {
        field: {_fold_name(name): place for place, name in enumerate(names)}
        for field, names in json.loads(text).items()
    }


def _find_noun(name: str) -> str:
    """Return the first word of an Arabic name; of another name, nothing."""
    first = _fold_name(name).partition(" ")[0]
    return "" if first.isascii() else first


def _fold_name(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").casefold().split()
    return " ".join(fold(word).removeprefix("ال") for word in words)
