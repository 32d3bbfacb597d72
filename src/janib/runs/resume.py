"""Folders of unfinished runs: MLflow run, finished folds and checkpoints, from which a killed run goes on."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from janib.errors import BusyError
from janib.io.files import write_file, write_text
from janib.models.base import Probabilities

log = logging.getLogger(__name__)

RUN, LOCK = "run.json", "lock"

METRICS = "metrics.jsonl"
"""Metrics that the MLflow store has not taken yet."""

_PATIENCE = 0.5
"""Seconds to wait for a lock; a process that only asks whether it is held has it for a moment."""


@dataclass(frozen=True, slots=True)
class FoldResult:
    """The probabilities of the rows that validate in a fold, and what its model chose by them."""

    probabilities: Probabilities
    choices: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The folder of a run that has not ended; made by :func:`open_unfinished`.

    Attributes
    ----------
    folder
        The folder.
    given_up
        Id of the MLflow run of a killed process that is not gone on with; None if there is none.
    """

    folder: Path
    given_up: str | None = None

    def read_run(self) -> dict[str, str]:
        """Return ``run_id`` and ``folder`` of the run that was begun; empty if none was."""
        path = self.folder / RUN
        if not path.exists():
            return {}
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def write_run(self, run_id: str, folder: Path) -> None:
        """Write which MLflow run this is, and the folder of its files."""
        write_text(self.folder / RUN, json.dumps({"run_id": run_id, "folder": str(folder.resolve())}))

    def read_fold(self, number: int) -> FoldResult | None:
        """Return the result of a fold, or None where it has not finished."""
        path = self._name_fold(number)
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as arrays:
            choices = json.loads(str(arrays["choices"]))
            return FoldResult({name: arrays[name] for name in arrays.files if name != "choices"}, choices)

    def write_fold(self, number: int, fold: FoldResult) -> None:
        """Write the result of a fold, and delete its checkpoints."""
        arrays: Mapping[str, Any] = {**fold.probabilities, "choices": np.array(json.dumps(fold.choices))}
        with write_file(self._name_fold(number)) as path:
            np.savez(path, **arrays)
        shutil.rmtree(self.name_checkpoints(f"fold{number}"), ignore_errors=True)

    def name_checkpoints(self, part: str) -> Path:
        """Return the folder for the checkpoints of ``fold1``, ``fold2``, … or ``refit``."""
        return self.folder / part

    def _name_fold(self, number: int) -> Path:
        return self.folder / f"fold{number}.npz"


@contextmanager
def open_unfinished(folder: Path, *, resume: bool) -> Iterator[Unfinished]:
    """Open the folder of a run, and delete it once the block ends without an error.

    Parameters
    ----------
    folder
        One for each config, so that a later run of the same config finds it.
    resume
        Whether the folder is kept as it is; otherwise it is emptied first.

    Raises
    ------
    BusyError
        If another process runs the same config at this moment.
    """
    with claim(folder / LOCK):
        given_up = None
        if not resume:
            given_up = Unfinished(folder).read_run().get("run_id")
            for path in folder.iterdir():
                if path.name != LOCK:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        try:
            yield Unfinished(folder, given_up)
        except KeyboardInterrupt:
            log.warning("what has run is kept in %s; resume=true goes on, a table does by itself", folder)
            raise
        shutil.rmtree(folder)


@contextmanager
def claim(path: Path) -> Iterator[None]:
    """Hold a lock file while the block runs; the lock of a process that dies is free again.

    Raises
    ------
    BusyError
        If another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            f"another process runs the same config at this moment (it holds {path}); wait for it, or end it"
        ) from error
    try:
        yield
    finally:
        lock.release()
