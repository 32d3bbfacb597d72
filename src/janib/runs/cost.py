"""What a run costs: time to train and to predict, parameters, memory."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from janib.models.store import MANIFEST
from janib.provenance import describe_machine, measure_peak_memory, reset_peak_memory


@dataclass(slots=True)
class Cost:
    """A run's cost, measured while it goes; made by :func:`start_cost`.

    Attributes
    ----------
    wall_seconds
        Of reading, fitting and scoring together; None until :meth:`stop`.
    train_seconds
        Of fitting on all training rows, folds not counted; None if that went on where a killed process had stopped.
    predict_seconds, predict_rows
        Of all rows that were labelled, from their text on, and how many.
    parameters
        Numbers that the saved model holds; None if none was saved.
    peak_mib
        The most memory that the process held meanwhile, Python and its packages included.
    machine
        Processor and cores.
    """

    wall_seconds: float | None = None
    train_seconds: float | None = None
    predict_seconds: float = 0.0
    predict_rows: int = 0
    parameters: int | None = None
    peak_mib: int | None = None
    machine: str = field(default_factory=describe_machine)
    start: float = field(default_factory=time.perf_counter, init=False, repr=False)

    def stop(self) -> None:
        """Note the wall time since the start."""
        self.wall_seconds = round(time.perf_counter() - self.start, 2)

    @contextmanager
    def time_training(self, *, is_whole: bool) -> Iterator[None]:
        """Time the block; not where it is only the rest of a training."""
        start = time.perf_counter()
        yield
        if is_whole:
            self.train_seconds = round(time.perf_counter() - start, 3)

    @contextmanager
    def time_prediction(self, n_rows: int) -> Iterator[None]:
        """Add the time of the block, which labels so many rows."""
        start = time.perf_counter()
        yield
        self.predict_seconds = round(self.predict_seconds + time.perf_counter() - start, 6)
        self.predict_rows += n_rows

    def describe(self) -> dict[str, Any]:
        """Return what is known by name, JSON-ready, with the memory held until first asked."""
        self.peak_mib = self.peak_mib or round(measure_peak_memory())
        return {name: value for name, value in asdict(self).items() if value is not None and name != "start"}


def start_cost() -> Cost:
    """Begin to measure; memory that the process held before does not count where the system can tell (Linux)."""
    reset_peak_memory()
    return Cost()


def count_parameters(folder: Path) -> int:
    """Count the numbers that a model folder holds, those of an ensemble's members and frozen ones included.

    They stand in arrays (``.npz``, ``.safetensors``) or, where a model is small, as lists in ``janib.json``.
    """
    arrays = [_count_npz(path) for path in folder.rglob("*.npz")]
    tensors = [_count_safetensors(path) for path in folder.rglob("*.safetensors")]
    lists = [_count_listed(json.loads(path.read_text(encoding="utf-8"))["settings"]) for path in folder.rglob(MANIFEST)]
    return sum([*arrays, *tensors, *lists])


def _count_npz(path: Path) -> int:
    with np.load(path, allow_pickle=False) as arrays:
        return sum(arrays[name].size for name in arrays.files if arrays[name].dtype.kind == "f")


def _count_safetensors(path: Path) -> int:
    # Its first eight bytes say how long the header is, which has every tensor's shape.
    with path.open("rb") as stream:
        header = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
    tensors = (entry for name, entry in header.items() if name != "__metadata__")
    return sum(prod(tensor["shape"]) for tensor in tensors if "F" in tensor["dtype"])  # F32, F16, BF16


def _count_listed(value: Any, *, in_list: bool = False) -> int:
    if isinstance(value, dict):
        return sum(_count_listed(one) for one in value.values())
    if isinstance(value, list):
        return sum(_count_listed(one, in_list=True) for one in value)
    return int(in_list and isinstance(value, float))
