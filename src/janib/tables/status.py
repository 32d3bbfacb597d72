"""How far a table is: which cells are done, running, missing or failed, and how long the rest takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from filelock import FileLock, Timeout
from rich.table import Table

from janib.errors import ConfigError
from janib.runs.resume import LOCK, RUN
from janib.tables.cells import Cell, make_cells
from janib.tables.code_changes import find_changes
from janib.tables.results_csv import Line, read_failures, read_results
from janib.tables.runs import is_done
from janib.tracking.store import find_finished


@dataclass(frozen=True, slots=True)
class State:
    """What is known of a cell.

    Attributes
    ----------
    row, seed
        Which cell it is.
    word
        ``done``, ``running``, ``failed`` or ``missing``.
    note
        Why it failed, where it was found, that it goes on where it stopped, or what code has changed since it ran.
    seconds
        Wall time it took, or is expected to take by the mean of cells like it; None if there are none.
    """

    row: str
    seed: int
    word: str
    note: str
    seconds: float | None


def list_states(
    table: Mapping[str, Any], tracking: Mapping[str, Any], conf: Path, folder: Path, unfinished: Path
) -> list[State]:
    """Look at every cell of a table without running any.

    Parameters
    ----------
    table, tracking, conf, folder
        As in :func:`janib.tables.runs.run_table`.
    unfinished
        Where its runs keep what they have done so far.
    """
    lines, failures = read_results(folder), read_failures(folder)
    known = [line for path in sorted(folder.parent.glob("*/results.csv")) for line in read_results(path.parent)]
    states = []
    for cell in make_cells(table, tracking, conf):
        own = next((line for line in lines if is_done(line, cell)), None)
        failure = next((x for x in failures if (x["model"], x["seed"]) == (cell.row, str(cell.seed))), None)
        if own is not None:
            note = _describe_changes(find_changes(cell, own))
            states.append(State(cell.row, cell.seed, "done", note, float(own["wall_seconds"])))
            continue
        word, note = _look(cell, tracking, unfinished)
        if failure is not None and word == "missing":
            word, note = "failed", failure["reason"]
        states.append(State(cell.row, cell.seed, word, note, _expect_seconds(cell.row, lines, known)))
    return states


def sum_seconds_left(states: Sequence[State]) -> tuple[float, int]:
    """Return the seconds that the cells that are not done will take, and how many of them nothing is known of."""
    left = [state.seconds for state in states if state.word != "done"]
    return sum(seconds for seconds in left if seconds is not None), sum(seconds is None for seconds in left)


def show_states(title: str, states: Sequence[State]) -> Table:
    """Return the states as a table for the terminal, with the time left below."""
    seconds, n_unknown = sum_seconds_left(states)
    caption = f"{sum(state.word == 'done' for state in states)} of {len(states)} done; left: {format_time(seconds)}"
    if n_unknown:
        caption += f", and {n_unknown} cells of a kind that has not run yet"
    shown = Table("model", "seed", "state", "time", "note", title=title, caption=caption)
    for state in states:
        time = "" if state.seconds is None else format_time(state.seconds)
        shown.add_row(state.row, str(state.seed), state.word, time, state.note)
    return shown


def format_time(seconds: float) -> str:
    """Say a duration in two units at most.

    >>> format_time(4), format_time(75), format_time(7_380)
    ('4 s', '1 min 15 s', '2 h 3 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _describe_changes(modules: Sequence[str] | None) -> str:
    if modules is None:
        return "ran at a commit that is not in this checkout"
    if not modules:
        return ""
    more = f" and {len(modules) - 3} more" if len(modules) > 3 else ""
    return f"code changed since: {', '.join(modules[:3])}{more}"


def _look(cell: Cell, tracking: Mapping[str, Any], unfinished: Path) -> tuple[str, str]:
    try:
        place = unfinished / cell.config_hash
    except ConfigError:
        return "missing", "its members have not run"
    if _is_locked(place / LOCK):
        return "running", ""
    if find_finished(tracking["uri"], cell.hashes):
        return "missing", "MLflow has a finished run, which will be taken over"
    return "missing", "begun, goes on where it stopped" if (place / RUN).exists() else ""


def _is_locked(lock: Path) -> bool:
    if not lock.parent.is_dir():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def _expect_seconds(row: str, lines: Sequence[Line], known: Sequence[Line]) -> float | None:
    # Other seeds of the row; else rows of that name in the tables beside.
    for those in (lines, known):
        like = [float(line["wall_seconds"]) for line in those if line["model"] == row]
        if like:
            return fmean(like)
    return None
