"""N-grams of words, and of characters within words: what scikit-learn's vectorisers count, many times quicker.

Most words of a text were seen in the texts before it, so what a word gives is remembered. Only numpy is needed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

LookUp = Callable[[Iterable[str]], Iterator[int]]
Found = tuple[NDArray[np.int64], NDArray[np.int64]]
Finder = Callable[[Sequence[str]], Found]
Value = TypeVar("Value")

_TOKEN = re.compile(r"\b\w\w+\b")


class Counts(NamedTuple):
    """How often texts hold terms, ordered by row and then by term; parallel arrays.

    Attributes
    ----------
    rows, terms
        Index of a text, and of a term.
    values
        Occurrences, at least 1.
    """

    rows: NDArray[np.int64]
    terms: NDArray[np.int64]
    values: NDArray[np.float64]


def list_word_ngrams(words: Sequence[str], low: int, high: int) -> list[str]:
    """List the n-grams of ``low`` to ``high`` successive words, joined by spaces."""
    windows = (zip(*(words[i:] for i in range(n)), strict=False) for n in range(low, high + 1))
    return list(map(" ".join, chain.from_iterable(windows)))


def list_char_ngrams(word: str, low: int, high: int) -> list[str]:
    """List the n-grams of ``low`` to ``high`` characters of a word with a space on either side.

    A padded word of at most n characters is its own n-gram, once.
    """
    padded = f" {word} "
    ngrams = [
        padded[start : start + n]
        for n in range(low, min(high, len(padded) - 1) + 1)
        for start in range(len(padded) - n + 1)
    ]
    return [*ngrams, padded] if len(padded) <= high else ngrams


class _Memory(dict[str, Value]):
    """What a function gives for words, remembered for the first 65,536 of ordinary length."""

    def __init__(self, function: Callable[[str], Value]) -> None:
        self._function = function

    def __missing__(self, word: str) -> Value:
        value = self._function(word)
        if len(self) < 65_536 and len(word) <= 64:
            self[word] = value
        return value


class NGrams(ABC):
    """A vocabulary of n-grams, and the counting of its terms in texts.

    Parameters
    ----------
    low, high
        Shortest and longest n-gram.

    Attributes
    ----------
    terms
        The vocabulary in ascending order; empty before :meth:`fit`.
    """

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.learn(())

    def fit(self, texts: Sequence[str], min_df: int) -> Counts:
        """Take as vocabulary the terms that at least ``min_df`` texts hold, and count them in the texts."""
        ids: defaultdict[str, int] = defaultdict()
        ids.default_factory = ids.__len__
        rows, found = self._make_finder(lambda terms: map(ids.__getitem__, terms))(texts)
        frequency = np.bincount(_tally(rows, found, len(ids)).terms, minlength=len(ids))
        terms = sorted(term for term, index in ids.items() if frequency[index] >= min_df)
        places = np.full(len(ids), -1)
        places[[ids[term] for term in terms]] = np.arange(len(terms))
        self.learn(terms)
        return _tally(rows, places[found], len(terms))

    def count(self, texts: Sequence[str]) -> Counts:
        """Count the vocabulary's terms in the texts; other terms are passed over."""
        return _tally(*self._find(texts), len(self.terms))

    def learn(self, terms: Sequence[str]) -> None:
        """Take a vocabulary in ascending order."""
        self.terms = tuple(terms)
        ids = {term: index for index, term in enumerate(terms)}
        self._find = self._make_finder(lambda terms: map(ids.get, terms, repeat(-1)))

    @abstractmethod
    def _make_finder(self, look_up: LookUp) -> Finder:
        """Make the function from texts to the row and the id of every n-gram in them."""


class WordNGrams(NGrams):
    """N-grams of words of two or more characters, as scikit-learn's analyser ``word`` cuts them."""

    def _make_finder(self, look_up: LookUp) -> Finder:
        words = _Memory(_TOKEN.findall)

        def find(texts: Sequence[str]) -> Found:
            split = (chain.from_iterable(map(words.__getitem__, text.split())) for text in texts)
            terms = [list_word_ngrams(list(row), self.low, self.high) for row in split]
            ids = np.fromiter(look_up(chain.from_iterable(terms)), np.int64)
            return _number(map(len, terms)), ids

        return find


class CharNGrams(NGrams):
    """N-grams of characters within the words that white space separates: scikit-learn's ``char_wb``."""

    def _make_finder(self, look_up: LookUp) -> Finder:
        ids = _Memory(lambda word: np.fromiter(look_up(list_char_ngrams(word, self.low, self.high)), np.int32))

        def find(texts: Sequence[str]) -> Found:
            words = [text.split() for text in texts]
            found = list(map(ids.__getitem__, chain.from_iterable(words)))
            rows = _number(map(len, words))[_number(map(len, found))]
            return rows, np.concatenate([np.empty(0, np.int64), *found])

        return find


def _number(lengths: Iterable[int]) -> NDArray[np.int64]:
    """Repeat 0, 1, 2 ... by the lengths: the place in a list that each part of its members is from."""
    repeats = np.fromiter(lengths, np.int64)
    return np.repeat(np.arange(len(repeats)), repeats)


def _tally(rows: NDArray[np.int64], terms: NDArray[np.int64], n_terms: int) -> Counts:
    """Count equal (row, term) pairs, less those of term -1."""
    known = terms >= 0
    width = max(n_terms, 1)
    pairs, counts = np.unique(rows[known] * width + terms[known], return_counts=True)
    return Counts(*np.divmod(pairs, width), counts.astype(np.float64))
