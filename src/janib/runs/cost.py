"""Cost of a run: time to train and to predict, parameters, memory."""

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

from janib.models.base import MeteredModel, Model
from janib.models.store import MANIFEST
from janib.provenance import describe_machine, measure_peak_memory, reset_peak_memory


@dataclass(slots=True)
class Cost:
    """The cost of a run, measured while it goes; made by :func:`start_cost`.

    Attributes
    ----------
    wall_seconds
        Reading, fitting and scoring together; None before :meth:`stop`.
    train_seconds
        Fitting on all training rows, without folds; None if it went on from a checkpoint of a killed process.
    predict_seconds, predict_rows
        Labelling rows, cleaning of their texts included, and the number of these rows.
    parameters
        Numbers that the saved model holds; None if no model was saved.
    peak_mib
        The most memory that the process has held since the start, Python and its packages included.
    machine
        Processor and cores.
    usage
        What a language model used, by the names of :meth:`janib.models.llm.model.LlmModel.report_usage`; what a killed
        process has finished is left out, as of the times.
    start
        The clock when the run began.
    """

    wall_seconds: float | None = None
    train_seconds: float | None = None
    predict_seconds: float = 0.0
    predict_rows: int = 0
    parameters: int | None = None
    peak_mib: int | None = None
    machine: str = field(default_factory=describe_machine)
    usage: dict[str, float] = field(default_factory=dict)
    start: float = field(default_factory=time.perf_counter, init=False, repr=False)

    def stop(self) -> None:
        """Note the wall time since the start."""
        self.wall_seconds = round(time.perf_counter() - self.start, 2)

    @contextmanager
    def time_training(self, *, is_whole: bool) -> Iterator[None]:
        """Time the block, unless it is only the rest of a training."""
        start = time.perf_counter()
        yield
        if is_whole:
            self.train_seconds = round(time.perf_counter() - start, 3)

    @contextmanager
    def time_prediction(self, model: Model, n_rows: int) -> Iterator[None]:
        """Add the time of the block, in which a model labels ``n_rows`` rows, and what the model uses."""
        start, before = time.perf_counter(), _read_usage(model)
        yield
        self.predict_seconds = round(self.predict_seconds + time.perf_counter() - start, 6)
        self.predict_rows += n_rows
        for name, value in _read_usage(model).items():
            self.usage[name] = round(self.usage.get(name, 0) + value - before[name], 6)

    def describe(self) -> dict[str, Any]:
        """Return what is known by name, JSON-ready; the memory is that of the first call."""
        self.peak_mib = self.peak_mib or round(measure_peak_memory())
        known = {name: value for name, value in asdict(self).items() if value is not None}
        return {name: value for name, value in known.items() if name not in ("start", "usage")} | self.usage


def start_cost() -> Cost:
    """Begin to measure; on Linux, memory that the process has released before does not count."""
    reset_peak_memory()
    return Cost()


def _read_usage(model: Model) -> dict[str, float]:
    return model.report_usage() if isinstance(model, MeteredModel) else {}


def count_parameters(folder: Path) -> int:
    """Count the numbers that a model folder holds, those of an ensemble's members and frozen ones included.

    They are in arrays (``.npz``, ``.safetensors``) or, in a small model, in lists of ``janib.json``.
    """
    arrays = [_count_npz(path) for path in folder.rglob("*.npz")]
    tensors = [_count_safetensors(path) for path in folder.rglob("*.safetensors")]
    lists = [_count_listed(json.loads(path.read_text(encoding="utf-8"))["settings"]) for path in folder.rglob(MANIFEST)]
    return sum([*arrays, *tensors, *lists])


def _count_npz(path: Path) -> int:
    with np.load(path, allow_pickle=False) as arrays:
        return sum(arrays[name].size for name in arrays.files if arrays[name].dtype.kind == "f")


def _count_safetensors(path: Path) -> int:
    # The first eight bytes are the length of the header, which has the shape of every tensor.
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
