"""A real MLflow server is killed and started again while a model trains; the training loses nothing."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import mlflow
import pytest

ROOT = Path(__file__).parents[2]
EPOCHS = 100
METRICS = {
    "fold1/valid/loss": EPOCHS,
    "fold1/train/loss": EPOCHS + EPOCHS // 5,
    "refit/train/loss": EPOCHS + EPOCHS // 5,
}
"""Their numbers of values: an epoch has two steps; the training's loss is logged at its end and every tenth step."""
TOLD = {"favor": "نؤيد القرار", "against": "نرفض القرار", "neutral": "اجتمع المجلس"}

pytestmark = pytest.mark.slow


class Server:
    """``mlflow server`` on loopback, which can be killed and started again."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(self.port)]
        command += ["--backend-store-uri", "sqlite:///server.db", "--artifacts-destination", "server_artifacts"]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with (self.folder / "server.log").open("a") as log:
            options = {"stdout": log, "stderr": log, "cwd": self.folder, "start_new_session": True}
            variables = {**os.environ, "PATH": path, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
            self.process = subprocess.Popen(command, env=variables, **options)
        for _ in range(600):
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            try:
                urllib.request.urlopen(f"{self.uri}/health", timeout=5).close()
            except OSError:
                time.sleep(0.5)
            else:
                return
        pytest.fail("the server did not answer within five minutes")

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    try:
        server.start()
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture
def train(tmp_path, server):
    """Start a training whose metrics go to the server."""
    log = tmp_path / "train.log"
    words = random.Random(0)
    rows = [
        f"{text} {' '.join(''.join(words.choices('ابتجدرسعقلمنهوي', k=5)) for _ in range(5))},البلدية,{stance}"
        for stance, text in TOLD.items()
        for _ in range(16)
    ]
    (tmp_path / "rows.csv").write_text("\n".join(["text,target,stance", *rows]), encoding="utf-8")

    def start(*overrides):
        command = [sys.executable, str(ROOT / "experiments" / "train.py"), "data=csv", "data.path=rows.csv"]
        command += [
            "model=tiny",
            "split.parts=8",
            f"model.training.epochs={EPOCHS}",
            "ledger=led.csv",
            f"tracking.uri={server.uri}",
        ]
        with log.open("a") as stream:
            return subprocess.Popen([*command, *overrides], cwd=tmp_path, stdout=stream, stderr=stream)

    return start


def wait_for(log, pattern, process):
    for _ in range(2400):
        if log.exists() and re.search(pattern, log.read_text()):
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.25)
    pytest.fail(f"{pattern} is not in {log.read_text()}")


def read_run(server):
    client = mlflow.MlflowClient(server.uri)
    (run,) = client.search_runs([one.experiment_id for one in client.search_experiments()])
    return run, [len(client.get_metric_history(run.info.run_id, name)) for name in METRICS]


def test_a_server_that_is_away_for_a_while_costs_nothing(tmp_path, server, train):
    log = tmp_path / "train.log"
    training = train()
    wait_for(log, "epoch 3 of", training)
    server.kill()
    wait_for(log, "does not answer; the training goes on", training)
    wait_for(log, "refitting", training)
    server.start()
    assert training.wait(900) == 0, log.read_text()
    run, lengths = read_run(server)
    assert run.info.status == "FINISHED"
    assert lengths == list(METRICS.values())
    assert "View run" not in log.read_text()


def test_a_server_that_stays_away_is_one_error_and_resume_goes_on(tmp_path, server, train):
    log = tmp_path / "train.log"
    training = train()
    wait_for(log, "epoch 3 of", training)
    server.kill()
    assert training.wait(900) == 2
    assert log.read_text().endswith(
        "it does not answer; start it, then run again; a training goes on with resume=true\n"
    )
    assert "Traceback" not in log.read_text()
    server.start()
    assert train("resume=true").wait(900) == 0, log.read_text()
    run, lengths = read_run(server)
    assert run.info.status == "FINISHED"
    assert lengths == list(METRICS.values())
