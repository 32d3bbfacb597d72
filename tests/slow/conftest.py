"""What several slow tests do to processes."""

import signal
import subprocess

import pytest

LONG = 600  # seconds


@pytest.fixture(scope="session")
def run_or_kill():
    """A function that waits for a process, at most so many seconds, then kills it; returns whether it ended well."""

    def wait(process, log, seconds=LONG):
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return False
        assert code == 0, log.read_text()
        return True

    return wait
