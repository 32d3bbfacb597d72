"""Ragged integer arrays, and ids of words in the order in which they are first seen."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence, Sized
from itertools import islice

import numpy as np

from janib.scoring.metrics import Ids

WordIds = defaultdict[str, int]
"""Word to id; a new word gets the next id."""


class RaggedArray:
    """Rows of integers of different lengths, which can be appended and looked up."""

    def __init__(self) -> None:
        self._values, self._starts = array("q"), array("q", [0])  # unlike numpy's arrays, they grow without a copy

    def extend(self, lengths: Ids, values: Ids) -> None:
        """Append rows of these lengths, whose values are given one row after another."""
        self._starts.frombytes((self._starts[-1] + np.cumsum(lengths)).tobytes())
        self._values.frombytes(values.tobytes())

    def take(self, rows: Ids) -> tuple[Ids, Ids]:
        """Return the lengths of rows, and their values one row after another."""
        starts = np.frombuffer(self._starts, np.int64)
        first = starts.take(rows)
        lengths = starts.take(rows + 1) - first
        ends = np.cumsum(lengths)
        inside = np.arange(lengths.sum()) + np.repeat(first - ends + lengths, lengths)
        return lengths, np.frombuffer(self._values, np.int64).take(inside)


def start_ids() -> WordIds:
    """Return an empty mapping of words to ids."""
    ids: WordIds = defaultdict()
    ids.default_factory = ids.__len__
    return ids


def assign_ids(words: Iterable[str], ids: WordIds) -> tuple[Ids, Sequence[str]]:
    """Return the id of each word, and the new words, which are added to ``ids``."""
    before = len(ids)
    found = np.fromiter(map(ids.__getitem__, words), np.int64)
    return found, list(islice(reversed(ids), len(ids) - before))[::-1]


def list_lengths(parts: Sequence[Sized]) -> Ids:
    """Return the length of each part."""
    return np.fromiter(map(len, parts), np.int64, len(parts))
