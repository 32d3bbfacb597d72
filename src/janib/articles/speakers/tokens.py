"""A sentence cut into words, each in one spelling and tied to its place and to the parties it names."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from janib.articles.sentences import pair_marks
from janib.articles.spans import Mention
from janib.text.letters import MARKS
from janib.text.spelling import fold

QUOTATION = "«»"
"""VerbForm of the one word that stands for a quotation: nothing inside frames a speaker."""
DASHES = frozenset({"-", "–", "—", "--", "---", "|", "ـ"})
"""Marks that end a dateline and join names."""

_JOINED = f"[^\\W_]|[{MARKS}ـ\u200c\u200d\u200e\u200f\u0300-\u036f]"
_WORD = re.compile(rf"[^\W_](?:{_JOINED})*|\.{{2,}}|…|--+|[^\s\w]")
_LONGEST_NAME = 4
"""Words in quotation marks up to which they are a name, if a party is named there, and no quotation."""


@dataclass(slots=True)
class Word:
    """A word or a mark.

    Attributes
    ----------
    start, end
        Place in the text.
    form
        As :func:`fold` spells it; :data:`QUOTATION` for a whole quotation.
    mentions
        The parties named from here on; a clitic of the word may stand before them.
    is_inner
        Whether it goes on a name that a word before it starts.
    is_boundary
        Whether it is punctuation or a quotation.
    """

    start: int
    end: int
    form: str
    mentions: list[Mention] = field(default_factory=list)
    is_inner: bool = False
    is_boundary: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_boundary = not self.form[:1].isalnum()


def split_words(text: str, start: int, end: int, mentions: Sequence[Mention]) -> list[Word]:
    """Cut a sentence into words; a quotation is one word, what stands in brackets is left out unless it names a party.

    Parameters
    ----------
    mentions
        Those inside the sentence, by their start.
    """
    pairs = {opener: closer for opener, closer in pair_marks(text, start, end) if closer - opener > 1}
    starts = [mention.start for mention in mentions]
    words: list[Word] = []
    place, named, held = start, 0, start  # held: the end of the last name, which may hold quotation marks
    while found := _WORD.search(text, place, end):
        word = Word(found.start(), found.end(), fold(found[0]))
        place = word.end
        closer = pairs.get(word.start)
        if closer is None and word.form in ("«", "“", "„") and words and words[-1].form == ":":
            closer = end - 1  # never closes: the rest is the quotation
        if closer is not None:
            inside = bisect_left(starts, closer) > bisect_left(starts, word.start)
            if inside and closer - word.start < 60 and len(text[word.start : closer].split()) <= _LONGEST_NAME:
                continue
            place = closer + 1
            if word.start >= held and word.form not in "([{":
                words.append(Word(word.start, place, QUOTATION))
            named = max(named, bisect_left(starts, place))
            continue
        if word.form in '«»“”„"‹›()[]{}':
            continue
        word.is_inner = word.start < held
        while named < len(mentions) and starts[named] < word.end:
            word.mentions.append(mentions[named])
            held = max(held, mentions[named].end)
            named += 1
        words.append(word)
    return words
