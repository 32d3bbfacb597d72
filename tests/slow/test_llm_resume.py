"""A run of a language model that is killed: what was answered is not asked again, nor once the endpoint is gone."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TRAIN = Path(__file__).parents[2] / "experiments" / "train.py"
OVERRIDES = ["data=statements", "model=llm", "split.used=0", "resume=true"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(0.02)
        answer = json.dumps({"label": "favor" if "رحب" in body.decode("unicode-escape", "ignore") else "neutral"})
        text = json.dumps({"choices": [{"message": {"content": answer}, "finish_reason": "stop"}]}).encode()
        self.server.asked[body] += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # the killed client's connection


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("JANIB_LLM_REQUESTS", "2")
    with Server(("127.0.0.1", 0), Handler) as found:
        found.asked = Counter()
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        monkeypatch.setenv("JANIB_LLM_URL", f"http://127.0.0.1:{found.server_port}/v1")
        yield found
        found.shutdown()
        thread.join()


def read_metrics(tmp_path):
    newest = max(tmp_path.glob("outputs/statements/stance/llm/*/metrics.json"), key=lambda path: path.stat().st_mtime)
    return json.loads(newest.read_text("utf-8"))


def test_a_killed_run_asks_only_for_the_rest(server, tmp_path, run_process, monkeypatch):
    process = subprocess.Popen([sys.executable, str(TRAIN), *OVERRIDES], cwd=tmp_path)
    while server.asked.total() < 100:
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.wait()
    before = server.asked.total()
    assert run_process(tmp_path, "train", *OVERRIDES).returncode == 0
    assert server.asked.total() > before
    assert sum(count - 1 for count in server.asked.values()) <= 2  # those that were on their way at the kill
    metrics, asked = read_metrics(tmp_path), server.asked.total()

    monkeypatch.delenv("JANIB_LLM_URL")
    done = run_process(tmp_path, "train", *OVERRIDES)
    assert done.returncode == 0, done.stderr
    assert server.asked.total() == asked
    same = {key for key in metrics if "macro_f1" in key}
    assert same
    assert {key: read_metrics(tmp_path)[key] for key in same} == {key: metrics[key] for key in same}
