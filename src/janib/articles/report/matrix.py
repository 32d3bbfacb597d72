"""Counts of positions by speaker and party, and the rows of ``matrix.csv``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from janib.articles.analysis import Analysis
from janib.articles.positions import Position
from janib.labels import STANCE_LABELS, Sentiment, Stance

UNDECIDED, MIXED = "undecided", "mixed"
"""Names of a withheld stance, and of positions both for and against."""

_TONES = (Sentiment.POSITIVE.value, Sentiment.NEGATIVE.value)

MATRIX_COLUMNS = ("speaker", "speaker_id", "party", "party_id", "net", *STANCE_LABELS, UNDECIDED, *_TONES)
"""The columns of ``matrix.csv``."""

Key = tuple[str, str]
"""Two ids, in a matrix those of a speaker and a party."""


@dataclass(slots=True)
class PositionGroup:
    """The positions of one speaker, outlet or period on one party.

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
    analyses: Iterable[Analysis], name_groups: Callable[[Analysis, Position], Iterable[str]]
) -> dict[Key, PositionGroup]:
    """Gather positions by party and by the names that ``name_groups`` returns for each position."""
    groups: dict[Key, PositionGroup] = {}
    for number, analysis in enumerate(analyses):
        for position in analysis.positions:
            for name in name_groups(analysis, position):
                groups.setdefault((name, position.party), PositionGroup()).found.append((number, position))
    return groups


def introduce_speaker(analyses: Sequence[Analysis], party: str, group: PositionGroup) -> str:
    """Return the person who alone speaks for a party in a group of positions, or else the party's name."""
    spoke = {
        analyses[number].introduce(speaker)
        for number, position in group.found
        for speaker in position.speakers
        if speaker.party == party
    }
    return spoke.pop() if len(spoke) == 1 else analyses[group.found[0][0]].names[party]


def list_rows(groups: dict[Key, PositionGroup], names: dict[str, str]) -> Iterator[dict[str, object]]:
    """Yield the rows of ``matrix.csv``: one for each speaker and party, the pair with most positions first."""
    for (speaker, party), group in sorted(groups.items(), key=lambda one: (-len(one[1].found), one[0])):
        tones = [position.sentiment for _, position in group.found]
        yield {
            "speaker": names[speaker],
            "speaker_id": speaker,
            "party": names[party],
            "party_id": party,
            "net": round(group.net, 4),
            **{stance: group.count(stance) for stance in STANCE_LABELS},
            UNDECIDED: group.count(None),
            **{tone: tones.count(tone) for tone in _TONES},
        }
