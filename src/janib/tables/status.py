"""Status of a table: which runs are done, running, missing or failed, and the time that is left."""

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
from janib.tables.code_changes import find_changes
from janib.tables.execution import is_done
from janib.tables.planned_runs import PlannedRun, TablePlan
from janib.tables.results_csv import FinishedRun, read_failures, read_results
from janib.tracking.store import find_finished


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of a planned run.

    Attributes
    ----------
    word
        ``done``, ``running``, ``failed`` or ``missing``.
    note
        Why it failed, that MLflow has it, that it goes on where it stopped, or which code has changed since it ran.
    seconds
        Wall time that it took, or is expected to take by the mean of runs like it; None if there are none.
    """

    row: str
    seed: int
    word: str
    note: str
    seconds: float | None


def list_states(plan: TablePlan, folder: Path, unfinished: Path) -> list[RunState]:
    """Return the state of every run of a table, without running any.

    ``folder`` has the table's results, ``unfinished`` what runs keep until they end.
    """
    finished = read_results(folder)
    reasons = {failure.key: failure.reason for failure in read_failures(folder)}
    known = read_known_runs(folder)
    states = []
    for planned in plan.runs:
        own = next((run for run in finished if is_done(run, planned)), None)
        if own is not None:
            note = _describe_changes(find_changes(planned, own.commit))
            states.append(RunState(*planned.key, "done", note, own.wall_seconds))
            continue
        word, note = _find_state(planned, plan.tracking, unfinished)
        if word == "missing" and planned.key in reasons:
            word, note = "failed", reasons[planned.key]
        states.append(RunState(*planned.key, word, note, expect_seconds(planned.row, finished, known)))
    return states


def sum_seconds_left(states: Sequence[RunState]) -> tuple[float, int]:
    """Return the seconds that the runs that are not done will take, and the number of those without an estimate."""
    left = [state.seconds for state in states if state.word != "done"]
    return sum(seconds for seconds in left if seconds is not None), sum(seconds is None for seconds in left)


def show_states(title: str, states: Sequence[RunState]) -> Table:
    """Return the states as a table for the terminal, with the time left below."""
    seconds, n_unknown = sum_seconds_left(states)
    caption = f"{sum(state.word == 'done' for state in states)} of {len(states)} done; left: {format_time(seconds)}"
    if n_unknown:
        caption += f", and {n_unknown} runs of rows that have not run yet"
    shown = Table("model", "seed", "state", "time", "note", title=title, caption=caption)
    for state in states:
        time = "" if state.seconds is None else format_time(state.seconds)
        shown.add_row(state.row, str(state.seed), state.word, time, state.note)
    return shown


def format_time(seconds: float) -> str:
    """Return a duration in two units at most.

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


def _find_state(planned: PlannedRun, tracking: Mapping[str, Any], unfinished: Path) -> tuple[str, str]:
    try:
        place = unfinished / planned.config_hash
    except ConfigError as error:
        return "missing", "its members have not run" if planned.config.model.get("members") else str(error)
    if _is_locked(place / LOCK):
        return "running", ""
    if find_finished(tracking["uri"], planned.hashes):
        return "missing", "MLflow has a finished run, which the table will use"
    return "missing", "begun, goes on where it stopped" if (place / RUN).exists() else ""


def _is_locked(lock: Path) -> bool:
    if not lock.parent.is_dir():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def read_known_runs(folder: Path) -> list[FinishedRun]:
    """Return the finished runs of a table and of those beside it."""
    return [run for path in sorted(folder.parent.glob("*/results.csv")) for run in read_results(path.parent)]


def expect_seconds(row: str, finished: Sequence[FinishedRun], known: Sequence[FinishedRun]) -> float | None:
    """Return the mean wall seconds of a row's other seeds, else of rows of that name in other tables; None without."""
    for runs in (finished, known):
        like = [run.wall_seconds for run in runs if run.row == row]
        if like:
            return fmean(like)
    return None
