"""What a part of the campaign counts, and how it starts commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

EXPERIMENTS = Path(__file__).resolve().parents[1]
JANIB = ("-m", "janib.cli")


class NotRunError(Exception):
    """A part that cannot be run here; the message says why."""


@dataclass
class Tally:
    """The counts of one part.

    Attributes
    ----------
    about
        What the part ran, in a few words.
    trials
        How often a fault was made: kills, runs at once, full disks, texts, folders, questions.
    kept
        Kills that left work to go on with.
    equal
        Trials after which everything was as it is without the fault.
    clear_errors
        Trials that gave one clear error, as they should.
    faults
        A line for whatever was wrong.
    """

    about: str
    trials: int = 0
    kept: int = 0
    equal: int = 0
    clear_errors: int = 0
    faults: list[str] = field(default_factory=list)


def start(folder: Path, words: Iterable[str], **variables: str) -> subprocess.Popen[bytes]:
    """Start Python with these words in a folder; both streams are added to its log, which lies beside the folder."""
    with find_log(folder).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, *words], cwd=folder, stdout=log, stderr=log, env={**os.environ, **variables}
        )


def find_log(folder: Path) -> Path:
    """Return where a folder's log lies."""
    return folder.with_name(f"{folder.name}.log")


def read_log(folder: Path) -> str:
    """Return what the commands in a folder have said."""
    return find_log(folder).read_text(encoding="utf-8", errors="replace")
