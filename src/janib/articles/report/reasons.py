"""An explanation as the report shows it: words shaded by their effect, the strongest listed with their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from janib.articles.positions import Position
from janib.articles.report.pieces import Piece
from janib.articles.report.wording import Wording
from janib.inference.explain import Explanation, WordEffect

FACTORS = (1.25, 2, 4)
"""The least factor by which a word multiplies, or divides, the odds of the label, for each shade."""

SUPPORTS, OPPOSES = "for", "against"
"""The first part of a shade's CSS class: of words for the label that is explained, and of words against it."""

_LISTED = 5  # on each side
_MARKS = "،؛؟.,:;!?…«»\"“”'()[]"  # left out around a word in a list


@dataclass(frozen=True, slots=True)
class Reasons:
    """The details of a position.

    Attributes
    ----------
    label, other
        Names of the explained label and of the next.
    before, mention, after
        The statement before the party's name, the name, and the statement after it.
    support, oppose
        The strongest words for the label and against it, with their numbers.
    """

    label: str
    other: str
    before: tuple[Piece, ...]
    mention: tuple[Piece, ...]
    after: tuple[Piece, ...]
    support: tuple[tuple[str, str], ...]
    oppose: tuple[tuple[str, str], ...]


def show_reasons(text: str, position: Position, explanation: Explanation, wording: Wording) -> Reasons:
    """Lay out an explanation of a position in an article's text."""
    words, statement = explanation.words, text[position.start : position.end]
    start, end = position.mention_start - position.start, position.mention_end - position.start
    shaded = [word for word in words if name_shade(word.effect)]
    support, oppose = (
        tuple(
            (word.word.strip(_MARKS) or word.word, write_effect(word.effect))
            for word in some
            if name_shade(word.effect)
        )
        for some in explanation.rank_words(_LISTED)
    )
    return Reasons(
        wording.name_label(explanation.label),
        wording.name_label(explanation.other),
        tuple(_cut(statement, shaded, 0, start)),
        tuple(_cut(statement, shaded, start, end, is_mention=True)),
        tuple(_cut(statement, shaded, end, len(statement))),
        support,
        oppose,
    )


def _cut(text: str, words: Sequence[WordEffect], start: int, end: int, *, is_mention: bool = False) -> Iterator[Piece]:
    """Cut ``text[start:end]`` at its words, which are in order and may begin before it or end after it.

    A word that is cut has its number at its piece in the mention.
    """
    place = start
    for word in words:
        first, last = max(word.start, start), min(word.end, end)
        if first >= last:
            continue
        if place < first:
            yield Piece(text[place:first])
        is_whole = (first, last) == (word.start, word.end)
        number = write_effect(word.effect) if is_whole or is_mention else ""
        yield Piece(text[first:last], name_shade(word.effect), effect=number)
        place = last
    if place < end:
        yield Piece(text[place:end])


def name_shade(effect: float) -> str:
    """Return a word's CSS class, ``for-1`` to ``for-3`` or ``against-1`` to ``against-3``; none for a weak word."""
    strength = sum(abs(effect) >= math.log(factor) for factor in FACTORS)
    return f"{SUPPORTS if effect > 0 else OPPOSES}-{strength}" if strength else ""


def write_effect(effect: float) -> str:
    """Return a word's number with its sign."""
    return f"{effect:+.2f}".replace("-", "\N{MINUS SIGN}")
