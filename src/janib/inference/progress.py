"""How far long work is: a bar on a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from janib.errors import DataError

_LINE_SECONDS = 60  # between two lines where there is no terminal
_LEAST_SECONDS = 2  # before them a pace says little


class OtherInputError(DataError):
    """An input whose beginning is not what was read before an interruption, so that the same command cannot go on."""


@contextmanager
def tell_kept(console: Console, describe_kept: Callable[[], str | None]) -> Iterator[None]:
    """Say, where the block does not end well, what is kept of its work and that ``--resume`` goes on.

    Parameters
    ----------
    console
        Where it is said.
    describe_kept
        Says what is kept, and where; None if nothing is.
    """
    try:
        yield
    except OtherInputError:
        raise
    except BaseException:
        if kept := describe_kept():
            console.print(Text(f"{kept}; the same command with --resume goes on"), soft_wrap=True)
        raise


class Meter:
    """A bar with the pace and the time left; it is used in a ``with`` block.

    Parameters
    ----------
    console
        Where it is shown.
    unit
        What is counted, in the plural: rows.
    done
        How many were done before an interruption.
    """

    def __init__(self, console: Console, unit: str, done: int = 0) -> None:
        self._console, self._unit, self._before = console, unit, done
        self._begun = self._told = time.monotonic()
        self._first_share: float | None = None
        self._bar = Progress(
            TextColumn("{task.fields[count]}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[pace]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, count=f"{done:,} {unit}", pace="")

    def __enter__(self) -> Meter:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, done: int, share: float | None) -> None:
        """Show how many are done, and which share of the whole work that is, from 0 to 1; None if nobody knows."""
        now = time.monotonic()
        if self._first_share is None:
            self._first_share = (share or 0) * self._before / max(done, 1)
        count, pace = f"{done:,} {self._unit}", self._describe_pace(done, share, now - self._begun)
        total = None if share is None else 1.0
        self._bar.update(self._task, total=total, completed=share or 0, count=count, pace=pace)
        if not self._console.is_terminal and now - self._told >= _LINE_SECONDS:
            self._told = now
            told = "" if share is None else f" ({share:.0%})"
            self._console.print(Text(f"{count}{told}, {pace}"), soft_wrap=True)

    def _describe_pace(self, done: int, share: float | None, seconds: float) -> str:
        if seconds < _LEAST_SECONDS:
            return ""
        pace = (done - self._before) / seconds
        told = f"{pace:,.0f} {self._unit}/s" if pace >= 10 else f"{pace:.1f} {self._unit}/s"
        progress = (share or 0) - (self._first_share or 0)
        if share is None or progress <= 0:
            return told
        left = timedelta(seconds=round(seconds * (1 - share) / progress))
        return f"{told}, {left} left"
