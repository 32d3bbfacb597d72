"""The part of a table's README on the cost of each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from janib.io.markdown import tabulate
from janib.tables.averages import insert_averages
from janib.tables.results_csv import USAGE, FinishedRun
from janib.tables.row_scores import group_runs
from janib.tables.status import format_time


def describe_costs(runs: Sequence[FinishedRun], averages: Mapping[str, Sequence[FinishedRun]]) -> list[str]:
    """Return the paragraphs on time, size and memory; none where no run has finished.

    A row's numbers are means over its seeds; those of ``averages``, which name their runs, are sums. Columns that no
    run has are left out.
    """
    if not runs:
        return []
    rows_of_averages = {name: _show_sum(own) for name, own in averages.items()}
    shown = insert_averages({row: _show(own) for row, own in group_runs(runs).items()}, rows_of_averages)
    columns = [name for name in next(iter(shown.values())) if any(cells[name] for cells in shown.values())]
    rows = [[row, *map(cells.__getitem__, columns)] for row, cells in shown.items()]
    return ["## Cost", _explain(runs, has_averages=bool(averages)), tabulate(["model", *columns], rows)]


def _show(own: Sequence[FinishedRun]) -> dict[str, str]:
    costs = [run.cost for run in own if run.cost]
    wall = fmean(run.wall_seconds for run in own)
    names = ("train_seconds", "predict_seconds", "predict_rows", "parameters", "peak_mib")
    train, seconds, rows, parameters, peak = (_average(getattr(cost, name) for cost in costs) for name in names)
    return {
        "wall time": format_time(wall),
        "training, s": "" if train is None else f"{train:,.1f}",
        "rows/s": f"{rows / seconds:,.0f}" if rows and seconds else "",
        "parameters": "" if parameters is None or any(run.usage for run in own) else f"{parameters:,.0f}",
        "peak memory, MiB": "" if peak is None else f"{peak:,.0f}",
        **_show_usage(own),
    }


def _show_sum(own: Sequence[FinishedRun]) -> dict[str, str]:
    """Show what several trainings cost together; the memory of that was not measured."""
    costs = [run.cost for run in own if run.cost]
    is_measured = len(costs) == len(own)
    train, seconds, parameters = (
        _sum(getattr(cost, name) for cost in costs) if is_measured else None
        for name in ("train_seconds", "predict_seconds", "parameters")
    )
    n_rows = _average(cost.predict_rows for cost in costs)
    return {
        **dict.fromkeys(_show(own), ""),
        "wall time": format_time(sum(run.wall_seconds for run in own)),
        "training, s": "" if train is None else f"{train:,.1f}",
        "rows/s": f"{n_rows / seconds:,.0f}" if n_rows and seconds else "",
        "parameters": "" if parameters is None or any(run.usage for run in own) else f"{parameters:,.0f}",
    }


def _show_usage(own: Sequence[FinishedRun]) -> dict[str, str]:
    usages = [run.usage for run in own if run.usage]
    asked, said, refused, unreadable, price = (_average(getattr(one, name) for one in usages) for name in USAGE)
    return {
        "tokens asked": "" if asked is None else f"{asked:,.0f}",
        "tokens said": "" if said is None else f"{said:,.0f}",
        "rows refused": "" if refused is None else f"{refused:,.0f}",
        "rows unreadable": "" if unreadable is None else f"{unreadable:,.0f}",
        "price": "" if price is None else f"{price:,.4f}",
    }


def _average(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def _explain(runs: Sequence[FinishedRun], *, has_averages: bool) -> str:
    said = "Wall time is that of one run, from reading the corpus to writing its files"
    measured = [(run.cost.machine, run.device) for run in runs if run.cost]
    if not measured:
        return f"{said}. Training, speed, size and memory were not yet recorded when these runs ended."
    machines = dict.fromkeys(
        machine + (f" with {device}" if device not in ("", "cpu") else "") for machine, device in measured
    )
    said += (
        ". Training time is that on all training rows, without the folds. Rows/s are rows labelled, from their text "
        "on. Parameters are the numbers that the saved model holds, frozen ones included. Memory is the most that the "
        "process held, Python and its packages included. An ensemble needs what its members cost, too. "
        f"{'Averaged seeds cost all of them, added up. ' if has_averages else ''}"
        f"Measured once a run, on {', '.join(machines)}, perhaps while other programs ran."
    )
    n_unmeasured = len(runs) - len(measured)
    said += f" {n_unmeasured} of the runs ended before these were recorded." if n_unmeasured else ""
    if any(run.usage for run in runs):
        said += (
            " Tokens are those of a language model's questions and answers, as its endpoint counts them, kept answers "
            "included; the time is that of the questions that were still to be asked, and its own parameters are not "
            "counted. Rows that it refused, or whose answer names no label, count as undecided. The price is by "
            "`model.prices`."
        )
    return said
