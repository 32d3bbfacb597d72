"""The Arabic word lists by which parties and speakers are found, and the forms of the verbs of speech.

``data/articles/verbs.jsonl`` has a line a verb, ``data/articles/words.json`` the named lists; the README there says how
to add to them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from janib.text.spelling import fold, fold_all, strip_clitics

Gender = Literal["m", "f"]
Number = Literal["s", "d", "p"]
Kind = Literal["said", "clause", "optional", "object", "relay", "naming"]

ARTICLE = "ال"
CONJUNCTIONS = ("و", "ف")
"""Those written as one word with the next."""
CLITICS = frozenset("وفبلك")
"""Letters written as one word with the next."""
_SPEAKING_KINDS = frozenset(("state", "leader"))  # of duals that can mean two speakers
_NOUN_ENDINGS = ("ه", "ون", "ين", "ان", "ات", "تان", "تين", "و", "ي", "هم", "ها", "ته", "تها", "ا")
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
    has_object
        Whether a pronoun for its object is joined to it.
    """

    verb: str
    kind: Kind
    gender: Gender | None
    number: Number
    tense: Literal["past", "present", "participle"]
    has_object: bool = False


class Lexicon:
    """Word lists, folded, and the forms of the verbs of speech.

    Parameters
    ----------
    verbs
        One mapping a verb, with ``kind`` and ``past``, and where they apply ``present``, ``participle``, ``needs``,
        ``excludes`` and ``also_noun``. Where two verbs share a form, the first has it.
    lists
        Name of a list to its ``words``, a string, several, or one a group; ``includes`` names other lists that belong
        to it.

    Attributes
    ----------
    forms
        Folded form to its verb.
    needs, excludes
        Folded verb to the beginnings of words of which one must follow it, or none may, if it is to be of speech. An
        entry of ``needs`` that ends in ``_`` is a whole word.
    words
        Name of a list to its words; also ``also_nouns``, pasts that are written like a noun, and ``duals``, those
        of states, leaders and sides.
    groups
        Name of a list to its words by group, where it has groups.
    duals
        Definite dual to the kinds of party that it can mean; none for every kind.
    """

    def __init__(self, verbs: Iterable[Mapping[str, Any]], lists: Mapping[str, Mapping[str, Any]]) -> None:
        self.forms: dict[str, VerbForm] = {}
        self.needs: dict[str, tuple[str, ...]] = {}
        self.excludes: dict[str, tuple[str, ...]] = {}
        nouns: set[str] = set()
        for row in verbs:
            for written, form in _inflect(row):
                self.forms.setdefault(fold(written), form)
            verb = fold(row["past"])
            for name, known in (("needs", self.needs), ("excludes", self.excludes)):
                if name in row:
                    known[verb] = tuple(map(fold, row[name].split()))
            if row.get("also_noun"):
                nouns.add(verb)
        self.groups: dict[str, dict[str, frozenset[str]]] = {
            name: {group: fold_all(words) for group, words in entry["words"].items()}
            for name, entry in lists.items()
            if isinstance(entry["words"], dict)
        }
        self.duals = dict(_inflect_duals(self.groups.get("dual_nouns", {})))
        self.words = {name: _collect(name, lists) for name in lists}
        self.words["also_nouns"] = frozenset(nouns)
        self.words["duals"] = frozenset(dual for dual, kinds in self.duals.items() if _SPEAKING_KINDS.issuperset(kinds))

    def find_form(self, written: str) -> tuple[VerbForm | None, str]:
        """Return the verb form of a folded word, and the conjunction before it."""
        if form := self.forms.get(written):
            return form, ""
        if written[:1] in CONJUNCTIONS and (form := self.forms.get(written[1:])):
            return form, written[0]
        return None, ""

    def fits(self, form: VerbForm, following: Iterable[str]) -> bool:
        """Tell whether the folded words and marks after a verb are what it needs to be one of speech."""
        if form.verb not in self.needs and form.verb not in self.excludes:
            return True  # most verbs: nothing is looked at
        words = list(following)
        return not (self.is_excluded(form, words) or self.lacks_complement(form, words))

    def is_excluded(self, form: VerbForm, words: Iterable[str]) -> bool:
        """Tell whether one of the words gives the verb another sense: أضاف الهدف الثاني."""
        excluded = self.excludes.get(form.verb)
        return excluded is not None and any(word.startswith(excluded) for word in words)

    def lacks_complement(self, form: VerbForm, words: Iterable[str]) -> bool:
        """Tell whether none of the words is the one without which the verb is not of speech: كشف الطبيب المريض."""
        return form.verb in self.needs and not any(self.is_needed(form, word) for word in words)

    def is_needed(self, form: VerbForm, word: str) -> bool:
        """Tell whether a folded word is one of those without which the verb is not of speech."""
        return f"{word}_".startswith(self.needs[form.verb])

    def has_joined(self, name: str, written: str) -> bool:
        """Tell whether a folded word is in a list, with or without و or ف before it."""
        words = self.words[name]
        return written in words or (written[:1] in CONJUNCTIONS and written[1:] in words)

    def is_everyday(self, written: str) -> bool:
        """Tell whether a folded word is no part of a person's name."""
        if written in self.words["everyday_words"]:
            return True
        if self.has_joined("citations", written) or self.has_joined("said_by", written):
            return True
        return self.find_form(written)[0] is not None and written not in self.words["first_names"]

    def is_first_name(self, written: str) -> bool:
        """Tell whether a folded word is a first name and no everyday word: علي but not على."""
        return written in self.words["first_names"] and not self.is_everyday(written)

    def has(self, name: str, written: str, clitic: bool = False) -> bool:
        """Tell whether a folded word is in a list, with or without conjunction, article and ending."""
        return not self.words[name].isdisjoint(strip_noun(written, clitic))


def is_definite(written: str) -> bool:
    """Tell whether a folded word begins as one with the article does."""
    return written.startswith(ARTICLE)


def strip_article(written: str) -> str:
    """Return a folded word without its article."""
    return written.removeprefix(ARTICLE)


def read_nouns(written: str) -> set[str]:
    """Return the nouns that a folded word may be, without clitics and article: of وللوزارة also وزاره."""
    return {strip_article(noun) for _, noun in strip_clitics(written)}


def add_article(written: str) -> str:
    """Return a word with the article, if it has none."""
    return written if is_definite(written) else f"{ARTICLE}{written}"


def strip_joined(written: str) -> str:
    """Return a folded word without و and the article."""
    return strip_article(written.removeprefix("و"))


def strip_feminine(written: str) -> str:
    """Return a folded word without the ending of the feminine."""
    return written.removesuffix("ه")


def is_relational(written: str) -> bool:
    """Tell whether a folded word ends as an adjective of belonging does: مصري, مصرية."""
    return written.endswith(("ي", "يه"))


def is_belonging(written: str) -> bool:
    """Tell whether a folded word ends as an adjective of belonging does, also of many: مصري, مصريين."""
    return is_relational(written) or written.endswith(("يين", "يون"))


@lru_cache(maxsize=1 << 16)
def strip_noun(written: str, clitic: bool = False) -> tuple[str, ...]:
    """Return a folded noun, and that without conjunction, article and ending; with ``clitic`` also without ب ل ك."""
    bases = [written]
    if written[:1] in CONJUNCTIONS and len(written) > 3:
        bases.append(written[1:])
    for base in bases[:] if clitic else ():
        if base.startswith("لل"):
            bases.append(base[2:])
        elif base[:1] in ("ب", "ل", "ك") and len(base) > 3:
            bases.append(base[1:])
    bases += [base[2:] for base in bases if is_definite(base) and len(base) > 3]
    cut = ((base, base.removesuffix(ending)) for base in bases for ending in _NOUN_ENDINGS)
    return (*bases, *(stem for base, stem in cut if stem != base and len(stem) > 2))


def _collect(name: str, lists: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the folded words of a list and of those that it includes."""
    words = lists[name]["words"]
    parts = [words] if isinstance(words, str) else words.values() if isinstance(words, dict) else words
    included = (_collect(other, lists) for other in lists[name].get("includes", "").split())
    return fold_all(" ".join(parts)).union(*included)


def _inflect_duals(groups: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each definite dual with the kinds of party that it can mean."""
    for kinds, nouns in groups.items():
        for noun in nouns:
            stem = add_article(strip_feminine(noun) + "ت" * (noun != strip_feminine(noun)))
            for ending in ("ان", "ين"):
                yield f"{stem}{ending}", () if kinds == "any" else tuple(kinds.split())


def _inflect(row: Mapping[str, Any]) -> Iterator[tuple[str, VerbForm]]:
    kind: Kind = row["kind"]
    past, present, participle = row["past"], row.get("present", "-"), row.get("participle", "-")
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
    objects = kind in ("optional", "object", "relay", "naming") or verb == "قال"
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
    folder = files("janib.data.articles")
    lines = (folder / "verbs.jsonl").read_text(encoding="utf-8").splitlines()
    return Lexicon(map(json.loads, lines), json.loads((folder / "words.json").read_text(encoding="utf-8")))
