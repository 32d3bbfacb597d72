"""Patterns by which Arabic composes the name of an office or a body with that of its state.

``data/articles/patterns.jsonl`` has them. In a pattern ``{m}`` and ``{f}`` stand for a state's definite demonym in the
masculine and feminine, ``{state}`` for its name, ``{of}`` for departments of a government, ``{words}`` for up to six
definite words.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Composition(NamedTuple):
    """What some patterns name.

    Attributes
    ----------
    role
        ``state``: who speaks for the state in the pattern; ``ministry``: for the state whose ministry was named before;
        ``counterpart``: an official of that state, with the office of one named before; ``office``: its holder;
        ``bare``: an office without its state; ``body``: a party of its own; ``home``: what it means in an article
        about one state if none was named before.
    party
        The office, or the template of a body's id, of which ``{adjective}`` and ``{id}`` are its state's; else empty.
    kind
        Of party; of bodies alone.
    patterns
        The first one names a body.
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
