"""Training from a hub on loopback that is slow, private, moves, or cuts the connection; and offline afterwards."""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote, urlparse

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

pytestmark = pytest.mark.slow

TRAIN = Path(__file__).parents[2] / "experiments" / "train.py"
NAME = "owner/encoder"
LARGE = 2**14
"""Bytes from which a file is sent by another server, as the hub does."""

TEXTS = {"against": "نرفضُ القـــرار 👎", "neutral": "صدر القرار أمس", "favor": "نؤيّد القرار في ٣ مواد"}
PIECES = [*"ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي0123456789.,👎"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of an encoder as MARBERTv2 is held: a pickle, and vocab.txt alone."""
    folder = tmp_path_factory.mktemp("encoder")
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES, *(f"##{piece}" for piece in PIECES)]
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = {"model_type": "bert", "vocab_size": len(pieces), **size}
    torch.manual_seed(0)
    torch.save(BertForMaskedLM(BertConfig(**config)).state_dict(), folder / "pytorch_model.bin")
    return {
        "config.json": json.dumps(config).encode(),
        "vocab.txt": "\n".join(pieces).encode(),
        "tokenizer_config.json": b'{"do_lower_case": false}',
        "pytorch_model.bin": (folder / "pytorch_model.bin").read_bytes(),
        "tf_model.h5": b"x" * LARGE,
    }


class Hub(ThreadingHTTPServer):
    """A hub; its attributes say how it behaves.

    ``commit`` is that of main, ``delay`` the seconds before it answers, ``status`` and ``code`` what it answers without
    ``token``, and ``cuts`` how many times it sends half of the weights and hangs up.
    """

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Pages)
        self.files, self.commit, self.delay, self.cuts, self.requests = files, "c" * 40, 0.0, 0, []
        self.token, self.status, self.code = None, 401, "RepoNotFound"
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        hub, path = self.server, unquote(urlparse(self.path).path)
        hub.requests.append((self.command, path))
        time.sleep(hub.delay if path.startswith("/api/") else 0)
        if path.startswith("/cdn/"):
            self.send_weights(path.removeprefix("/cdn/"))
        elif hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
            self.reply(hub.status, b"{}", {"X-Error-Code": hub.code, "X-Error-Message": "you may not"})
        elif path.startswith(f"/api/models/{NAME}/tree/"):
            self.reply(200, json.dumps([describe(name, body) for name, body in hub.files.items()]).encode())
        elif path.startswith(f"/api/models/{NAME}"):
            siblings = [{"rfilename": name, "size": len(body)} for name, body in hub.files.items()]
            about = {"id": NAME, "sha": self.find_commit(path), "siblings": siblings}
            self.reply(200, json.dumps(about).encode())
        else:
            self.send_file(path)

    def find_commit(self, path):
        asked = re.search("[0-9a-f]{40}", path)
        return asked[0] if asked else self.server.commit

    def send_file(self, path):
        name = path.rpartition("/")[2]
        body = self.server.files.get(name)
        if body is None:
            return self.reply(404, b"", {"X-Error-Code": "EntryNotFound"})
        head = {"X-Repo-Commit": self.find_commit(path), "ETag": f'"{hash_git(body)}"'}
        if len(body) < LARGE:
            return self.reply(200, body, head)
        port = self.server.server_address[1]  # at another name, as the hub's store of large files
        linked = {"X-Linked-Etag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Linked-Size": str(len(body))}
        return self.reply(302, b"", {**head, **linked, "Location": f"http://localhost:{port}/cdn/{name}"})

    def send_weights(self, name):
        body = self.server.files[name]
        start = int((self.headers.get("Range") or "bytes=0-")[6:].split("-")[0])
        if self.server.cuts:
            self.server.cuts -= 1
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body) - start))
            self.end_headers()
            self.wfile.write(body[start : start + (len(body) - start) // 2])
            self.close_connection = True
            return None
        span = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        return self.reply(206 if start else 200, body[start:], {"Accept-Ranges": "bytes", **span})

    def reply(self, status, body, head=()):
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **dict(head)}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def hash_git(body):
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()


def describe(name, body):
    large = {"lfs": {"oid": hashlib.sha256(body).hexdigest(), "size": len(body), "pointerSize": 134}}
    return {
        **{"type": "file", "oid": hash_git(body), "size": len(body), "path": name},
        **(large if len(body) >= LARGE else {}),
    }


@pytest.fixture
def hub(files):
    server = Hub(files)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(tmp_path, hub):
    """Start a program in a process of its own, with the variables that a user would set; the log is tmp_path/log."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "JANIB_"))}

    def start(*command, **variables):
        about = {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1", **variables}
        with (tmp_path / "log").open("w", encoding="utf-8") as log:
            options = {"cwd": tmp_path, "stdout": log, "stderr": log, "env": {**known, **about}}
            return subprocess.Popen([sys.executable, *command], **options)

    return start


@pytest.fixture
def fetch(tmp_path, run):
    """Do ``janib encoder fetch``; return exit status and what was shown."""

    def finish(**variables):
        code = run("-m", "janib.cli", "encoder", "fetch", NAME, **variables).wait(120)
        return code, (tmp_path / "log").read_text(encoding="utf-8")

    return finish


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, "RepoNotFound", "HF_TOKEN"),
        (401, "GatedRepo", f"ask for access on its page, {{address}}/{NAME}, and set HF_TOKEN"),
        (403, "GatedRepo", f"ask for access on its page, {{address}}/{NAME}, and set HF_TOKEN"),
        (403, "", "HF_TOKEN"),
    ],
)
def test_an_encoder_that_is_not_for_everybody(hub, fetch, status, code, advice):
    hub.token, hub.status, hub.code = "hf_right", status, code
    left, text = fetch(HF_TOKEN="hf_wrong")
    assert left == 2
    assert text.count("error: ") == 1
    assert advice.format(address=hub.address) in text
    assert "Traceback" not in text
    assert "hf_wrong" not in text


def test_private_slow_and_cut_and_then_offline(hub, fetch):
    hub.token, hub.delay, hub.cuts = "hf_right", 2.0, 1
    left, text = fetch(HF_TOKEN="hf_right", HF_HUB_ETAG_TIMEOUT="1", HF_HUB_DOWNLOAD_TIMEOUT="1")
    assert left == 2
    assert "HF_HUB_ETAG_TIMEOUT sets how long to wait" in text
    left, text = fetch(HF_TOKEN="hf_right")
    assert left == 0, text
    assert re.search(rf"{NAME}: \d+ MB, commit {hub.commit}", text)
    assert hub.cuts == 0
    assert all(not path.endswith("tf_model.h5") for _, path in hub.requests)
    hub.requests.clear()
    left, text = fetch(HF_HUB_OFFLINE="1")
    assert left == 0, text
    assert f"{NAME}: is here" in text
    assert hub.requests == []


def test_a_training_downloads_and_goes_on_after_a_kill_while_main_moves(hub, run, tmp_path):
    rows = [f'"{text} {number}",القرار,{label}' for number in range(8) for label, text in TEXTS.items()]
    (tmp_path / "rows.csv").write_text("\n".join(["text,target,stance", *rows, ""]), encoding="utf-8")
    words = [
        "data=csv",
        "data.path=rows.csv",
        "model=marbert_v2",
        f"model.encoder={NAME}",
        "split.used=0",
        "resume=true",
    ]
    words += ["model.training.epochs=10", "model.training.batch_size=4", "model.training.checkpoint_steps=1"]
    command, log = [str(TRAIN), *words, "ledger=scorings.csv", "hydra.run.dir=out"], tmp_path / "log"
    process = run(*command)
    while not any((tmp_path / "outputs" / "unfinished").rglob("step-*.pt")):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.05)
    process.kill()
    process.wait()
    text = log.read_text(encoding="utf-8")
    assert f"encoder {NAME}: downloaded commit {hub.commit}" in text
    assert "HTTP Request" not in text

    hub.commit = "d" * 40
    hub.requests.clear()
    process = run(*command)
    assert process.wait(300) == 0, log.read_text(encoding="utf-8")
    text = log.read_text(encoding="utf-8")
    assert "resuming from step" in text
    assert f"encoder {NAME}: commit {'c' * 40}" in text
    assert hub.requests == []
