"""Objects of a verb of speech: what it is about, after its subject."""

from __future__ import annotations

from collections.abc import Callable

from janib.articles.speakers.tagging import TaggedSentence
from janib.articles.speakers.tokens import QUOTATION
from janib.articles.speakers.verbs import SpeechVerb

COMMAS = ("،", "-", "–")
"""Marks around an insertion."""

_REACH = 24  # tokens after a subject that are looked at


def has_object(sentence: TaggedSentence, verb: SpeechVerb, start: int, i: int) -> bool:
    """Tell whether a noun or a clause that the verb is about follows its subject, which is from ``start`` to ``i``."""
    if sentence.form(i) == "،" and "،" in sentence.list_forms(start, i):
        i += 1  # the comma after an apposition
    end = min(i + _REACH, len(sentence))
    while i < end:
        if sentence.form(i) in (QUOTATION, ":") or sentence.is_in(i, "reported"):
            return True
        ends = (skip(sentence, i, end) for skip in ADVERBIALS)
        after = next((after for after in ends if after is not None), None)
        if after is None:
            return _opens_object(sentence, verb, i)
        i = after
    return False


def _opens_object(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    if sentence.ends_phrase(i) or sentence.is_preposition(i):
        return False
    if sentence.has_and(i) or sentence.find_verb_conjunction(i):
        return False
    blames = verb.form.verb in sentence.lexicon.words["blaming_verbs"]
    return not (blames and sentence.lexicon.is_needed(verb.form, sentence.form(i)))


def skip_commas(sentence: TaggedSentence, i: int, end: int) -> int | None:
    """Return the token after a pair of commas or dashes, of which one is at ``i``."""
    if sentence.form(i) not in COMMAS:
        return None
    return next((j + 1 for j in range(i + 1, end) if sentence.form(j) in COMMAS), None)


def _skip_filler(sentence: TaggedSentence, i: int, end: int) -> int | None:
    return i + 1 if sentence.is_in(i, "fillers") else None


def _skip_place(sentence: TaggedSentence, i: int, end: int) -> int | None:
    """Skip a place."""
    is_place = sentence.form(i) == "في" and i + 1 < end and sentence.has_mentions(i + 1)
    return sentence.skip_name(i + 1, end) if is_place else None


def _skip_addressee(sentence: TaggedSentence, i: int, end: int) -> int | None:
    """Skip to whom it was said."""
    is_addressee = sentence.form(i).startswith("ل") and "ل" in sentence.find_clitics(i)
    return sentence.skip_name(i, end) if is_addressee else None


def _skip_occasion(sentence: TaggedSentence, i: int, end: int) -> int | None:
    """Skip when or where it was said."""
    if not sentence.is_in(i, "occasion_prepositions"):
        return None
    ends = (j for j in range(i + 2, min(end, i + 6)) if sentence.is_boundary(j) or sentence.has_mentions(j))
    return next(ends, i + 3)


ADVERBIALS: tuple[Callable[[TaggedSentence, int, int], int | None], ...] = (
    skip_commas,
    _skip_filler,
    _skip_place,
    _skip_addressee,
    _skip_occasion,
)
"""What may come between a subject and its verb's object. Each returns the token after itself."""
