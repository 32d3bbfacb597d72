"""Days, weeks, months or years of a corpus, chosen by its span; those without an article are there, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "week", "month", "year"]

_MOST_DAYS: Mapping[Unit, int] = {"day": 31, "week": 31 * 7, "month": 5 * 366}
"""The longest span in days that is shown by a unit; a longer one is shown by the next."""

_MOST_PERIODS = 120  # of a longer row, only those with articles are shown


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods from the first date to the last.

    Attributes
    ----------
    unit
        What a period is.
    names
        ISO dates, of weeks that of their Monday, cut to months or years where the unit is one.
    filled
        Those in which an article appeared.
    """

    unit: Unit
    names: tuple[str, ...]
    filled: frozenset[str]


def find_periods(dates: Iterable[str]) -> Periods | None:
    """Return the periods of some ISO dates; what is none is left out, and None is returned if none is left."""
    days = sorted(day for day in map(parse_day, set(dates)) if day)
    if not days:
        return None
    span = (days[-1] - days[0]).days + 1
    unit: Unit = next((unit for unit, most in _MOST_DAYS.items() if span <= most), "year")
    filled = [name_period(day, unit) for day in days]
    every = _fill(days[0], days[-1], unit)
    return Periods(unit, tuple(every if len(every) <= _MOST_PERIODS else dict.fromkeys(filled)), frozenset(filled))


def parse_day(written: str) -> date | None:
    """Return the date of ``2016-03-01`` or ``2016-03-01T09:00``, None if it is none."""
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None


def name_period(day: date, unit: Unit) -> str:
    """Return the name of the period in which a day is."""
    if unit == "week":
        return (day - timedelta(days=min(day.weekday(), day.toordinal() - 1))).isoformat()
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[unit]]


def _fill(first: date, last: date, unit: Unit) -> Sequence[str]:
    """Return all periods from the first day's to the last day's."""
    if unit == "year":
        return [f"{year:04}" for year in range(first.year, last.year + 1)]
    days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return list(dict.fromkeys(name_period(day, unit) for day in days))
