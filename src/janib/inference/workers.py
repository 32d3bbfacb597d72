"""Work on rows or articles by several processes, in order."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
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
Item = TypeVar("Item")
_Result = TypeVar("_Result")

Work = Callable[[Sequence[Item]], list[_Result]]
"""Work on some items, with a result for each."""

_ROWS = 128  # of a part: few enough for a bar that moves, and enough to sort by length
_WAITING = 2  # chunks, and parts for each worker

_own: Work[Any, Any] | None = None


def predict_chunks(
    classifier: Classifier,
    chunks: Iterable[tuple[Given, Sequence[Example]]],
    workers: int,
    on_part: Callable[[int], None] = lambda count: None,
) -> Iterator[tuple[Given, Found]]:
    """Yield what was given with each chunk of rows, and each row's predictions or problem, in order.

    Parameters
    ----------
    classifier
        A loaded model; each of several workers loads it again from its folder.
    chunks, workers, on_part
        As :func:`process_chunks` takes them.

    Raises
    ------
    JanibError
        If a worker ends before its work does.
    """
    load = partial(_load_labeller, classifier.folder)
    yield from process_chunks(partial(label_rows, classifier), load, chunks, workers, _ROWS, on_part)


def process_chunks(
    work: Work[Item, _Result],
    load: Callable[[int], Work[Item, _Result]],
    chunks: Iterable[tuple[Given, Sequence[Item]]],
    workers: int,
    size: int,
    on_part: Callable[[int], None] = lambda count: None,
) -> Iterator[tuple[Given, list[_Result]]]:
    """Yield what was given with each chunk of items, and each item's result, in order.

    The work meets the same items together for any number of workers, so that the results are equal.

    Parameters
    ----------
    work
        The work, for this process.
    load
        Makes the work in each of several workers, which may use so many threads; it is sent to them.
    chunks
        Pairs of anything and items, of which only as many are read ahead as the workers need.
    workers
        Number of processes; 1 is this process alone.
    size
        Number of items that the work is given at once.
    on_part
        Called with the number of items whose results are there.

    Raises
    ------
    JanibError
        If a worker ends before its work does.
    """
    if workers == 1:
        for given, items in chunks:
            found = []
            for part in _cut(items, size):
                found += work(part)
                on_part(len(part))
            yield given, found
        return
    # Spawned, since a forked process whose libraries have threads may hang.
    share = max(1, (os.cpu_count() or 1) // workers)
    pool = ProcessPoolExecutor(workers, get_context("spawn"), partial(_start, load, share))
    waiting: deque[tuple[Given, list[Future[list[_Result]]]]] = deque()
    try:
        for given, items in chunks:
            waiting.append((given, [pool.submit(_process, part) for part in _cut(items, size)]))
            if len(waiting) > _WAITING and sum(len(parts) for _, parts in waiting) > _WAITING * workers:
                yield _gather(*waiting.popleft(), on_part)
        while waiting:
            yield _gather(*waiting.popleft(), on_part)
    except BrokenProcessPool as error:
        raise JanibError(
            "a worker process ended before its work, perhaps for want of memory; run again with fewer --workers"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def limit_threads(classifier: Classifier, threads: int) -> None:
    """Let a model use so many threads, if it is one that chooses them."""
    model: Any = classifier.model
    if getattr(model, "threads", None) is not None:
        model.threads = threads


def _cut(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _gather(
    given: Given, parts: Sequence[Future[list[_Result]]], on_part: Callable[[int], None]
) -> tuple[Given, list[_Result]]:
    results = []
    for part in parts:
        found = part.result()
        on_part(len(found))
        results += found
    return given, results


def label_rows(classifier: Classifier, rows: Sequence[Example]) -> Found:
    """Return each row's predictions by task, or its problem; a row that a model refuses does not affect the others."""
    try:
        return classifier.predict_each(rows)
    except DataError as error:
        half = len(rows) // 2
        return [*label_rows(classifier, rows[:half]), *label_rows(classifier, rows[half:])] if half else [str(error)]


def _load_labeller(folder: Path | None, threads: int) -> Work[Example, dict[str, Prediction] | str]:
    assert folder is not None
    classifier = load_classifier(folder)
    limit_threads(classifier, threads)
    return partial(label_rows, classifier)


def _start(load: Callable[[int], Work[Any, Any]], threads: int) -> None:
    global _own
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent reports it, once, and ends its workers by SIGTERM
    Thread(target=_follow_parent, daemon=True).start()
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # read when torch is imported
    _own = load(threads)


def _follow_parent() -> None:
    # A worker whose parent was killed would wait for ever, since it holds the other end of its queue itself.
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _process(items: Sequence[Any]) -> list[Any]:
    assert _own is not None
    return _own(items)
