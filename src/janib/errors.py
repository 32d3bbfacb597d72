"""Errors that a user can mend, and their report on the command line; other errors are bugs and keep their traceback."""

from __future__ import annotations

import errno
import logging
import os
import re
import shlex
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from io import StringIO
from threading import current_thread, main_thread
from types import FrameType

EXIT_CLOSED_PIPE = 1
EXIT_INCOMPLETE = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_SIGNAL = 128  # and the signal's number

FULL_DISK = (errno.ENOSPC, errno.EDQUOT)

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_received: list[int] = []
"""The signal that ends the process, once there is one."""


class JanibError(Exception):
    """An error that the user can mend; the message says what was found, what was expected, and what to do.

    Command lines print the message and exit with status 2.

    Parameters
    ----------
    *lines
        The message: one line, or one for each fault of a list. Line breaks inside a line are those of a text that it
        quotes; command lines print them as spaces.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines

    def __str__(self) -> str:
        return "\n".join(self.lines)


class DataError(JanibError):
    """A data file, or a row of one, that cannot be used."""


class ModelError(JanibError):
    """A model folder that cannot be used."""


class ConfigError(JanibError):
    """A configuration or a command line that cannot be used."""


class BusyError(ConfigError):
    """Work that another process does already."""


class TrackingError(JanibError):
    """An MLflow store that cannot be used."""


class IncompleteError(JanibError):
    """Work of which a part could not be done here, for want of what is elsewhere; the exit status is 1."""


class MissingExtraError(JanibError):
    """A feature whose packages the base installation leaves out."""

    def __init__(self, feature: str, extra: str) -> None:
        # The pip of this very Python: another one would look for janib elsewhere.
        install = f"{shlex.quote(sys.executable)} -m pip install 'janib[{extra}]'"
        super().__init__(f"{feature} needs packages that are not installed; install them with: {install}")


@contextmanager
def need_extra(feature: str, extra: str) -> Iterator[None]:
    """Raise MissingExtraError where the block's imports find no package.

    Parameters
    ----------
    feature
        What needs the packages, as the error message begins.
    extra
        The extra of the package that brings them.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(feature, extra) from error


def suggest(found: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` with the nearest known name, or an empty string if none is near."""
    near = get_close_matches(found, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn an error that the user can mend into one message on standard error and exit status 2.

    So are a full disk, a memory that is full, and standard streams that fail. A signal that ends the process ends it
    as Ctrl-C does. A line that the log cannot write is left out: on a full disk the work itself tells.
    """
    _mend_streams()
    with end_cleanly() as received, _keep_log_quiet():
        try:
            try:
                yield
            finally:
                sys.stdout.flush()  # it may fail, and after the block nobody would report it
        except JanibError as error:
            _leave_by(received)  # a worker process that the same signal ended is no error of its own
            _leave(*error.lines, status=EXIT_INCOMPLETE if isinstance(error, IncompleteError) else EXIT_BAD_INPUT)
        except (MemoryError, ImportError) as error:
            if isinstance(error, ImportError) and "failed to map segment" not in str(error):
                raise
            _leave("the memory is full; end other programs, or take a smaller file or model")
        except (KeyboardInterrupt, SystemExit) as left:  # typer makes the second of the first
            if getattr(left, "code", None) not in [EXIT_SIGNAL + number for number in received]:  # else it is said
                _leave_by(received)
            if isinstance(left, SystemExit) and left.code != EXIT_INTERRUPTED:
                raise
            sys.stderr.write("interrupted\n")
            raise SystemExit(EXIT_INTERRUPTED) from None
        except OSError as error:
            _explain_system(error)


@contextmanager
def _keep_log_quiet() -> Iterator[None]:
    """Let no handler print a traceback of its own trouble."""
    before, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        yield
    finally:
        logging.raiseExceptions = before


@contextmanager
def end_cleanly() -> Iterator[list[int]]:
    """Let a signal that would end the process raise KeyboardInterrupt; yield the list that its number is put in.

    So files are cleared away and runs are marked as after Ctrl-C. A further SIGTERM or SIGHUP is ignored. A handler
    of others, and a signal that is ignored, as SIGHUP is under ``nohup``, stay as they are.
    """
    is_main = current_thread() is main_thread()  # no other thread may set handlers
    ours = [number for number in _ENDING if is_main and signal.getsignal(number) is signal.SIG_DFL]
    if ours:  # otherwise a block around this one has set them, and shares its list
        _received.clear()
    for number in ours:
        signal.signal(number, _interrupt)
    try:
        yield _received
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _interrupt(number: int, _: FrameType | None) -> None:
    if not _received:
        _received.append(number)
        raise KeyboardInterrupt


def _mend_streams() -> None:
    """Open closed standard streams at nothing, and let those for people spell out what their encoding lacks.

    Otherwise the next file that is opened would get the descriptor of a closed stream, and what is meant for a stream.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            os.open(os.devnull, os.O_RDWR)  # until the process ends
            setattr(sys, name, StringIO())
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _find_first(error: OSError) -> OSError:
    """Return the first of the errors that shutil gathers, as texts, while it copies a folder; another one as it is."""
    if not (isinstance(error, shutil.Error) and isinstance(error.args[0], list)):
        return error
    _, target, reason = error.args[0][0]
    number = re.search(r"\[Errno (\d+)\]", reason)
    return OSError(int(number[1]), os.strerror(int(number[1])), target) if number else OSError(reason)


def _explain_system(error: OSError) -> None:
    error = _find_first(error)
    if error.errno == errno.EPIPE:
        sys.stdout = StringIO()  # the old one would fail once more at the end
        raise SystemExit(EXIT_CLOSED_PIPE) from None
    place = f" while writing {error.filename}" if error.filename else ""
    if error.errno in FULL_DISK:
        problem = f"the disk is full{place}; free some space and run again"
    elif error.errno == errno.EFBIG:
        problem = f"a file becomes larger than the system allows{place}; raise the limit (ulimit -f) and run again"
    elif error.filename:
        problem = f"{error.filename} cannot be read or written: {error.strerror}; choose another place"
    else:
        problem = f"something cannot be read or written: {error.strerror or error}; mend it and run again"
    if not error.filename:  # perhaps standard output, which must not fail a second time
        sys.stdout = StringIO()
    _leave(problem)


def _leave_by(received: list[int]) -> None:
    if received:
        sys.stderr.write(f"ended by {signal.Signals(received[0]).name}\n")
        raise SystemExit(EXIT_SIGNAL + received[0]) from None


def _leave(*lines: str, status: int = EXIT_BAD_INPUT) -> None:
    message = "\n".join(" ".join(line.splitlines()) for line in lines)
    sys.stderr.write(f"error: {message}\n")
    raise SystemExit(status)
