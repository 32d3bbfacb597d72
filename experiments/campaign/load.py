"""``mlflow models serve`` under load, with some questions that are malformed."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil
from tally import Tally

import janib
from janib.inference.classifier import Classifier
from janib.labels import STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example
from janib.tracking.store import register_model, track_run

ADDRESS = "models:/janib-test@champion"
EXAMPLE = {"text": "رحبت الوزارة بقرار المجلس", "target": "المجلس"}
TOLD = {"favor": "نؤيد القرار", "against": "نرفض القرار", "neutral": "اجتمع المجلس"}
CLIENTS, SECONDS, MALFORMED = 16, 60.0, 0.05
WAIT = 120  # seconds
MOST_GROWTH = 100  # MiB, from the first fifth to the end
BODIES = [
    b"",
    b"{",
    b"null",
    b"3",
    b"\xff\xfe\x00",
    b'{"dataframe_records": [{"text": "x", "target": ',
    b'{"dataframe_records": NaN}',
    b'{"dataframe_records": [{"text": "\xd9"}]}',
    *(
        json.dumps(body).encode()
        for body in (
            {"rows": []},
            {"dataframe_records": "x"},
            {"dataframe_records": [3]},
            {"dataframe_records": [{"txt": "نص", "target": "المجلس"}]},
            {"dataframe_records": [{"text": "نص"}]},
            {"dataframe_split": {"columns": ["text"], "data": [["x", "y"]]}},
            {"instances": [[1, 2], [3]]},
            {"inputs": "x"},
        )
    ),
]
"""Bodies that are no question.

A body that is nested more deeply than Python counts is not among them: MLflow's own parser answers it with a 500.
"""


@dataclass(frozen=True)
class Server:
    """A server on loopback: its port and the id of its process."""

    port: int
    pid: int

    @property
    def address(self) -> str:
        """The address of its first page."""
        return f"http://127.0.0.1:{self.port}/"


def make_store(folder: Path) -> None:
    """Save a TF-IDF model to ``model``, and register it in an MLflow store as ADDRESS."""
    rows = [
        Example(str(number), f"{text} {number % 7}", "المجلس", stance=stance)
        for number, (stance, text) in enumerate(list(TOLD.items()) * 10)
    ]
    options = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 4], "min_df": 1, "target": "ignored"}
    model = TfidfModel(labels={"stance": STANCE_LABELS}, seed=0, classifier={"name": "logreg"}, **options).fit(rows)
    save_model(model, folder / "model", {"target_is_given": True}, "# Card\n")
    uri = f"sqlite:///{folder}/mlflow.db"
    with track_run(uri, folder / "artifacts", "test", "run", {}) as run:
        run.log_model(folder / "model", EXAMPLE)
    register_model(uri, run.id, "janib-test", "valid/macro_f1")


def find_variables(folder: Path) -> dict[str, str]:
    """Return the environment of MLflow's commands for the store of a folder."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # where MLflow looks for uvicorn
    return {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}


@contextmanager
def serve(
    make_command: Callable[[int], Sequence[str | Path]], log: Path, page: str = "", **options: Any
) -> Iterator[Server]:
    """Start a server on a free port, yield it once it answers; end it and its children."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("w") as stream:
        process = subprocess.Popen(make_command(port), stdout=stream, stderr=stream, start_new_session=True, **options)
    try:
        wait_for(f"http://127.0.0.1:{port}/{page}", process, log)
        yield Server(port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def wait_for(page: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once a page answers."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(page, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"the server did not answer: {log.read_text(encoding='utf-8')}")


def serve_model(folder: Path) -> AbstractContextManager[Server]:
    """Serve the model of :func:`make_store`, as :func:`serve` does."""
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", ADDRESS, "-h", "127.0.0.1"]
    command += ["--env-manager", "local", "-p"]
    variables = find_variables(folder)
    return serve(lambda port: [*command, str(port)], folder / "server.log", "ping", cwd=folder, env=variables)


def expect(classifier: Classifier, text: str) -> dict[str, Any]:
    """Return what a served model should answer for a text."""
    found = classifier.predict([text], EXAMPLE["target"])[0]
    shares = {f"p_{label}": round(share, 6) for label, share in found.probabilities.items()}
    return {"predicted": found.label, **shares, "error": "", "model_version": classifier.version}


def parse(content: bytes) -> Any:
    """Parse JSON as a strict parser does."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    return json.loads(content, parse_constant=refuse)


class Client:
    """A client that asks its next question when the last is answered."""

    def __init__(self, port: int, expected: Mapping[str, Any], seed: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=WAIT)
        self._expected = expected
        self._draw = random.Random(seed)

    def ask_until(self, end: float) -> Tally:
        """Ask until a moment."""
        tally = Tally("")
        while time.monotonic() < end:
            tally.trials += 1
            if self._draw.random() < MALFORMED:
                self._misspeak(tally)
            else:
                self._ask(tally)
        self._connection.close()
        return tally

    def _ask(self, tally: Tally) -> None:
        text = self._draw.choice(list(self._expected))
        body = json.dumps({"dataframe_records": [{"text": text, "target": EXAMPLE["target"]}]}).encode()
        status, content = self._post(body)
        if status == 200 and content == {"predictions": [self._expected[text]]}:
            tally.equal += 1
        else:
            tally.faults.append(f"status {status}: {content!r}"[:500])

    def _misspeak(self, tally: Tally) -> None:
        body = self._draw.choice(BODIES)
        status, content = self._post(body)
        if 400 <= status < 500 and content is not None:
            tally.clear_errors += 1
        else:
            tally.faults.append(f"status {status} to {body[:80]!r}: {content!r}"[:500])

    def _post(self, body: bytes) -> tuple[int, Any]:
        try:
            self._connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            return answer.status, parse(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            self._connection.close()
            return 0, repr(error)


def put_under_load(place: Path, seconds: float) -> Tally:
    """Serve a model, and ask it for so many seconds."""
    make_store(place)
    classifier = janib.load(place / "model")
    texts = [f"{text} رقم {number}" for number in range(50) for text in TOLD.values()]
    expected = {text: expect(classifier, text) for text in texts}
    with serve_model(place) as server:
        tally = ask_together(server, expected, seconds)
    if "Traceback" in (log := (place / "server.log").read_text(encoding="utf-8")):
        tally.faults.append(f"a traceback in the server's log: {log[log.index('Traceback') :][:1500]}")
    return tally


def ask_together(server: Server, expected: Mapping[str, Any], seconds: float) -> Tally:
    """Let several clients ask a server for so many seconds; ``expected`` are their texts and the right answers."""
    total = Tally(f"{CLIENTS} clients ask mlflow models serve for {seconds:.0f} s, {MALFORMED:.0%} malformed")
    process, end = psutil.Process(server.pid), time.monotonic() + seconds
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = [pool.submit(Client(server.port, expected, seed).ask_until, end) for seed in range(CLIENTS)]
        time.sleep(seconds / 5)
        held = measure_memory(process)
        tallies = [one.result() for one in asked]
    for one in tallies:
        total.trials += one.trials
        total.equal += one.equal
        total.clear_errors += one.clear_errors
        total.faults += one.faults
    if (grown := measure_memory(process) - held) > MOST_GROWTH:
        total.faults.append(f"the server's memory grew by {grown:.0f} MiB")
    return total


def measure_memory(process: psutil.Process) -> float:
    """Return what a process and those it started hold, in MiB."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 2**20
