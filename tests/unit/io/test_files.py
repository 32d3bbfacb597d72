import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from janib.errors import DataError, JanibError
from janib.io.files import hash_file, read_csv, write_csv, write_file, write_folder


def list_names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def fill_disk(*_args, **_options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_hash(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"janib")
    assert hash_file(path) == hashlib.sha256(b"janib").hexdigest()


def test_a_file_takes_its_place_at_the_end(tmp_path):
    path = tmp_path / "new" / "out.csv"
    with write_file(path) as partial:
        partial.write_text("نص", encoding="utf-8")
        assert partial.parent == path.parent
        assert partial.suffix == ".csv"
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "نص"
    assert list_names(path.parent) == ["out.csv"]
    beside = tmp_path / "beside"
    beside.touch()
    assert path.stat().st_mode == beside.stat().st_mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_file_that_fails_leaves_what_stood_there(tmp_path, error):
    path = tmp_path / "out.csv"
    path.write_text("old", encoding="utf-8")

    def fail():
        with write_file(path) as partial:
            partial.write_text("half", encoding="utf-8")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text(encoding="utf-8") == "old"
    assert list_names(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("method", ["touch", "replace"])
def test_a_full_disk_leaves_no_file(tmp_path, monkeypatch, method):
    monkeypatch.setattr(Path, method, fill_disk)
    with pytest.raises(OSError, match="No space left"), write_file(tmp_path / "out.csv") as partial:
        partial.write_bytes(b"whole")
    assert list_names(tmp_path) == []


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_what_a_killed_process_left_goes_with_the_next_writing(tmp_path, write):
    path = tmp_path / "out.csv"
    start = f"from pathlib import Path; from janib.io.files import {write.__name__} as write; "
    start += "block = write(Path('out.csv')); block.__enter__(); print(flush=True); input()"
    command = [sys.executable, "-c", start]
    with subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.read(1)
        (left,) = list_names(tmp_path)
        with write_file(path):
            assert left in list_names(tmp_path)  # another one is at it
        process.kill()
    with write_file(path):
        pass
    assert list_names(tmp_path) == ["out.csv"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    with write_file(tmp_path / "link.csv") as partial:
        partial.write_bytes(b"new")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_bytes() == b"new"


def test_a_folder_takes_the_place_of_another(tmp_path):
    path = tmp_path / "deep" / "model"
    for content in ("old", "new"):
        with write_folder(path) as partial:
            (partial / content).touch()
    assert list_names(tmp_path) == ["deep", "deep/model", "deep/model/new"]
    assert path.stat().st_mode == path.parent.stat().st_mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_folder_that_fails_leaves_what_stood_there(tmp_path, error):
    path = tmp_path / "model"
    path.mkdir()
    (path / "old").touch()

    def fail():
        with write_folder(path) as partial:
            (partial / "half").touch()
            raise error

    with pytest.raises(error):
        fail()
    assert list_names(tmp_path) == ["model", "model/old"]


@pytest.mark.parametrize(("method", "call"), [("mkdir", 1), ("replace", 1), ("replace", 2)])
def test_a_full_disk_leaves_the_folder_that_stood_there(tmp_path, monkeypatch, method, call):
    path = tmp_path / "model"
    path.mkdir()
    (path / "old").touch()
    calls = []
    real = getattr(Path, method)

    def fail_once(self, *args, **options):
        if self.name.startswith(".") or method == "replace":
            calls.append(self)
            if len(calls) == call:
                fill_disk()
        return real(self, *args, **options)

    monkeypatch.setattr(Path, method, fail_once)
    with pytest.raises(OSError, match="No space left"), write_folder(path) as partial:
        (partial / "new").touch()
    assert list_names(tmp_path) == ["model", "model/old"]


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_a_place_that_cannot_be_written(tmp_path, monkeypatch, write):
    (tmp_path / "file").touch()
    with pytest.raises(JanibError) as raised, write(tmp_path / "file" / "out"):
        pass
    assert str(raised.value) == (
        f"{tmp_path}/file/out cannot be written: {tmp_path}/file is a file; choose another place"
    )

    def forbid(*_args, **_options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "touch", forbid)
    monkeypatch.setattr(Path, "mkdir", forbid)
    with pytest.raises(JanibError) as raised, write(tmp_path / "out"):
        pass
    assert str(raised.value) == f"{tmp_path}/out cannot be written: Permission denied; choose another place"
    assert list_names(tmp_path) == ["file"]


def test_a_folder_for_a_file_and_a_file_for_a_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(JanibError) as raised, write_folder(tmp_path / "file"):
        pass
    assert str(raised.value) == f"{tmp_path}/file is a file, expected a folder; name one"
    with pytest.raises(JanibError) as raised, write_file(tmp_path):
        pass
    assert str(raised.value) == f"{tmp_path} is a folder, expected a file; name one"
    assert list_names(tmp_path) == ["file"]


def test_a_csv_of_ours_is_read_back(tmp_path):
    path = tmp_path / "made.csv"
    assert read_csv(path, ("name",)) == []
    write_csv(path, ("name", "value"), [{"name": "وزارة", "value": "1"}, {"name": "x"}])
    assert read_csv(path, ("name",)) == [{"name": "وزارة", "value": "1"}, {"name": "x", "value": ""}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"name\nx\n", r"made.csv lacks the columns value: it is"),
        (b"\xff\xfe", r"made.csv cannot be read \(.*"),
    ],
)
def test_a_damaged_csv_is_named(tmp_path, content, message):
    (tmp_path / "made.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_csv(tmp_path / "made.csv", ("name", "value"))
