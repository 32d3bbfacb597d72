"""Who positions whom as a drawing: speakers on the right, parties on the left, a line for each side taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from janib.articles.report.matrix import Key, PositionGroup
from janib.labels import Stance

MOST = 14
"""Names on each side; those with the most sides taken."""

_WIDTH, _ROW, _BOX, _NAME = 640, 46, 240, 20


@dataclass(frozen=True, slots=True)
class NameBox:
    """A name in its box; ``x`` and ``y`` are of its centre."""

    name: str
    short: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A curve from a speaker to a party."""

    path: str
    kind: str
    width: int
    label: str


@dataclass(frozen=True, slots=True)
class Network:
    """A drawing of ``width`` by ``height`` units; the words of ``edges`` say the same to a screen reader."""

    width: int
    height: int
    box: int
    nodes: tuple[NameBox, ...]
    edges: tuple[Edge, ...]
    left_out: int


def draw_network(pairs: Mapping[Key, PositionGroup], names: Mapping[str, str]) -> Network:
    """Lay the network out; pairs that are only neutral or withheld are left out of it."""
    sided = {key: cell for key, cell in pairs.items() if cell.count(Stance.FAVOR) + cell.count(Stance.AGAINST)}
    speakers = list(dict.fromkeys(speaker for speaker, _ in sided))[:MOST]
    parties = list(dict.fromkeys(party for speaker, party in sided if speaker in speakers))[:MOST]
    rows = max(len(speakers), len(parties))
    right, left = _stack(speakers, rows, _WIDTH - _BOX // 2, names), _stack(parties, rows, _BOX // 2, names)
    drawn = {key: cell for key, cell in sided.items() if key[0] in right and key[1] in left}
    edges = []
    for (speaker, party), cell in drawn.items():
        here, there = right[speaker], left[party]
        start, end = here.x - _BOX // 2, there.x + _BOX // 2 + 6
        bend = (start + end) // 2
        kind = "mixed" if cell.net == 0 else Stance.FAVOR if cell.net > 0 else Stance.AGAINST
        edges.append(
            Edge(
                f"M{start} {here.y} C{bend} {here.y} {bend} {there.y} {end} {there.y}",
                kind,
                min(1 + cell.count(Stance.FAVOR) + cell.count(Stance.AGAINST), 7),
                f"{names[speaker]} ← {names[party]}",
            )
        )
    nodes = (*right.values(), *left.values())
    return Network(_WIDTH, rows * _ROW + 8, _BOX, nodes, tuple(edges), len(sided) - len(drawn))


def _stack(parties: list[str], rows: int, x: int, names: Mapping[str, str]) -> dict[str, NameBox]:
    step = rows * _ROW / max(len(parties), 1)
    return {
        party: NameBox(names[party], _shorten(names[party]), x, round(4 + step * (place + 0.5)))
        for place, party in enumerate(parties)
    }


def _shorten(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…"
