"""The vocabulary of TF-IDF: n-grams of words and of characters as one list, with a cache of n-gram ids by word."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from janib.models.tfidf.ngrams import (
    CharNGrams,
    Counts,
    NGrams,
    Occurrences,
    WordNGrams,
    assign_rows,
    count_terms,
    find_starts,
    find_words,
    list_char_ngrams,
)
from janib.models.tfidf.ragged import RaggedArray, assign_ids, list_lengths, start_ids
from janib.scoring.metrics import Ids

_MAX_WORDS, _MAX_CHARACTERS = 131_072, 4_194_304  # a larger cache is emptied, since reading is fast


class Vocabulary:
    """A list of terms: n-grams of words, then n-grams of characters.

    The ids that are read in a word are cached, since most words of a text occur in earlier texts. Threads may share it.

    Parameters
    ----------
    words, chars
        Shortest and longest n-gram of words, and of characters within words.
    clean
        Returns each of some words after cleaning.
    """

    def __init__(self, words: Sequence[int], chars: Sequence[int], clean: Callable[[Sequence[str]], list[str]]) -> None:
        self._clean = clean
        self._words, self._chars = WordNGrams(*words), CharNGrams(*chars)
        self._lock = Lock()
        self._clear_cache()
        self._ngrams: dict[str, NGrams] = {"words": self._words, "chars": self._chars}

    def __len__(self) -> int:
        return len(self._words.terms) + len(self._chars.terms)

    def fit(self, texts: Sequence[Sequence[str]], min_df: int) -> Counts:
        """Set the terms to those that at least ``min_df`` texts hold, and count them there.

        The texts are split at white space.
        """
        distinct = list(dict.fromkeys(chain.from_iterable(texts)))
        cleaned = dict(zip(distinct, self._clean(distinct), strict=True))
        chunks = [[cleaned[word] for word in words] for words in texts]
        words, chars = self._words.fit(chunks, min_df), self._chars.fit(chunks, min_df)
        self._clear_cache()
        return self._count(words, chars)

    def count(self, texts: Sequence[Sequence[str]]) -> Counts:
        """Count the terms in texts that are split at white space."""
        n_chunks = list_lengths(texts)
        with self._lock:
            words, chars = self._read(texts)
        return self._count(
            self._words.find(*assign_rows(n_chunks, *words)), self._chars.find(*assign_rows(n_chunks, *chars))
        )

    def locate(self, chunks: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        """Yield each occurrence of a term: its index, and for each of its words the index of the cleaned chunk."""
        words = [(word, chunk_index) for chunk_index, chunk in enumerate(chunks) for word in find_words(chunk)]
        for n in range(self._words.low, self._words.high + 1):
            for found in zip(*(words[start:] for start in range(n)), strict=False):
                term = _find_term(self._words.terms, " ".join(word for word, _ in found))
                if term is not None:
                    yield term, [chunk_index for _, chunk_index in found]
        for chunk_index, chunk in enumerate(chunks):
            for ngram in list_char_ngrams(chunk, self._chars.low, self._chars.high):
                term = _find_term(self._chars.terms, ngram)
                if term is not None:
                    yield len(self._words.terms) + term, [chunk_index]

    def weigh(self, counts: Counts, terms: NDArray[np.int32], idf: NDArray[np.float32]) -> Counts:
        """Turn counts into TF-IDF values, ``(1 + log(count)) * idf``.

        The values of a text's word n-grams are scaled to length 1, and so are those of its character n-grams.

        Parameters
        ----------
        counts
            Counts of the vocabulary's terms.
        terms
            Indices of the terms to keep, ascending; the result numbers them from 0.
        idf
            Inverse document frequencies of those terms.
        """
        rows, columns, values = counts
        vectors = 2 * rows + (columns >= len(self._words.terms))  # each text's words are one, its characters another
        if len(terms) < len(self):
            new_columns = np.full(len(self), -1)
            new_columns[terms] = np.arange(len(terms))
            kept = np.flatnonzero(new_columns[columns] >= 0)
            rows, columns, values, vectors = rows[kept], new_columns[columns[kept]], values[kept], vectors[kept]
        logarithms = 1 + np.log(np.arange(1, values.max(initial=1) + 1))  # a table, since there are few distinct counts
        weights = logarithms.take(values - 1) * idf.take(columns)
        starts = find_starts(vectors)
        lengths = np.sqrt(np.add.reduceat(weights * weights, starts))
        weights /= np.repeat(lengths, np.diff(starts, append=len(rows)))
        return Counts(rows, columns, weights)

    def pack(self) -> dict[str, NDArray[np.uint8]]:
        """Return the terms as bytes, one on each line; no term holds a line break."""
        return {
            name: np.frombuffer("\n".join(ngrams.terms).encode("utf-8", "surrogatepass"), np.uint8)
            for name, ngrams in self._ngrams.items()
        }

    def unpack(self, packed: Mapping[str, NDArray[np.uint8]]) -> None:
        """Set the terms that :meth:`pack` returned."""
        for name, ngrams in self._ngrams.items():
            text = packed[name].tobytes().decode("utf-8", "surrogatepass")
            ngrams.learn(text.split("\n") if text else [])
        self._clear_cache()

    def _clear_cache(self) -> None:
        self._word_ids = start_ids()
        self._n_characters = 0
        self._cache = RaggedArray(), RaggedArray()  # by word id: the ids that word n-grams read, and character n-grams

    def _read(self, texts: Sequence[Sequence[str]]) -> list[tuple[Ids, Ids]]:
        """Return the ids that word n-grams and character n-grams read in the words of the texts."""
        if len(self._word_ids) > _MAX_WORDS or self._n_characters > _MAX_CHARACTERS:
            self._clear_cache()
        try:
            ids, new = assign_ids(chain.from_iterable(texts), self._word_ids)
            chunks = self._clean(new)
            for cache, ngrams in zip(self._cache, (self._words, self._chars), strict=True):
                cache.extend(*ngrams.read(chunks))
            self._n_characters += sum(map(len, new))
        except BaseException:  # the cache would lack the rows of words that have an id
            self._clear_cache()
            raise
        return [cache.take(ids) for cache in self._cache]

    def _count(self, words: Occurrences, chars: Occurrences) -> Counts:
        after = Occurrences(chars.rows, chars.terms + len(self._words.terms))
        return count_terms(Occurrences.join([words, after]), len(self))


def _find_term(terms: Sequence[str], term: str) -> int | None:
    index = bisect_left(terms, term)
    return index if index < len(terms) and terms[index] == term else None
