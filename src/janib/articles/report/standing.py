"""How many positions are for and against each party: bars from a middle line, and the parties that stand out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from janib.articles.report.grid import rank
from janib.articles.report.matrix import ALL, Key, PositionGroup
from janib.articles.spans import REPORT
from janib.labels import Stance

MOST_BARS = 20
"""Number of parties with a bar."""

HALF_WIDTH = 100
"""Length of the longest bar, in the units of the drawing, whose middle line is at 0."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a party's bar."""

    x: float
    width: float
    kind: str
    is_sure: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A party's positions by all speakers, and the bar that shows them."""

    party: str
    group: PositionGroup
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A party or speaker that stands out; its ``key`` names the words that say in what."""

    key: str
    party: str
    group: PositionGroup


@dataclass(frozen=True, slots=True)
class Sides:
    """A speaker, and the parties that he is mostly for and mostly against, by number of positions."""

    speaker: str
    favored: tuple[str, ...]
    opposed: tuple[str, ...]


def rank_standings(whole: Mapping[Key, PositionGroup]) -> list[Standing]:
    """Return the parties with positions for or against them, those with most first."""
    sided = sorted((one for one in whole.items() if one[1].sided), key=lambda one: -one[1].sided)[:MOST_BARS]
    longest = max((group.count(side) for _, group in sided for side in (Stance.FAVOR, Stance.AGAINST)), default=1)
    return [Standing(party, group, tuple(_draw_bars(group, HALF_WIDTH / longest))) for (_, party), group in sided]


def find_facts(pairs: Mapping[Key, PositionGroup], whole: Mapping[Key, PositionGroup]) -> list[Fact]:
    """Return who speaks most, and which party is most supported, most opposed and most contested."""
    facts = []
    spoken = [speaker for speaker in rank(pairs, 0) if speaker != REPORT]
    if spoken:
        group = PositionGroup(
            [one for (speaker, _), held in pairs.items() if speaker == spoken[0] for one in held.found]
        )
        facts.append(Fact("most_spoken", spoken[0], group))
    if not whole:
        return facts
    measures: Mapping[str, Callable[[PositionGroup], int]] = {
        "most_backed": lambda group: group.count(Stance.FAVOR),
        "most_opposed": lambda group: group.count(Stance.AGAINST),
        "most_contested": lambda group: min(group.count(Stance.FAVOR), group.count(Stance.AGAINST)),
    }
    for key, measure in measures.items():
        ranked = {party: (measure(group), group.sided) for (_, party), group in whole.items()}
        party = max(ranked, key=ranked.__getitem__)
        if ranked[party][0]:
            facts.append(Fact(key, party, whole[ALL, party]))
    return facts


def find_sides(pairs: Mapping[Key, PositionGroup], most_speakers: int) -> list[Sides]:
    """Return the sides of the speakers who take most; the report itself comes after all others."""
    sided = {key: group for key, group in pairs.items() if group.net}
    speakers = sorted(rank(sided, 0), key=lambda speaker: speaker == REPORT)
    return [
        Sides(speaker, *(tuple(_list_parties(sided, speaker, sign)) for sign in (1, -1)))
        for speaker in speakers[:most_speakers]
    ]


def _list_parties(sided: Mapping[Key, PositionGroup], speaker: str, sign: int) -> Sequence[str]:
    found = [(party, group) for (said, party), group in sided.items() if said == speaker and sign * group.net > 0]
    return [party for party, _ in sorted(found, key=lambda one: -one[1].sided)]


def _draw_bars(group: PositionGroup, scale: float) -> Sequence[Bar]:
    """Draw those for a party to the right and those against it to the left, the sure ones at the middle line."""
    bars = []
    for side, sign in ((Stance.FAVOR, 1), (Stance.AGAINST, -1)):
        sure = scale * group.count_sure(side)
        unsure = scale * group.count(side) - sure
        for near, width, is_sure in ((0.0, sure, True), (sure, unsure, False)):
            if width:
                x = near if sign > 0 else -near - width
                bars.append(Bar(round(x, 2), round(width, 2), side.value, is_sure))
    return bars
