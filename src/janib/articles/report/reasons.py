"""Why a stance was given, as the report shows it: words shaded by their effect, the strongest with their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from janib.articles.positions import Position
from janib.inference.explain import Explanation, WordEffect
from janib.labels import ARABIC_NAMES

FACTORS = (1.25, 2, 4)
"""How often a word must multiply, or divide, the odds of the label for each of the shades."""

_LISTED = 5  # on each side
_MARKS = "،؛؟.,:;!?…«»\"“”'()[]"  # around a word, left out where it stands in a list


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a statement; of a word that has an effect also its shade.

    Attributes
    ----------
    shade
        ``for-1`` to ``for-3`` or ``against-1`` to ``against-3``, the last the strongest; empty for a weak word.
    effect
        The word's number; of a word that is cut, at its piece in the party's name.
    """

    text: str
    shade: str = ""
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What a position's details show.

    Attributes
    ----------
    label, other
        The Arabic names of the label that is explained and of the next.
    before, mention, after
        The statement, cut where it names the party.
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


def show_reasons(text: str, position: Position, explanation: Explanation) -> Reasons:
    """Lay out an explanation of a position in an article's text."""
    words, statement = explanation.words, text[position.start : position.end]
    start, end = position.mention_start - position.start, position.mention_end - position.start
    shaded = [word for word in words if _name_shade(word.effect)]
    support, oppose = (
        tuple((word.word.strip(_MARKS) or word.word, _write(word.effect)) for word in some if _name_shade(word.effect))
        for some in explanation.rank_words(_LISTED)
    )
    return Reasons(
        ARABIC_NAMES[explanation.label],
        ARABIC_NAMES[explanation.other],
        tuple(_cut(statement, shaded, 0, start)),
        tuple(_cut(statement, shaded, start, end, is_mention=True)),
        tuple(_cut(statement, shaded, end, len(statement))),
        support,
        oppose,
    )


def _cut(text: str, words: Sequence[WordEffect], start: int, end: int, *, is_mention: bool = False) -> Iterator[Piece]:
    """Cut ``text[start:end]`` at its words, which are in order; one may stick out on either side."""
    place = start
    for word in words:
        first, last = max(word.start, start), min(word.end, end)
        if first >= last:
            continue
        if place < first:
            yield Piece(text[place:first])
        is_whole = (first, last) == (word.start, word.end)
        yield Piece(text[first:last], _name_shade(word.effect), _write(word.effect) if is_whole or is_mention else "")
        place = last
    if place < end:
        yield Piece(text[place:end])


def _name_shade(effect: float) -> str:
    strength = sum(abs(effect) >= math.log(factor) for factor in FACTORS)
    return f"{'for' if effect > 0 else 'against'}-{strength}" if strength else ""


def _write(effect: float) -> str:
    return f"{effect:+.2f}".replace("-", "\N{MINUS SIGN}")
