import json

import pytest

from janib.errors import IncompleteError, JanibError
from janib.runs.sweep import JOBS, SweepFolder, report_sweep


@pytest.fixture
def end_sweep(tmp_path, monkeypatch):
    """End a sweep of three tables, of which the first ended well; the others are given by error and kind."""

    def end(*others):
        jobs = [{"job": 0, "overrides": ["table=ans"], "error": None, "incomplete": False}]
        jobs += [
            {"job": number, "overrides": [f"table={number}"], "error": [error], "incomplete": incomplete}
            for number, (error, incomplete) in enumerate(others, start=1)
        ]
        (tmp_path / JOBS).write_text("\n".join(map(json.dumps, jobs)), encoding="utf-8")
        monkeypatch.setattr(SweepFolder, "folder", tmp_path)
        report_sweep()

    return end


def test_tables_that_lack_weights_alone_are_incomplete(end_sweep):
    with pytest.raises(IncompleteError) as caught:
        end_sweep(("run: janib encoder fetch a/b", True), ("run: janib encoder fetch c/d", True))
    assert list(caught.value.lines) == [
        "2 of 3 jobs are not complete; get what they name and run them again",
        "job 1 (table=1): run: janib encoder fetch a/b",
        "job 2 (table=2): run: janib encoder fetch c/d",
    ]


def test_a_failure_among_them_is_a_failure(end_sweep):
    with pytest.raises(JanibError, match="2 of 3 jobs failed; mend them and run them again") as caught:
        end_sweep(("run: janib encoder fetch a/b", True), ("gone.csv does not exist", False))
    assert not isinstance(caught.value, IncompleteError)


def test_a_sweep_without_failures_ends_well(end_sweep):
    end_sweep()
