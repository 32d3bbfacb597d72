"""N-grams of words, and of characters within words: what scikit-learn's vectorisers count, many times quicker.

Most words of a text were seen in the texts before it, so what a word gives is remembered. Only numpy is needed.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Numbered = tuple[Numbers, Numbers]
Chunks = Sequence[str]
LookUp = Callable[[Iterable[str]], Iterator[int]]
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


class _Memory(dict[str, Value]):
    """What a function gives for chunks of text, remembered for the first 65,536 of ordinary length."""

    def __init__(self, function: Callable[[str], Value]) -> None:
        self._function = function

    def __missing__(self, chunk: str) -> Value:
        value = self._function(chunk)
        if len(self) < 65_536 and len(chunk) <= 64:
            self[chunk] = value
        return value


class NGrams(ABC):
    """A vocabulary of n-grams, and the counting of its terms in texts that are split at white space.

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

    def fit(self, texts: Sequence[Chunks], min_df: int) -> Counts:
        """Take as vocabulary the terms that at least ``min_df`` texts hold, and count them in the texts."""
        ids: defaultdict[str, int] = defaultdict()
        ids.default_factory = ids.__len__
        rows, found = self._number_all(texts, lambda terms: map(ids.__getitem__, terms))
        frequency = np.bincount(_tally(rows, found, len(ids)).terms, minlength=len(ids))
        terms = sorted(term for term, index in ids.items() if frequency[index] >= min_df)
        places = np.full(len(ids), -1)
        places[[ids[term] for term in terms]] = np.arange(len(terms))
        self.learn(terms)
        return _tally(rows, places[found], len(terms))

    def count(self, texts: Sequence[Chunks]) -> Counts:
        """Count the vocabulary's terms in the texts; other terms are passed over."""
        return _tally(*self._number_known(texts), len(self.terms))

    @abstractmethod
    def _number_all(self, texts: Sequence[Chunks], look_up: LookUp) -> Numbered:
        """Return the row, and the number by ``look_up``, of every n-gram in the texts."""

    @abstractmethod
    def _number_known(self, texts: Sequence[Chunks]) -> Numbered:
        """Return the row and the number of every n-gram that is in the vocabulary; others may be numbered -1."""


class CharNGrams(NGrams):
    """N-grams of characters within the chunks of a text: scikit-learn's analyser ``char_wb``."""

    def learn(self, terms: list[str]) -> None:
        """Take a vocabulary in ascending order."""
        self.terms = terms
        ids = {term: index for index, term in enumerate(terms)}
        self._known = self._remember(lambda terms: map(ids.get, terms, repeat(-1)))

    def _number_all(self, texts: Sequence[Chunks], look_up: LookUp) -> Numbered:
        return _number_chunks(texts, self._remember(look_up))

    def _number_known(self, texts: Sequence[Chunks]) -> Numbered:
        return _number_chunks(texts, self._known)

    def _remember(self, look_up: LookUp) -> Mapping[str, Numbers]:
        return _Memory(lambda chunk: np.fromiter(look_up(list_char_ngrams(chunk, self.low, self.high)), np.int64))


class WordNGrams(NGrams):
    """N-grams of words of two or more characters: scikit-learn's analyser ``word``."""

    def learn(self, terms: list[str]) -> None:
        """Take a vocabulary in ascending order."""
        self.terms = terms
        split = [term.split(" ") for term in terms]
        words = {word: number for number, word in enumerate(sorted(set(chain.from_iterable(split))))}
        self._n_words = len(words)
        self._known = _Memory(lambda chunk: np.fromiter(map(words.get, _TOKEN.findall(chunk), repeat(-1)), np.int64))
        # A node is an n-gram that is a term or that a term begins with. One of n words has as its key the node of
        # the first n - 1 and the last word; at each n, the keys are kept in order, with the terms that they make.
        lengths = np.fromiter(map(len, split), np.int64, len(split))
        grid = np.full((len(split), self.high), -1)
        grid[np.arange(self.high) < lengths[:, None]] = [words[word] for word in chain.from_iterable(split)]
        nodes = np.zeros(len(split), np.int64)
        self._levels = []
        for n in range(1, self.high + 1):
            some = lengths >= n
            keys, nodes[some] = np.unique(nodes[some] * self._n_words + grid[some, n - 1], return_inverse=True)
            made = np.full(len(keys) + 1, -1)  # the last for node -1, which is none
            made[nodes[lengths == n]] = np.flatnonzero(lengths == n)
            self._levels.append((keys, made))

    def _number_all(self, texts: Sequence[Chunks], look_up: LookUp) -> Numbered:
        words = _Memory(_TOKEN.findall)
        terms = [
            list(list_word_ngrams(list(chain.from_iterable(map(words.__getitem__, chunks))), self.low, self.high))
            for chunks in texts
        ]
        return _repeat_places(map(len, terms)), np.fromiter(look_up(chain.from_iterable(terms)), np.int64)

    def _number_known(self, texts: Sequence[Chunks]) -> Numbered:
        rows, words = _number_chunks(texts, self._known)
        nodes = np.zeros_like(words)
        found = []
        for n, (keys, made) in enumerate(self._levels):
            nodes = nodes[: len(words) - n]  # of the n words that start at each place
            ends = words[n:]
            possible = (nodes >= 0) & (ends >= 0) & (rows[n:] == rows[: len(ends)])
            nodes = _find_places(keys, np.where(possible, nodes * self._n_words + ends, -1))
            found.append(made[nodes])
        return np.concatenate([rows[: len(terms)] for terms in found]), np.concatenate(found)


def _number_chunks(texts: Sequence[Chunks], numbers: Mapping[str, Numbers]) -> Numbered:
    """Return the row and the numbers of what the chunks of the texts hold."""
    found = list(map(numbers.__getitem__, chain.from_iterable(texts)))
    rows = _repeat_places(map(len, texts))[_repeat_places(map(len, found))]
    return rows, np.concatenate([np.empty(0, np.int64), *found])


def _find_places(keys: Numbers, wanted: Numbers) -> Numbers:
    """Return the place of each wanted key among ascending keys, -1 where it is not there."""
    places = np.searchsorted(keys, wanted)
    there = places < len(keys)
    there[there] = keys[places[there]] == wanted[there]
    return np.where(there, places, -1)


class Vocabulary:
    """Words' n-grams and, after them, characters' n-grams, as one list of terms.

    Parameters
    ----------
    words, chars
        Shortest and longest n-gram of words, and of characters within words.
    """

    def __init__(self, words: Sequence[int], chars: Sequence[int]) -> None:
        self._words, self._chars = WordNGrams(*words), CharNGrams(*chars)
        self._ngrams: dict[str, NGrams] = {"words": self._words, "chars": self._chars}

    def __len__(self) -> int:
        return len(self._words.terms) + len(self._chars.terms)

    def fit(self, texts: Sequence[str], min_df: int) -> Counts:
        """Take the terms that at least ``min_df`` texts hold, and count them in the texts."""
        chunks = [text.split() for text in texts]
        return self._join(self._words.fit(chunks, min_df), self._chars.fit(chunks, min_df))

    def count(self, texts: Sequence[str]) -> Counts:
        """Count the terms in the texts."""
        chunks = [text.split() for text in texts]
        return self._join(self._words.count(chunks), self._chars.count(chunks))

    def weigh(self, counts: Counts, terms: NDArray[np.int32], idf: NDArray[np.float32]) -> Counts:
        """Turn counts into TF-IDF values, ``(1 + log(count)) * idf``, each text's words and characters of length 1.

        Parameters
        ----------
        counts
            Of the vocabulary.
        terms
            Places of the terms to keep, ascending; the result numbers them from 0.
        idf
            Inverse document frequencies of those terms.
        """
        columns = np.full(len(self), -1)
        columns[terms] = np.arange(len(terms))
        kept = columns[counts.terms] >= 0
        rows, places = counts.rows[kept], counts.terms[kept]
        values = (1 + np.log(counts.values[kept])) * idf[columns[places]]
        spans = 2 * rows + (places >= len(self._words.terms))
        lengths = np.sqrt(np.bincount(spans, values * values))
        return Counts(rows, columns[places], values / lengths[spans])

    def pack(self) -> dict[str, NDArray[np.uint8]]:
        """Return the terms as bytes, a line each; no term holds a line break."""
        return {
            name: np.frombuffer("\n".join(ngrams.terms).encode("utf-8", "surrogatepass"), np.uint8)
            for name, ngrams in self._ngrams.items()
        }

    def unpack(self, packed: Mapping[str, NDArray[np.uint8]]) -> None:
        """Take the terms that :meth:`pack` returned."""
        for name, ngrams in self._ngrams.items():
            text = packed[name].tobytes().decode("utf-8", "surrogatepass")
            ngrams.learn(text.split("\n") if text else [])

    def _join(self, words: Counts, chars: Counts) -> Counts:
        return Counts(
            np.concatenate([words.rows, chars.rows]),
            np.concatenate([words.terms, chars.terms + len(self._words.terms)]),
            np.concatenate([words.values, chars.values]),
        )


def _repeat_places(lengths: Iterable[int]) -> Numbers:
    """Repeat 0, 1, 2 ... by the lengths: the place in a list that each part of its members is from."""
    repeats = np.fromiter(lengths, np.int64)
    return np.repeat(np.arange(len(repeats)), repeats)


def _tally(rows: Numbers, terms: Numbers, n_terms: int) -> Counts:
    """Count equal (row, term) pairs, less those of term -1."""
    known = terms >= 0
    width = max(n_terms, 1)
    pairs, counts = np.unique(rows[known] * width + terms[known], return_counts=True)
    return Counts(*np.divmod(pairs, width), counts.astype(np.float64))
