"""The forms that a party's full Arabic name allows: spellings, an acronym, the name without kind or place."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise

from janib.articles.lexicon import is_definite, load_lexicon
from janib.articles.parties.party import Party
from janib.text.spelling import split_words

Name = tuple[str, ...]

_BRACKETS = re.compile(r"[(\[](.+?)[)\]]")


def split_name(text: str) -> list[Name]:
    """Return the folded spellings of a name: each bracketed acronym apart, ``عبد الله`` in one word and in two.

    So are ``بن كيران`` and ``نصر الله``.

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
        names += [(*words[:at], words[at] + words[at + 1], *words[at + 2 :]) for at in _list_joints(words)]
        if any(len(word) > 5 and word.startswith("عبدال") for word in words):
            names.append(
                tuple(part for word in words for part in (("عبد", word[3:]) if word.startswith("عبدال") else (word,)))
            )
    return names


def _list_joints(words: Name) -> list[int]:
    """Return the places of the words that may be written together with the next."""
    first, second = (load_lexicon().words[name] for name in ("joined_to_next", "second_halves"))
    return [at for at, (word, following) in enumerate(pairwise(words)) if word in first or following in second]


def strip_kind(name: Name) -> Name:
    """Return a name without the noun for its kind in front; empty if it has none that can go."""
    lists = load_lexicon().words
    if len(name) > 1 and name[0] in lists["kind_nouns"] and name[0] not in lists["inseparable_kind_nouns"]:
        return name[1:]
    return ()


def is_other_medium(nouns: Collection[str], party: Party) -> bool:
    """Tell whether the noun of an outlet before an outlet's name makes another of it: صحيفة الشرق is no قناة الشرق.

    Only names of one definite noun are shared by outlets; of a foreign one writers are free to say موقع or صحيفة.
    """
    media = load_lexicon().groups["media"]
    meant = {medium for medium, known in media.items() if not known.isdisjoint(nouns)}
    names = [name for written in (party.ar, *party.names) for name in split_name(written)]
    own = {medium for medium, known in media.items() if any(name[0] in known for name in names)}
    shared = any(len(name) == 2 and is_definite(name[1]) and strip_kind(name) for name in names)
    return party.kind == "outlet" and shared and bool(meant and own) and meant.isdisjoint(own)


def has_other_kind(nouns: Collection[str], party: Party) -> bool:
    """Tell whether the noun before a movement's name makes another of it: جبهة التحرير is no منظمة التحرير."""
    kinds = load_lexicon().words["distinct_kinds"].intersection(nouns)
    names = (word for written in (party.ar, *party.names) for name in split_name(written) for word in name)
    return party.kind == "movement" and bool(kinds) and kinds.isdisjoint(names)


def list_later(name: Name, kind: str, is_place: Callable[[str], bool]) -> list[Name]:
    """Return the shorter forms that mean a party in an article with its full name.

    A person's last name; a body's name without the place at its end (``بقابس``، ``في سيول``، ``المصري``), without its
    last adjective (``صندوق النقد``) or without its kind (``المركزي``).
    """
    if kind == "leader":
        return [] if is_place(name[-1]) else _list_family(name)
    lists = load_lexicon().words
    core = _cut_place(name, is_place)
    found: list[Name] = []
    if core != name:
        found.append(core)
        if len(core) > 1 and core[0] in lists["definite_kind_nouns"]:
            found.append(core[1:])
    if len(core) > 2 and core[-1] in lists["trailing_adjectives"]:
        found.append(core[:-1])
    if core == name and len(name) > 2 and kind in _CALLED_WITHOUT_KIND and name[0] in lists["kind_nouns"]:
        found.append(name[1:])
    return [form for form in found if len(form) > 1 or len(form[0]) > 3]


_CALLED_WITHOUT_KIND = frozenset(("company", "outlet", "club", "union"))


def _cut_place(name: Name, is_place: Callable[[str], bool]) -> Name:
    """Return a body's name without its place: ``في سيول``, ``بقابس``, ``المصري``, or ``للأمم المتحدة``."""
    if "في" in name[1:-1]:
        return name[: name.index("في", 1)]
    if len(name) > 2 and name[-1].startswith("ب") and not name[-1].startswith("بال"):
        return name[:-1]
    if len(name) > 1 and is_place(name[-1]):
        return name[:-1]
    owner = next((place for place, word in enumerate(name) if place and word.startswith(("لل", "لكره"))), None)
    return name[:owner] if len(name) > 2 else name


def _list_family(name: Sequence[str]) -> list[Name]:
    """Return the family name of a person, if he can be called by it alone."""
    lists = load_lexicon().words
    if len(name) < 2 or name[-1] in lists["not_family_names"] or len(name[-1]) < 3:
        return []
    if "بن" in name:
        return [(link, name[-1]) for link in ("بن", "ابن")] if name[-2] == "بن" else []
    linked = len(name) > 2 and name[-2] in lists["name_links"]
    if name[-1] in lists["second_halves"] or linked:
        return [tuple(name[-2:])]
    return [(name[-1],)]
