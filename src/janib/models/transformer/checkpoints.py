"""Checkpoints of a training: written atomically, and read without unpickling objects."""

from __future__ import annotations

import logging
import os
import pickle
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

log = logging.getLogger(__name__)

KEPT_CHECKPOINTS = 2


def write_checkpoint(folder: Path, step: int, state: Mapping[str, Any]) -> None:
    """Write ``state`` under a temporary name, rename it, and remove all but the newest two checkpoints."""
    temporary = folder / "checkpoint.tmp"
    with temporary.open("wb") as file:
        torch.save(dict(state), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / f"step-{step:08d}.pt")
    for old in sorted(folder.glob("step-*.pt"))[:-KEPT_CHECKPOINTS]:
        old.unlink()


def read_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Read the newest undamaged checkpoint; for each damaged one log a warning. None if there is none."""
    for path in sorted(folder.glob("step-*.pt"), reverse=True):
        try:
            with zipfile.ZipFile(path) as archive:  # torch.load checks no CRC
                damaged = archive.testzip()
            if damaged is None:
                state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
                return state
        except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, pickle.UnpicklingError):
            pass
        log.warning("checkpoint %s is damaged; resuming from the one before", path)
    return None


def get_random_states() -> list[Tensor]:
    """Return the states of torch's global generators, from which dropout draws; the CPU's first."""
    return [torch.get_rng_state(), *(torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [])]


def set_random_states(states: Sequence[Tensor]) -> None:
    """Set what :func:`get_random_states` returned, perhaps on a machine with more or fewer GPUs."""
    torch.set_rng_state(states[0])
    if torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states[1 : 1 + torch.cuda.device_count()])
