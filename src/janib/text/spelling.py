"""Words of a text in one spelling, in which names are looked for, with their offsets in the original."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from janib.schema import INVISIBLE
from janib.text.cleaning import compose
from janib.text.letters import MARKS

_WORD = re.compile(rf"[^\W_](?:[^\W_]|[ـ{MARKS}{INVISIBLE}])*")
_TRAILING = re.compile(f"[{INVISIBLE}]+$")
_POINT_ZERO = re.compile(r"(?<=\d)\.0+$")
_UNSEEN = re.compile(f"[{INVISIBLE}]")
_BETWEEN_EMOJI = r"(?<!\w)\u200d(?!\w)"
_UNSEEN_BUT_IN_EMOJI = re.compile(f"(?!{_BETWEEN_EMOJI})[{INVISIBLE}]")

_fold = compose(
    (
        "unfold_forms",
        "strip_invisibles",
        "strip_diacritics",
        "strip_tatweel",
        "unify_lookalikes",
        "unify_alif",
        "unify_ya",
        "unify_ta_marbuta",
        "unify_hamza",
        "unify_digits",
        "lower_case",
    )
)


def strip_unseen(text: str) -> str:
    """Remove :data:`INVISIBLE`, but for the joiners of an emoji."""
    return _UNSEEN_BUT_IN_EMOJI.sub("", text)


def fold_value(value: str) -> str:
    """Write a label or a target in the one spelling in which those of a file are compared.

    To the eye there is hardly a difference: besides what :func:`fold` makes equal, spaces, other forms of a letter
    (NFKC), and the ``.0`` that programs add to a whole number.

    Examples
    --------
    >>> fold_value(" البلديّة ") == fold_value("البلديه"), fold_value("1.0")
    (True, '1')
    """
    words = unicodedata.normalize("NFKC", _fold(value)).casefold().split()
    return _POINT_ZERO.sub("", " ".join(words))


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Write a word in the one spelling in which names are compared.

    Examples
    --------
    >>> fold("الأُمَـــمِ") == fold("الامم")
    True
    """
    return _fold(word)


def fold_all(words: str) -> frozenset[str]:
    """Fold words separated by white space."""
    return frozenset(map(fold, words.split()))


@dataclass(slots=True)
class Word:
    """A word of a text.

    Attributes
    ----------
    start, end
        Offsets in the original, without invisible characters at the end.
    surface
        The word as written.
    folded
        The word in the spelling of :func:`fold`; never empty.
    gap
        The text between the word before and this one, without invisible characters.
    """

    start: int
    end: int
    surface: str
    folded: str
    gap: str

    def offset(self, letters: int) -> int:
        """Return the offset in the original after so many folded letters and their marks."""
        if letters == 0:
            return self.start
        end = 0
        for place in range(1, len(self.surface) + 1):
            if len(fold(self.surface[:place])) > letters:
                break
            end = place
        return self.start + end


def split_words(text: str, start: int = 0, end: int | None = None) -> Iterator[Word]:
    """Yield the words of ``text[start:end]``, in time linear in its length."""
    end = len(text) if end is None else end
    before = start
    for match in _WORD.finditer(text, start, end):
        surface = match[0]
        if not surface[-1].isalnum():
            surface = _TRAILING.sub("", surface)
        folded = fold(surface)
        if folded:
            gap = text[before : match.start()]
            if gap != " ":  # as most are
                gap = _UNSEEN.sub("", gap)
            before = match.start() + len(surface)
            yield Word(match.start(), before, surface, folded, gap)


@lru_cache(maxsize=1 << 16)
def strip_clitics(folded: str) -> tuple[tuple[int, str], ...]:
    """Return the readings of a folded word: the number of letters of its clitics, and the rest.

    The article stays. ``للروس`` is ``ل`` before ``الروس``, whose alif is not written, or before ``لروس``, as ``للبنان``
    is ``ل`` before ``لبنان``.

    Examples
    --------
    >>> strip_clitics("وللروس")
    ((0, 'وللروس'), (1, 'للروس'), (2, 'الروس'), (2, 'لروس'))
    """
    found = [(0, folded)]
    rest = folded
    if rest[0] in "وف" and len(rest) > 2:
        rest = rest[1:]
        found.append((1, rest))
    if rest.startswith("لل") and len(rest) > 3:
        found.append((len(folded) - len(rest) + 1, "ا" + rest[1:]))
    if rest[0] in "بكل" and len(rest) > 2:
        found.append((len(folded) - len(rest) + 1, rest[1:]))
    return tuple(found)
