"""The terms of TF-IDF: n-grams of words and of characters as one list, counted and weighed."""

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
    find_starts,
    list_char_ngrams,
    split_words,
    spread,
    tally,
)
from janib.models.tfidf.ragged import Numbers, Ragged, measure, number_words, start_numbers

_MOST_WORDS, _MOST_CHARACTERS = 131_072, 4_194_304  # more are all forgotten, since reading is quick


class Vocabulary:
    """Words' n-grams and, after them, characters' n-grams, as one list of terms.

    What was read in a word is remembered: most words of a text were seen in the texts before it. Threads may share it.

    Parameters
    ----------
    words, chars
        Shortest and longest n-gram of words, and of characters within words.
    clean
        Returns what becomes of each of some words of a text, before terms are sought there.
    """

    def __init__(self, words: Sequence[int], chars: Sequence[int], clean: Callable[[Sequence[str]], list[str]]) -> None:
        self._clean = clean
        self._words, self._chars = WordNGrams(*words), CharNGrams(*chars)
        self._lock = Lock()
        self._forget()
        self._ngrams: dict[str, NGrams] = {"words": self._words, "chars": self._chars}

    def __len__(self) -> int:
        return len(self._words.terms) + len(self._chars.terms)

    def fit(self, texts: Sequence[Sequence[str]], min_df: int) -> Counts:
        """Take the terms that at least ``min_df`` texts, split at white space, hold, and count them there."""
        distinct = list(dict.fromkeys(chain.from_iterable(texts)))
        cleaned = dict(zip(distinct, self._clean(distinct), strict=True))
        chunks = [[cleaned[word] for word in words] for words in texts]
        words, chars = self._words.fit(chunks, min_df), self._chars.fit(chunks, min_df)
        self._forget()
        return self._tally(words, chars)

    def count(self, texts: Sequence[Sequence[str]]) -> Counts:
        """Count the terms in texts that are split at white space."""
        sizes = measure(texts)
        with self._lock:
            words, chars = self._recall(texts)
        return self._tally(self._words.find(*spread(sizes, *words)), self._chars.find(*spread(sizes, *chars)))

    def locate(self, chunks: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        """Yield the place of each occurrence of a term, and the cleaned chunks that hold it, one for each word."""
        words = [(word, number) for number, chunk in enumerate(chunks) for word in split_words(chunk)]
        for n in range(self._words.low, self._words.high + 1):
            for found in zip(*(words[start:] for start in range(n)), strict=False):
                place = _find_term(self._words.terms, " ".join(word for word, _ in found))
                if place is not None:
                    yield place, [number for _, number in found]
        for number, chunk in enumerate(chunks):
            for term in list_char_ngrams(chunk, self._chars.low, self._chars.high):
                place = _find_term(self._chars.terms, term)
                if place is not None:
                    yield len(self._words.terms) + place, [number]

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
        rows, places, values = counts
        spans = 2 * rows + (places >= len(self._words.terms))
        if len(terms) < len(self):
            columns = np.full(len(self), -1)
            columns[terms] = np.arange(len(terms))
            kept = np.flatnonzero(columns[places] >= 0)
            rows, places, values, spans = rows[kept], columns[places[kept]], values[kept], spans[kept]
        dampened = 1 + np.log(np.arange(1, values.max(initial=1) + 1))  # of each count that there is: there are few
        weighed = dampened.take(values - 1) * idf.take(places)
        starts = find_starts(spans)
        lengths = np.sqrt(np.add.reduceat(weighed * weighed, starts))
        weighed /= np.repeat(lengths, np.diff(starts, append=len(rows)))
        return Counts(rows, places, weighed)

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
        self._forget()

    def _forget(self) -> None:
        self._seen = start_numbers()
        self._n_characters = 0
        self._read = Ragged(), Ragged()  # a row a word that was seen: what words' n-grams read there, and characters'

    def _recall(self, texts: Sequence[Sequence[str]]) -> list[tuple[Numbers, Numbers]]:
        """Return what each of the n-grams reads in the words of the texts."""
        if len(self._seen) > _MOST_WORDS or self._n_characters > _MOST_CHARACTERS:
            self._forget()
        try:
            places, new = number_words(chain.from_iterable(texts), self._seen)
            chunks = self._clean(new)
            for read, ngrams in zip(self._read, (self._words, self._chars), strict=True):
                read.extend(*ngrams.read(chunks))
            self._n_characters += sum(map(len, new))
        except BaseException:  # a word that is seen but not read would shift all others
            self._forget()
            raise
        return [read.take(places) for read in self._read]

    def _tally(self, words: Occurrences, chars: Occurrences) -> Counts:
        after = Occurrences(chars.rows, chars.terms + len(self._words.terms))
        return tally(Occurrences.join([words, after]), len(self))


def _find_term(terms: Sequence[str], term: str) -> int | None:
    place = bisect_left(terms, term)
    return place if place < len(terms) and terms[place] == term else None
