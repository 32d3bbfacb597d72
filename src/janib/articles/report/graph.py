"""A drawing of who positions whom: speakers on one side, parties on the other, a line for each side taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from janib.articles.report.matrix import MIXED, Key, PositionGroup
from janib.articles.report.wording import Wording
from janib.labels import Stance

MOST_EDGES = 10
"""Of more edges, nobody sees who positions whom; bars say more."""

EDGE_KINDS: tuple[str, ...] = (Stance.FAVOR, Stance.AGAINST, MIXED)

_WIDTH, _ROW, _BOX, _HEIGHT, _EDGE = 680, 58, 250, 42, 2
_NAME_CHARS = 25
_PORT = 9  # between two lines at a box


@dataclass(frozen=True, slots=True)
class NameBox:
    """A name in a box with its centre at ``x`` and ``y``."""

    name: str
    short: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A curve from a speaker to a party; its ``kind`` is one of :data:`EDGE_KINDS`."""

    path: str
    kind: str
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Network:
    """A drawing of ``width`` by ``height`` units; a screen reader reads the labels of ``edges``."""

    width: int
    height: int
    box: int
    box_height: int
    nodes: tuple[NameBox, ...]
    edges: tuple[Edge, ...]


def draw_network(pairs: Mapping[Key, PositionGroup], names: Mapping[str, str], wording: Wording) -> Network | None:
    """Lay the network out; pairs without a position for or against are left out, and None is too much for a drawing.

    Speakers are where a line of the language begins: on the right in Arabic.
    """
    sided = {key: group for key, group in pairs.items() if group.sided}
    if len(sided) > MOST_EDGES:
        return None
    speakers = list(dict.fromkeys(speaker for speaker, _ in sided))
    parties = _untangle(sided, speakers)
    rows = max(len(speakers), len(parties))
    left, right = _BOX // 2 + _EDGE, _WIDTH - _BOX // 2 - _EDGE
    first, second = (right, left) if wording["dir"] == "rtl" else (left, right)
    starts, ends = _stack(speakers, rows, first, names), _stack(parties, rows, second, names)
    leaving = _find_ports(sided, 0, lambda key: ends[key[1]].y)
    coming = _find_ports(sided, 1, lambda key: starts[key[0]].y)
    edges = tuple(
        Edge(
            _bend(starts[speaker], ends[party], leaving[speaker, party], coming[speaker, party]),
            MIXED if group.net == 0 else Stance.FAVOR if group.net > 0 else Stance.AGAINST,
            min(1.5 + group.sided / 2, 5),
            f"{names[speaker]} ← {names[party]}",
        )
        for (speaker, party), group in sided.items()
    )
    return Network(_WIDTH, rows * _ROW, _BOX, _HEIGHT, (*starts.values(), *ends.values()), edges)


def _untangle(sided: Mapping[Key, PositionGroup], speakers: Sequence[str]) -> list[str]:
    """Order the parties by the mean place of the speakers who position them, so that fewer lines cross."""
    places: dict[str, list[int]] = {}
    for speaker, party in sided:
        places.setdefault(party, []).append(speakers.index(speaker))
    return sorted(places, key=lambda party: sum(places[party]) / len(places[party]))


def _find_ports(sided: Mapping[Key, PositionGroup], side: int, place: Callable[[Key], int]) -> dict[Key, float]:
    """Return how far from its box's middle each line begins (side 0) or ends (1), in the order of the other ends."""
    ports: dict[Key, float] = {}
    for name in {key[side] for key in sided}:
        lines = sorted((key for key in sided if key[side] == name), key=place)
        step = min(_PORT, (_HEIGHT - 10) / len(lines))
        ports |= {key: step * (number - (len(lines) - 1) / 2) for number, key in enumerate(lines)}
    return ports


def _bend(start: NameBox, end: NameBox, leaving: float, coming: float) -> str:
    sign = 1 if end.x > start.x else -1
    x1, x2 = start.x + sign * _BOX // 2, end.x - sign * (_BOX // 2 + 7)
    y1, y2, middle = start.y + leaving, end.y + coming, (x1 + x2) // 2
    return f"M{x1} {y1:g} C{middle} {y1:g} {middle} {y2:g} {x2} {y2:g}"


def _stack(parties: Sequence[str], rows: int, x: int, names: Mapping[str, str]) -> dict[str, NameBox]:
    step = rows * _ROW / max(len(parties), 1)
    return {
        party: NameBox(names[party], _shorten(names[party]), x, round(step * (place + 0.5)))
        for place, party in enumerate(parties)
    }


def _shorten(name: str) -> str:
    return name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1].rstrip()}…"
