"""Signs of stances, and pieces of a text that are marked by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from janib.labels import Stance

SIGNS: Mapping[str | None, str] = {Stance.FAVOR: "▲", Stance.AGAINST: "▼", Stance.NEUTRAL: "○", None: "؟"}
"""The sign of each stance, for readers who cannot tell the colours; None is a withheld stance."""


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
