"""Exported encoders: one or two ONNX graphs and a tokenizer, which need neither torch nor transformers."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from janib.errors import ConfigError, ModelError
from janib.models.base import Probabilities
from janib.models.encoder_inputs import Encoding, PairReader, PairTokenizer, batch_by_length, pad
from janib.models.folder import explain_damage
from janib.models.linear import apply_softmax
from janib.models.options import check_number, check_temperatures, check_texts
from janib.models.tokenizer_limits import check_tokenizer_limits
from janib.schema import Example
from janib.scoring.metrics import Floats, Ids

GRAPH = "model.onnx"
CAREFUL_GRAPH = "careful.onnx"
"""The second graph of a quantised model; it computes in fp32 and scores rows again whose two best labels are close."""
WEIGHTS = "model.onnx.data"
"""The constants of both graphs."""
TOKENIZER = "tokenizer.json"
TARGET = "target"
"""The input of a graph with weights for single targets: the target's number from 1, and 0 for an unknown target."""

# Fields of a graph's file: the kinds of nodes. Their tag and their length may be written in more bytes than they need.
_LOOPS = re.compile(rb"(?:\x22|\xa2\x80*\x00)(?:\x04|\x84\x80*\x00)(?:Loop|Scan)")

SLOW_OPTIMIZERS = ["SkipLayerNormFusion"]
"""Steps of onnxruntime that make a graph slower: a sum and a normalisation in one take longer than in two."""

Batch = Mapping[str, Ids]
"""The inputs of a graph by name."""

# A forked process has its parent's sessions without their threads. They must neither be used nor destroyed.
_PARENT_SESSIONS: list[onnxruntime.InferenceSession] = []


class OnnxModel:
    """A transformer or a probe that :mod:`janib.models.export` made a graph of; it cannot be trained.

    Threads may share it, and a forked process opens a session of its own. A process that is forked by hand after the
    first prediction must end by ``os._exit``, as those of multiprocessing do.

    Parameters
    ----------
    labels
        Task to its labels; the graph's outputs are the labels of one task after another.
    folder
        Folder of the graphs, each of which is read when it is first needed.
    tokenizer
        The tokenizer of the pairs.
    reader
        Arguments of :class:`~janib.models.encoder_inputs.PairReader` by name.
    windows
        Whether a text that is too long is split into windows, whose outputs are averaged, or cut.
    targets
        The targets that have weights of their own, or None.
    temperature
        Task to the divisor of its outputs.
    margin
        Rows whose two best labels of a task differ by less than this probability are scored again by
        :data:`CAREFUL_GRAPH`; 0 without that graph.

    Attributes
    ----------
    threads
        Number of batches that are run at once, each by one thread; by default one for each processor core that this
        process may use.

    Raises
    ------
    ConfigError
        If an option is out of range.
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
        check_temperatures(temperature, self.labels)
        check_number("margin", margin, 0, 1)
        if targets is not None:
            check_texts("targets", targets)
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
        self._sessions: dict[str, tuple[int, onnxruntime.InferenceSession]] = {}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Raise an error, since the weights are fixed.

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
            If the graph cannot be read or run, or its outputs are not the labels.
        """
        windows, targets = self._encode(rows), self._number_targets(rows)
        found = self._run(GRAPH, windows, targets)
        close = find_close_rows(found, self._settings["margin"])
        if len(close):
            again = self._run(CAREFUL_GRAPH, [windows[index] for index in close], targets[close])
            for task, probabilities in again.items():
                found[task][close] = probabilities
        return found

    def make_batches(self, rows: Sequence[Example]) -> Iterator[Batch]:
        """Yield the inputs of a graph for rows."""
        for _, batch in self._make_batches(*_flatten(self._encode(rows), self._number_targets(rows))):
            yield batch

    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the graphs and write the tokenizer."""
        for name in (GRAPH, CAREFUL_GRAPH, WEIGHTS):
            if (self._folder / name).is_file():
                shutil.copyfile(self._folder / name, folder / name)
        self._tokenizer.backend.save(str(folder / TOKENIZER), pretty=False)
        names = ("separator", "mask", "pad_id", "inputs")
        return {**self._settings, "tokenizer": {name: getattr(self._tokenizer, name) for name in names}}

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
        try:
            backend = Tokenizer.from_file(str(folder / TOKENIZER))
            check_tokenizer_limits(backend)
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(f"{folder / TOKENIZER} is damaged ({error}); copy the model folder again") from error
        about = settings["tokenizer"]
        tokenizer = PairTokenizer(backend, **{**about, "inputs": tuple(about["inputs"])})
        return cls(**{**settings, "folder": folder, "tokenizer": tokenizer})

    def _encode(self, rows: Sequence[Example]) -> list[list[Encoding]]:
        if self._settings["windows"]:
            return self._reader.encode_windows(rows, self._tokenizer)
        return [[encoded] for encoded in self._reader.encode(rows, self._tokenizer)]

    def _number_targets(self, rows: Sequence[Example]) -> Ids:
        numbers = {target: number for number, target in enumerate(self._settings["targets"] or (), start=1)}
        return np.array([numbers.get(row.target, 0) for row in rows], np.int64)

    def _run(self, graph: str, windows: Sequence[list[Encoding]], targets: Ids) -> Probabilities:
        """Return each task's probabilities; the outputs of a row's windows are averaged."""
        encoded, repeated = _flatten(windows, targets)
        outputs = np.zeros((len(encoded), sum(map(len, self.labels.values()))))
        session = self._open_session(graph)

        def run_batch(indices: list[int], batch: Batch) -> None:
            (found,) = session.run(None, dict(batch))
            expected = (len(indices), outputs.shape[1])
            if found.shape != expected:
                raise ValueError(f"outputs of the shape {found.shape}, expected {expected}")
            outputs[indices] = found

        with explain_damage(f"{self._folder / graph} cannot be run"):
            self._run_batches(run_batch, list(self._make_batches(encoded, repeated)))
        counts = np.array([len(parts) for parts in windows], np.int64)
        logits = np.add.reduceat(outputs, np.cumsum(counts) - counts) / counts[:, None] if len(windows) else outputs
        ends = np.cumsum([len(names) for names in self.labels.values()])
        return {
            task: apply_softmax(part / self._settings["temperature"][task])
            for task, part in zip(self.labels, np.split(logits, ends[:-1], axis=1), strict=True)
        }

    def _run_batches(self, run: Callable[[list[int], Batch], None], batches: Sequence[tuple[list[int], Batch]]) -> None:
        """Run batches, so many at once as there are threads.

        A batch of one thread stays in the cache of one core, and no thread waits for another at each operator.
        """
        if min(self.threads, len(batches)) < 2:
            for batch in batches:
                run(*batch)
            return
        with ThreadPoolExecutor(min(self.threads, len(batches))) as pool:
            for _ in pool.map(run, *zip(*batches, strict=True)):  # an error in one ends the others
                pass

    def _make_batches(self, encoded: Sequence[Encoding], targets: Ids) -> Iterator[tuple[list[int], Batch]]:
        """Yield batches of similar length, with the indices of their encodings."""
        for indices in batch_by_length(encoded, "core", self.threads):
            batch = pad([encoded[index] for index in indices], self._tokenizer.pad_id)
            if self._settings["targets"] is not None:
                batch[TARGET] = targets[indices]
            yield indices, batch

    def _open_session(self, graph: str) -> onnxruntime.InferenceSession:
        if graph in self._sessions:
            process, session = self._sessions[graph]
            if process == os.getpid():
                return session
            _PARENT_SESSIONS.append(session)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches are run by threads of their own
        options.enable_mem_pattern = False  # it would keep a pattern for the shape of each batch
        path = self._folder / graph
        with explain_damage(f"{path} cannot be run"):
            _refuse_loops(path)
            session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW_OPTIMIZERS
            )
        self._sessions[graph] = os.getpid(), session  # of two threads at once, each opens one and the later is kept
        return session


def _refuse_loops(path: Path) -> None:
    """Raise ValueError if a graph has loops, which no encoder has, and which may never end."""
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        if _LOOPS.search(content):
            raise ValueError("it has a loop, which no encoder needs")


def find_close_rows(probabilities: Probabilities, margin: float) -> Ids:
    """Return the indices of rows whose two best labels of some task differ by less than a margin."""
    return np.flatnonzero(compute_gaps(probabilities) < margin)


def compute_gaps(probabilities: Probabilities) -> Floats:
    """Return the difference between each row's two best labels, the smallest over the tasks, shape (n_rows,)."""
    best = [np.sort(found, axis=1)[:, -2:] for found in probabilities.values()]
    gaps: Floats = np.min([pair[:, 1] - pair[:, 0] for pair in best], axis=0)
    return gaps


def _flatten(windows: Sequence[list[Encoding]], targets: Ids) -> tuple[list[Encoding], Ids]:
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
