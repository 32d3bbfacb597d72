"""Exported encoders: an ONNX graph or two and a tokenizer, run by onnxruntime without torch or transformers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from janib.errors import ConfigError, ModelError
from janib.models.base import Probabilities
from janib.models.encoder_inputs import Encoding, PairReader, PairTokenizer, batch_by_length, pad
from janib.models.linear import apply_softmax
from janib.schema import Example

GRAPH = "model.onnx"
CAREFUL = "careful.onnx"
"""The graph that reads a row again where :data:`GRAPH` is in doubt; quantised models have one."""
WEIGHTS = "model.onnx.data"
"""The graphs' constants."""
TOKENIZER = "tokenizer.json"
TARGET = "target"
"""The graph's input that a model with weights for single targets has beside the tokens: 0 for any other target."""

Batch = Mapping[str, NDArray[np.int64]]
"""A graph's inputs by name."""

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
    folder
        Where the graphs are, which are read when the first row comes that wants them.
    tokenizer
        What reads the pairs.
    reader
        Arguments of :class:`~janib.models.encoder_inputs.PairReader` by name.
    windows
        Whether a text that is too long is read whole, in windows whose outputs are averaged, or cut.
    targets
        The targets that have weights of their own, or None.
    temperature
        Task to the number its outputs are divided by.
    margin
        A row whose two most probable labels of a task are nearer to one another than this is read again by
        :data:`CAREFUL`; 0 where there is none.

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
        folder: Path,
        tokenizer: PairTokenizer,
        reader: Mapping[str, Any],
        windows: bool,
        targets: Sequence[str] | None,
        temperature: Mapping[str, float],
        margin: float = 0.0,
    ) -> None:
        self.labels: Mapping[str, tuple[str, ...]] = {task: tuple(names) for task, names in labels.items()}
        self.threads = count_cores()
        self._folder, self._tokenizer = folder, tokenizer
        self._settings: dict[str, Any] = {
            "reader": dict(reader),
            "windows": windows,
            "targets": None if targets is None else list(targets),
            "temperature": dict(temperature),
            "margin": margin,
        }
        self._reader = PairReader(**reader)
        self._made: dict[str, tuple[int, onnxruntime.InferenceSession]] = {}

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
        windows, targets = self._encode(rows), self._find(rows)
        found = self._judge(GRAPH, windows, targets)
        doubtful = find_doubtful(found, self._settings["margin"])
        if len(doubtful):
            again = self._judge(CAREFUL, [windows[place] for place in doubtful], targets[doubtful])
            for task, probabilities in again.items():
                found[task][doubtful] = probabilities
        return found

    def make_batches(self, rows: Sequence[Example]) -> Iterator[Batch]:
        """Yield what a graph is given of some rows."""
        for _, batch in self._make_batches(*_flatten(self._encode(rows), self._find(rows))):
            yield batch

    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the graphs and write the tokenizer."""
        for name in (GRAPH, CAREFUL, WEIGHTS):
            if (self._folder / name).is_file():
                shutil.copyfile(self._folder / name, folder / name)
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
        return cls(**{**settings, "folder": folder, "tokenizer": tokenizer})

    def _encode(self, rows: Sequence[Example]) -> list[list[Encoding]]:
        if self._settings["windows"]:
            return self._reader.encode_windows(rows, self._tokenizer)
        return [[encoded] for encoded in self._reader.encode(rows, self._tokenizer)]

    def _find(self, rows: Sequence[Example]) -> NDArray[np.int64]:
        known = {target: place for place, target in enumerate(self._settings["targets"] or (), start=1)}
        return np.array([known.get(row.target, 0) for row in rows], np.int64)

    def _judge(self, graph: str, windows: Sequence[list[Encoding]], targets: NDArray[np.int64]) -> Probabilities:
        """Return each task's probabilities, the outputs of a row's windows averaged."""
        encoded, repeated = _flatten(windows, targets)
        outputs = np.zeros((len(encoded), sum(map(len, self.labels.values()))))
        session = self._open_session(graph)
        for places, batch in self._make_batches(encoded, repeated):
            (outputs[places],) = session.run(None, dict(batch))
        counts = np.array([len(parts) for parts in windows], np.int64)
        logits = np.add.reduceat(outputs, np.cumsum(counts) - counts) / counts[:, None] if len(windows) else outputs
        ends = np.cumsum([len(names) for names in self.labels.values()])
        return {
            task: apply_softmax(part / self._settings["temperature"][task])
            for task, part in zip(self.labels, np.split(logits, ends[:-1], axis=1), strict=True)
        }

    def _make_batches(
        self, encoded: Sequence[Encoding], targets: NDArray[np.int64]
    ) -> Iterator[tuple[list[int], Batch]]:
        """Yield batches of like length, with the places of their rows."""
        for places in batch_by_length(encoded, "cpu"):
            batch = pad([encoded[place] for place in places], self._tokenizer.pad_id)
            if self._settings["targets"] is not None:
                batch[TARGET] = targets[places]
            yield places, batch

    def _open_session(self, graph: str) -> onnxruntime.InferenceSession:
        if graph in self._made:
            process, session = self._made[graph]
            if process == os.getpid():
                return session
            _ABANDONED.append(session)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.enable_mem_pattern = False  # a pattern is kept for every shape, and each batch has its own
        path = self._folder / graph
        try:
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's errors have no class in common
            raise ModelError(f"{path} cannot be run ({error}); copy the model folder again") from error
        self._made[graph] = os.getpid(), session  # two threads that come at once make two, and the later stays
        return session


def find_doubtful(probabilities: Probabilities, margin: float) -> NDArray[np.int64]:
    """Return the places of rows whose two most probable labels of some task are nearer to one another than a margin."""
    return np.flatnonzero(find_gaps(probabilities) < margin)


def find_gaps(probabilities: Probabilities) -> NDArray[np.float64]:
    """Return, of each row, the least distance of any task's two most probable labels, shape (n_rows,)."""
    best = [np.sort(found, axis=1)[:, -2:] for found in probabilities.values()]
    gaps: NDArray[np.float64] = np.min([pair[:, 1] - pair[:, 0] for pair in best], axis=0)
    return gaps


def _flatten(windows: Sequence[list[Encoding]], targets: NDArray[np.int64]) -> tuple[list[Encoding], NDArray[np.int64]]:
    counts = [len(parts) for parts in windows]
    return [window for parts in windows for window in parts], np.repeat(targets, counts)


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
