"""A row of a table that a language model fills: a server on loopback stands for its endpoint."""

import csv
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from mlflow import MlflowClient
from omegaconf import OmegaConf
from rich.console import Console

from janib.errors import IncompleteError, JanibError
from janib.labels import STANCE_LABELS
from janib.tables.actions import act
from janib.tables.results_csv import RunUsage, read_failures, read_results

pytest.importorskip("httpx2")

CONF = Path(__file__).parents[2] / "conf"
N_TEST = 12

pytestmark = pytest.mark.usefixtures("copied_stores")


class Handler(BaseHTTPRequestHandler):
    """Answers by the statement: one is refused, one never answered with a label, ``server.most`` answers in all."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        statement = json.loads(body)["messages"][1]["content"]
        with self.server.lock:
            is_answered = sum(self.server.answered.values()) < self.server.most
            self.server.answered[body] += is_answered
        if "نصٌّ ٣ " in statement:
            message = {"content": None, "refusal": "I cannot say"}
        elif "نصٌّ ٤ " in statement:
            message = {"content": "لا أدري"}
        else:
            message = {"content": json.dumps({"label": "favor" if "رَحّبَ" in statement else "against"})}
        usage = {"prompt_tokens": 100, "completion_tokens": 5}
        content = {"choices": [{"message": message}], "usage": usage} if is_answered else {"error": "out of memory"}
        text = json.dumps(content).encode()
        self.send_response(200 if is_answered else 500)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answered, self.most, self.lock = Counter(), 10**9, threading.Lock()


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("JANIB_LLM_REQUESTS", "2")
    monkeypatch.setattr("janib.models.llm.endpoint._FIRST_WAIT", 0.001)
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("JANIB_LLM_URL", f"http://127.0.0.1:{found.server_port}/v1")
        yield found
        found.shutdown()
        thread.join()


def write_rows(path, count):
    verbs = ("نـــدّد", "حَضَرَ", "رَحّبَ")  # as their labels, in order
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "target", "stance"])
        for i in range(count):
            number = str(i).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
            writer.writerow([f"{path.stem} نصٌّ {number} {verbs[i % 3]} الوزيرُ بالقرار", "القرار", STANCE_LABELS[i % 3]])


@pytest.fixture
def go(tmp_path):
    """A table with a row of a language model; a function that runs it, in a folder that is named."""
    write_rows(tmp_path / "train.csv", 30)
    write_rows(tmp_path / "test.csv", N_TEST)
    data = [f"data.path={tmp_path}/train.csv", f"data.test_path={tmp_path}/test.csv"]
    prices = "model.prices={asked: 1.0, said: 10.0}"

    def run(place, only=None, action="run"):
        folder = tmp_path / place
        table = {
            **{"name": "t", "title": "T", "protocol": "P", "published": [], "controls": [], "register": None},
            **{"columns": ["test/accuracy"], "compared": ["test/accuracy"], "baseline": "floor", "seeds": [0]},
            "overrides": ["data=csv", *data, "task=stance", f"ledger={folder}/ledger.csv"],
            "rows": {"floor": ["model=majority"], "llm": ["model=llm", "split.used=0", prices]},
            "folder": str(folder / "results"),
        }
        store = {"uri": f"sqlite:///{folder}/mlflow.db", "artifacts": f"{folder}/artifacts", "experiment": "janib"}
        folder.mkdir(exist_ok=True)
        config = OmegaConf.create({"table": table, "tracking": store, "action": action, "only": only})
        act(config, CONF, folder / "runs", Console(quiet=True))
        return {run.row: run for run in read_results(folder / "results")}

    run.folder = tmp_path
    return run


def test_an_endpoint_fills_the_row_that_waited_for_it_and_its_answers_alone_do_so_again(server, go, monkeypatch):
    results = go.folder / "one" / "results"
    with monkeypatch.context() as patched:
        patched.delenv("JANIB_LLM_URL")
        with pytest.raises(IncompleteError) as missing:
            go("one")
    assert str(missing.value) == (
        "1 run of llm could not run, since no endpoint is at hand, the others are done; set JANIB_LLM_URL "
        "(docs/guides/llm.md); then start the table again"
    )
    assert "| llm | 0 |  | endpoint not at hand |" in (results / "table.md").read_text(encoding="utf-8")

    server.most = 5
    with pytest.raises(JanibError, match=r"1 run failed.*llm, seed 0: .*failed 8 times \(status 500: out of memory\)"):
        go("one", only="llm")
    assert sum(server.answered.values()) == 5
    server.most = 10**9
    first = go("one", only="llm")["llm"]
    assert read_failures(results) == []
    # No question was asked twice; a sentence more is asked about when MLflow logs the model.
    n_asked = N_TEST + 1  # the answer without a label is asked about once more
    assert set(server.answered.values()) == {1}
    assert len(server.answered) == n_asked + 1
    # Against and favor are right but for the refused row, neutral is wrong but for the row without a label.
    assert first.scores["test/accuracy"] == pytest.approx(8 / N_TEST, abs=1e-6)
    assert first.usage == RunUsage(100 * n_asked, 5 * n_asked, 1, 1, 0.00195)

    readme = (results / "README.md").read_text(encoding="utf-8").split("## Cost")[1]
    (header, line) = (line for line in readme.splitlines() if line.startswith(("| model", "| llm")))
    assert header.endswith("| tokens asked | tokens said | rows refused | rows unreadable | price |")
    assert "|  | " in line  # of its parameters nothing is known
    assert line.endswith("| 1,300 | 65 | 1 | 1 | 0.0019 |")
    (other,) = (line for line in readme.splitlines() if line.startswith("| floor"))
    assert other.endswith("|  |  |  |  |  |")
    logged = MlflowClient(f"sqlite:///{go.folder}/one/mlflow.db").get_run(first.run_id).data.metrics
    names = ("tokens_asked", "tokens_said", "requests", "refused", "unreadable", "price")
    assert [logged[f"cost/{name}"] for name in names] == [1300, 65, n_asked - 5, 1, 1, 0.00195]

    go("one", action="published")  # there is nothing to fetch, nor to write
    assert not (results / "published.csv").exists()
    monkeypatch.delenv("JANIB_LLM_URL")
    again = go("two", only="llm")["llm"]
    assert len(server.answered) == n_asked + 1
    assert again.run_id != first.run_id
    assert (again.scores, again.usage) == (first.scores, first.usage)
    parts = [(go.folder / place / "results/predictions/llm_seed0_test.csv.gz").read_bytes() for place in ("one", "two")]
    assert parts[0] == parts[1]
