"""Workers of ``janib predict`` end with their parent, however that ends."""

import time
from pathlib import Path

import pytest
from kills import predict
from tally import read_log, start

pytestmark = pytest.mark.slow


def test_workers_do_not_outlive_a_parent_that_is_killed(tmp_path):
    command = predict("csv")
    command.prepare(tmp_path)
    process = start(tmp_path, (*command.words, "--workers", "2"))
    found = []
    while len(found) < 2:
        assert process.poll() is None, read_log(tmp_path)
        time.sleep(0.1)
        found = [child for child in list_children(process.pid) if "spawn_main" in read_command(child)]
    process.kill()
    process.wait()
    for _ in range(100):
        if not any("spawn_main" in read_command(child) for child in found):
            break
        time.sleep(0.1)
    else:
        pytest.fail("workers are still there ten seconds later")


def list_children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def read_command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
