"""Analyses as lines of JSON, from which they are made again: what ``janib analyse`` keeps of its work until the end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, overload

from janib.articles.analysis import Analysis, Article
from janib.articles.positions import Position, Statement
from janib.articles.spans import Mention, Speaker
from janib.inference.explain import Explanation, WordEffect

_PROBLEM = "problem"
_PROBLEM_LINE = f'{{"{_PROBLEM}": '.encode()


def write_line(analysis: Analysis) -> str:
    """Return an analysis as a line of ASCII, so that no half character of its text can damage the file."""
    return json.dumps(asdict(analysis)) + "\n"


def write_problem(problem: str) -> str:
    """Return a line that says why an article has no analysis."""
    return json.dumps({_PROBLEM: problem}) + "\n"


def read_line(line: str | bytes) -> Analysis:
    """Make the analysis again that :func:`write_line` wrote, equal in every field."""
    fields = json.loads(line)
    return Analysis(
        Article(**fields["article"]),
        tuple(Statement(**{**one, "speakers": _read_speakers(one)}) for one in fields["statements"]),
        tuple(Mention(**one) for one in fields["mentions"]),
        tuple(_read_position(one) for one in fields["positions"]),
        fields["names"],
        fields["measured"],
    )


class Journal(Sequence[Analysis]):
    """The analyses of a file, in order; each is made when it is asked for, so that memory does not grow with them.

    Parameters
    ----------
    path
        A file of lines of :func:`write_line` and :func:`write_problem`.

    Attributes
    ----------
    problems
        Why articles have no analysis.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._starts: list[int] = []
        self.problems: list[str] = []
        self._last: tuple[int, Analysis] | None = None
        """The article that was asked for last: a page asks for one again and again."""
        start = 0
        with path.open("rb") as stream:
            for line in stream:
                if line.startswith(_PROBLEM_LINE):
                    self.problems.append(json.loads(line)[_PROBLEM])
                else:
                    self._starts.append(start)
                start += len(line)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Analysis]:
        with self._path.open("rb") as stream:
            for line in stream:
                if not line.startswith(_PROBLEM_LINE):
                    yield read_line(line)

    @overload
    def __getitem__(self, place: int) -> Analysis: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Analysis]: ...

    def __getitem__(self, place: int | slice) -> Analysis | Sequence[Analysis]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]  # of a negative place, the one that it means
        if self._last is None or self._last[0] != place:
            with self._path.open("rb") as stream:
                stream.seek(self._starts[place])
                self._last = place, read_line(stream.readline())
        return self._last[1]


def _read_position(fields: Mapping[str, Any]) -> Position:
    told = fields["explanation"]
    explanation = told and Explanation(**{**told, "words": tuple(WordEffect(**word) for word in told["words"])})
    return Position(**{**fields, "speakers": _read_speakers(fields), "explanation": explanation})


def _read_speakers(fields: Mapping[str, Any]) -> tuple[Speaker, ...]:
    return tuple(Speaker(**one) for one in fields["speakers"])
