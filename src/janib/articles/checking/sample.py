"""Positions drawn for people to read, by strata of stance, so that rare sides are among them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from janib.articles.report.stored import StoredPosition, stream_positions
from janib.errors import ConfigError, DataError

SHOWN, WITHHELD = "yes", "no"
"""The words for whether a position's most probable stance is shown."""

Stratum = tuple[str, str]
"""The most probable stance, and whether it is shown."""


@dataclass(frozen=True, slots=True)
class DrawnPosition:
    """A position of a sample.

    Attributes
    ----------
    id
        Names it among all positions: its article, statement and party.
    position
        The position itself.
    stratum_size
        How many positions of its stratum there are, drawn or not.
    """

    id: str
    position: StoredPosition
    stratum_size: int

    @property
    def stratum(self) -> Stratum:
        """The stratum from which it was drawn."""
        return find_stratum(self.position)


def draw_sample(positions: Path, count: int, seed: int = 0) -> list[DrawnPosition]:
    """Draw positions without replacement, the same number of each stratum as far as there are so many.

    The positions are read twice, so that only those drawn are in memory; they come in random order.

    Parameters
    ----------
    positions
        A ``positions.jsonl``.
    count
        How many to draw; all, if there are fewer.
    seed
        The same seed draws the same positions.

    Raises
    ------
    ConfigError
        If the count is not positive.
    DataError
        If there is no position, or a line is none.
    """
    if count < 1:
        raise ConfigError(f"{count} positions cannot be drawn; expected a number from 1")
    strata: dict[Stratum, list[int]] = {}
    for place, one in enumerate(stream_positions(positions)):
        strata.setdefault(find_stratum(one), []).append(place)
    if not strata:
        raise DataError(f"{positions} has no position; there is nothing to draw")
    rng = random.Random(seed)
    shares = share_out(count, {stratum: len(places) for stratum, places in strata.items()})
    drawn = {place for stratum in sorted(strata) for place in rng.sample(strata[stratum], shares[stratum])}
    found = [
        DrawnPosition(_name(one), one, len(strata[find_stratum(one)]))
        for place, one in enumerate(stream_positions(positions))
        if place in drawn
    ]
    _check_names(found, positions)
    rng.shuffle(found)
    return found


def share_out(count: int, sizes: Mapping[Stratum, int]) -> dict[Stratum, int]:
    """Return how many to draw of each stratum: the same of all, and of small ones all.

    >>> share_out(10, {("favor", "yes"): 2, ("neutral", "yes"): 50, ("against", "yes"): 9})
    {('favor', 'yes'): 2, ('against', 'yes'): 4, ('neutral', 'yes'): 4}
    """
    shares: dict[Stratum, int] = {}
    left = count
    by_size = sorted(sizes, key=lambda stratum: (sizes[stratum], stratum))
    for place, stratum in enumerate(by_size):
        shares[stratum] = min(sizes[stratum], left // (len(by_size) - place))
        left -= shares[stratum]
    return shares


def find_stratum(position: StoredPosition) -> Stratum:
    """Return the stratum of a position."""
    return position.likeliest, SHOWN if position.stance else WITHHELD


def _name(position: StoredPosition) -> str:
    return f"{position.article}#{position.statement}#{position.party_id}"


def _check_names(drawn: Collection[DrawnPosition], positions: Path) -> None:
    for name, times in Counter(one.id for one in drawn).most_common(1):
        if times > 1:
            raise DataError(f"{positions} has the position {name!r} {times} times; keep one")
