"""Sentences that are no part of a report: links, tags, credits, bylines and rights lines.

They are statements by their form, but nobody takes a position in them: an analysis finds no party and no speaker there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from janib.articles.lexicon import load_lexicon
from janib.articles.spans import Sentence
from janib.text.spelling import Word, split_words

_OPENING = 3  # words in which a sentence tells what it is
_LABELLED = 6  # words after a label, at most
_NAMED = 4  # words of a name, at most
_SHORT = 12  # words of a line of rights
_SEPARATORS = frozenset(":|-–—/")


def is_boilerplate(text: str, sentence: Sentence) -> bool:
    """Tell whether a sentence is a link to read more, a tag line, a credit, a byline or a line of rights."""
    if "©" in text[sentence.start : sentence.start + 1]:
        return True
    words = list(islice(split_words(text, sentence.start, sentence.end), _SHORT + 1))
    tail = text[words[-1].end : sentence.end] if words else ""
    return bool(words) and any(tells(words, tail) for tells in BOILERPLATE_SIGNS)


def _is_link(words: Sequence[Word], tail: str) -> bool:
    """Tell whether the sentence begins as a link or a call does: اقرأ أيضا, تابعونا على."""
    return any(_open(words, count) in load_lexicon().words["link_openers"] for count in range(1, _OPENING + 1))


def _is_labelled(words: Sequence[Word], tail: str) -> bool:
    """Tell whether a label with its mark opens a short line: المصدر: وكالات, الوسوم: سياسة."""
    labels = load_lexicon().words["line_labels"]
    for count in range(1, _OPENING):
        if _open(words, count) in labels and _is_cut(words, count, tail):
            return len(words) - count <= _LABELLED and not _has_clause(words[count:])
    return False


def _is_tags(words: Sequence[Word], tail: str) -> bool:
    """Tell whether a label of tags with its colon opens the line, or all words are hashtags."""
    if all("#" in word.gap or word.gap == "_" for word in words):
        return True
    labels = load_lexicon().words["tag_labels"]
    return any(_open(words, count) in labels and _is_cut(words, count, tail) for count in range(1, _OPENING))


def _is_credit(words: Sequence[Word], tail: str) -> bool:
    """Tell whether the line names who wrote or drew: كتب: سامي الوادي, بقلم سامي الوادي."""
    lexicon = load_lexicon()
    first, name = words[0].folded, words[1:]
    if not 0 < len(name) <= _NAMED or _has_clause(name):
        return False
    if first in lexicon.words["author_words"]:
        return True
    is_cut = _is_cut(words, 1, tail)
    return first in lexicon.words["bylines"] and is_cut and lexicon.is_first_name(name[0].folded)


def _is_rights(words: Sequence[Word], tail: str) -> bool:
    """Tell whether the line reserves rights: جميع الحقوق محفوظة."""
    lists = load_lexicon().words
    if len(words) > _SHORT:
        return False
    place = 1 if words[0].folded in lists["all_words"] else 0
    opens = place < len(words) and words[place].folded in lists["rights"]
    return opens and any(word.folded in lists["reserved"] for word in words[place + 1 : place + 3])


def _is_picture(words: Sequence[Word], tail: str) -> bool:
    """Tell whether the line only says where a picture is from: صورة أرشيفية, الصورة من الأرشيف."""
    lists = load_lexicon().words
    captions = sum(word.folded in lists["captions"] for word in words)
    return captions > 1 and words[0].folded in lists["captions"] and len(words) <= _NAMED


BOILERPLATE_SIGNS: tuple[Callable[[Sequence[Word], str], bool], ...] = (
    _is_link,
    _is_labelled,
    _is_tags,
    _is_credit,
    _is_rights,
    _is_picture,
)
"""What tells by a sentence's words, and by the text after them, that it is no part of the report."""


def _open(words: Sequence[Word], count: int) -> str:
    """Return the first words, joined by _."""
    return "_".join(word.folded for word in words[:count]) if count <= len(words) else ""


def _is_cut(words: Sequence[Word], count: int, tail: str) -> bool:
    """Tell whether a mark follows the first words; at the end of the line nothing need follow."""
    if count == len(words):
        return not tail.strip(" .:…")
    return not _SEPARATORS.isdisjoint(words[count].gap)


def _has_clause(words: Sequence[Word]) -> bool:
    """Tell whether a verb, a negation or a word of a clause is among words, which a name has not."""
    lexicon = load_lexicon()
    lists = lexicon.words
    clausal = lists["main_verbs"] | lists["negations"] | lists["reported"]
    return any(
        word.folded in clausal
        or (lexicon.find_form(word.folded)[0] is not None and word.folded not in lists["first_names"])
        for word in words
    )
