"""What a party's full Arabic name lets one call it: spellings, its acronym, its name without kind or place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from janib.articles.lexicon import load_lexicon
from janib.text.spelling import split_words

Name = tuple[str, ...]

_BRACKETS = re.compile(r"[(\[](.+?)[)\]]")

_WORDS = load_lexicon().words
KIND_NOUNS = _WORDS["kind_nouns"]
_INSEPARABLE = _WORDS["inseparable_kind_nouns"]
_TRAILERS = _WORDS["trailing_adjectives"]
_GIVEN_COMMON = _WORDS["not_family_names"]
_LINKS = _WORDS["name_links"]


def split_name(text: str) -> list[Name]:
    """Return the folded spellings of a name: each bracketed acronym apart, ``عبد الله`` in one word and in two.

    Examples
    --------
    >>> split_name("وكالة الأنباء الوطنية (وان)")
    [('وكاله', 'الانباء', 'الوطنيه'), ('وان',)]
    """
    names: list[Name] = []
    for part in (_BRACKETS.sub(" ", text), *_BRACKETS.findall(text)):
        words = tuple(word.folded for word in split_words(part))
        if not words:
            continue
        names.append(words)
        if "عبد" in words[:-1]:
            at = words.index("عبد")
            names.append((*words[:at], words[at] + words[at + 1], *words[at + 2 :]))
        elif any(len(word) > 5 and word.startswith("عبدال") for word in words):
            names.append(
                tuple(part for word in words for part in (("عبد", word[3:]) if word.startswith("عبدال") else (word,)))
            )
    return names


def strip_kind(name: Name) -> Name:
    """Return a name without the noun for its kind in front; empty if it has none that can go."""
    if len(name) > 1 and name[0] in KIND_NOUNS and name[0] not in _INSEPARABLE:
        return name[1:]
    return ()


def list_later(name: Name, kind: str, is_place: Callable[[str], bool]) -> list[Name]:
    """Return the shorter forms that stand for a party beside its full name.

    A person's last name; a body's name without the place at its end (``بقابس``، ``في سيول``، ``المصري``), without its
    last adjective (``صندوق النقد``) or without its kind (``المركزي``).
    """
    if kind == "leader":
        return [] if is_place(name[-1]) else _list_family(name)
    found: list[Name] = []
    core = name
    if len(core) > 2 and "في" in core[1:-1]:
        core = core[: core.index("في", 1)]
    elif (len(core) > 2 and core[-1].startswith("ب") and not core[-1].startswith("بال")) or (
        len(core) > 1 and is_place(core[-1])
    ):
        core = core[:-1]
    elif len(core) > 2 and any(word.startswith(("لل", "لكره")) for word in core[1:]):
        core = core[: next(place for place, word in enumerate(core) if place and word.startswith(("لل", "لكره")))]
    if core != name:
        found.append(core)
        if len(core) > 1 and core[0] in ("البنك", "المصرف", "النادي"):
            found.append(core[1:])
    if len(core) > 2 and core[-1] in _TRAILERS:
        found.append(core[:-1])
    if core == name and len(name) > 2 and kind in ("company", "outlet", "club", "union") and name[0] in KIND_NOUNS:
        found.append(name[1:])
    return [form for form in found if len(form) > 1 or len(form[0]) > 3]


def _list_family(name: Sequence[str]) -> list[Name]:
    if len(name) < 2 or "بن" in name or name[-1] in _GIVEN_COMMON or len(name[-1]) < 3:
        return []
    if name[-1] in ("الله", "الدين") or (len(name) > 2 and name[-2] in _LINKS):
        return [tuple(name[-2:])]
    return [(name[-1],)]
