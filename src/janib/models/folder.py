"""Model folders as data of a stranger: files of their own alone, and JSON and arrays within bounds."""

from __future__ import annotations

import errno
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from zipfile import ZipFile

import numpy as np

from janib.errors import FULL_DISK, ConfigError, JanibError, ModelError
from janib.io.files import resolve
from janib.io.strict_json import measure_depth

MAX_JSON_BYTES = 64 * 2**20
MAX_JSON_DEPTH = 40
MAX_FILES = 100_000  # a clone of a repository holds git's own
MAX_FOLDERS_DEEP = 30  # an ensemble's members may be ensembles
MAX_EXPANSION = 50
"""Bytes of arrays for each byte of their compressed file; weights take a tenth of it."""
MIN_ARRAY_BYTES = 64 * 2**20  # a file of fewer bytes of arrays may be compressed as it likes

_ARRAY_KINDS = "iuf"  # numpy's letters of whole numbers and fractions
_MESSAGE_CHARS = 300
_MEMORY_WORDS = ("bad_alloc", "bad allocation", "Failed to allocate memory", "can't allocate memory", "out of memory")


def check_links(folder: Path) -> None:
    """Refuse links that lead out of a folder, and what is neither a file nor a folder.

    A link may lead into the hub's cache, if the folder lies there.

    Raises
    ------
    JanibError
        If there is one.
    """
    inside = resolve(folder)
    # The hub's cache has the files themselves in blobs; the folder may be a member of an ensemble there.
    places = [inside, *(one.parent / "blobs" for one in inside.parents if one.name == "snapshots")]
    for path in list_files(folder):
        if path.is_symlink() and not any(map(resolve(path).is_relative_to, places)):
            raise ModelError(f"{path} is a link that leads out of its folder; expected files of the folder's own")
        is_hidden = any(name.startswith(".") for name in path.relative_to(folder).parts)  # such as a socket of git
        if not (is_hidden or path.is_file() or path.is_dir()):
            raise ModelError(f"{path} is neither a file nor a folder, and to read it might never end; remove it")


def list_files(folder: Path) -> Iterator[Path]:
    """Yield all files and folders below a folder, sorted; links are not followed.

    Raises
    ------
    ModelError
        If there are more than :data:`MAX_FILES`, or folders nest deeper than :data:`MAX_FOLDERS_DEEP`.
    """
    waiting, count = [(folder, 0)], 0
    while waiting:
        place, depth = waiting.pop()
        if depth > MAX_FOLDERS_DEEP:
            raise ModelError(f"{folder} has folders that nest deeper than {MAX_FOLDERS_DEEP}; it is no model folder")
        for path in sorted(place.iterdir()):
            count += 1
            if count > MAX_FILES:
                raise ModelError(f"{folder} holds more than {MAX_FILES:,} files; it is no model folder")
            yield path
            if path.is_dir() and not path.is_symlink():
                waiting.append((path, depth + 1))


def check_file_name(name: object) -> str:
    """Return the name of a file or folder in a model folder.

    Raises
    ------
    ValueError
        If it is no text, or a path that leads out of the folder.
    """
    if not isinstance(name, str) or "\0" in name:
        raise ValueError(f"{name!r:.100} is no name of a file")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not path.parts:
        raise ValueError(f"{name!r:.100} leads out of the folder")
    return name


def read_json(path: Path) -> Any:
    """Read a JSON file of a model folder.

    Raises
    ------
    ValueError
        If it is not UTF-8 or not JSON, has more than :data:`MAX_JSON_BYTES`, or nests deeper than
        :data:`MAX_JSON_DEPTH`.
    """
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        raise ValueError(f"it has {size:,} bytes, the most is {MAX_JSON_BYTES:,}")
    problem = f"it nests deeper than {MAX_JSON_DEPTH}"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError(problem) from error
    if measure_depth(content, MAX_JSON_DEPTH) > MAX_JSON_DEPTH:
        raise ValueError(problem)
    return content


def check_arrays(stream: BinaryIO) -> None:
    """Check the headers of a file of plain arrays before any array is read.

    Raises
    ------
    ValueError
        If an array is not of numbers or not of the size that its header says, or the arrays are far larger than the
        file.
    """
    total = 0
    with ZipFile(stream) as archive:
        for member in archive.infolist():
            with archive.open(member) as entry:
                if np.lib.format.read_magic(entry) == (1, 0):
                    shape, _, dtype = np.lib.format.read_array_header_1_0(entry)
                else:
                    shape, _, dtype = np.lib.format.read_array_header_2_0(entry)
                header = entry.tell()
            if dtype.kind not in _ARRAY_KINDS:
                raise ValueError(f"{member.filename} is an array of {dtype}, expected numbers")
            if header + math.prod(shape) * dtype.itemsize != member.file_size:
                raise ValueError(f"{member.filename} is not of the shape {shape} that its header says")
            total += member.file_size
    allowed = max(MIN_ARRAY_BYTES, MAX_EXPANSION * stream.seek(0, 2))
    stream.seek(0)
    if total > allowed:
        raise ValueError(f"it would become {total:,} bytes in memory, more than {MAX_EXPANSION} times its size")


@contextmanager
def explain_damage(start: str) -> Iterator[None]:
    """Turn any failure of reading a folder's data into a ModelError; ``start`` is the beginning of its message.

    Raises
    ------
    ModelError
        If the block fails, by an error of ours other than a wrong setting too, whose message is kept. A full disk is
        no damage, and stays an OSError.
    """
    try:
        yield
    except ConfigError as error:
        raise ModelError(f"{start} ({error}); copy the model folder again") from error
    except JanibError:
        raise
    except BaseException as error:
        # Damaged data fails anywhere. A panic of a library in Rust is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if isinstance(error, OSError) and error.errno in (*FULL_DISK, errno.EFBIG):
            raise
        if isinstance(error, MemoryError) or any(word in str(error) for word in _MEMORY_WORDS):
            raise ModelError(f"{start}: it asks for more memory than there is; free some, or copy it again") from error
        raise ModelError(f"{start} ({summarise(error)}); copy the model folder again") from error


def summarise(error: BaseException) -> str:
    """Return an error on one line, not too long."""
    line = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return line if len(line) <= _MESSAGE_CHARS else f"{line[:_MESSAGE_CHARS]}…"
