import csv
from concurrent.futures import ThreadPoolExecutor

import pytest
from filelock import FileLock

from janib.errors import BusyError, ConfigError
from janib.scoring.ledger import append_scoring, check_ledger, count_scorings

ABOUT = {"task": "stance", "model": "made", "seed": 0, "commit": "", "dirty": "false", "config_hash": "0"}


def test_every_scoring_is_one_line(tmp_path):
    ledger = tmp_path / "scorings.csv"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: append_scoring(ledger, "made", "test", ABOUT, "favg2", 1.0), range(20)))
    with ledger.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == 20
    assert {(line["data"], line["split"], line["metric"], line["value"]) for line in lines} == {
        ("made", "test", "favg2", "1.000000")
    }


def test_scorings_are_counted_by_corpus_and_task(tmp_path):
    ledger = tmp_path / "scorings.csv"
    assert count_scorings(ledger, "made", "stance") == 0
    for data, task in (("made", "stance"), ("made", "sentiment"), ("other", "stance"), ("made", "stance")):
        append_scoring(ledger, data, "test", ABOUT | {"task": task}, "macro_f1", 0.5)
    assert count_scorings(ledger, "made", "stance") == 2


@pytest.mark.parametrize("place", ["file/led.csv", "folder", "/proc/none/led.csv", "/proc/led.csv", "loop/led.csv"])
def test_a_ledger_that_cannot_be_written_is_one_error_at_once(tmp_path, place):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    ledger = tmp_path / place
    with pytest.raises(ConfigError) as raised:
        check_ledger(ledger)
    assert str(raised.value).startswith(f"ledger={ledger} cannot be written: ")
    with pytest.raises(ConfigError):
        append_scoring(ledger, "made", "test", ABOUT, "favg2", 1.0)


@pytest.mark.parametrize("held", [b"text,stance\nx,favor\n", b"\xff\xfe\0", b"time,data", b"{}", b"x" * 10_000])
def test_no_line_is_added_to_a_file_that_is_no_ledger(tmp_path, held):
    ledger = tmp_path / "in.csv"
    ledger.write_bytes(held)
    for act in (check_ledger, lambda path: append_scoring(path, "made", "test", ABOUT, "favg2", 1.0)):
        with pytest.raises(ConfigError, match=r"is no list of test scorings; name a new file$"):
            act(ledger)
    assert ledger.read_bytes() == held


def test_an_empty_file_becomes_a_ledger(tmp_path):
    ledger = tmp_path / "scorings.csv"
    ledger.touch()
    append_scoring(ledger, "made", "test", ABOUT, "favg2", 1.0)
    assert count_scorings(ledger, "made", "stance") == 1


def test_a_ledger_that_another_process_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("janib.scoring.ledger._PATIENCE", 0.1)
    ledger = tmp_path / "scorings.csv"
    with FileLock(f"{ledger}.lock"), pytest.raises(BusyError, match=r"^another process has held .*scorings\.csv\.lock"):
        append_scoring(ledger, "made", "test", ABOUT, "favg2", 1.0)
