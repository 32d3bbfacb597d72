"""A light stemmer for Arabic."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

from janib.errors import need_extra

_WORD = re.compile("[\u0621-\u0652\u0670\u0671]+")


@lru_cache(maxsize=1)
def _load_stemmer() -> Callable[[str], str]:
    # snowballstemmer is BSD and pure Python, needs no other package and is released yearly. Tashaphyne is GPL and has
    # had no release since 2022, NLTK needs four packages for ISRI's roots, and CAMeL Tools needs torch.
    with need_extra("The text step 'stem'", "stemming"):
        snowballstemmer = import_module("snowballstemmer")
    stem_word: Callable[[str], str] = snowballstemmer.stemmer("arabic").stemWord
    return lru_cache(maxsize=100_000)(stem_word)


def stem(text: str) -> str:
    """Cut prefixes and suffixes from Arabic words with Snowball's light stemmer.

    This step alone is not idempotent: a stem may look like an inflected word. It also removes vowel signs and unifies
    hamzas, as its rules expect.

    Raises
    ------
    MissingExtraError
        If ``snowballstemmer`` is not installed.
    """
    stem_word = _load_stemmer()
    return _WORD.sub(lambda match: stem_word(match[0]), text)
