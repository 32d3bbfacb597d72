"""Rows through several workers: answers come in the order of the rows, whichever worker is first."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import active_children
from threading import Event, Timer

import pytest

from janib.errors import JanibError
from janib.inference import workers
from janib.inference.classifier import load_classifier
from janib.labels import STANCE_LABELS
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.schema import Example, Prediction


class SlowFirst:
    """A classifier that answers with each row's id, and for the rows beside row 0 after all ``others``."""

    folder = None

    def __init__(self, others):
        self.left, self.others_done = others, Event()

    def predict_each(self, rows):
        if any(row.id == "0" for row in rows):
            assert self.others_done.wait(timeout=30)
        else:
            self.left -= len(rows)
            if self.left == 0:
                self.others_done.set()
        return [{"stance": Prediction(row.id, {})} for row in rows]


class Threads(ThreadPoolExecutor):
    """Threads in place of processes."""

    def __init__(self, count, context, start):
        super().__init__(count)


@pytest.mark.parametrize("sizes", [[4, 3, 1], [2, 2]])
def test_order_is_kept_where_the_first_row_is_the_slowest(monkeypatch, sizes):
    rows = [Example(str(number), "نص") for number in range(sum(sizes))]
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    chunks = [(f"chunk {start}", rows[start : start + size]) for start, size in zip(starts, sizes, strict=True)]
    classifier = SlowFirst(others=len(rows) - 2)
    monkeypatch.setattr(workers, "ProcessPoolExecutor", Threads)
    monkeypatch.setattr(workers, "_own", partial(workers.label_rows, classifier))
    monkeypatch.setattr(workers, "_ROWS", 2)
    done = []
    found = list(workers.predict_chunks(classifier, chunks, 2, done.append))
    assert sum(done) == len(rows)
    assert max(done) == 2
    assert [given for given, _ in found] == [given for given, _ in chunks]
    assert [[one["stance"].label for one in some] for _, some in found] == [
        [row.id for row in some] for _, some in chunks
    ]


def test_the_same_rows_meet_for_any_number_of_workers(monkeypatch):
    monkeypatch.setattr(workers, "ProcessPoolExecutor", Threads)
    monkeypatch.setattr(workers, "_own", lambda items: [tuple(items)] * len(items))
    chunks = [(name, list(name)) for name in ("abcdefg", "", "hi")]
    alone, shared = (list(workers.process_chunks(workers._own, None, chunks, count, 3)) for count in (1, 3))
    assert alone == shared
    assert alone[0][1][-1] == ("g",)


def test_a_killed_worker_is_one_error_and_hangs_nothing(tmp_path):
    rows = [Example(label, "نص", stance=label) for label in STANCE_LABELS]
    save_model(MajorityModel(labels={"stance": STANCE_LABELS}).fit(rows, []), tmp_path / "model", {}, "")
    others, hung = set(active_children()), Event()

    def kill(count):
        for worker in list(set(active_children()) - others)[:count]:
            os.kill(worker.pid, signal.SIGKILL)

    def end_hang():
        hung.set()
        kill(None)

    def give_chunks():
        for number in range(100):
            if number == 8:
                time.sleep(0.5)  # both have begun
                kill(1)  # as the system does for want of memory
            yield number, rows

    timer = Timer(30, end_hang)
    timer.start()
    with pytest.raises(JanibError, match=r"^a worker process ended before its work, .* with fewer --workers$"):
        list(workers.predict_chunks(load_classifier(tmp_path / "model"), give_chunks(), 2))
    timer.cancel()
    assert not hung.is_set()
