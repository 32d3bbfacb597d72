"""Errors that a user can mend, and their report on the command line; other errors are bugs and keep their traceback."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


class JanibError(Exception):
    """An error that the user can mend; the message says what was found, what was expected, and what to do.

    Command lines print the message on one line and exit with status 2.
    """


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


class MissingExtraError(JanibError):
    """A feature whose packages the base installation leaves out."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed; install them with: pip install 'janib[{extra}]'"
        )


def suggest(found: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` with the nearest known name, or an empty string if none is near."""
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
