"""Patterns by which Arabic composes the name of an office or a body with that of its state.

``data/articles/patterns.jsonl`` has them. In a pattern ``{m}``, ``{f}`` and ``{p}`` stand for the definite demonym of a
state in the masculine, feminine and plural, ``{state}`` for its name, ``{of}`` for departments of a government,
``{words}`` for up to six definite words.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from janib.text.spelling import fold

SLOTS = ("{m}", "{f}", "{p}", "{state}", "{of}", "{words}")
"""The open places of a pattern."""


class Composition(NamedTuple):
    """A group of patterns that name the same.

    Attributes
    ----------
    role
        ``state``: who speaks for the state in the pattern; ``ministry``: for the state whose ministry was named before;
        ``counterpart``: an official of that state, with the office of one named before; ``office``: its holder;
        ``bare``: an office without its state; ``body``: a party of its own; ``home``: what it means in an article
        about one state, or after that state, if none was named before.
    party
        The office, or the template of a body's id, of which ``{adjective}`` and ``{id}`` are its state's; else empty.
    kind
        Of a body; else empty.
    patterns
        Of a body, the first is its name.
    """

    role: str
    party: str
    kind: str
    patterns: tuple[str, ...]


@cache
def load_compositions() -> tuple[Composition, ...]:
    """Read the patterns, once."""
    lines = (files("janib.data.articles") / "patterns.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(
        Composition(row["role"], row.get("party", ""), row.get("kind", ""), tuple(row["patterns"]))
        for row in map(json.loads, lines)
    )


def split_pattern(pattern: str) -> list[str]:
    """Return the folded words and the slots of a pattern."""
    return [word if word in SLOTS else fold(word) for word in pattern.split()]


@cache
def load_home_bodies() -> dict[str, str]:
    """Return folded names to the template that each means in an article about one state; empty: the state."""
    return {fold(noun): row.party for row in load_compositions() if row.role == "home" for noun in row.patterns}
