"""Exported encoders: one ONNX graph and a tokenizer, run by onnxruntime without torch or transformers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from janib.errors import ConfigError, ModelError
from janib.models.base import Probabilities
from janib.models.linear import apply_softmax
from janib.models.pairs import Encoding, PairReader, PairTokenizer, batch_by_length, pad
from janib.schema import Example

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
TARGET = "target"
"""The graph's input that a model with weights for single targets has beside the tokens: 0 for any other target."""

# A forked process has its parent's session without its threads, which must neither be used nor tidied up.
_ABANDONED: list[onnxruntime.InferenceSession] = []


class OnnxModel:
    """A graph that :mod:`janib.models.export` made of a transformer or a probe; it predicts, and is not trained.

    Threads may share it, and a process that is forked makes a session of its own. One that is forked by hand, after the
    first row, must leave by ``os._exit``, as those of multiprocessing do.

    Parameters
    ----------
    labels
        Task to its labels; the graph's outputs are theirs, one after the other.
    graph
        The ONNX file, which is read when the first row comes.
    tokenizer
        What reads the pairs.
    reader
        Arguments of :class:`~janib.models.pairs.PairReader` by name.
    windows
        Whether a text that is too long is read whole, in windows whose outputs are averaged, or cut.
    targets
        The targets that have weights of their own, or None.
    temperature
        Task to the number its outputs are divided by.

    Attributes
    ----------
    threads
        How many threads a batch is spread over; by default one for each processor core that this process may use.
        Set it before the first row.
    """

    kind: ClassVar[str] = "onnx"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        graph: Path,
        tokenizer: PairTokenizer,
        reader: Mapping[str, Any],
        windows: bool,
        targets: Sequence[str] | None,
        temperature: Mapping[str, float],
    ) -> None:
        self.labels: Mapping[str, tuple[str, ...]] = {task: tuple(names) for task, names in labels.items()}
        self.threads = count_cores()
        self._graph, self._tokenizer = graph, tokenizer
        self._settings: dict[str, Any] = {
            "reader": dict(reader),
            "windows": windows,
            "targets": None if targets is None else list(targets),
            "temperature": dict(temperature),
        }
        self._reader = PairReader(**reader)
        self._made: tuple[int, onnxruntime.InferenceSession] | None = None

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Refuse: the weights are fixed.

        Raises
        ------
        ConfigError
            Always.
        """
        raise ConfigError("a model of the kind onnx cannot be trained; train a transformer or a probe, then export it")

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); gold labels are not read.

        Raises
        ------
        ModelError
            If the graph cannot be read.
        """
        if self._settings["windows"]:
            windows = self._reader.encode_windows(rows, self._tokenizer)
        else:
            windows = [[encoded] for encoded in self._reader.encode(rows, self._tokenizer)]
        counts = np.array([len(parts) for parts in windows], np.int64)
        outputs = self._run([window for parts in windows for window in parts], np.repeat(self._find(rows), counts))
        starts = np.cumsum(counts) - counts
        logits = np.add.reduceat(outputs, starts) / counts[:, None] if rows else outputs
        ends = np.cumsum([len(names) for names in self.labels.values()])
        return {
            task: apply_softmax(part / self._settings["temperature"][task])
            for task, part in zip(self.labels, np.split(logits, ends[:-1], axis=1), strict=True)
        }

    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the graph and write the tokenizer."""
        shutil.copyfile(self._graph, folder / GRAPH)
        self._tokenizer.backend.save(str(folder / TOKENIZER), pretty=False)
        habits = ("separator", "mask", "pad_id", "inputs")
        return {**self._settings, "tokenizer": {name: getattr(self._tokenizer, name) for name in habits}}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        for name in (GRAPH, TOKENIZER):
            if not (folder / name).is_file():
                raise ModelError(f"{folder / name} is missing; copy the model folder again")
        habits = settings["tokenizer"]
        try:
            backend = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(f"{folder / TOKENIZER} is damaged ({error}); copy the model folder again") from error
        tokenizer = PairTokenizer(backend, **{**habits, "inputs": tuple(habits["inputs"])})
        return cls(**{**settings, "graph": folder / GRAPH, "tokenizer": tokenizer})

    def _find(self, rows: Sequence[Example]) -> NDArray[np.int64]:
        known = {target: place for place, target in enumerate(self._settings["targets"] or (), start=1)}
        return np.array([known.get(row.target, 0) for row in rows], np.int64)

    def _run(self, encoded: Sequence[Encoding], targets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the outputs, shape (n_encoded, n_outputs), computed in batches of like length."""
        session = self._open_session()
        outputs = np.zeros((len(encoded), sum(map(len, self.labels.values()))))
        for batch in batch_by_length(encoded, "cpu"):
            inputs = pad([encoded[place] for place in batch], self._tokenizer.pad_id)
            if self._settings["targets"] is not None:
                inputs[TARGET] = targets[batch]
            (outputs[batch],) = session.run(None, inputs)
        return outputs

    def _open_session(self) -> onnxruntime.InferenceSession:
        if self._made is not None:
            process, session = self._made
            if process == os.getpid():
                return session
            _ABANDONED.append(session)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.enable_mem_pattern = False  # a pattern is kept for every shape, and each batch has its own
        try:
            session = onnxruntime.InferenceSession(self._graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors have no class in common
            raise ModelError(f"{self._graph} cannot be run ({error}); copy the model folder again") from error
        self._made = os.getpid(), session  # two threads that come at once make two, and the later stays
        return session


def count_cores() -> int:
    """Count the processor cores that this process may use; two hardware threads of one core count once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    allowed = os.sched_getaffinity(0)
    cores = set()
    for cpu in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text(encoding="ascii").strip() if siblings.is_file() else str(cpu))
    return len(cores)
