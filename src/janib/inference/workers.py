"""Predictions by several processes, in the order of the rows."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

from janib.errors import DataError, JanibError
from janib.inference.classifier import Classifier, load_classifier
from janib.schema import Example, Prediction

Found = list[dict[str, Prediction] | str]
"""Each row's predictions by task, or its problem."""

Given = TypeVar("Given")

_WAITING = 2  # chunks that wait; all workers share each

_own: Classifier | None = None


def predict_chunks(
    classifier: Classifier, chunks: Iterable[tuple[Given, Sequence[Example]]], workers: int
) -> Iterator[tuple[Given, Found]]:
    """Yield what was given with each chunk of rows, and each row's predictions or problem, in order.

    Parameters
    ----------
    classifier
        A loaded model; each of several workers loads it again from its folder.
    chunks
        Pairs of anything and rows, of which only as many are read ahead as the workers need.
    workers
        Number of processes; 1 is this process alone.

    Raises
    ------
    JanibError
        If a worker ends before its work does.
    """
    if workers == 1:
        for given, rows in chunks:
            yield given, label_rows(classifier, rows)
        return
    # Spawned, since a forked process whose libraries have threads may hang.
    share = max(1, (os.cpu_count() or 1) // workers)
    pool = ProcessPoolExecutor(workers, get_context("spawn"), partial(_start, classifier.folder, share))
    waiting: deque[tuple[Given, list[Future[Found]]]] = deque()
    try:
        for given, rows in chunks:
            size = max(1, -(-len(rows) // workers))
            parts = [rows[start : start + size] for start in range(0, len(rows), size)]
            waiting.append((given, [pool.submit(_predict, part) for part in parts]))
            if len(waiting) > _WAITING:
                yield _gather(*waiting.popleft())
        while waiting:
            yield _gather(*waiting.popleft())
    except BrokenProcessPool as error:
        raise JanibError(
            "a worker process ended before its work, perhaps for want of memory; run again with fewer --workers"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _gather(given: Given, parts: Sequence[Future[Found]]) -> tuple[Given, Found]:
    return given, [found for part in parts for found in part.result()]


def label_rows(classifier: Classifier, rows: Sequence[Example]) -> Found:
    """Return each row's predictions by task, or its problem; a row that a model refuses does not affect the others."""
    try:
        return classifier.predict_each(rows)
    except DataError as error:
        half = len(rows) // 2
        return [*label_rows(classifier, rows[:half]), *label_rows(classifier, rows[half:])] if half else [str(error)]


def _start(folder: Path | None, threads: int) -> None:
    global _own
    assert folder is not None
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent reports it, once, and ends its workers by SIGTERM
    Thread(target=_follow_parent, daemon=True).start()
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # read when torch is imported
    _own = load_classifier(folder)
    model: Any = _own.model
    if getattr(model, "threads", None) is not None:
        model.threads = threads


def _follow_parent() -> None:
    # A worker whose parent was killed would wait for ever, since it holds the other end of its queue itself.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _predict(rows: Sequence[Example]) -> Found:
    assert _own is not None
    return label_rows(_own, rows)
