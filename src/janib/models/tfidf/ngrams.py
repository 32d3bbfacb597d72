"""N-grams of words, and of characters within words, as scikit-learn's vectorisers count them but several times faster.

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

from janib.models.tfidf.ragged import RaggedArray, WordIds, assign_ids, list_lengths, start_ids
from janib.scoring.metrics import Ids

_TOKEN = re.compile(r"\b\w\w+\b")
_TOKEN_OR_BORDER = re.compile(rf"{_TOKEN.pattern}|\n")


class Occurrences(NamedTuple):
    """Occurrences of terms in texts as parallel arrays, in any order.

    Attributes
    ----------
    rows, terms
        Index of the text and of the term.
    """

    rows: Ids
    terms: Ids

    @classmethod
    def none(cls) -> Self:
        """Return no occurrences."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    @classmethod
    def join(cls, parts: Sequence[tuple[Ids, Ids]]) -> Self:
        """Concatenate occurrences."""
        return cls(*map(np.concatenate, zip(*parts, strict=True)))


class Counts(NamedTuple):
    """Counts of terms in texts as parallel arrays, ordered by row and then by term.

    Attributes
    ----------
    rows, terms
        Index of the text and of the term.
    values
        Ids of occurrences, at least 1, or the TF-IDF values of these.
    """

    rows: Ids
    terms: Ids
    values: NDArray[Any]


def find_words(text: str) -> list[str]:
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


class _HashIndex:
    """A hash table from distinct numbers to their indices in an array, faster than bisection.

    Parameters
    ----------
    keys
        The numbers, at least 0.
    """

    def __init__(self, keys: Ids) -> None:
        self._shift = 62 - len(keys).bit_length()  # so that there are four to eight slots for each key
        slots = self._hash(keys)
        n_slots = 4 << len(keys).bit_length()
        self._keys, self._indices = np.full(n_slots, -1), np.full(n_slots, -1)
        left = np.arange(len(keys))
        while len(left):  # keys whose slot is taken try the next slot
            free = left[self._keys[slots[left]] < 0]
            self._keys[slots[free]] = keys[free]
            self._indices[slots[free]] = free
            left = left[self._keys[slots[left]] != keys[left]]
            slots[left] = (slots[left] + 1) % len(self._keys)

    def find(self, wanted: Ids) -> Ids:
        """Return the index of each number, -1 if it is none of the keys."""
        slots = self._hash(wanted)
        found = self._keys[slots]
        left = np.flatnonzero((found != wanted) & (found >= 0))
        while len(left):
            slots[left] = (slots[left] + 1) % len(self._keys)
            found = self._keys[slots[left]]
            left = left[(found != wanted[left]) & (found >= 0)]
        return self._indices[slots]  # a free slot has the index -1

    def _hash(self, numbers: Ids) -> Ids:
        # Knuth's multiplicative hash: the upper bits of the product with 2^64 / golden ratio.
        return (numbers.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(self._shift)).view(np.int64)


class _Trie:
    """A trie of terms as sequences of symbols, which finds the terms at all positions of a sequence at once.

    A node is a prefix of a term. The key of a node of n symbols is made of the node of the first n - 1 and the last
    symbol. Level n holds the keys of all nodes of n symbols in order, and the terms that these nodes complete.

    Parameters
    ----------
    lengths
        Number of symbols of each term, shape (n_terms,).
    symbols
        The symbols, from 0, of one term after another.
    n_symbols
        Number of distinct symbols. In a sequence, this number is the symbol that no term holds.
    """

    def __init__(self, lengths: Ids, symbols: Ids, n_symbols: int) -> None:
        depth = int(lengths.max(initial=0))
        self._width = n_symbols + 1
        grid = np.full((len(lengths), depth), -1)
        grid[np.arange(depth) < lengths[:, None]] = symbols
        nodes = np.zeros(len(lengths), np.int64)
        self._levels = []
        for n in range(1, depth + 1):
            some = lengths >= n
            keys, nodes[some] = np.unique(nodes[some] * self._width + grid[some, n - 1], return_inverse=True)
            completed = np.full(len(keys), -1)
            completed[nodes[lengths == n]] = np.flatnonzero(lengths == n)
            self._levels.append((_HashIndex(keys), completed))

    def find(self, symbols: Ids) -> Iterator[tuple[Ids, Ids]]:
        """Yield, for n = 1, 2, ..., the positions at which terms of n symbols start, and these terms."""
        starts, nodes = np.arange(len(symbols)), np.zeros(len(symbols), np.int64)
        for n, (keys, completed) in enumerate(self._levels, start=1):
            n_inside = np.searchsorted(starts, len(symbols) - n, side="right")
            starts, nodes = starts[:n_inside], nodes[:n_inside]
            nodes = keys.find(nodes * self._width + symbols[starts + n - 1])
            known = np.flatnonzero(nodes >= 0)
            starts, nodes = starts[known], nodes[known]
            terms = completed[nodes]
            whole = terms >= 0
            yield starts[whole], terms[whole]


class NGrams(ABC):
    """A vocabulary of n-grams, and a search for its terms in texts that are split into chunks.

    A chunk is a word after cleaning, which may have become several words or none. What :meth:`read` returns for a chunk
    is the same in every text, so that it can be cached.

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
        """Set the vocabulary, given in ascending order."""

    @abstractmethod
    def read(self, chunks: Sequence[str]) -> tuple[Ids, Ids]:
        """Return the numbers of ids that each chunk gives to :meth:`find`, and these ids, one chunk after another."""

    @abstractmethod
    def find(self, rows: Ids, read: Ids) -> Occurrences:
        """Find the vocabulary's terms in texts; ``read`` are ids from :meth:`read`, ``rows`` their texts' indices."""

    def fit(self, texts: Sequence[Sequence[str]], min_df: int) -> Occurrences:
        """Set the vocabulary to the terms that at least ``min_df`` texts hold, and find them in these texts."""
        ids = start_ids()
        found = self._find_all(texts, ids)
        frequency = np.bincount(count_terms(found, len(ids)).terms, minlength=len(ids))
        terms = sorted(term for term, number in ids.items() if frequency[number] >= min_df)
        columns = np.full(len(ids), -1)
        columns[[ids[term] for term in terms]] = np.arange(len(terms))
        self.learn(terms)
        kept = columns[found.terms]
        return Occurrences(found.rows[kept >= 0], kept[kept >= 0])

    @abstractmethod
    def _find_all(self, texts: Sequence[Sequence[str]], ids: WordIds) -> Occurrences:
        """Find every n-gram in the texts; new ones are added to ``ids``."""


class CharNGrams(NGrams):
    """N-grams of characters within words: scikit-learn's analyser ``char_wb``."""

    def learn(self, terms: list[str]) -> None:
        """Set the vocabulary, given in ascending order."""
        self.terms = terms
        alphabet, symbols = np.unique(_read_codes(terms), return_inverse=True)
        self._symbols = np.full(int(alphabet.max(initial=0)) + 2, len(alphabet))  # the last is for all higher codes
        self._symbols[alphabet] = np.arange(len(alphabet))
        self._trie = _Trie(list_lengths(terms), symbols, len(alphabet))

    def read(self, chunks: Sequence[str]) -> tuple[Ids, Ids]:
        """Return the terms of each chunk."""
        # There are two spaces between words, and no term holds two, so none is found across words. A term of fewer
        # characters than `low` is a whole word with its spaces, so none is found within a word.
        padded = [f" {chunk.replace(' ', '  ')} " if chunk else "" for chunk in chunks]
        codes = np.minimum(_read_codes(padded), len(self._symbols) - 1)
        found = Occurrences.join([Occurrences.none(), *self._trie.find(self._symbols[codes])])
        order = np.argsort(found.rows, kind="stable")
        borders = np.append(0, np.cumsum(list_lengths(padded)))
        return np.diff(np.searchsorted(found.rows[order], borders)), found.terms[order]

    def find(self, rows: Ids, read: Ids) -> Occurrences:
        """Return the terms that were read in the chunks."""
        return Occurrences(rows, read)

    def _find_all(self, texts: Sequence[Sequence[str]], ids: WordIds) -> Occurrences:
        chunk_ids, distinct = assign_ids(chain.from_iterable(texts), start_ids())
        terms = [
            [ids[term] for word in chunk.split() for term in list_char_ngrams(word, self.low, self.high)]
            for chunk in distinct
        ]
        read = RaggedArray()
        read.extend(list_lengths(terms), np.fromiter(chain.from_iterable(terms), np.int64))
        return assign_rows(list_lengths(texts), *read.take(chunk_ids))


class WordNGrams(NGrams):
    """N-grams of words of two or more characters: scikit-learn's analyser ``word``."""

    def learn(self, terms: list[str]) -> None:
        """Set the vocabulary, given in ascending order."""
        self.terms = terms
        split = [term.split(" ") for term in terms]
        words = dict.fromkeys(chain.from_iterable(split))
        self._symbols = {"\n": -1, **dict(zip(words, count()))}
        symbols = np.fromiter(map(self._symbols.__getitem__, chain.from_iterable(split)), np.int64)
        self._trie = _Trie(list_lengths(split), symbols, len(words))

    def read(self, chunks: Sequence[str]) -> tuple[Ids, Ids]:
        """Return the words of each chunk."""
        words = _TOKEN_OR_BORDER.findall("\n".join([*chunks, ""]))  # each ends with a border
        symbols = np.fromiter(map(self._symbols.get, words, repeat(len(self._symbols) - 1)), np.int64, len(words))
        borders = np.flatnonzero(symbols < 0)
        ends = borders - np.arange(len(borders))
        return np.diff(ends, prepend=0), symbols[symbols >= 0]

    def find(self, rows: Ids, read: Ids) -> Occurrences:
        """Find the vocabulary's terms in the words that were read."""
        found = [Occurrences.none()]
        for n, (starts, terms) in enumerate(self._trie.find(read)):
            whole = rows[starts] == rows[starts + n]  # a term is within one text
            found.append(Occurrences(rows[starts[whole]], terms[whole]))
        return Occurrences.join(found)

    def _find_all(self, texts: Sequence[Sequence[str]], ids: WordIds) -> Occurrences:
        words = [list(chain.from_iterable(map(find_words, chunks))) for chunks in texts]
        terms = [list(map(ids.__getitem__, list_word_ngrams(some, self.low, self.high))) for some in words]
        rows = np.repeat(np.arange(len(texts)), list_lengths(terms))
        return Occurrences(rows, np.fromiter(chain.from_iterable(terms), np.int64))


def count_terms(found: Occurrences, n_terms: int) -> Counts:
    """Count the occurrences of each of ``n_terms`` terms in each row."""
    width = max(n_terms, 1)
    # Narrow integers are sorted faster.
    kind = np.min_scalar_type((int(found.rows.max(initial=0)) + 1) * width).type
    pairs = found.rows.astype(kind) * kind(width) + found.terms.astype(kind)
    pairs.sort()
    starts, n_pairs = find_starts(pairs), len(pairs)
    pairs = pairs[starts]
    rows = pairs // kind(width)
    terms = pairs - rows * kind(width)
    return Counts(rows.astype(np.int64), terms.astype(np.int64), np.diff(starts, append=n_pairs))


def find_starts(numbers: NDArray[np.integer]) -> Ids:
    """Return the indices in an ascending array at which a new number starts."""
    return np.flatnonzero(np.append(numbers[:1] == numbers[:1], numbers[1:] != numbers[:-1]))


def assign_rows(n_chunks: Ids, lengths: Ids, read: Ids) -> Occurrences:
    """Pair the ids that were read in chunks with the indices of their texts.

    Parameters
    ----------
    n_chunks
        Number of chunks of each text.
    lengths
        Number of ids of each chunk.
    read
        The ids, one chunk after another.
    """
    return Occurrences(np.repeat(np.repeat(np.arange(len(n_chunks)), n_chunks), lengths), read)


def _read_codes(texts: Iterable[str]) -> NDArray[np.uint32]:
    """Return the code points of the texts, one text after another."""
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
