"""What was found for words of text, remembered: most words of a text were seen in the texts before it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from threading import Lock
from typing import Generic, TypeVar

Found = TypeVar("Found")

_MOST_WORDS, _MOST_CHARACTERS = 131_072, 4_194_304  # more are all forgotten, since finding is quick


class Memory(Generic[Found]):
    """What words give, found once for each; threads may share it.

    Parameters
    ----------
    find
        Returns what each of some words gives.
    """

    def __init__(self, find: Callable[[Sequence[str]], Iterable[Found]]) -> None:
        self._find = find
        self._lock = Lock()
        self._forget()

    def recall(self, words: Iterable[str]) -> list[Found]:
        """Return what each of the words gives."""
        with self._lock:
            if len(self._found) > _MOST_WORDS or self._size > _MOST_CHARACTERS:
                self._forget()
            places = list(map(self._places.__getitem__, words))
            n_new = len(self._places) - len(self._found)
            if n_new:
                new = list(islice(reversed(self._places), n_new))[::-1]
                self._found.extend(self._find(new))
                self._size += sum(map(len, new))
            return list(map(self._found.__getitem__, places))

    def _forget(self) -> None:
        self._places: defaultdict[str, int] = defaultdict()
        self._places.default_factory = self._places.__len__
        self._found: list[Found] = []
        self._size = 0
