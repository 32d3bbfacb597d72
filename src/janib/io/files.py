"""Checksums, and files and folders that are written whole or not at all."""

from __future__ import annotations

import csv
import errno
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryFile
from typing import Any

from janib.errors import FULL_DISK, ConfigError, DataError, JanibError

_PARTIAL = re.compile(r"\.[0-9a-f]{8}\.partial")


def resolve(path: Path) -> Path:
    """Return the absolute path of a file or folder, links followed.

    Raises
    ------
    JanibError
        If its links lead in a circle.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise JanibError(f"{path} leads nowhere: its links form a circle; choose another place") from error


def refuse_file(folder: Path) -> None:
    """Raise DataError if a folder that is to be written is a file."""
    if folder.is_file():
        raise DataError(f"{folder} is a file, expected a folder; name one")


@contextmanager
def name_in_errors(path: Path) -> Iterator[None]:
    """Name a file in the errors of a full disk and of a file that is too large, which name none themselves."""
    try:
        yield
    except OSError as error:
        if error.errno in (*FULL_DISK, errno.EFBIG) and error.filename is None:
            error.filename = str(path)
        raise


def hash_file(path: Path) -> str:
    """Return a file's sha256 in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_path(path: Path) -> str:
    """Return the sha256 of a file, or of a folder's files and their names in it, in hexadecimal."""
    if not path.is_dir():
        return hash_file(path)
    digest = hashlib.sha256()
    for inner in sorted(one for one in path.rglob("*") if one.is_file()):
        digest.update(f"{inner.relative_to(path).as_posix()}\0{hash_file(inner)}\0".encode())
    return digest.hexdigest()


def check_writable(folder: Path, key: str) -> None:
    """Make a folder, and check that files can be made in it.

    Raises
    ------
    ConfigError
        If it cannot be made or written; ``key`` is what names it in a config.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise ConfigError(f"{key}={folder} cannot be written: {error.strerror}; choose another place") from error


@contextmanager
def write_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces ``path`` when the block ends without an error.

    Raises
    ------
    JanibError
        If ``path`` is a folder, a pipe or a device, or nothing can be written there.
    """
    path = resolve(path)
    if path.is_dir():
        raise JanibError(f"{path} is a folder, expected a file; name one")
    if path.exists() and not path.is_file():
        raise JanibError(f"{path} is a pipe or a device, which would be replaced; name a file")
    with name_in_errors(path):
        partial, lock = _make_beside(path, lambda new: new.touch(exist_ok=False))
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
            os.close(lock)


def list_others(folder: Path, own: Collection[str]) -> list[str]:
    """Return the names in a folder that are not among ``own``; none if there is no folder."""
    return sorted({path.name for path in folder.iterdir()} - set(own)) if folder.is_dir() else []


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8; errors as :func:`write_file`."""
    with write_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def read_csv(path: Path, needed: Collection[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file of ours; none if there is no such file. A cell that a row lacks is blank.

    Raises
    ------
    DataError
        If the file is not UTF-8, or lacks one of the columns ``needed``.
    """
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, restval="")
            rows, columns = list(reader), reader.fieldnames or ()
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}); restore it") from error
    missing = [name for name in needed if name not in columns]
    if missing:
        raise DataError(
            f"{path} lacks the columns {', '.join(missing)}: it is damaged or not ours; move it away, or restore it"
        )
    return rows


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as CSV with these columns; a value that a row lacks is blank.

    Raises
    ------
    JanibError
        As :func:`write_file`.
    """
    with write_file(path) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@contextmanager
def write_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that replaces ``path``, and what it held, when the block ends without an error.

    Raises
    ------
    JanibError
        If ``path`` is a file, or nothing can be written there.
    """
    path = resolve(path)
    refuse_file(path)
    partial, lock = _make_beside(path, lambda new: new.mkdir())
    old = partial.with_name(partial.name.replace(".partial", ".old"))  # this name is never cleared away
    try:
        with name_in_errors(path):
            yield partial
        if path.exists():
            path.replace(old)  # a folder that is not empty cannot be replaced in one step
        partial.replace(path)
    finally:
        if old.exists() and not path.exists():
            old.replace(path)
        for folder in (partial, old):
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _make_beside(path: Path, make: Callable[[Path], None]) -> tuple[Path, int]:
    """Make a file or folder in ``path``'s folder; it is locked until the descriptor is closed or the process ends."""
    # It is on the same disk, so that renaming is enough. It keeps the suffix, which savers such as numpy's look at.
    partial = path.with_name(f".{token_hex(4)}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(path.parent)
        while True:
            make(partial)
            lock = os.open(partial, os.O_RDONLY)
            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_EX)
            if partial.exists():
                return partial, lock
            os.close(lock)  # another process cleared it away before it was locked
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        reason = f"{path.parent} is a file" if isinstance(error, FileExistsError) else error.strerror
        raise JanibError(f"{path} cannot be written: {reason}; choose another place") from error


def _clear(folder: Path) -> None:
    """Remove the unfinished files of killed processes: nobody holds their locks any more."""
    with suppress(OSError):  # another user's may stay
        for left in filter(lambda path: _PARTIAL.match(path.name), folder.iterdir()):
            lock = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if left.is_dir():
                    shutil.rmtree(left)
                else:
                    left.unlink(missing_ok=True)
            except BlockingIOError:
                continue
            finally:
                os.close(lock)
