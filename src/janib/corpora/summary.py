"""What a corpus holds, in numbers: no text leaves it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from janib.corpora.base import Splits
from janib.schema import Example

MOST_TARGETS = 12


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a split: all of them, or those of one target.

    Attributes
    ----------
    targets
        Number of targets.
    words
        Median number of words.
    labels
        Rows of each label, in label order; rows without one are not counted.
    """

    split: str
    target: str
    rows: int
    targets: int
    words: float
    labels: tuple[int, ...]

    def shares(self) -> list[str]:
        """Return each label's count and share as text."""
        total = max(1, sum(self.labels))
        return [f"{count:,} ({count / total:.0%})" for count in self.labels]


def summarise(splits: Splits, task: str, labels: Sequence[str], *, by_target: bool = True) -> Iterator[Part]:
    """Yield each split as a whole and then, with ``by_target`` and from 2 to 12 targets, by target."""
    for split, rows in splits.items():
        targets = Counter(row.target for row in rows)
        yield _summarise(split, f"all {len(targets):,}", rows, task, labels)
        if by_target and 1 < len(targets) <= MOST_TARGETS:
            for target in sorted(targets):
                part = [row for row in rows if row.target == target]
                yield _summarise(split, target, part, task, labels)


def _summarise(split: str, target: str, rows: Sequence[Example], task: str, labels: Sequence[str]) -> Part:
    counts = Counter(row.gold(task) for row in rows)
    words = median(len(row.text.split()) for row in rows) if rows else 0.0
    targets = len({row.target for row in rows})
    return Part(split, target, len(rows), targets, words, tuple(counts[label] for label in labels))
