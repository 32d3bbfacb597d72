"""N-grams of words, and of characters within words: what scikit-learn's vectorisers count, many times quicker.

Only numpy is needed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count, repeat
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from janib.models.tfidf.ragged import Ids, Numbers, Ragged, measure, number_words, start_numbers

_TOKEN = re.compile(r"\b\w\w+\b")
_TOKEN_OR_BORDER = re.compile(rf"{_TOKEN.pattern}|\n")


class Occurrences(NamedTuple):
    """Every place where a text holds a term; parallel arrays, in any order.

    Attributes
    ----------
    rows, terms
        Index of a text, and of a term.
    """

    rows: Numbers
    terms: Numbers

    @classmethod
    def none(cls) -> Self:
        """Return none at all, to which others may be joined."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    @classmethod
    def join(cls, parts: Sequence[tuple[Numbers, Numbers]]) -> Self:
        """Set some after one another."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))


class Counts(NamedTuple):
    """How often texts hold terms, ordered by row and then by term; parallel arrays.

    Attributes
    ----------
    rows, terms
        Index of a text, and of a term.
    values
        Occurrences, at least 1, or what these are weighed as.
    """

    rows: Numbers
    terms: Numbers
    values: NDArray[Any]


def split_words(text: str) -> list[str]:
    """Return the words of two or more characters."""
    return _TOKEN.findall(text)


def list_word_ngrams(words: Sequence[str], low: int, high: int) -> Iterator[str]:
    """Yield the n-grams of ``low`` to ``high`` successive words, joined by spaces."""
    for n in range(low, high + 1):
        yield from map(" ".join, zip(*(words[i:] for i in range(n)), strict=False))


def list_char_ngrams(word: str, low: int, high: int) -> Iterator[str]:
    """Yield the n-grams of ``low`` to ``high`` characters of a word with a space on either side.

    A padded word of at most n characters is its own n-gram, once.
    """
    padded = f" {word} "
    for n in range(low, min(high, len(padded) - 1) + 1):
        yield from [padded[start : start + n] for start in range(len(padded) - n + 1)]
    if len(padded) <= high:
        yield padded


class _Places:
    """The places of distinct numbers in an array, found sooner than by bisection: a hash table.

    Parameters
    ----------
    keys
        The numbers, from 0.
    """

    def __init__(self, keys: Numbers) -> None:
        self._shift = 62 - len(keys).bit_length()  # two to four slots a key
        slots = self._hash(keys)
        self._keys, self._places = np.full(4 << len(keys).bit_length(), -1), np.full(4 << len(keys).bit_length(), -1)
        left = np.arange(len(keys))
        while len(left):  # one that finds its slot taken goes to the next
            free = left[self._keys[slots[left]] < 0]
            self._keys[slots[free]] = keys[free]
            self._places[slots[free]] = free
            left = left[self._keys[slots[left]] != keys[left]]
            slots[left] = (slots[left] + 1) % len(self._keys)

    def find(self, wanted: Numbers) -> Numbers:
        """Return the place of each wanted number, -1 where there is none."""
        slots = self._hash(wanted)
        found = self._keys[slots]
        left = np.flatnonzero((found != wanted) & (found >= 0))
        while len(left):
            slots[left] = (slots[left] + 1) % len(self._keys)
            found = self._keys[slots[left]]
            left = left[(found != wanted[left]) & (found >= 0)]
        return self._places[slots]  # a slot that is free has the place -1

    def _hash(self, numbers: Numbers) -> Numbers:
        # Knuth's multiplicative hash: the upper bits of the product with 2^64 over the golden ratio.
        return (numbers.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(self._shift)).view(np.int64)


class _Trie:
    """Terms as sequences of symbols, found at all places of a sequence at once.

    A node is a term or what a term begins with. One of n symbols has as its key the node of the first n - 1 and the
    last symbol; at each n, the keys are kept in order, with the terms that they make.

    Parameters
    ----------
    lengths
        Symbols of each term, shape (n_terms,).
    symbols
        The terms' symbols one after another, numbers from 0.
    n_symbols
        How many there are. A sequence may also hold this number, for what no term holds.
    """

    def __init__(self, lengths: Numbers, symbols: Numbers, n_symbols: int) -> None:
        depth = int(lengths.max(initial=0))
        self._width = n_symbols + 1
        grid = np.full((len(lengths), depth), -1)
        grid[np.arange(depth) < lengths[:, None]] = symbols
        nodes = np.zeros(len(lengths), np.int64)
        self._levels = []
        for n in range(1, depth + 1):
            some = lengths >= n
            keys, nodes[some] = np.unique(nodes[some] * self._width + grid[some, n - 1], return_inverse=True)
            made = np.full(len(keys), -1)
            made[nodes[lengths == n]] = np.flatnonzero(lengths == n)
            self._levels.append((_Places(keys), made))

    def find(self, symbols: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Yield, for n of 1, 2, ..., the places from which on n symbols make a term, and that term."""
        places, nodes = np.arange(len(symbols)), np.zeros(len(symbols), np.int64)
        for n, (keys, made) in enumerate(self._levels, start=1):
            n_inside = np.searchsorted(places, len(symbols) - n, side="right")
            places, nodes = places[:n_inside], nodes[:n_inside]
            wanted = nodes * self._width + symbols[places + n - 1]
            nodes = keys.find(wanted)
            known = np.flatnonzero(nodes >= 0)
            places, nodes = places[known], nodes[known]
            terms = made[nodes]
            whole = terms >= 0
            yield places[whole], terms[whole]


class NGrams(ABC):
    """A vocabulary of n-grams, and the finding of its terms in chunks: words, or a few joined by spaces, or nothing.

    Parameters
    ----------
    low, high
        Shortest and longest n-gram.

    Attributes
    ----------
    terms
        The vocabulary in ascending order; empty before :meth:`fit`.
    """

    terms: list[str]

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high
        self.learn([])

    @abstractmethod
    def learn(self, terms: list[str]) -> None:
        """Take a vocabulary in ascending order."""

    @abstractmethod
    def read(self, chunks: Sequence[str]) -> tuple[Numbers, Numbers]:
        """Return how many numbers each chunk gives to :meth:`find`, wherever it stands, and these one after another."""

    @abstractmethod
    def find(self, rows: Numbers, read: Numbers) -> Occurrences:
        """Find the vocabulary's terms in texts, whose indices ``rows`` holds, by what was read in their chunks."""

    def fit(self, texts: Sequence[Sequence[str]], min_df: int) -> Occurrences:
        """Take as vocabulary the terms that at least ``min_df`` texts hold, and find them in the texts' chunks."""
        ids = start_numbers()
        found = self._find_all(texts, ids)
        frequency = np.bincount(tally(found, len(ids)).terms, minlength=len(ids))
        terms = sorted(term for term, number in ids.items() if frequency[number] >= min_df)
        places = np.full(len(ids), -1)
        places[[ids[term] for term in terms]] = np.arange(len(terms))
        self.learn(terms)
        numbers = places[found.terms]
        return Occurrences(found.rows[numbers >= 0], numbers[numbers >= 0])

    @abstractmethod
    def _find_all(self, texts: Sequence[Sequence[str]], ids: Ids) -> Occurrences:
        """Find every n-gram in the texts; ``ids``, which numbers them, grows by those that are new."""


class CharNGrams(NGrams):
    """N-grams of characters within words: scikit-learn's analyser ``char_wb``."""

    def learn(self, terms: list[str]) -> None:
        """Take a vocabulary in ascending order."""
        self.terms = terms
        alphabet, symbols = np.unique(_read_codes(terms), return_inverse=True)
        self._symbols = np.full(int(alphabet.max(initial=0)) + 2, len(alphabet))  # the last for all codes beyond
        self._symbols[alphabet] = np.arange(len(alphabet))
        self._trie = _Trie(measure(terms), symbols, len(alphabet))

    def read(self, chunks: Sequence[str]) -> tuple[Numbers, Numbers]:
        """Return the terms of each chunk."""
        # Two spaces meet at a border between words, and no term holds two: none is found across it. Nor is a term
        # of fewer characters than `low` found within a word: it is a whole word, with its spaces.
        padded = [f" {chunk.replace(' ', '  ')} " if chunk else "" for chunk in chunks]
        codes = np.minimum(_read_codes(padded), len(self._symbols) - 1)
        found = Occurrences.join([Occurrences.none(), *self._trie.find(self._symbols[codes])])
        order = np.argsort(found.rows, kind="stable")
        borders = np.append(0, np.cumsum(measure(padded)))
        return np.diff(np.searchsorted(found.rows[order], borders)), found.terms[order]

    def find(self, rows: Numbers, read: Numbers) -> Occurrences:
        """Find the vocabulary's terms in texts: those that were read."""
        return Occurrences(rows, read)

    def _find_all(self, texts: Sequence[Sequence[str]], ids: Ids) -> Occurrences:
        places, distinct = number_words(chain.from_iterable(texts), start_numbers())
        terms = [
            [ids[term] for word in chunk.split() for term in list_char_ngrams(word, self.low, self.high)]
            for chunk in distinct
        ]
        read = Ragged()
        read.extend(measure(terms), np.fromiter(chain.from_iterable(terms), np.int64))
        return spread(measure(texts), *read.take(places))


class WordNGrams(NGrams):
    """N-grams of words of two or more characters: scikit-learn's analyser ``word``."""

    def learn(self, terms: list[str]) -> None:
        """Take a vocabulary in ascending order."""
        self.terms = terms
        split = [term.split(" ") for term in terms]
        words = dict.fromkeys(chain.from_iterable(split))
        self._numbers = {"\n": -1, **dict(zip(words, count()))}
        symbols = np.fromiter(map(self._numbers.__getitem__, chain.from_iterable(split)), np.int64)
        self._trie = _Trie(measure(split), symbols, len(words))

    def read(self, chunks: Sequence[str]) -> tuple[Numbers, Numbers]:
        """Return the words of each chunk."""
        words = _TOKEN_OR_BORDER.findall("\n".join([*chunks, ""]))  # each ends with a border
        numbers = np.fromiter(map(self._numbers.get, words, repeat(len(self._numbers) - 1)), np.int64, len(words))
        borders = np.flatnonzero(numbers < 0)
        ends = borders - np.arange(len(borders))
        return np.diff(ends, prepend=0), numbers[numbers >= 0]

    def find(self, rows: Numbers, read: Numbers) -> Occurrences:
        """Find the vocabulary's terms in texts: in the words that were read."""
        found = [Occurrences.none()]
        for n, (places, terms) in enumerate(self._trie.find(read)):
            whole = rows[places] == rows[places + n]
            found.append(Occurrences(rows[places[whole]], terms[whole]))
        return Occurrences.join(found)

    def _find_all(self, texts: Sequence[Sequence[str]], ids: Ids) -> Occurrences:
        words = [list(chain.from_iterable(map(split_words, chunks))) for chunks in texts]
        terms = [list(map(ids.__getitem__, list_word_ngrams(some, self.low, self.high))) for some in words]
        rows = np.repeat(np.arange(len(texts)), measure(terms))
        return Occurrences(rows, np.fromiter(chain.from_iterable(terms), np.int64))


def tally(found: Occurrences, n_terms: int) -> Counts:
    """Count the occurrences of each of ``n_terms`` terms in each row."""
    width = max(n_terms, 1)
    # The narrower the numbers, the sooner they are sorted.
    kind = np.min_scalar_type((int(found.rows.max(initial=0)) + 1) * width).type
    pairs = found.rows.astype(kind) * kind(width) + found.terms.astype(kind)
    pairs.sort()
    starts, n_pairs = find_starts(pairs), len(pairs)
    pairs = pairs[starts]
    rows = pairs // kind(width)
    terms = pairs - rows * kind(width)
    return Counts(rows.astype(np.int64), terms.astype(np.int64), np.diff(starts, append=n_pairs))


def find_starts(numbers: NDArray[np.integer]) -> Numbers:
    """Return the places in an ascending array where a number is another than before."""
    return np.flatnonzero(np.append(numbers[:1] == numbers[:1], numbers[1:] != numbers[:-1]))


def spread(sizes: Numbers, lengths: Numbers, numbers: Numbers) -> Occurrences:
    """Return numbers, so many of each chunk, with the index of the text, of so many chunks, that holds them."""
    return Occurrences(np.repeat(np.repeat(np.arange(len(sizes)), sizes), lengths), numbers)


def _read_codes(texts: Iterable[str]) -> NDArray[np.uint32]:
    """Return the characters of the texts, one after another, as numbers."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
