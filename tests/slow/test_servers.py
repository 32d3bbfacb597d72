"""``make ui`` and ``janib app`` answer on loopback; the first names the pages of runs."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from load import serve

from janib.tracking.store import track_run

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path):
    """A store with a run of each of two experiments."""
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    for name in ("first", "second"):
        with track_run(uri, tmp_path / "mlartifacts", name, "run", {}) as run:
            run.log_metrics({"valid/macro_f1": 0.5})
            run.show_metrics(["valid/macro_f1"])
    return uri


def wait_until(is_so):
    for _ in range(120):
        if is_so():
            return
        time.sleep(0.5)
    pytest.fail("it is not so after a minute")


def test_ui_answers_on_loopback_and_ends_with_its_process(store, tmp_path):
    # The environment of the tests is taken as it is: an installation would change it under other tests.
    make = ["make", "--old-file", ".venv/experiments.stamp", "ui"]
    log = tmp_path / "log"
    with (
        serve(lambda port: [*make, f"PORT={port}", f"STORE={store}"], log, cwd=ROOT) as server,
        urllib.request.urlopen(server.address, timeout=60) as answer,
    ):
        assert answer.status == 200
        assert b"MLflow" in answer.read()
        wait_until(lambda: "Ctrl-C ends it" in log.read_text())
    # The signal reaches all processes, and each takes its time.
    wait_until(lambda: not subprocess.run(["pgrep", "-f", store], capture_output=True).stdout)
    shown = re.findall(r"^(\S.*?)  +http://127\.0\.0\.1:\d+/#/(\S+)", log.read_text(), re.MULTILINE)
    assert [name for name, _ in shown] == ["second", "first", "registered models"]
    assert all("workflowType=machine_learning" in page for _, page in shown)


@pytest.mark.parametrize(
    ("number", "code", "said"), [(signal.SIGINT, 130, "interrupted\n"), (signal.SIGTERM, 143, "ended by SIGTERM\n")]
)
def test_the_app_tells_its_address_and_ends_in_a_line(number, code, said):
    command = [sys.executable, "-m", "janib.cli", "app", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        address = line.split()[3]
        assert line == f"Janib is at {address} (Ctrl-C ends it)\n"
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=60) as answer:
            assert b"<title>" in answer.read()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (code, "", said)
