"""A drawing of who positions whom: speakers on the right, parties on the left, a line for each side taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from janib.articles.report.matrix import MIXED, Key, PositionGroup
from janib.labels import ARABIC_NAMES, Stance

MOST_NAMES = 14
"""Number of names on each side; those with the most sides taken are drawn."""

LINES: Mapping[str, tuple[str, str]] = {
    Stance.FAVOR: ("خط متصل", ARABIC_NAMES[Stance.FAVOR]),
    Stance.AGAINST: ("خط متقطع", ARABIC_NAMES[Stance.AGAINST]),
    MIXED: ("نقاط", "متوازن"),
}
"""The line and the name of each kind of edge, in Arabic."""

_WIDTH, _ROW, _BOX = 640, 46, 240
_NAME_CHARS = 20


@dataclass(frozen=True, slots=True)
class NameBox:
    """A name in a box with its centre at ``x`` and ``y``."""

    name: str
    short: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A curve from a speaker to a party; its ``kind`` is one of :data:`LINES`."""

    path: str
    kind: str
    width: int
    label: str


@dataclass(frozen=True, slots=True)
class Network:
    """A drawing of ``width`` by ``height`` units; a screen reader reads the labels of ``edges``."""

    width: int
    height: int
    box: int
    nodes: tuple[NameBox, ...]
    edges: tuple[Edge, ...]
    left_out: int


def draw_network(pairs: Mapping[Key, PositionGroup], names: Mapping[str, str]) -> Network:
    """Lay the network out; pairs without a position for or against are left out."""
    sided = {key: group for key, group in pairs.items() if group.count(Stance.FAVOR) + group.count(Stance.AGAINST)}
    speakers = list(dict.fromkeys(speaker for speaker, _ in sided))[:MOST_NAMES]
    parties = list(dict.fromkeys(party for speaker, party in sided if speaker in speakers))[:MOST_NAMES]
    rows = max(len(speakers), len(parties))
    right, left = _stack(speakers, rows, _WIDTH - _BOX // 2, names), _stack(parties, rows, _BOX // 2, names)
    drawn = {key: group for key, group in sided.items() if key[0] in right and key[1] in left}
    edges = tuple(
        _draw_edge(right[speaker], left[party], group, f"{names[speaker]} ← {names[party]}")
        for (speaker, party), group in drawn.items()
    )
    nodes = (*right.values(), *left.values())
    return Network(_WIDTH, rows * _ROW + 8, _BOX, nodes, edges, len(sided) - len(drawn))


def _draw_edge(speaker: NameBox, party: NameBox, group: PositionGroup, label: str) -> Edge:
    start, end = speaker.x - _BOX // 2, party.x + _BOX // 2 + 6
    bend = (start + end) // 2
    return Edge(
        path=f"M{start} {speaker.y} C{bend} {speaker.y} {bend} {party.y} {end} {party.y}",
        kind=MIXED if group.net == 0 else Stance.FAVOR if group.net > 0 else Stance.AGAINST,
        width=min(1 + group.count(Stance.FAVOR) + group.count(Stance.AGAINST), 7),
        label=label,
    )


def _stack(parties: list[str], rows: int, x: int, names: Mapping[str, str]) -> dict[str, NameBox]:
    step = rows * _ROW / max(len(parties), 1)
    return {
        party: NameBox(names[party], _shorten(names[party]), x, round(4 + step * (place + 0.5)))
        for place, party in enumerate(parties)
    }


def _shorten(name: str) -> str:
    return name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1].rstrip()}…"
