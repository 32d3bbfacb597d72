"""The description of a corpus: its source, licence, labels and metrics."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from janib.errors import DataError
from janib.labels import TASK_LABELS
from janib.schema import Example

Splits = dict[str, list[Example]]
"""Split name (``train``, ``valid``, ``test``) to its rows."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a corpus, as its authors publish it.

    Attributes
    ----------
    path
        Path below the mirror folder and the cache.
    url
        Address, pinned to a commit; empty for a file that only a mirror folder can hold.
    sha256
        Checksum in hexadecimal; empty for an archive that its host packs anew, whose reader checks each file inside.
    """

    path: str
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus: its source and terms, and how it is read and scored.

    Attributes
    ----------
    read
        Takes the local paths of ``files``, in order, and returns the splits that the authors define.
    metrics
        Task to the metric key by which models are chosen and reported; its keys are the corpus's tasks.
    labels
        The corpus's own labels in order, for the task ``label``.
    target_is_given
        Whether every row has a target.
    target_is_text
        Whether targets are sentences of the authors', which results must not repeat.
    target_in
        Column that should hold every target: text, context, or none.
    shipped
        Path below ``janib/data`` of a corpus, or of its labels, that come with the package.
    is_own
        Whether it is a file of the user's, which no page of this project describes.
    remarks
        What reading changed in the values of a user's own file, a sentence each.
    """

    name: str
    title: str
    homepage: str
    licence: str
    citation: str
    read: Callable[[list[Path]], Splits]
    metrics: Mapping[str, str]
    files: tuple[SourceFile, ...] = ()
    labels: tuple[str, ...] = ()
    target_is_given: bool = True
    target_is_text: bool = False
    target_in: Literal["", "text", "context"] = ""
    notes: str = ""
    shipped: str = ""
    is_own: bool = False
    remarks: tuple[str, ...] = ()

    def read_shipped(self) -> bytes:
        """Return the file that comes with the package."""
        return _read_data(self.shipped)

    def list_checksums(self) -> dict[str, str]:
        """Return each file's sha256 by path; those of fetched files are checked when they are read."""
        if self.shipped:
            return {self.shipped: sha256(self.read_shipped()).hexdigest()}
        return {file.path: file.sha256 for file in self.files}

    def task_labels(self, task: str) -> tuple[str, ...]:
        """Return the labels of ``task`` in order.

        Raises
        ------
        DataError
            If the corpus has no labels for the task.
        """
        if task not in self.metrics:
            raise DataError(
                f"the corpus {self.name} has no labels for the task {task!r}, "
                f"only for {', '.join(self.metrics)}; choose one of these with task="
            )
        return TASK_LABELS.get(task, self.labels)


def read_shipped_lines(path: str) -> list[dict[str, Any]]:
    """Return the objects of a JSON-lines file that ships below ``janib/data``."""
    lines = _read_data(path).decode().split("\n")[:-1]  # splitlines would also cut at U+2028
    return [json.loads(line) for line in lines]


def _read_data(path: str) -> bytes:
    return (files("janib") / "data" / path).read_bytes()


@dataclass(frozen=True, slots=True)
class LabelMap:
    """A map of a corpus's own label strings to the canonical ones."""

    words: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, word: str, place: str) -> str:
        """Map one label; error messages name its ``place``.

        Raises
        ------
        DataError
            If the word is not among the corpus's labels.
        """
        try:
            return self.words[word]
        except KeyError:
            known = ", ".join(self.words)
            raise DataError(f"{place}: label {word!r} is unknown, expected one of {known}") from None
