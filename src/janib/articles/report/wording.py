"""The report's words in Arabic and English, with plurals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from janib.labels import ARABIC_NAMES, ENGLISH_NAMES, Stance

Language = Literal["ar", "en"]

SHOWN_STANCES: tuple[str | None, ...] = (Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL, None)
"""The stances in the order in which the report counts them; None is a withheld one."""

_SIGNS: Mapping[str | None, str] = {Stance.FAVOR: "▲", Stance.AGAINST: "▼", Stance.NEUTRAL: "○"}
_LABELS: Mapping[Language, Mapping[str, str]] = {"ar": ARABIC_NAMES, "en": ENGLISH_NAMES}


class Wording:
    """The words of one language.

    A word with a plural is a table of forms, by the categories of the Unicode CLDR (zero, one, two, few, many, other);
    the script of the page chooses among them by the same names.

    Attributes
    ----------
    lang
        ``ar`` or ``en``.
    words
        Words and sentences by key, as the files ``words_*.json`` have them.
    """

    def __init__(self, lang: Language, words: Mapping[str, Any]) -> None:
        self.lang, self.words = lang, words

    def __getitem__(self, key: str) -> str:
        return str(self.words[key])

    def fill(self, key: str, **values: object) -> str:
        """Return a sentence with values in its places."""
        return self[key].format(**values)

    def count(self, key: str, number: int) -> str:
        """Return a number with its noun in the right form: ``مقالان``, ``3 مقالات``, ``12 مقالًا``, ``300 مقال``."""
        forms: Mapping[str, str] = self.words[key]
        form = forms.get(find_plural(number, self.lang), forms["other"])
        return form.format(n=f"{number:,}")

    def name_label(self, label: str | None) -> str:
        """Return a label's name; None is a withheld label."""
        return self["undecided"] if label is None else _LABELS[self.lang][label]

    def sign(self, stance: str | None) -> str:
        """Return the sign of a stance, for readers who cannot tell the colours; None is a withheld one."""
        return _SIGNS.get(stance) or self["undecided_sign"]


@cache
def load_wording(lang: Language) -> Wording:
    """Read the words of a language."""
    path = files("janib") / "data" / "report" / f"words_{lang}.json"
    return Wording(lang, json.loads(path.read_text(encoding="utf-8")))


def find_plural(number: int, lang: Language) -> str:
    """Return the plural category of a whole number, by the rules of the Unicode CLDR.

    A table of forms may lack a category: its form ``other`` serves then.
    """
    if lang == "en":
        return "one" if number == 1 else "other"
    if number < 3:
        return ("zero", "one", "two")[number]
    rest = number % 100
    return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"
