"""Rows through several workers: answers come in the order of the rows, whichever worker is first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from janib.inference import workers
from janib.schema import Example, Prediction


class SlowFirst:
    """A classifier that answers with each row's id, and for the rows beside row 0 after all ``others``."""

    folder = None

    def __init__(self, others):
        self.left, self.others_done = others, Event()

    def label_rows(self, rows):
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
    classifier = SlowFirst(others=len(rows) - sizes[0] // 2)  # two workers share a chunk
    monkeypatch.setattr(workers, "ProcessPoolExecutor", Threads)
    monkeypatch.setattr(workers, "_own", classifier)
    found = list(workers.predict_chunks(classifier, chunks, 2))
    assert [given for given, _ in found] == [given for given, _ in chunks]
    assert [[one["stance"].label for one in some] for _, some in found] == [
        [row.id for row in some] for _, some in chunks
    ]
