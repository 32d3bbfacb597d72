import gc
import hashlib
import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pooch
import pytest

from janib.corpora.base import SourceFile
from janib.corpora.fetch import fetch_file
from janib.errors import DataError

CONTENT = "id,text\n1,نص\n".encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@pytest.fixture(autouse=True)
def quiet():
    pooch.get_logger().setLevel(logging.WARNING)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, and no mirror."""
    monkeypatch.delenv("JANIB_DATA_MIRROR", raising=False)
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server():
    """A server on loopback whose ``/file.csv`` holds the content; its address and the paths that were asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if self.path == "/file.csv" else 404)
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", asked
        running.shutdown()
        thread.join()
    gc.collect()  # pooch leaves the socket of a refused answer to the garbage collector


def explain(file):
    with pytest.raises(DataError) as raised:
        fetch_file(file)
    return str(raised.value)


def list_files(folder):
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_downloaded_once(cache, server):
    address, asked = server
    file = SourceFile("corpus/file.csv", f"{address}/file.csv", SHA256)
    path = fetch_file(file)
    assert path == cache / "corpus" / "file.csv"
    assert path.read_bytes() == CONTENT
    assert fetch_file(file) == path
    assert asked == ["/file.csv"]
    path.write_bytes(b"damaged")
    assert fetch_file(file).read_bytes() == CONTENT
    assert asked == ["/file.csv"] * 2
    assert list_files(cache) == ["corpus/file.csv"]


def test_a_wrong_checksum_keeps_nothing(cache, server):
    address, _ = server
    assert explain(SourceFile("corpus/file.csv", f"{address}/file.csv", "0" * 64)) == (
        f"{address}/file.csv is not the file this version of Janib was written for (its sha256 is not {'0' * 64}); "
        "nothing was kept. Try again, or look for a newer Janib"
    )
    assert list_files(cache) == []


def test_a_wrong_checksum_keeps_the_file_that_stood_there(cache, server):
    address, _ = server
    (cache / "corpus").mkdir(parents=True)
    (cache / "corpus" / "file.csv").write_bytes(b"old")
    explain(SourceFile("corpus/file.csv", f"{address}/file.csv", "0" * 64))
    assert (cache / "corpus" / "file.csv").read_bytes() == b"old"
    assert list_files(cache) == ["corpus/file.csv"]


@pytest.mark.parametrize("reason", ["status 404", "ConnectionError"])
def test_a_file_that_cannot_be_had(cache, server, reason):
    address, _ = server
    if reason == "ConnectionError":
        with socket.create_server(("127.0.0.1", 0)) as closed:
            address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert explain(SourceFile("corpus/none.csv", f"{address}/none.csv", SHA256)) == (
        f"{address}/none.csv could not be downloaded ({reason}); check the network, or put the file at "
        "corpus/none.csv below a folder and name that folder in JANIB_DATA_MIRROR"
    )
    assert list_files(cache) == []


def test_a_cache_that_cannot_be_written(cache, server, monkeypatch):
    def forbid(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.makedirs", forbid)
    assert explain(SourceFile("corpus/file.csv", f"{server[0]}/file.csv", SHA256)) == (
        f"{cache}/corpus cannot be written; name another folder in JANIB_CACHE"
    )


def test_a_full_disk_keeps_nothing(cache, server, monkeypatch):
    def fill_disk(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.move", fill_disk)
    with pytest.raises(OSError, match="No space left"):
        fetch_file(SourceFile("corpus/file.csv", f"{server[0]}/file.csv", SHA256))
    assert list_files(cache) == []


def test_the_mirror_is_asked_first(cache, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    monkeypatch.setenv("JANIB_DATA_MIRROR", str(mirror))
    file = SourceFile("corpus/file.csv", "http://127.0.0.1:9/file.csv", SHA256)
    path = Path(mirror, file.path)
    assert explain(file) == (
        f"{path} does not exist; JANIB_DATA_MIRROR names {mirror} as the mirror: "
        "put the file there, or unset the variable to download it"
    )
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other")
    assert explain(file) == (
        f"{path} has sha256 {hashlib.sha256(b'other').hexdigest()}, expected {SHA256}: "
        "it is damaged or another version; replace it, or unset JANIB_DATA_MIRROR to download it"
    )
    path.write_bytes(CONTENT)
    assert fetch_file(file) == path
    assert not cache.exists()
