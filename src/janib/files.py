"""Writing that is all or nothing, and checksums."""

from __future__ import annotations

import csv
import errno
import hashlib
import os
import re
import shutil
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from janib.errors import JanibError

_OWNED = re.compile(rf"\.{re.escape(socket.gethostname())}-(\d+)-[0-9a-f]{{8}}\.partial")


def hash_file(path: Path) -> str:
    """Return a file's sha256 in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def write_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; it takes ``path``'s place when the block ends without an error.

    Raises
    ------
    JanibError
        If ``path`` is a folder, or nothing can be written there.
    """
    path = path.resolve()
    if path.is_dir():
        raise JanibError(f"{path} is a folder, expected a file; name one")
    partial = _make_beside(path, lambda new: new.touch(exist_ok=False))
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def list_others(folder: Path, own: Collection[str]) -> list[str]:
    """Return the names that stand in a folder and are none of ``own``; none where there is no folder."""
    return sorted({path.name for path in folder.iterdir()} - set(own)) if folder.is_dir() else []


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows under these columns as CSV; what a row lacks is blank.

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
    """Give a temporary folder beside ``path``; it takes ``path``'s place, and that of what stood there, at the end.

    Raises
    ------
    JanibError
        If ``path`` is a file, or nothing can be written there.
    """
    path = path.resolve()
    if path.is_file():
        raise JanibError(f"{path} is a file, expected a folder; name one")
    partial = _make_beside(path, lambda new: new.mkdir())
    old = partial.with_name(partial.name.replace(".partial", ".old"))  # under a name that nobody clears away
    try:
        yield partial
        if path.exists():
            path.replace(old)  # a folder that is not empty cannot be replaced in one step
        partial.replace(path)
    finally:
        if old.exists() and not path.exists():
            old.replace(path)
        for folder in (partial, old):
            shutil.rmtree(folder, ignore_errors=True)


def _make_beside(path: Path, make: Callable[[Path], None]) -> Path:
    # Hidden, and on the same disk, so that it takes its place by renaming; savers such as numpy's look at the suffix.
    partial = path.with_name(f".{socket.gethostname()}-{os.getpid()}-{token_hex(4)}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _clear(path.parent)
        make(partial)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        reason = f"{path.parent} is a file" if isinstance(error, FileExistsError) else error.strerror
        raise JanibError(f"{path} cannot be written: {reason}; choose another place") from error
    return partial


def _clear(folder: Path) -> None:
    """Remove what processes of this machine left half-written when they were killed."""
    with suppress(OSError):  # it may be another user's, and is in nobody's way
        for left in folder.iterdir():
            owner = _OWNED.match(left.name)
            if owner and not _is_alive(int(owner[1])):
                if left.is_dir():
                    shutil.rmtree(left)
                else:
                    left.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # another user's, or no number of a process
        return True
    return True
