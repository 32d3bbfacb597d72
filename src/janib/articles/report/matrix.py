"""Counts of positions by speaker and party, and the rows of ``matrix.csv``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from janib.articles.analysis import Analysis
from janib.articles.positions import Position
from janib.labels import STANCE_LABELS, Sentiment, Stance

UNDECIDED, MIXED = "undecided", "mixed"
"""Names of a withheld stance, and of positions both for and against."""

SURE = 0.7
"""The least probability of a stance that the report calls sure."""

OTHERS, ALL = "(others)", "(all)"
"""Ids that stand for several speakers, and are no party's: those who speak of one party only, and all together."""

FEW_SPEAKERS = 8
"""With so many speakers or fewer, none is put among the others."""

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

    def count_sure(self, stance: str) -> int:
        """Return how many positions have this stance and are sure."""
        return sum(position.stance == stance and is_sure(position) for _, position in self.found)

    @property
    def net(self) -> float:
        """Favor less against, as a share of all positions: from -1 to 1."""
        return (self.count(Stance.FAVOR) - self.count(Stance.AGAINST)) / max(len(self.found), 1)

    @property
    def sided(self) -> int:
        """Number of positions for or against."""
        return self.count(Stance.FAVOR) + self.count(Stance.AGAINST)


def is_sure(position: Position) -> bool:
    """Whether a stance is shown, and its probability is at least :data:`SURE`."""
    return position.stance is not None and position.stance_p[position.stance] >= SURE


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


def find_others(pairs: Mapping[Key, PositionGroup]) -> frozenset[str]:
    """Return the speakers who speak of one party only, if there are so many speakers that a table is hard to read."""
    cells = Counter(speaker for speaker, _ in pairs)
    if len(cells) <= FEW_SPEAKERS:
        return frozenset()
    return frozenset(speaker for speaker, count in cells.items() if count == 1)


def gather_others(pairs: Mapping[Key, PositionGroup], others: frozenset[str]) -> dict[Key, PositionGroup]:
    """Return the pairs with one speaker, :data:`OTHERS`, in the place of ``others``."""
    gathered: dict[Key, PositionGroup] = {}
    for (speaker, party), group in pairs.items():
        if speaker not in others:
            gathered[speaker, party] = group
            continue
        found = gathered.setdefault((OTHERS, party), PositionGroup()).found
        known = {id(position) for _, position in found}  # a joint statement of several others is one
        found += [one for one in group.found if id(one[1]) not in known]
    return gathered


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
