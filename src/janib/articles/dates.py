"""Dates as Arabic papers write them, and the date that a text tells of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice

from janib.articles.lexicon import load_lexicon
from janib.errors import ConfigError, DataError
from janib.text.letters import unify_digits
from janib.text.spelling import Word, split_words, strip_unseen

_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:?\d\d.*)?\Z", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]+\d\d?:\d\d.*)?\Z", re.ASCII)
_ENGLISH = (
    re.compile(r"(?:[a-z]+\.?,? )?(?P<day>\d{1,2})(?:st|nd|rd|th)?[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4})\Z"),
    re.compile(r"(?:[a-z]+\.?,? )?(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\Z"),
)
_ENGLISH_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_TIME = re.compile(
    r"[\s،,|–-]*\b\d{1,2}:\d\d(?::\d\d)?(?: ?(?:[صم]|صباحا|مساء|[ap]\.?m\.?))?(?: ?(?:gmt|utc|[+-]\d{4}))?\Z"
)
_EXCEL_DAYS = range(20_000, 80_000)  # 1954 to 2119
_EXCEL_START = date(1899, 12, 30)  # Excel counts 29 February 1900, which there was not
EXCEL_FORM = "excel"
"""The form of dates that are Excel's numbers of days, as a workbook's cells become if they lose their format."""

_LAST_HIJRI = 1500
_YEARS = range(1900, 2100)  # a year of the Hijra is none of them
_FIRST_LINES, _LAST_LINES = 4, 3  # in which a text tells its date
_LINE_WORDS = 24  # in which a line tells it
_PLACE_WORDS = 3  # of a dateline, before its date
_HIJRI_WORDS = 3  # of a date of the Hijra, at least
_JOINTS = frozenset("/-–—.")  # between the numbers of a date
_DASHES = frozenset("-–—/|(")
_UNREAD = (ValueError, re.error)  # strptime raises the second where a form tells a part twice
_MARKS = _DASHES | frozenset("،,:)•·[]")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A date, the words from ``start`` to before ``end``."""

    date: str
    start: int
    end: int


def parse_date(written: str, form: str | None = None) -> str:
    """Return the ISO date of a date alone.

    Parameters
    ----------
    written
        ``2016-03-01``, also with a time after it, or with the month's name: ``12 مارس 2016``, ``Mar 12, 2016``.
        ``12/03/2016`` can be read in two ways and needs ``form``.
    form
        Its form, as ``strptime`` takes it: ``%d/%m/%Y``; or :data:`EXCEL_FORM`. What can be read in one way alone is
        read all the same, as columns mix forms.

    Raises
    ------
    DataError
        If it is no such date.
    """
    plain = unify_digits(strip_unseen(written)).strip()
    if form is not None:
        year_first = _read_year_first(plain) if not form.startswith("%Y") else ""
        if found := _read_form(plain, form) or year_first or _read_words(plain) or _read_english(plain):
            return found
        raise DataError(f"{written!r} is no date of the form {form!r}; correct the date or the form")
    if found := _read_year_first(plain) or _read_words(plain) or _read_english(plain):
        return found
    if _is_excel_day(plain):
        raise DataError(
            f"{written!r} is not read as a date; it looks like Excel's number of a day: --date-format excel reads it"
        )
    raise DataError(f"{written!r} is not read as a date; write it as 2016-03-01")


def _read_form(plain: str, form: str) -> str:
    if form == EXCEL_FORM:
        return (_EXCEL_START + timedelta(int(float(plain)))).isoformat() if _is_excel_day(plain) else ""
    try:
        return datetime.strptime(plain, form).date().isoformat()
    except _UNREAD:
        return ""


def _read_year_first(plain: str) -> str:
    """Read ``2016-03-01``, ``2016/3/1`` and ``2016-03-01T10:00:00Z``."""
    found = _ISO.match(plain) or _YEAR_FIRST.match(plain)
    if not found:
        return ""
    parts = found[1].split("-") if found.re is _ISO else [found[1], found[3], found[4]]
    return _format_date(*map(int, parts))


def _read_words(plain: str) -> str:
    """Read ``السبت 12 مارس 2016 م، 10:15``."""
    words = [word for word in split_words(_TIME.sub("", plain)) if word.folded not in load_lexicon().words["weekdays"]]
    if words and words[-1].folded == "م":
        words.pop()
    reading = _read_named(words, 0) or _read_month_first(words, 0)
    return reading.date if reading and reading.end == len(words) else ""


def _read_english(plain: str) -> str:
    """Read ``7 March 2024``, ``Mar. 7, 2024`` and ``Thu, 07 Mar 2024 10:00:00 GMT``."""
    folded = _TIME.sub("", plain.casefold())
    for form in _ENGLISH:
        if found := form.match(folded):
            months = [name for name in _ENGLISH_MONTHS if name.startswith(found["month"])]
            number = _ENGLISH_MONTHS.index(months[0]) + 1 if len(months) == 1 else 0
            return _format_date(int(found["year"]), number, int(found["day"]))
    return ""


def _format_date(year: int, month: int, day: int) -> str:
    """Return the ISO date of numbers; empty if they are none, or the year is one of the Hijra."""
    try:
        return date(year, month, day).isoformat() if year > _LAST_HIJRI else ""
    except ValueError:
        return ""


def _is_excel_day(plain: str) -> bool:
    """Tell whether a number, perhaps with a fraction for the time, is a day as Excel counts them."""
    whole, _, fraction = plain.partition(".")
    return whole.isdecimal() and len(whole) == 5 and int(whole) in _EXCEL_DAYS and (fraction or "0").isdecimal()


def check_date_form(form: str) -> None:
    """Raise ConfigError unless a form is ``excel``, or tells day, month and year as ``strptime`` takes it."""
    if form == EXCEL_FORM:
        return
    day = datetime(2016, 3, 12)
    try:
        is_whole = datetime.strptime(day.strftime(form), form).date() == day.date()
    except _UNREAD:
        is_whole = False
    if not is_whole:
        raise ConfigError(f"{form!r} does not tell day, month and year, each once; write a form like %d/%m/%Y")


def find_date(text: str) -> str:
    """Return the ISO date that a text tells of itself, else an empty string.

    It stands in one of the first or last lines: alone (``السبت 12 مارس 2016``), after a word of publication (``نشر في
    12/03/2016``: day before month), after who wrote, or in a dateline (``تونس 12 مارس 2016 (وكالة)``). A date in a
    sentence is one of events. Dates of the Hijra and years of two digits are not read.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    for number in dict.fromkeys((*range(len(lines))[:_FIRST_LINES], *range(len(lines))[-_LAST_LINES:])):
        words = list(islice(split_words(lines[number]), _LINE_WORDS))
        for reading in _find_readings(words):
            if _tells_date(words, reading, is_headline=number == 0):
                return reading.date
    return ""


def _find_readings(words: Sequence[Word]) -> Iterator[_Reading]:
    place = 0
    while place < len(words):
        reading = _read_numbers(words, place) or _read_named(words, place) or _read_month_first(words, place)
        if reading:
            yield reading
        place = reading.end if reading else place + 1


def _tells_date(words: Sequence[Word], reading: _Reading, *, is_headline: bool) -> bool:
    """Tell whether a line tells the text's date, and not that of an event."""
    lists = load_lexicon().words
    if any(word.folded in lists["captions"] for word in words):
        return False
    opens = reading.start  # the weekday, the date of the Hijra and the preposition before the date belong to it
    while opens and _is_of_time(words[opens - 1]):
        opens -= 1
    if opens and words[opens - 1].folded in lists["published"]:
        return _is_published(words, opens - 1, is_headline=is_headline)
    is_alone = all(map(_is_of_time, words[reading.end :]))
    if is_headline:
        return is_alone if not opens else _is_agency(words, reading.end) and _is_dateline(words, opens, reading)
    if not opens:
        return is_alone or _is_cut(words, reading.end, _DASHES)
    if _is_dateline(words, opens, reading):
        return True
    return is_alone and len(words) < _LINE_WORDS and _is_cut(words, opens, _DASHES)  # كتب فلان - 12/03/2016


def _is_published(words: Sequence[Word], place: int, *, is_headline: bool) -> bool:
    """Tell whether a word of publication opens a line, or what stands after a mark in it."""
    published = load_lexicon().words["published"]
    while place and words[place - 1].folded in published:
        place -= 1
    return len(words) < _LINE_WORDS and (place == 0 or (not is_headline and _is_cut(words, place, _MARKS)))


def _is_dateline(words: Sequence[Word], opens: int, reading: _Reading) -> bool:
    """Tell whether a place is before the date, and an agency, a dash or nothing after it."""
    if opens > _PLACE_WORDS or not _names_place(words[:opens]):
        return False
    if reading.start - opens >= _HIJRI_WORDS or _is_cut(words, reading.end, _DASHES):
        return True
    return all(map(_is_of_time, words[reading.end :])) and _is_cut(words, opens, _MARKS)


def _is_of_time(word: Word) -> bool:
    lists = load_lexicon().words
    return word.folded.isdigit() or word.folded in lists["weekdays"] or word.folded in lists["date_words"]


def _is_cut(words: Sequence[Word], place: int, marks: frozenset[str]) -> bool:
    """Tell whether one of some marks is before a word."""
    return place < len(words) and not marks.isdisjoint(words[place].gap)


def _is_agency(words: Sequence[Word], place: int) -> bool:
    """Tell whether an agency in brackets is at a place."""
    return _is_cut(words, place, frozenset("(/")) and words[place].folded not in load_lexicon().words["headline_tags"]


def _names_place(words: Sequence[Word]) -> bool:
    """Tell whether words in front of a date may be a place: they are no event, verb or preposition."""
    lexicon = load_lexicon()
    return not any(
        lexicon.is_everyday(word.folded)
        or word.folded in lexicon.words["main_verbs"]
        or lexicon.has("events", word.folded)
        or lexicon.has("anniversaries", word.folded)
        for word in words
    )


def _read_numbers(words: Sequence[Word], place: int) -> _Reading | None:
    """Read ``12/03/2016`` or ``2016-3-12``."""
    numbers = [word.folded.removesuffix("م") for word in words[place : place + 3]]
    if len(numbers) < 3 or not all(number.isdecimal() for number in numbers):
        return None
    joints = {word.gap.strip() for word in words[place + 1 : place + 3]}
    if len(joints) > 1 or not joints <= _JOINTS or _goes_on(words, place, joints) or _goes_on(words, place + 3, joints):
        return None
    year, month, day = numbers if len(numbers[0]) == 4 else reversed(numbers)
    return _make(year, int(month), day, place, place + 3) if len(month) <= 2 else None


def _goes_on(words: Sequence[Word], place: int, joints: set[str]) -> bool:
    """Tell whether more numbers are joined to a date."""
    if not 0 < place < len(words):
        return False
    pair = words[place - 1 : place + 1]
    return words[place].gap in joints and all(word.folded.isdecimal() for word in pair)


def _read_named(words: Sequence[Word], place: int) -> _Reading | None:
    """Read ``12 مارس 2016`` and ``12 آذار/مارس 2016``."""
    if place >= len(words) or not words[place].folded.isdecimal():
        return None
    month, end = _read_month(words, place + 1)
    if not month or end >= len(words):
        return None
    return _make(words[end].folded, month, words[place].folded, place, end + 1)


def _read_month_first(words: Sequence[Word], place: int) -> _Reading | None:
    """Read ``مارس 12, 2016``."""
    month, end = _read_month(words, place)
    if not month or end + 1 >= len(words) or words[end + 1].gap.strip() not in (",", "،"):
        return None
    return _make(words[end + 1].folded, month, words[end].folded, place, end + 2)


def _read_month(words: Sequence[Word], place: int) -> tuple[int, int]:
    """Return the month named at a place, by one name or two, and the place after it; 0 if there is none."""
    month, end = _name_month(words, place)
    if month and end < len(words) and words[end].gap.strip() in ("/", "(", "-", "–", "|"):
        again, after = _name_month(words, end)
        if again:
            return (month, after) if again == month else (0, place)
    return month, end


def _name_month(words: Sequence[Word], place: int) -> tuple[int, int]:
    months = _list_months()
    for count in (2, 1):
        name = "_".join(word.folded for word in words[place : place + count])
        if name in months:
            return months[name], place + count
    return 0, place


@lru_cache(maxsize=1)
def _list_months() -> dict[str, int]:
    return {name: int(number) for number, names in load_lexicon().groups["month_names"].items() for name in names}


def _make(year: str, month: int, day: str, start: int, end: int) -> _Reading | None:
    """Return the reading of numbers, if they are a date of our era."""
    year = year.removesuffix("م")
    if len(year) != 4 or len(day) > 2 or not (year + day).isdecimal() or int(year) not in _YEARS:
        return None
    try:
        return _Reading(date(int(year), month, int(day)).isoformat(), start, end)
    except ValueError:
        return None
