"""What the package knows of a corpus before it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Literal

from janib.errors import DataError
from janib.labels import TASK_LABELS
from janib.schema import Example

Splits = dict[str, list[Example]]
"""Split name (``train``, ``valid``, ``test``) to its rows."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as its authors publish it.

    Attributes
    ----------
    path
        Where it lies below the mirror folder and the cache.
    url
        Address, pinned to a commit; empty for a file that only a mirror folder has.
    sha256
        Checksum in hexadecimal.
    """

    path: str
    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus: where it comes from, under which terms, and how it is read and scored.

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
        Column in which every target is meant to stand: text, context, or none.
    shipped
        Path below ``janib/data`` of a corpus that comes with the package, which has no ``files``.
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

    def read_shipped(self) -> bytes:
        """Return the file that comes with the package."""
        return (files("janib") / "data" / self.shipped).read_bytes()

    def list_checksums(self) -> dict[str, str]:
        """Return each file's path and sha256; those of fetched files are checked when they are read."""
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


@dataclass(frozen=True, slots=True)
class LabelMap:
    """A corpus's own label strings and the canonical ones they stand for."""

    words: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, word: str, place: str) -> str:
        """Map one label; ``place`` says where it stands.

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
