"""Tokens of a sentence: its words, punctuation and quotations, with the parties they name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from janib.articles.lexicon import load_lexicon
from janib.articles.sentences import pair_marks
from janib.articles.spans import Mention
from janib.schema import INVISIBLE
from janib.text.letters import MARKS
from janib.text.spelling import split_words

QUOTATION = "«»"
"""The form of the one token that a whole quotation becomes: no word inside it tells who speaks."""
DASHES = frozenset({"-", "–", "—", "--", "---", "|"})
"""Marks that end a dateline and join names."""
ELLIPSES = frozenset({"..", "...", "…"})
"""Marks between the parts of a headline or of a report."""

_MARK = re.compile(rf"\.{{2,}}|…|--+|[^\s\w{MARKS}{INVISIBLE}\u0300-\u036f]")
_BRACKETED = "()"
_BRACKETS = frozenset("([{")
_QUOTE_OPENERS = frozenset("«“„")
_QUOTE_MARKS = frozenset('«»“”„"‹›()[]{}')
_NAME_WORDS = 4  # a party's name in quotation marks has at most so many words; more are a quotation
_NAME_LETTERS = 60  # at most, of such a name


@dataclass(slots=True)
class Token:
    """A word, a mark or a quotation.

    Attributes
    ----------
    start, end
        Place in the text.
    form
        The word as :func:`janib.text.spelling.fold` spells it, or the mark; :data:`QUOTATION` for a whole quotation. A
        dotted acronym is one word, with its dots.
    is_boundary
        Whether it is a mark or a quotation.
    mentions
        The parties whose names start here; a clitic may come before them.
    is_inner
        Whether it continues a name that an earlier token starts.
    """

    start: int
    end: int
    form: str
    is_boundary: bool
    mentions: list[Mention] = field(default_factory=list)
    is_inner: bool = False

    @property
    def is_acronym(self) -> bool:
        """Whether it is a dotted acronym: ب.ب.سي."""
        return not self.is_boundary and "." in self.form


def tokenise(text: str, start: int, end: int, mentions: Sequence[Mention]) -> list[Token]:
    """Cut a sentence into tokens.

    A quotation is one token. What is in brackets is left out unless it names a party.

    Parameters
    ----------
    mentions
        Those inside the sentence, by their start.
    """
    starts = [mention.start for mention in mentions]
    tokens: list[Token] = []
    named, held = 0, start  # the next mention, and the end of the last name, which may have quotation marks in it
    for token in _join_quotations(text, start, end, starts):
        if token.form in (QUOTATION, _BRACKETED):
            named = max(named, bisect_left(starts, token.end))
            if token.form == QUOTATION and token.start >= held:
                tokens.append(token)
            continue
        token.is_inner = token.start < held
        while named < len(mentions) and starts[named] < token.end:
            token.mentions.append(mentions[named])
            held = max(held, mentions[named].end)
            named += 1
        tokens.append(token)
    return tokens


def _join_quotations(text: str, start: int, end: int, starts: Sequence[int]) -> Iterator[Token]:
    """Yield the tokens of ``text[start:end]``, one for each quotation and for what is in brackets."""
    pairs = {opener: closer for opener, closer in pair_marks(text, start, end) if closer - opener > 1}
    place, before = start, ""
    for token in _cut(text, start, end):
        if token.start < place:
            continue
        closer = pairs.get(token.start)
        if closer is None and before == ":" and token.form in _QUOTE_OPENERS:
            closer = end - 1  # never closes: the rest is the quotation
        if closer is not None and not _is_name(text, token.start, closer, starts):
            place = closer + 1
            token = Token(token.start, place, _BRACKETED if token.form in _BRACKETS else QUOTATION, True)
        if token.form not in _QUOTE_MARKS:
            yield token
            before = before if token.form == _BRACKETED else token.form


def _cut(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield the words of ``text[start:end]`` and the marks between them, in order."""
    place = start
    acronym: Token | None = None
    for word in split_words(text, start, end):
        if acronym and word.gap == "." and _is_letter(word.folded):
            acronym.end, acronym.form = word.end, f"{acronym.form}.{word.folded}"
            place = word.end
            continue
        if acronym:
            yield acronym
            place += _is_abbreviation(acronym.form) and word.gap.startswith(".")  # no mark: جورج و. بوش
        if word.gap != " ":  # as most are
            yield from _cut_marks(text, place, word.start)
        token = Token(word.start, word.end, word.folded, False)
        acronym = token if _is_letter(word.folded) else None
        if acronym is None:
            yield token
        place = word.end
    if acronym:
        yield acronym
    yield from _cut_marks(text, place, end)


def _is_abbreviation(form: str) -> bool:
    """Tell whether the dot after a word is part of it: د. سامي."""
    return len(form) == 1 or form in load_lexicon().words["abbreviated_titles"]


def _is_letter(form: str) -> bool:
    """Tell whether a word is a letter of a dotted acronym: ب.ب.سي."""
    return (len(form) == 1 and form.isalpha()) or form in load_lexicon().words["letter_names"]


def _cut_marks(text: str, start: int, end: int) -> Iterator[Token]:
    for mark in _MARK.finditer(text, start, end):
        yield Token(mark.start(), mark.end(), mark[0], True)


def _is_name(text: str, opener: int, closer: int, starts: Sequence[int]) -> bool:
    """Tell whether quotation marks or brackets are around a name and no quotation."""
    if bisect_left(starts, closer) == bisect_left(starts, opener):
        return False
    return closer - opener < _NAME_LETTERS and len(text[opener:closer].split()) <= _NAME_WORDS
