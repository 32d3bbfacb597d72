"""Files of predictions that others published for a test split: one label a line, in the order of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from janib.corpora.base import SourceFile
from janib.corpora.fetch import fetch_file
from janib.corpora.readers.label_words import find_meanings
from janib.errors import DataError

PREDICTIONS = ("url", "sha256", "chosen_on")
"""Keys of ``predictions`` in a published row of ``conf/table``."""

_ADVICE = "restore it, or remove it so that it is downloaded again"


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """The predictions of a published row.

    Attributes
    ----------
    model
        The row's name.
    url
        Address, pinned to a commit.
    sha256
        Checksum of the text with line feeds alone as line ends, in hexadecimal; a checkout may have others.
    chosen_on
        The rows by which the system was chosen.
    scores
        The published values, in percent by key.
    """

    model: str
    url: str
    sha256: str
    chosen_on: str
    scores: Mapping[str, float]

    @property
    def name(self) -> str:
        """The name of the file."""
        return PurePosixPath(urlsplit(self.url).path).name


def list_published_files(table: Mapping[str, Any]) -> list[PublishedFile]:
    """Return the published rows of a table whose predictions are public."""
    return [
        PublishedFile(
            model=str(one["model"]),
            scores={key: float(value) for key, value in one.items() if "/" in str(key)},
            **{key: str(one["predictions"][key]) for key in PREDICTIONS},
        )
        for one in table["published"]
        if "predictions" in one
    ]


def fetch_labels(file: PublishedFile, folder: str, task: str, labels: Sequence[str], n_rows: int) -> list[str]:
    """Return the labels of a file, which is downloaded once, or taken from the mirror, to ``published/FOLDER``.

    Raises
    ------
    DataError
        If the file cannot be had, or as :func:`read_labels`.
    """
    path = fetch_file(SourceFile(f"published/{folder}/{file.name}", file.url, ""))  # its text is checked instead
    return read_labels(path, file.sha256, task, labels, n_rows)


def read_labels(path: Path, checksum: str, task: str, labels: Sequence[str], n_rows: int) -> list[str]:
    """Return the labels of a file in the words of this project, one for each of the rows.

    Parameters
    ----------
    path
        The file.
    checksum
        As :attr:`PublishedFile.sha256`; empty for a file of any content.
    task, labels
        The task and its labels, which the file may spell as people do: ``Favor``, ``None``, ``ضد``.
    n_rows
        How many labels there must be.

    Raises
    ------
    DataError
        If the file is another one, has more or fewer lines, or a line that is no label.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}); {_ADVICE}") from error
    words = [line.strip() for line in text.removesuffix("\n").split("\n")]
    if len(words) != n_rows:
        raise DataError(f"{path} has {len(words):,} lines, expected {n_rows:,}, a label for each test row; {_ADVICE}")
    meanings = find_meanings(task, dict.fromkeys(words), {})
    found = [meanings.get(word, word) for word in words]
    for number, label in enumerate(found, start=1):
        if label not in labels:
            known = ", ".join(labels)
            raise DataError(f"{path}, line {number}: {label!r:.50} is no label, expected one of {known}; {_ADVICE}")
    computed = sha256(text.encode()).hexdigest()
    if checksum not in ("", computed):
        raise DataError(
            f"{path} is not the file that was scored: its text has sha256 {computed}, expected {checksum}; {_ADVICE}"
        )
    return found
