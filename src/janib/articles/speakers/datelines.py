"""The opening of a sentence: its dateline, and the speaker of a headline with a colon."""

from __future__ import annotations

from collections.abc import Callable

from janib.articles.speakers.persons import skip_own_name
from janib.articles.speakers.phrases import Subject, read_subject
from janib.articles.speakers.tagging import TaggedSentence
from janib.articles.speakers.tokens import DASHES, ELLIPSES, QUOTATION

_COLON_REACH = 18  # tokens of a headline in which its colon is looked for
_CLAIM_REACH = 12  # tokens after a colon in which a word tells that somebody claims something
_DATELINE_REACH = 9
_REMINDER_REACH = 6  # tokens of a reminder
_DASH_REACH = 5  # tokens of a dateline between two dashes

_TIME_MARKS = DASHES | {":", "/"}
_HEADLINE_ENDS = ELLIPSES | {"|", "؟", "!", "."}


def skip_dateline(sentence: TaggedSentence) -> tuple[int, Subject | None]:
    """Return the token where the sentence proper starts, and who speaks if it is of the form ``X: ...``."""
    start = 0
    while sentence.form(start).isdigit() or sentence.form(start) in _TIME_MARKS:
        start += 1
    following = sentence.list_forms(start, start + _COLON_REACH)
    colon = start + following.index(":") if ":" in following else None
    dash = _find_dash(sentence, start)
    if dash is not None:
        if colon is not None and _is_agency(sentence, dash, colon):
            return colon + 1, None
        start = dash + 1
    if colon is None or colon < start:
        return start, None
    return start, _read_headline(sentence, start, colon)


def skip_reminder(sentence: TaggedSentence, start: int) -> int:
    """Return the token after words with which the report reminds its reader: يذكر أن, تجدر الإشارة إلى أن."""
    if not sentence.is_joined_in(start, "reminders"):
        return start
    for i in range(start + 1, start + _REMINDER_REACH):
        if sentence.form(i) == "ان":
            return i + 1
        if sentence.is_boundary(i) or sentence.has_mentions(i) or sentence.find_verb(i):
            return start
    return start


def _find_dash(sentence: TaggedSentence, start: int) -> int | None:
    """Return the last dash of a dateline: ``CITY - 11 - 2 (AGENCY) --``."""
    dash, last = None, start
    for i in range(start + 1, min(start + _DATELINE_REACH, len(sentence))):
        if sentence.form(i) in DASHES and i - last <= _DASH_REACH:
            dash = last = i
        elif _ends_dateline(sentence, i):
            break
    return dash


def _ends_dateline(sentence: TaggedSentence, i: int) -> bool:
    if sentence.form(i) in ("،", ":", "..", QUOTATION) or sentence.find_verb(i):
        return True
    return sentence.find_kind(i) == "papers"  # a paper by two, with a dash between them


def _is_agency(sentence: TaggedSentence, dash: int, colon: int) -> bool:
    """Tell whether only an agency's name is between a dateline and a colon: ``CITY - AGENCY:``."""
    return dash < colon <= dash + 4 and not any(sentence.has_mentions(i) for i in range(dash, colon))


def _read_headline(sentence: TaggedSentence, start: int, colon: int) -> Subject | None:
    """Read who speaks in a headline: ``X: ...``."""
    first = start
    for i in range(start, colon):
        if sentence.form(i) in _HEADLINE_ENDS:
            first = i + 1
    if first >= colon or any(refuses(sentence, first, colon) for refuses in HEADLINE_REFUSALS):
        return None
    return read_subject(sentence, first, colon)


def _has_verb(sentence: TaggedSentence, first: int, colon: int) -> bool:
    """Tell whether a verb of speech comes before the colon, and has the speaker."""
    return any(
        sentence.find_verb(i) and not sentence.has_mentions(i) and sentence.find_kind(i) is None
        for i in range(first, colon)
    )


def _is_byline(sentence: TaggedSentence, first: int, colon: int) -> bool:
    """Tell whether the line only tells who wrote or drew."""
    return sentence.is_in(first, "bylines")


def _is_nobody(sentence: TaggedSentence, first: int, colon: int) -> bool:
    """Tell whether no party, office, body or person is named first."""
    is_name = sentence.is_given_name(first) and first + 1 < skip_own_name(sentence, first, colon) == colon
    return not (sentence.can_speak(first) or is_name) or sentence.is_in(first, "never_subjects")


def _is_circumstance(sentence: TaggedSentence, first: int, colon: int) -> bool:
    """Tell whether the headline starts with a preposition."""
    return sentence.is_preposition(first)


def _is_topic(sentence: TaggedSentence, first: int, colon: int) -> bool:
    """Tell whether a state alone opens the line and no claim follows, but a noun of news: كندا: قانون جديد."""
    if not sentence.has_mentions(first) or sentence.skip_name(first, colon) != colon:
        return False
    if not sentence.is_in(first, "feminine", "masculine"):  # the names of states
        return False
    after = colon + 1
    if sentence.is_boundary(after) or sentence.has_mentions(after) or sentence.is_definite(after):
        return False
    if any(sentence.is_in(i, "claims", "negations") for i in range(after, min(len(sentence), after + _CLAIM_REACH))):
        return False
    return not (sentence.form(after).startswith(("ن", "س")) or sentence.form(after).endswith("نا"))


def _tells_event(sentence: TaggedSentence, first: int, colon: int) -> bool:
    """Tell whether an event follows the name of a place."""
    return sentence.lexicon.has("events", sentence.form(colon + 1)) and sentence.find_kind(first) is None


HEADLINE_REFUSALS: tuple[Callable[[TaggedSentence, int, int], bool], ...] = (
    _has_verb,
    _is_byline,
    _is_nobody,
    _is_circumstance,
    _is_topic,
    _tells_event,
)
"""Reasons why the words before a headline's colon are not its speaker."""
