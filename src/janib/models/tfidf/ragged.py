"""Numbers of words, and rows of numbers of different lengths: what is known of words that come again and again."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence, Sized
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Ids = defaultdict[str, int]


class Ragged:
    """Rows of numbers of different lengths, one after another; more can be added at the end."""

    def __init__(self) -> None:
        self._numbers, self._starts = array("q"), array("q", [0])  # which grow without being copied each time

    def extend(self, lengths: Numbers, numbers: Numbers) -> None:
        """Add rows of so many of the numbers each."""
        self._starts.frombytes((self._starts[-1] + np.cumsum(lengths)).tobytes())
        self._numbers.frombytes(numbers.tobytes())

    def take(self, places: Numbers) -> tuple[Numbers, Numbers]:
        """Return the lengths of rows, and their numbers one after another."""
        starts = np.frombuffer(self._starts, np.int64)
        first = starts.take(places)
        lengths = starts.take(places + 1) - first
        ends = np.cumsum(lengths)
        inside = np.arange(lengths.sum()) + np.repeat(first - ends + lengths, lengths)
        return lengths, np.frombuffer(self._numbers, np.int64).take(inside)


def start_numbers() -> Ids:
    """Return a mapping that gives each new word the next number."""
    numbers: Ids = defaultdict()
    numbers.default_factory = numbers.__len__
    return numbers


def number_words(words: Iterable[str], known: Ids) -> tuple[Numbers, Sequence[str]]:
    """Return the number of each word, and the words that are not ``known``, which get the next numbers there."""
    before = len(known)
    numbers = np.fromiter(map(known.__getitem__, words), np.int64)
    return numbers, list(islice(reversed(known), len(known) - before))[::-1]


def measure(parts: Sequence[Sized]) -> Numbers:
    """Return the length of each part."""
    return np.fromiter(map(len, parts), np.int64, len(parts))
