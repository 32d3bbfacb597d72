"""Positions as ``positions.jsonl`` holds them, read back for the files that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any

from janib.errors import DataError
from janib.io.text_tables import RecordReader
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS

POSITIONS_FILE = "positions.jsonl"


@dataclass(frozen=True, slots=True)
class StoredSpeaker:
    """A speaker of a stored position.

    Attributes
    ----------
    name, office
        Of a person; empty where the text tells none.
    party, party_id
        Arabic name and id of the party that is spoken for.
    surface, how
        As :class:`janib.articles.spans.Speaker` has them.
    """

    name: str
    office: str
    party: str
    party_id: str
    surface: str
    how: str


@dataclass(frozen=True, slots=True)
class StoredPosition:
    """A line of ``positions.jsonl``: the position of a statement's speakers towards a party.

    Attributes
    ----------
    article, outlet, date
        The article's name, its publisher and its ISO date; the last two are empty if not known.
    statement
        Number of the statement in the article, from 0.
    text, start, end
        The statement, and its offsets in the article.
    mention
        The party's name as the statement has it.
    stance, sentiment
        The label shown, or None if it is withheld.
    stance_p, sentiment_p
        Probability of each label.
    """

    article: str
    outlet: str
    date: str
    statement: int
    text: str
    start: int
    end: int
    speakers: tuple[StoredSpeaker, ...]
    party: str
    party_id: str
    mention: str
    stance: str | None
    stance_p: Mapping[str, float]
    sentiment: str | None
    sentiment_p: Mapping[str, float]

    @property
    def likeliest(self) -> str:
        """The most probable stance, which is withheld where ``stance`` is None."""
        return self.stance or max(self.stance_p, key=self.stance_p.__getitem__)


def find_positions(source: Path) -> Path:
    """Return the path of ``positions.jsonl`` in the folder of an analysis, or the file itself.

    Raises
    ------
    DataError
        If the folder holds no such file.
    """
    path = source / POSITIONS_FILE if source.is_dir() else source
    if path != source and not path.is_file():
        raise DataError(f"{source} holds no {POSITIONS_FILE}; name a folder that janib analyse --output wrote")
    return path


def stream_positions(path: Path) -> Iterator[StoredPosition]:
    """Read the positions of an analysis; an empty file has none.

    Raises
    ------
    DataError
        If the file cannot be read, or a line is no position.
    """
    if path.is_file() and not path.stat().st_size:
        return
    with RecordReader(path, "jsonl") as reader:
        for record in reader:
            try:
                if record.problem:
                    raise DataError(record.problem)
                yield read_position(record.fields)
            except DataError as error:
                raise DataError(
                    f"{reader.name}, {record.place}: {error}; expected a {POSITIONS_FILE} of janib analyse --output"
                ) from error


def read_position(row: Mapping[str, Any]) -> StoredPosition:
    """Read a row of :meth:`janib.articles.analysis.Analysis.list_positions`.

    Raises
    ------
    DataError
        If it is no position.
    """
    text, start = _take(row, "text", str), _take(row, "start", int)
    mention = slice(_take(row, "mention_start", int) - start, _take(row, "mention_end", int) - start)
    return StoredPosition(
        article=_take(row, "article", str),
        outlet=_take(row, "outlet", str, ""),
        date=_take(row, "date", str, ""),
        statement=_take(row, "statement", int),
        text=text,
        start=start,
        end=_take(row, "end", int),
        speakers=tuple(_read_speaker(one) for one in _take(row, "speakers", list)),
        party=_take(row, "party", str),
        party_id=_take(row, "party_id", str),
        mention=text[mention],
        stance=_take_label(row, "stance", STANCE_LABELS),
        stance_p=_take_shares(row, "stance_p", STANCE_LABELS),
        sentiment=_take_label(row, "sentiment", SENTIMENT_LABELS),
        sentiment_p=_take_shares(row, "sentiment_p", SENTIMENT_LABELS),
    )


def _read_speaker(row: Any) -> StoredSpeaker:
    if not isinstance(row, dict):
        raise DataError("'speakers' does not hold objects")
    return StoredSpeaker(**{name: _take(row, name, str) for name in StoredSpeaker.__slots__})


def _take(row: Mapping[str, Any], name: str, kind: type | UnionType, default: Any = None) -> Any:
    value = row.get(name)
    if value is None:
        value = default
    if not isinstance(value, kind) or isinstance(value, bool):
        raise DataError(f"{name!r} is {value!r:.60}" if name in row else f"there is no {name!r}")
    return value


def _take_label(row: Mapping[str, Any], name: str, labels: tuple[str, ...]) -> str | None:
    value = row.get(name)
    if name not in row or not (value is None or value in labels):
        raise DataError(f"{name!r} is {value!r:.60}" if name in row else f"there is no {name!r}")
    return value


def _take_shares(row: Mapping[str, Any], name: str, labels: tuple[str, ...]) -> dict[str, float]:
    found = _take(row, name, dict)
    return {label: float(_take(found, label, int | float)) for label in labels}
