"""Pieces of a text that are marked by a stance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; it is marked if it has classes.

    Attributes
    ----------
    classes
        CSS classes of the mark, separated by spaces.
    signs
        Signs of its stances, shown behind it.
    note
        Its title, which a screen reader reads too.
    effect
        Its number, shown when the pointer is over it.
    """

    text: str
    classes: str = ""
    signs: str = ""
    note: str = ""
    effect: str = ""
