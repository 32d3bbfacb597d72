"""Files that are written row by row, continue after an interruption, and appear when they are whole."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from janib.errors import DataError, JanibError
from janib.io.files import list_others, name_in_errors, resolve, write_text

PARTIAL_SUFFIX = ".partial"
ROWS = "rows"

_PROGRESS = "progress.json"

_MOST_BYTES = 255
"""The longest name that file systems take."""


class Partial:
    """An unfinished file; made by :func:`open_partial`.

    Attributes
    ----------
    folder
        The folder of the unfinished file: ``labelled.csv.partial`` for ``labelled.csv``.
    rows
        The file to write to, which takes the target's place at the end. Another path in ``folder`` may be set, whose
        name begins with :data:`ROWS`.
    state
        The state that :meth:`commit` kept last, or None at the beginning.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any], suffix: str) -> None:
        self.folder, self.rows = folder, folder / f"{ROWS}{suffix}"
        self.state: dict[str, Any] | None = None
        self._settings = settings

    def name_folder(self, target: Path) -> Path:
        """Return the folder in the form in which the user named ``target``, unless a link leads elsewhere."""
        named = target.parent / self.folder.name
        return named if resolve(named) == self.folder else self.folder

    def commit(self, state: Mapping[str, Any]) -> None:
        """Keep the state of the work together with all that was written and flushed so far."""
        self.state = dict(state)
        progress = {"size": self.rows.stat().st_size, "settings": self._settings, "state": self.state}
        write_text(self.folder / _PROGRESS, json.dumps(progress, ensure_ascii=False))

    def read_progress(self) -> dict[str, Any] | None:
        """Return the last commit of an interrupted writer; None if there is none.

        Raises
        ------
        DataError
            If the commit's record is damaged.
        """
        path = self.folder / _PROGRESS
        if not (path.is_file() and self.rows.is_file()):  # the rows may have taken their place already
            return None
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            return {"size": int(found["size"]), "settings": dict(found["settings"]), "state": dict(found["state"])}
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path} is damaged; remove {self.folder} to begin again") from error

    def refuse_others(self) -> None:
        """Raise JanibError if the folder holds other files, which would be lost."""
        others = [name for name in list_others(self.folder, (_PROGRESS,)) if not name.startswith((ROWS, "."))]
        if others:
            raise JanibError(
                f"{self.folder} holds {others[0]}, which is not of {PARTIAL_SUFFIX} files; move the folder away"
            )

    def take_up(self, progress: Mapping[str, Any]) -> None:
        """Continue after the last commit.

        Raises
        ------
        DataError
            If it was begun with other settings, or a part of it is gone.
        """
        for name, value in self._settings.items():
            if progress["settings"].get(name) != value:
                raise DataError(
                    f"{self.folder} was begun with another {name} ({progress['settings'].get(name)!r}, now {value!r}); "
                    "give the same to go on, or remove it to begin again"
                )
        if self.rows.stat().st_size < progress["size"]:
            raise DataError(f"{self.rows} is shorter than what was written; remove {self.folder} to begin again")
        os.truncate(self.rows, progress["size"])  # rows after the last commit are written again
        self.state = progress["state"]


@contextmanager
def open_partial(target: Path, settings: Mapping[str, Any], suffix: str, *, resume: bool) -> Iterator[Partial]:
    """Yield an unfinished file; it takes ``target``'s place when the block ends without an error.

    Parameters and errors are those of :func:`keep_partial`; ``target`` must not be a folder.
    """
    target = resolve(target)
    if target.is_dir():
        raise JanibError(f"{target} is a folder, expected a file; name one")
    with keep_partial(target, settings, suffix, resume=resume) as partial:
        yield partial
        with name_in_errors(target):
            partial.rows.replace(target)


@contextmanager
def keep_partial(target: Path, settings: Mapping[str, Any], suffix: str, *, resume: bool) -> Iterator[Partial]:
    """Yield an unfinished file, from which the block makes ``target``; it is removed when that has been made.

    If the block ends with an error, all that was committed is kept for ``resume``.

    Parameters
    ----------
    target
        The file or folder to write.
    settings
        Settings that must be the same for the work to go on, JSON-ready, by names that the user knows.
    suffix
        Suffix of the unfinished file.
    resume
        Go on with an unfinished file, if there is one.

    Raises
    ------
    JanibError
        If ``target`` cannot be written, is unfinished and ``resume`` is not set, was begun with other settings, or
        another process writes it.
    """
    target = resolve(target)
    partial = Partial(target.with_name(_name_folder(target.name)), settings, suffix)
    lock = _lock(partial.folder, target)
    try:
        progress = partial.read_progress()
        if progress is not None:
            if not resume:
                raise DataError(
                    f"{partial.folder} holds the beginning of {target.name}, whose writing was interrupted; "
                    "go on with --resume, or remove it to begin again"
                )
            partial.take_up(progress)
        else:
            partial.refuse_others()
        try:
            with name_in_errors(target):
                if progress is None:
                    partial.rows.touch()
                    os.truncate(partial.rows, 0)
                yield partial
            partial.state = None
        finally:
            if partial.state is None:
                shutil.rmtree(partial.folder, ignore_errors=True)
    finally:
        os.close(lock)


def _name_folder(name: str) -> str:
    """Return the name of an unfinished file's folder; a digest takes the place of a name that would be too long."""
    whole = f"{name}{PARTIAL_SUFFIX}"
    digest = sha256(os.fsencode(name)).hexdigest()[:16]
    return whole if len(os.fsencode(whole)) <= _MOST_BYTES else f"{digest}{PARTIAL_SUFFIX}"


def _lock(folder: Path, target: Path) -> int:
    """Make the folder and lock it; the lock ends with the process, however that ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        reason = f"{target.parent} is a file" if target.parent.is_file() else error.strerror
        raise JanibError(f"{target} cannot be written: {reason}; choose another place") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise DataError(f"another process writes {target} at this moment; wait for it, or end it") from error
    return lock
