"""Statements of a text: its sentences, by the guideline in experiments/articles/GUIDELINE.md."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise

from janib.articles.lexicon import CLITICS, load_lexicon
from janib.articles.spans import Sentence
from janib.text.letters import MARKS
from janib.text.spelling import fold

# What str.splitlines cuts at, and what no reader sees: neither is at the edge of a statement.
_LINE = re.compile("[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_HIDDEN = "\x00-\x08\x0e-\x1b\x7f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_UNSEEN = re.compile(f"[{_HIDDEN}]")
_EDGE = re.compile(rf"[\s{_HIDDEN}]+")

_LIST_MARK = re.compile(
    rf"""(?:[\s{_HIDDEN}]*
    (?: [•·▪▫●○◦■□◆◇►▶‣⁃✓✔➤★☆]+
      | [-–—*]+(?=[\s{_HIDDEN}])
      | [-–—](?=[^\W\d_])
      | \(?\d{{1,2}}(?:\)|[.-](?!\d))
    ))+""",
    re.VERBOSE,
)
_URL = re.compile(r"(?:https?://|www\.)[^\s«»“”\"<>()\[\]]*[^\s«»“”\"<>()\[\].،؛,;:!؟?…]")

_STOPS = ".۔!?؟…‥"
# There may be spaces between the marks of one run: "؟ !".
_RUN = re.compile(rf"[{_STOPS}]+(?:[ \u00a0{_HIDDEN}]+[{_STOPS}]+)*")
_QUOTES = {"«": "»", "“": "”", "„": "”", "‹": "›", "(": ")", "[": "]", "{": "}"}
_OPENERS = {closer: "".join(o for o, c in _QUOTES.items() if c == closer) for closer in _QUOTES.values()}
_PAIR_MARK = re.compile(rf"[{re.escape(''.join(_QUOTES) + ''.join(_OPENERS))}]")
_STRAIGHT = re.compile('"')
_DIGITS = frozenset("0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")
_MARK = re.compile(f"[{MARKS}ـ]")
_LAST_WORD = re.compile(rf"(?:[^\W\d_]|[{MARKS}])+\Z")
_FIRST_WORD = re.compile(rf"(?:[^\W\d_]|[{MARKS}])+")
_ABBREVIATION = 12  # letters and marks of an abbreviation, at most
# A letter after a number (2016م, 1437 هـ), and the last of an acronym without dots (أ ف ب): a dot after it ends.
_NO_ABBREVIATION = re.compile(rf"(?:\d ?|(?<!\w)[^\W\d_] )[^\W\d_][{MARKS}ـ]*\Z")
_CLITICS = frozenset({"ود", "وم"})  # و and the single letter of an abbreviation: "ود. سامر"


def split_sentences(text: str) -> list[Sentence]:
    """Find the statements of a text.

    A statement ends with its line, or at ``.``, ``؟``, ``?`` or ``!`` outside quotation marks and brackets; dots of
    abbreviations, numbers and ellipses end nothing. Runs in linear time.

    Returns
    -------
    list[Sentence]
        In the text's order, disjoint, without white space and list marks around them; each letter of the text is in
        one of them.
    """
    return [sentence for line in _LINE.finditer(text) for sentence in _split_line(text, line.start(), line.end())]


def has_list_mark(text: str, start: int) -> bool:
    """Tell whether a list mark is between the start of a line and a statement."""
    line = start
    while line > 0 and start - line < 16 and _LINE.match(text[line - 1]):
        line -= 1
    return bool(_LIST_MARK.match(text, line, start))


def _split_line(text: str, start: int, end: int) -> Iterator[Sentence]:
    if mark := _LIST_MARK.match(text, start, end):
        start = mark.end()
    for piece_start, piece_end in pairwise([start, *_find_ends(text, start, end), end]):
        edge = _EDGE.match(text, piece_start, piece_end)
        first, last = edge.end() if edge else piece_start, piece_end
        while last > first and _EDGE.match(text, last - 1):
            last -= 1
        if any(map(str.isalpha, text[first:last])):
            yield Sentence(first, last)


def _find_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where sentences end before the line does, in order."""
    pairs = pair_marks(text, start, end)
    closers = {closer for _, closer in pairs}
    shields = _merge([*pairs, *((match.start(), match.end() - 1) for match in _URL.finditer(text, start, end))])
    shield = 0
    for run in _RUN.finditer(text, start, end):
        while shield < len(shields) and shields[shield][1] < run.start():
            shield += 1
        after = _skip_closers(text, run.end(), end, closers)
        is_inside = shield < len(shields) and shields[shield][0] < run.start()
        if is_inside and not _ends_quotation(text, run[0], after, end, shields[shield][1]):
            continue
        if start < after < end and _is_end(text, run[0], run.start(), end):
            yield after
            start = after


def _skip_closers(text: str, after: int, end: int, closers: Container[int]) -> int:
    """Return where the closing marks after a run of stops end."""
    while after < end and (after in closers or _UNSEEN.match(text, after)):
        after += 1
    return after


def _ends_quotation(text: str, run: str, after: int, end: int, closer: int) -> bool:
    """Tell whether a quotation ends a sentence: by a full stop right before its closing mark, if words follow."""
    edge = _EDGE.match(text, after, end)
    word = edge.end() if edge else after
    return run in (".", "۔") and after > closer and word < end and text[word] not in "،؛,;:"


def _is_end(text: str, run: str, stop: int, end: int) -> bool:
    """Tell whether a run of stops ends a sentence; an ellipsis does not."""
    if any(mark in run for mark in "!?؟"):
        return True
    return run in (".", "۔") and _is_full_stop(text, stop, end)


def _is_full_stop(text: str, stop: int, end: int) -> bool:
    """Tell whether a dot ends a sentence, and neither an abbreviation nor part of a number or of a Latin name."""
    before, after = text[stop - 1 : stop], text[stop + 1 : min(stop + 2, end)]
    if after.isascii() and after.isalpha():
        return False
    if before in _DIGITS:
        return after not in _DIGITS
    word = _LAST_WORD.search(text[max(0, stop - _ABBREVIATION) : stop])
    letters = _MARK.sub("", word[0]) if word else ""
    if _is_in_acronym(text, letters, stop, end):
        return False
    if len(letters) == 2 and letters[0] in CLITICS and text[stop + 2 : min(stop + 3, end)] == ".":
        return False  # "وأ.ف.ب"
    if len(letters) == 1:
        return bool(_NO_ABBREVIATION.search(text, max(0, stop - _ABBREVIATION), stop))
    return letters not in _CLITICS


def _is_in_acronym(text: str, before: str, stop: int, end: int) -> bool:
    """Tell whether a dot is between the names of two Latin letters: بي.بي, بي. بي."""
    word = _FIRST_WORD.match(text, stop + 1 + (text[stop + 1 : stop + 2] == " "), min(end, stop + _ABBREVIATION))
    if not word or not before:
        return False
    lexicon = load_lexicon()
    last, first = fold(before), fold(_MARK.sub("", word[0]))
    if word.start() > stop + 1 and lexicon.is_everyday(first):
        return False  # "على قناة سي. في روما"
    names = lexicon.words["letter_names"]
    return first in names and (last in names or (last[:1] in CLITICS and last[1:] in names))


def pair_marks(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the places of quotation marks and brackets that open and close between ``start`` and ``end``, a line."""
    pairs = _pair_straight(text, [match.start() for match in _STRAIGHT.finditer(text, start, end)], end)
    opened: dict[str, list[int]] = {closer: [] for closer in _OPENERS}
    swapped: dict[str, int] = {}  # ”such“, as some desks write
    for match in _PAIR_MARK.finditer(text, start, end):
        mark, place = match[0], match.start()
        if mark in _QUOTES:
            closer = _QUOTES[mark]
            if closer in swapped and not _opens(text, place, end):
                pairs.append((swapped.pop(closer), place))
            else:
                opened[closer].append(place)
        elif opened[mark]:
            pairs.append((opened[mark].pop(), place))
        elif mark in "»”" and _opens(text, place, end):
            swapped[mark] = place
    return sorted(pairs)


def _pair_straight(text: str, places: Sequence[int], end: int) -> list[tuple[int, int]]:
    """Pair straight quotation marks: in turn, or if one is missing, by the spaces beside them."""
    if len(places) % 2 == 0:
        return list(zip(places[::2], places[1::2], strict=True))
    pairs = []
    opened = None
    for place in places:
        if _opens(text, place, end):
            opened = place  # the one before never closes
        elif opened is not None:
            pairs.append((opened, place))
            opened = None
        elif not _closes(text, place, end):
            opened = place  # بـ"حماس"
    return pairs


def _closes(text: str, place: int, end: int) -> bool:
    before, after = text[max(0, place - 1) : place], text[place + 1 : min(place + 2, end)]
    return bool(before.strip()) and not after.isalnum()


def _opens(text: str, place: int, end: int) -> bool:
    before, after = text[max(0, place - 1) : place], text[place + 1 : min(place + 2, end)]
    if not after or after.isspace():
        return False
    return before.isspace() or before in "(:"


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
