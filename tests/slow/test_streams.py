"""Odd streams, odd places and signals, each with a process of its own: one line each, and no traceback."""

import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from janib.labels import STANCE_LABELS
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.schema import Example

pytestmark = pytest.mark.slow

JANIB = f"{shlex.quote(sys.executable)} -m janib.cli"


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a model and a file of rows."""
    folder = tmp_path_factory.mktemp("streams")
    rows = [Example(label, "نص", stance=label) for label in STANCE_LABELS]
    save_model(MajorityModel(labels={"stance": STANCE_LABELS}).fit(rows, []), folder / "model", {}, "")
    (folder / "in.csv").write_text("text\n" + "نص طويل بعض الشيء\n" * 5000, encoding="utf-8")
    (folder / "loop").symlink_to("loop")
    return folder


def run(work, command, **environment):
    command = command.replace("predict", f"{JANIB} predict --model model")
    done = subprocess.run(
        ["bash", "-c", command], cwd=work, capture_output=True, env={**os.environ, **environment}, timeout=120
    )
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("predict - - <&- >/dev/null", "error: standard input is closed; name an input file\n"),
        ("predict in.csv - >&-", "error: standard output is closed; name an output file\n"),
        ("predict in.csv /dev/stdout >&-", "error: standard output is closed; name an output file\n"),
        ("predict in.csv - >/dev/full", "error: the disk is full; free some space and run again\n"),
        ("predict in.csv loop/out.csv", "circle"),
        ("ulimit -f 1; predict in.csv big.csv", "a file becomes larger than the system allows while writing"),
        ("mkdir -p folder.csv; predict in.csv folder.csv", "folder.csv is a folder, expected a file; name one\n"),
    ],
)
def test_a_fault_is_one_line(work, command, said):
    code, out, err = run(work, command)
    assert (code, out) == (2, b"")
    assert said in err
    assert err.count("\n") == 1 + ("are kept in" in err)


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        ("predict in.csv out.csv <&- >&- 2>&-", {}),
        ("predict in.csv", {"PYTHONIOENCODING": "latin-1"}),
        ("predict in.csv", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        ("cat in.csv | predict /dev/stdin /dev/stdout", {}),
        ("predict <(cat in.csv) - ", {}),
        ("mkfifo a.csv b.csv; cat in.csv >a.csv & cat b.csv >c.csv & predict a.csv b.csv && wait", {}),
    ],
)
def test_an_odd_stream_is_read_and_written(work, command, environment):
    code, _, err = run(work, command, **environment)
    assert code == 0, err
    assert "Traceback" not in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_keeps_the_rows_and_says_so(work, number):
    command = f"exec {JANIB} predict --model model - rows.csv"
    with subprocess.Popen(["bash", "-c", command], cwd=work, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write((work / "in.csv").read_bytes())
        process.stdin.flush()
        for _ in range(600):
            if (work / "rows.csv.partial/progress.json").exists():
                break
            time.sleep(0.1)
        process.send_signal(number)
        err = process.stderr.read().decode()
    assert process.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert "rows are kept in rows.csv.partial; the same command with --resume goes on\n" in err
    assert "Traceback" not in err
    assert run(work, "cat in.csv | predict - rows.csv --resume")[0] == 0
    assert len((work / "rows.csv").read_bytes().splitlines()) == 5001


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "command",
    [
        ("train", "data=statements", "model=tiny", "split.parts=3", "model.training.epochs=50", "ledger=led.csv"),
        ("table", "table=smoke"),
    ],
)
def test_a_signal_marks_a_run_as_killed(tmp_path, command):
    script, *overrides = command
    log = tmp_path / "log"
    with log.open("w") as stream:
        words = [sys.executable, ROOT / "experiments" / f"{script}.py", *overrides]
        process = subprocess.Popen(words, cwd=tmp_path, stdout=stream, stderr=stream)
    for _ in range(1200):
        if "fold 1 of" in log.read_text():
            break
        time.sleep(0.25)
    process.send_signal(signal.SIGTERM)
    assert process.wait(300) == 143
    *_, kept, last = log.read_text().splitlines()
    assert "resume=true goes on" in kept
    assert last == "ended by SIGTERM"
    with sqlite3.connect(tmp_path / "mlflow.db") as store:
        statuses = {status for (status,) in store.execute("select status from runs")}
    assert "KILLED" in statuses
    assert "RUNNING" not in statuses
