"""Targets under other names in training, so that a model judges by what is said of a party and not by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from janib.errors import ConfigError
from janib.models.encoder_inputs import hide_name
from janib.schema import Example
from janib.text.spelling import fold

_ARABIC = re.compile("[\u0621-\u064a]")
_ENDINGS = ("يه", "ي", "يين", "يون", "ات", "ان", "ه")
LONGEST = 6
"""Words of the longest name that is exchanged; longer targets are topics or claims."""


class NameVariation:
    """Training rows of which some call their target by another name, anew in each epoch.

    A name is exchanged for that of another row's target with the same form: script, article, ending and number of
    words, so that the sentence stays grammatical as far as these tell.

    Parameters
    ----------
    rows
        The training rows.
    exchange, hide
        Shares of the rows whose target gets another name, and the mask token; only a target that the text names does.
    mask
        The mask token.
    seed
        Seed of the draws; an epoch's draw depends on the epoch and on nothing else.

    Raises
    ------
    ConfigError
        If the shares are not from 0 to 1 in sum.
    """

    def __init__(
        self, rows: Sequence[Example], *, mask: str, seed: int, exchange: float = 0.0, hide: float = 0.0
    ) -> None:
        if not (exchange >= 0 and hide >= 0 and exchange + hide <= 1):
            raise ConfigError(f"vary_names has exchange={exchange} and hide={hide}, expected at most 1 in sum")
        self._rows, self._mask, self._seed = rows, mask, seed
        self._exchange, self._hide = exchange, hide
        self._names: dict[tuple[object, ...], list[str]] = {}
        for name in dict.fromkeys(row.target for row in rows):
            if name and len(name.split()) <= LONGEST:
                self._names.setdefault(find_form(name), []).append(name)

    def vary(self, epoch: int) -> list[Example]:
        """Return the rows of an epoch, in order."""
        generator = np.random.default_rng([self._seed, epoch])
        draws = generator.random((len(self._rows), 2))
        return [self._rename(row, *draw) for row, draw in zip(self._rows, draws.tolist(), strict=True)]

    def _rename(self, row: Example, share: float, place: float) -> Example:
        if share < self._hide:
            name = self._mask
        elif share < self._hide + self._exchange:
            names = self._names.get(find_form(row.target), [row.target])
            name = names[int(place * len(names))]
        else:
            return row
        text = hide_name(row.text, row.target, name)
        return row if text is None else replace(row, text=text, target=name)


@lru_cache(maxsize=1 << 16)
def find_form(name: str) -> tuple[object, ...]:
    """Return what names must share to be exchanged: script, first two letters of an article, ending, words.

    >>> find_form("الروسية") == find_form("الأمريكية") != find_form("روسيا")
    True
    """
    words = fold(name).split() or [""]
    start = next((mark for mark in ("ال", "ل") if words[0].startswith(mark)), "")
    ending = next((mark for mark in _ENDINGS if words[-1].endswith(mark)), "")
    return bool(_ARABIC.search(name)), start, ending, len(words)
