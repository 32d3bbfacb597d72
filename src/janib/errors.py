"""The errors a user can mend, and how a command reports them. Everything else is a bug and keeps its traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


class JanibError(Exception):
    """Something the user gave is wrong; the message says what, what was expected, and what to do.

    Command lines print the message on one line and exit with status 2.
    """


class DataError(JanibError):
    """A data file, or a row in one, cannot be used."""


class ModelError(JanibError):
    """A model folder cannot be used."""


class ConfigError(JanibError):
    """A configuration or a command line cannot be used."""


class BusyError(ConfigError):
    """Another process does this already."""


class TrackingError(JanibError):
    """The MLflow store cannot be used."""


class MissingExtraError(JanibError):
    """A feature needs packages that the base installation leaves out."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed; install them with: pip install 'janib[{extra}]'"
        )


def suggest(found: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest known name, or an empty string."""
    near = get_close_matches(found, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


@contextmanager
def report_errors() -> Iterator[None]:
    """Turn an error that the user can mend into one message on standard error and exit status 2."""
    try:
        yield
    except JanibError as error:
        _leave(str(error))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        raise SystemExit(EXIT_INTERRUPTED) from None
    except OSError as error:
        place = f" while writing {error.filename}" if error.filename else ""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _leave(f"the disk is full{place}; free some space and run again")
        if not error.filename:
            raise
        _leave(f"{error.filename} cannot be read or written: {error.strerror}; choose another place")


def _leave(message: str) -> None:
    sys.stderr.write(f"error: {message}\n")
    raise SystemExit(EXIT_BAD_INPUT)
