import hashlib
import json
import logging
import re
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlparse

import pytest
from huggingface_hub import HfApi, constants
from typer.testing import CliRunner

from janib.cli.commands import commands
from janib.cli.encoder import _list_encoders
from janib.errors import ConfigError, ModelError
from janib.models.encoders import hub
from janib.models.encoders.hub import Encoder, find_encoder

WHOLE = ("config.json", "model.safetensors", "tokenizer.json")
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty hub cache, an empty mirror, and a hub that cannot be reached."""
    folder = tmp_path / "cache"
    for name, default in (("HF_HUB_CACHE", str(folder)), ("ENDPOINT", "http://127.0.0.1:9")):
        monkeypatch.setattr(constants, name, default)
    (tmp_path / "mirror").mkdir()
    monkeypatch.setenv(hub.MIRROR, str(tmp_path / "mirror"))
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "janib"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(HfApi, "model_info", refuse)
    return folder


def refuse(self, name, **_):
    raise ConnectionError("no route\nto the hub")


def fill(folder, files=WHOLE):
    folder.mkdir(parents=True)
    for name in files:
        (folder / name).write_text("{}")
    return folder


def fill_cache(cache, files=WHOLE):
    repository = cache / "models--owner--name"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    return fill(repository / "snapshots" / COMMIT, files)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("e5-small-ar", "e5_small_ar"),
        ("e5_small_ar", "e5-small-ar"),
        ("e5-small-ar", "e5-small-ar"),
        ("owner/name", "owner/name"),
    ],
)
def test_the_mirror_comes_before_a_path(tmp_path, folder, name):
    fill(tmp_path / name)
    there = fill(tmp_path / "mirror" / folder)
    assert find_encoder(name) == Encoder(there, None)


def test_the_mirror_may_hold_a_hub_id_by_its_name(tmp_path, cache):
    fill_cache(cache)
    there = fill(tmp_path / "mirror" / "name")
    assert find_encoder("owner/name") == Encoder(there, None)


def test_a_folder_may_be_named_by_its_path(tmp_path, monkeypatch):
    folder = fill(tmp_path / "my" / "encoder")
    assert find_encoder(str(folder)) == Encoder(folder, None)
    monkeypatch.delenv(hub.MIRROR)
    assert find_encoder("my/encoder").folder.resolve() == folder


def test_a_partial_folder_is_an_error(tmp_path):
    folder = fill(tmp_path / "mirror" / "part", ("config.json", "README.md"))
    with pytest.raises(ModelError) as caught:
        find_encoder("part")
    assert str(caught.value) == (
        f"encoder 'part': {folder} holds no model.safetensors or model.safetensors.index.json or pytorch_model.bin "
        "or pytorch_model.bin.index.json, no tokenizer.json or vocab.txt or sentencepiece.bpe.model "
        "or tokenizer.model; copy the whole Hugging Face folder there"
    )


@pytest.mark.parametrize("revision", [None, "main", COMMIT])
def test_the_cache_is_read_without_asking_the_hub(cache, revision):
    folder = fill_cache(cache, ("config.json", "pytorch_model.bin", "vocab.txt"))
    assert find_encoder("owner/name", revision) == Encoder(folder, COMMIT)


def test_without_network_and_copy_it_says_so_at_once(tmp_path, cache):
    fill_cache(cache, ("config.json",))
    with pytest.raises(ModelError) as caught:
        find_encoder("owner/name")
    assert str(caught.value) == (
        "encoder 'owner/name' is missing (config.json, model.safetensors, tokenizer.json): JANIB_MODEL_MIRROR "
        f"({tmp_path}/mirror) has no such folder, there is none at that path nor in {cache}, and http://127.0.0.1:9 "
        "gives none (ConnectionError: no route to the hub); run: janib encoder fetch owner/name (with a network), or "
        "copy its folder into one that JANIB_MODEL_MIRROR names"
    )


def test_a_name_that_is_no_hub_id(cache, monkeypatch):
    monkeypatch.delenv(hub.MIRROR)
    with pytest.raises(ModelError) as caught:
        find_encoder("e5_small_ar")
    assert str(caught.value) == (
        "encoder 'e5_small_ar' is missing (config.json, model.safetensors, tokenizer.json): JANIB_MODEL_MIRROR "
        f"(not set) has no such folder, there is none at that path nor in {cache}, and it is no hub id (owner/name); "
        "run: janib encoder build e5_small_ar, or copy its folder into one that JANIB_MODEL_MIRROR names"
    )


@pytest.fixture
def fake_hub(monkeypatch, cache):
    """A hub on loopback; its options say how it fails."""
    monkeypatch.undo()
    hub_server = FakeHub()
    pages = f"{hub_server.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(constants, "ENDPOINT", hub_server.address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", pages)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.delenv(hub.MIRROR, raising=False)
    yield hub_server
    hub_server.shutdown()
    hub_server.server_close()


class FakeHub(ThreadingHTTPServer):
    """The pages of the hub that a download asks for.

    Attributes
    ----------
    commit
        The newest commit.
    delay
        Seconds before it answers.
    busy
        How many requests are answered by 503 first.
    broken
        Beginnings of names of files that it does not send whole.
    token
        What the request must bring; None for a public encoder.
    requests
        The paths that were asked for.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), FakePages)
        self.files = {
            "config.json": b"{}",
            "tokenizer_config.json": b"{}",
            "vocab.txt": b"a",
            "model.safetensors": b"w" * 99,
        }
        self.files |= {"README.md": b"read", "tf_model.h5": b"x", "onnx/config.json": b"{}"}
        self.commit, self.delay, self.busy, self.broken, self.token, self.requests = COMMIT, 0.0, 0, (), None, []
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class FakePages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        server, path = self.server, unquote(urlparse(self.path).path)
        server.requests.append(path)
        time.sleep(server.delay)
        if server.busy:
            server.busy -= 1
            return self.reply(503, b"")
        if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
            return self.reply(401, b"", {"X-Error-Code": "RepoNotFound"})
        if path.startswith("/api/models/owner/name/tree/"):
            listed = [
                {"type": "file", "oid": _sha1(name), "size": len(body), "path": name}
                for name, body in server.files.items()
            ]
            return self.reply(200, json.dumps(listed).encode())
        if path.startswith("/api/models/") and "/owner/name/" not in f"{path}/":
            return self.reply(404, b"", {"X-Error-Code": "RepoNotFound"})
        if path.endswith("/revision/lost"):
            return self.reply(404, b"", {"X-Error-Code": "RevisionNotFound"})
        if path.startswith("/api/models/owner/name"):
            sha = self.find_commit(path.partition("/revision/")[2])
            siblings = [{"rfilename": name, "size": len(body)} for name, body in server.files.items()]
            return self.reply(200, json.dumps({"id": "owner/name", "sha": sha, "siblings": siblings}).encode())
        revision, _, name = path.partition("/resolve/")[2].partition("/")
        if name not in server.files:
            return self.reply(404, b"", {"X-Error-Code": "RepoNotFound" if "/api/" in path else "EntryNotFound"})
        if name.startswith(server.broken or "?"):
            return self.reply(403, b"<html>blocked</html>")
        return self.reply(
            200, server.files[name], {"X-Repo-Commit": self.find_commit(revision), "ETag": f'"{_sha1(name)}"'}
        )

    def find_commit(self, revision):
        return revision if re.fullmatch("[0-9a-f]{40}", revision) else self.server.commit

    def reply(self, status, body, head=()):
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **dict(head)}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


def _sha1(name):
    return hashlib.sha1(name.encode()).hexdigest()


def go_offline(fake_hub, monkeypatch):
    fake_hub.requests.clear()
    fake_hub.busy = 99
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


@pytest.mark.parametrize("revision", [None, "main", "v1.0", COMMIT])
def test_what_was_downloaded_is_found_without_the_hub(fake_hub, monkeypatch, cache, revision):
    found = find_encoder("owner/name", revision)
    assert found.revision == COMMIT
    assert {file.name for file in found.folder.iterdir()} == {*WHOLE[:2], "tokenizer_config.json", "vocab.txt"}
    assert find_encoder("owner/name", COMMIT) == found
    go_offline(fake_hub, monkeypatch)
    for known in (revision, None, COMMIT):
        assert find_encoder("owner/name", known) == found
    assert not fake_hub.requests


def test_main_that_moves_changes_nothing_here(fake_hub):
    found = find_encoder("owner/name")
    fake_hub.commit = "f" * 40
    assert find_encoder("owner/name") == found


def test_without_a_revision_the_known_commit_is_taken(fake_hub, monkeypatch):
    monkeypatch.setattr(hub, "get_known_commit", lambda name: "a" * 40)
    assert find_encoder("owner/name").revision == "a" * 40
    assert find_encoder("owner/name", "main").revision == COMMIT
    go_offline(fake_hub, monkeypatch)
    assert find_encoder("owner/name").revision == "a" * 40
    assert find_encoder("owner/name", "main").revision == COMMIT


def test_another_commit_of_the_cache_is_taken_where_the_known_one_is_not_there(cache, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(hub, "get_known_commit", lambda name: "a" * 40)
    folder = fill_cache(cache)
    for _ in range(2):
        assert find_encoder("owner/name") == Encoder(folder, COMMIT)
    assert caplog.messages == [
        f"encoder owner/name: commit {COMMIT} is in the cache, and is taken in place of {'a' * 40}"
    ]


def test_known_commits_are_of_encoders_that_configs_name():
    names = [name for name in _list_encoders() if hub.get_known_commit(name)]
    assert "UBC-NLP/MARBERTv2" in names
    assert set(hub._read_known_commits()) == set(names)
    assert all(re.fullmatch("[0-9a-f]{40}", commit) for commit in hub._read_known_commits().values())


@pytest.mark.parametrize("keeps_ref", [True, False])
def test_a_snapshot_of_other_tools_is_found(cache, keeps_ref):
    folder = fill_cache(cache, ("config.json", "pytorch_model.bin", "vocab.txt"))
    if not keeps_ref:
        (cache / "models--owner--name" / "refs" / "main").unlink()
    assert find_encoder("owner/name") == Encoder(folder, COMMIT)
    with pytest.raises(ModelError, match="missing"):
        find_encoder("owner/name", "another-branch")


@pytest.mark.parametrize("fault", ["lost shard", "lost blob"])
def test_half_a_snapshot_is_not_taken(cache, fault):
    folder = fill_cache(cache, ("config.json", "vocab.txt", "model-00001-of-00002.safetensors"))
    if fault == "lost shard":
        shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    else:
        (folder / "model.safetensors").symlink_to("../../blobs/gone")
    with pytest.raises(ModelError, match="missing"):
        find_encoder("owner/name")


def test_a_download_that_broke_off_goes_on(fake_hub, cache):
    fake_hub.broken = "model"
    with pytest.raises(
        ModelError, match=r"encoder 'owner/name': the hub at .* answers, but its files do not come whole"
    ):
        find_encoder("owner/name")
    fake_hub.broken = ()
    assert find_encoder("owner/name").revision == COMMIT


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "is full; free some"),
        (PermissionError(13, "Permission denied"), "cannot be written"),
        (RuntimeError("CAS service error"), "do not come whole"),
        (ConnectionError("Connection refused"), "If a proxy blocks"),
    ],
)
def test_each_failure_of_a_download_is_one_line(fake_hub, monkeypatch, error, words):
    def fail(*_, **__):
        raise RuntimeError("the client's own words") from error

    monkeypatch.setattr(hub, "snapshot_download", fail)
    with pytest.raises(ModelError, match=words) as caught:
        find_encoder("owner/name")
    assert "\n" not in str(caught.value)


def test_a_private_encoder_needs_a_token(fake_hub, monkeypatch):
    fake_hub.token = "hf_secret"
    monkeypatch.setenv("HF_TOKEN", "hf_other")
    with pytest.raises(ModelError, match="gives none") as caught:
        find_encoder("owner/name")
    assert "hf_" not in str(caught.value)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert find_encoder("owner/name").revision == COMMIT


def test_a_revision_that_is_not_there_is_named(fake_hub):
    with pytest.raises(ModelError, match="it has no commit, branch or tag lost"):
        find_encoder("owner/name", "lost")


def test_a_mirror_of_the_hub_that_lacks_the_known_commit_gives_the_newest(fake_hub, monkeypatch, caplog):
    monkeypatch.setattr(hub, "get_known_commit", lambda name: "lost")
    assert find_encoder("owner/name").revision == COMMIT
    assert f"encoder owner/name: {fake_hub.address} has no commit lost, the newest is taken" in caplog.messages
    go_offline(fake_hub, monkeypatch)
    assert find_encoder("owner/name").revision == COMMIT


def test_a_busy_hub_is_asked_again(fake_hub):
    fake_hub.busy = 1
    assert find_encoder("owner/name").revision == COMMIT


@pytest.mark.parametrize("variable", ["HF_HUB_ETAG_TIMEOUT", "HF_HUB_DOWNLOAD_TIMEOUT"])
def test_the_time_to_wait_is_hugging_faces(fake_hub, monkeypatch, variable):
    fake_hub.delay = 0.3
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 0.1)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.1)
    start = time.monotonic()
    with pytest.raises(ModelError, match="gives none"):
        find_encoder("owner/name")
    assert time.monotonic() - start < 2
    monkeypatch.setattr(constants, variable, 5)
    assert hub.plan_download("owner/name").revision == COMMIT


def test_a_hub_that_takes_the_connection_and_says_nothing_is_given_up(fake_hub, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 0.2)
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(ModelError, match="gives none"):
            find_encoder("owner/name-that-nobody-has")
    assert time.monotonic() - start < 5


def test_a_download_fills_no_log(fake_hub, caplog, capfd):
    caplog.set_level(logging.INFO)
    find_encoder("owner/name")
    assert [record.message for record in caplog.records] == [f"encoder owner/name: downloaded commit {COMMIT}"]
    assert capfd.readouterr().err == ""


def run_fetch(*words):
    return CliRunner().invoke(commands, ["encoder", "fetch", *words])


def test_fetch_names_the_size_and_fills_the_cache(fake_hub, monkeypatch):
    result = run_fetch("owner/name")
    assert result.exit_code == 0, result.output
    size, folder = result.output.splitlines()
    assert size == f"owner/name: 0 MB, commit {COMMIT}"
    go_offline(fake_hub, monkeypatch)
    assert folder == f"owner/name: {find_encoder('owner/name').folder}"
    assert run_fetch("owner/name").output.startswith("owner/name: is here, ")
    assert not fake_hub.requests


def test_fetch_gets_what_can_be_had(fake_hub):
    result = run_fetch("owner/nobody-has-it", "owner/name")
    assert isinstance(result.exception, ModelError)
    assert "owner/nobody-has-it" in str(result.exception)
    assert find_encoder("owner/name").revision == COMMIT


def test_fetch_all_means_the_encoders_of_the_configs(fake_hub):
    names = str(run_fetch("--all").exception)
    for name in ("aubmindlab/bert-large-arabertv02-twitter", "UBC-NLP/MARBERTv2", "intfloat/multilingual-e5-small"):
        assert f"encoder {name!r} is missing" in names
    assert isinstance(run_fetch().exception, ConfigError)
    assert isinstance(run_fetch("--all", "owner/name").exception, ConfigError)


@pytest.mark.parametrize(
    ("files", "weights"),
    [
        (["model.safetensors", "pytorch_model.bin"], ["model.safetensors"]),
        (["pytorch_model.bin"], ["pytorch_model.bin"]),
        (["model.safetensors", "model.fp16.safetensors", "model-ab.safetensors"], ["model.safetensors"]),
        (
            ["model.safetensors.index.json", "model-1.safetensors", "model-2.safetensors", "pytorch_model.bin"],
            ["model-1.safetensors", "model-2.safetensors"],
        ),
    ],
)
def test_the_hub_gives_what_pytorch_reads(fake_hub, files, weights):
    fake_hub.files = dict.fromkeys(["config.json", "vocab.txt", "onnx/model.safetensors", *files], b"12345")
    plan = hub.plan_download("owner/name")
    assert list(plan.weights) == weights
    assert plan.size == 5 * (len(plan.files) + len(weights))
    assert "onnx/model.safetensors" not in plan.files
    del fake_hub.files["vocab.txt"]
    with pytest.raises(ModelError, match=r"and its hub page has no tokenizer\.json or vocab\.txt"):
        find_encoder("owner/name")


def test_names_the_hub_would_not_take():
    for name in ("x y/z", "a/b/c", "a--b/c", "-/-"):
        with pytest.raises(ModelError, match=r"^encoder .* is missing"):
            find_encoder(name)
