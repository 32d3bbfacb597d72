import socket
import time

import pytest
from huggingface_hub import HfApi, ModelInfo, constants

from janib.errors import ModelError
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
        "gives none (no route to the hub); run: hf download owner/name (with a network), or copy its folder into one "
        "that JANIB_MODEL_MIRROR names"
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


def test_a_hub_that_never_answers_is_given_up(monkeypatch):
    monkeypatch.undo()
    monkeypatch.delenv(hub.MIRROR, raising=False)
    monkeypatch.setattr(hub, "HUB_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(ModelError, match="gives none"):
            find_encoder("owner/name-that-nobody-has")
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("files", "weights"),
    [
        (["config.json", "model.safetensors", "pytorch_model.bin", "vocab.txt"], "model*.safetensors"),
        (["config.json", "pytorch_model.bin", "vocab.txt"], "pytorch_model*"),
    ],
)
def test_the_hub_gives_what_pytorch_reads(tmp_path, monkeypatch, files, weights):
    asked = {}

    def inform(self, name, *, revision, timeout):
        return ModelInfo(id=name, sha=COMMIT, siblings=[{"rfilename": file} for file in files], tags=[])

    def download(name, *, revision, allow_patterns=None, local_files_only=False):
        if local_files_only:
            raise hub.errors.LocalEntryNotFoundError("not here")
        asked.update(name=name, revision=revision, patterns=allow_patterns)
        return str(tmp_path)

    monkeypatch.setattr(HfApi, "model_info", inform)
    monkeypatch.setattr(hub, "snapshot_download", download)
    assert find_encoder("owner/name", "main") == Encoder(tmp_path, COMMIT)
    assert asked == {
        "name": "owner/name",
        "revision": COMMIT,
        "patterns": ["*.json", "*.txt", "*.model", weights],
    }
    files.remove("vocab.txt")
    with pytest.raises(ModelError, match=r"and its hub page has no tokenizer\.json or vocab\.txt"):
        find_encoder("owner/name")


def test_names_the_hub_would_not_take():
    for name in ("x y/z", "a/b/c", "a--b/c", "-/-"):
        with pytest.raises(ModelError, match=r"^encoder .* is missing"):
            find_encoder(name)
