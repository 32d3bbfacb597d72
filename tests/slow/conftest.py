"""What several slow tests need: processes that are killed, servers, a model, environments."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import venv
from contextlib import contextmanager
from pathlib import Path

import pytest

from janib.corpora import read_corpus
from janib.labels import STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel

LONG = 600  # seconds
CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


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


@pytest.fixture(scope="session")
def serve():
    """Start a server on a free port, give its address once it answers, and end it and its children."""

    @contextmanager
    def start(make_command, log, page="", **options):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        address = f"http://127.0.0.1:{port}/"
        with log.open("w") as stream:
            streams = {"stdout": stream, "stderr": stream, "start_new_session": True}
            process = subprocess.Popen(make_command(port), **streams, **options)
        try:
            for _ in range(240):
                assert process.poll() is None, log.read_text()
                try:
                    with urllib.request.urlopen(f"{address}{page}", timeout=5):
                        break
                except (urllib.error.URLError, ConnectionError):
                    time.sleep(0.5)
            else:
                pytest.fail("the server did not answer within two minutes")
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    return start


@pytest.fixture(scope="session")
def statements_model(tmp_path_factory):
    """The folder of a TF-IDF model that was trained on the Janib statements."""
    rows = read_corpus("statements")[1]["train"]
    settings = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 5], "min_df": 1, "classifier": {"name": "logreg"}}
    model = TfidfModel(labels={"stance": STANCE_LABELS}, seed=0, target="ignored", **settings).fit(rows, [])
    folder = tmp_path_factory.mktemp("statements") / "model"
    save_model(model, folder, {"target_is_given": True}, "# Card\n")
    return folder


@pytest.fixture(scope="session")
def make_environment():
    """Make a virtual environment in a folder and install what pip's arguments name, at the versions of the project."""

    def make(folder, *arguments):
        venv.create(folder, with_pip=True)
        # pip would compile all modules, which takes longer than the rest; Python compiles those that are imported.
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PIP_COMPILE": "0"}
        command = [folder / "bin" / "pip", "install", "--quiet", "--constraint", CONSTRAINTS, *arguments]
        subprocess.run(command, check=True, env=variables)
        return folder

    return make
