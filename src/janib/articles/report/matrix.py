"""Positions counted: who holds what of whom, how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from janib.articles.analysis import Analysis
from janib.articles.positions import Position
from janib.labels import STANCE_LABELS, Sentiment, Stance

MATRIX_COLUMNS = (
    "speaker",
    "speaker_id",
    "party",
    "party_id",
    "net",
    *STANCE_LABELS,
    "undecided",
    "positive",
    "negative",
)
"""Of ``matrix.csv``."""

Key = tuple[str, str]
"""Two ids; of a matrix of speakers and parties these."""


@dataclass(slots=True)
class PositionGroup:
    """The positions that one holds of another.

    Attributes
    ----------
    found
        Each position with the number of its analysis.
    """

    found: list[tuple[int, Position]] = field(default_factory=list)

    def count(self, stance: str | None) -> int:
        """Return how many positions have this stance; None for those withheld."""
        return sum(position.stance == stance for _, position in self.found)

    @property
    def net(self) -> float:
        """Favor less against, as a share of all positions: from -1 to 1."""
        return (self.count(Stance.FAVOR) - self.count(Stance.AGAINST)) / max(len(self.found), 1)


def count_pairs(analyses: Iterable[Analysis]) -> dict[Key, PositionGroup]:
    """Gather positions by speaker and party; a joint statement counts for each of its speakers."""
    return count_by(analyses, lambda _, position: [speaker.party for speaker in position.speakers])


def count_by(
    analyses: Iterable[Analysis], group: Callable[[Analysis, Position], Iterable[str]]
) -> dict[Key, PositionGroup]:
    """Gather positions by what ``group`` makes of each, and by party."""
    cells: dict[Key, PositionGroup] = {}
    for number, analysis in enumerate(analyses):
        for position in analysis.positions:
            for name in group(analysis, position):
                cells.setdefault((name, position.party), PositionGroup()).found.append((number, position))
    return cells


def list_rows(cells: dict[Key, PositionGroup], names: dict[str, str]) -> Iterator[dict[str, object]]:
    """Yield the rows of ``matrix.csv``: one a speaker and party, the most frequent first."""
    for (speaker, party), cell in sorted(cells.items(), key=lambda one: (-len(one[1].found), one[0])):
        tones = [position.sentiment for _, position in cell.found]
        yield {
            "speaker": names[speaker],
            "speaker_id": speaker,
            "party": names[party],
            "party_id": party,
            "net": round(cell.net, 4),
            **{stance: cell.count(stance) for stance in STANCE_LABELS},
            "undecided": cell.count(None),
            "positive": tones.count(Sentiment.POSITIVE),
            "negative": tones.count(Sentiment.NEGATIVE),
        }
