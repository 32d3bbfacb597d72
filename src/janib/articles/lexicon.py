"""The words that tell who speaks: verbs of speech in all their forms, and the nouns around them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from janib.text.spelling import fold

Gender = Literal["m", "f"]
Number = Literal["s", "d", "p"]
Kind = Literal["said", "clause", "optional", "object", "relay", "naming"]

_OBJECTS = ("ه", "ها", "هم", "هما")


@dataclass(frozen=True, slots=True)
class VerbForm:
    """One form of a verb of speech.

    Attributes
    ----------
    verb
        The folded third person of the past.
    kind
        What may follow: after ``said`` any noun is the speaker; after ``clause`` a speaker if it is a party or a
        person; an ``optional`` verb may be followed by its object alone, an ``object`` verb has one always; a
        ``relay`` speaks for whom it cites; ``naming`` is speech only in ما سماه.
    gender, number
        Of the speaker; ``None`` where the form fits both.
    tense
        ``past``, ``present``, or ``participle``, which never has a speaker of its own.
    """

    verb: str
    kind: Kind
    gender: Gender | None
    number: Number
    tense: Literal["past", "present", "participle"]
    has_object: bool = False


class Lexicon:
    """The word lists of ``data/articles/speech.json``, folded, and the verbs' forms."""

    def __init__(self, lists: dict[str, Any]) -> None:
        self.forms: dict[str, VerbForm] = {}
        kinds: list[tuple[str, Kind]] = [("said", "said"), ("clause", "clause"), ("optional", "optional")]
        for name, kind in [*kinds, ("object", "object"), ("relays", "relay"), ("naming", "naming")]:
            for row in lists[name]:
                for written, form in _inflect(row, kind):
                    self.forms.setdefault(fold(written), form)
        self.needs = {fold(verb): tuple(map(fold, words.split())) for verb, words in lists["needs"].items()}
        self.excludes = {fold(verb): tuple(map(fold, words.split())) for verb, words in lists["excludes"].items()}
        self.words = {
            name: frozenset(map(fold, words)) for name, words in lists.items() if name not in ("needs", "excludes")
        }

    def find_form(self, written: str) -> tuple[VerbForm | None, str]:
        """Return the verb form of a folded word, and the conjunction before it."""
        if form := self.forms.get(written):
            return form, ""
        if written[:1] in ("و", "ف") and (form := self.forms.get(written[1:])):
            return form, written[0]
        return None, ""

    def has(self, name: str, written: str, clitic: bool = False) -> bool:
        """Tell whether a folded word stands in a list, be it with conjunction, article or ending."""
        return not self.words[name].isdisjoint(strip_noun(written, clitic))


@lru_cache(maxsize=1 << 16)
def strip_noun(written: str, clitic: bool = False) -> tuple[str, ...]:
    """Return a folded noun, and that without conjunction, article and ending; with ``clitic`` also without ب ل ك."""
    return tuple(_strip_noun(written, clitic))


def _strip_noun(written: str, clitic: bool) -> Iterator[str]:
    bases = [written]
    if written[:1] in ("و", "ف") and len(written) > 3:
        bases.append(written[1:])
    for base in bases[:] if clitic else ():
        if base.startswith("لل"):
            bases.append(base[2:])
        elif base[:1] in ("ب", "ل", "ك") and len(base) > 3:
            bases.append(base[1:])
    for base in bases[:]:
        if base.startswith("ال") and len(base) > 3:
            bases.append(base[2:])
    yield from bases
    for base in bases:
        for ending in ("ه", "ون", "ين", "ان", "ات", "تان", "تين", "و", "ي", "هم", "ها", "ته", "تها", "ا"):
            if base.endswith(ending) and len(base) - len(ending) > 2:
                yield base[: -len(ending)]


def _inflect(row: str, kind: Kind) -> Iterator[tuple[str, VerbForm]]:
    past, present, participle = row.split()
    verb, weak = fold(past), past[-1] in "اى"
    stem = past[:-1] if weak else past
    dual = stem + ("و" if past.endswith("ا") else "ي") if weak else past
    forms: list[tuple[str, Gender | None, Number]] = [
        (past, "m", "s"),
        (stem + "ت", "f", "s"),
        (dual + "ا", "m", "d"),
        (stem + "تا", "f", "d"),
        (stem + "وا", "m", "p"),
    ]
    for written, gender, number in forms:
        yield written, VerbForm(verb, kind, gender, number, "past")
    if present != "-":
        bare = present[1:]
        short = bare[:-1] if bare[-1] in "ىيو" else bare
        for prefix, gender in (("ي", "m"), ("ت", "f")):
            yield prefix + bare, VerbForm(verb, kind, gender, "s", "present")
            yield prefix + (short + "ي" if short != bare else bare) + "ان", VerbForm(verb, kind, gender, "d", "present")
        yield f"ي{short}ون", VerbForm(verb, kind, "m", "p", "present")
        yield f"ي{short}ن", VerbForm(verb, kind, "f", "p", "present")
    if participle != "-":
        active = participle + ("ي" if weak and not participle.endswith("ي") else "")
        for written, gender, number in (
            (active + "ا", "m", "s"),
            (active + "ة", "f", "s"),
            (active + "ين", None, "p"),
            (active + "تين", "f", "d"),
            (participle + "ين", None, "p"),
        ):
            yield written, VerbForm(verb, kind, gender, number, "participle")
    objects = kind in ("optional", "object", "naming") or verb == "قال"
    for suffix in _OBJECTS if objects else ():
        for written, gender, number in forms[:2]:
            base = written[:-1] + "ا" if weak and written == past else written
            yield base + suffix, VerbForm(verb, kind, gender, number, "past", True)
        if present != "-":
            for prefix, gender in (("ي", "m"), ("ت", "f")):
                yield prefix + present[1:] + suffix, VerbForm(verb, kind, gender, "s", "present", True)


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Read the word lists, once."""
    source = files("janib") / "data" / "articles" / "speech.json"
    return Lexicon(json.loads(source.read_text(encoding="utf-8")))
