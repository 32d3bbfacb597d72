"""The part of a table's README on what each row costs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from janib.io.markdown import tabulate
from janib.tables.results_csv import Line, group_rows
from janib.tables.status import format_time


def describe_costs(lines: Sequence[Line]) -> list[str]:
    """Return the paragraphs on time, size and memory; none where no cell has run.

    A row's numbers are means over its seeds. Columns that no cell has are left out.
    """
    if not lines:
        return []
    shown = [_show(own) for own in group_rows(lines).values()]
    columns = [name for name in shown[0] if any(row[name] for row in shown)]
    rows = [[name, *map(row.__getitem__, columns)] for name, row in zip(group_rows(lines), shown, strict=True)]
    measured = [line for line in lines if line.get("machine")]
    return ["## Cost", _explain(measured, len(lines) - len(measured)), tabulate(["model", *columns], rows)]


def _show(own: Sequence[Line]) -> dict[str, str]:
    def average(name: str) -> float | None:
        values = [float(line[name]) for line in own if line.get(name)]
        return fmean(values) if values else None

    wall, train, parameters, peak = map(average, ("wall_seconds", "train_seconds", "parameters", "peak_mib"))
    seconds, rows = (average(name) for name in ("predict_seconds", "predict_rows"))
    return {
        "wall time": "" if wall is None else format_time(wall),
        "training, s": "" if train is None else f"{train:,.1f}",
        "rows/s": f"{rows / seconds:,.0f}" if rows and seconds else "",
        "parameters": "" if parameters is None else f"{parameters:,.0f}",
        "peak memory, MiB": "" if peak is None else f"{peak:,.0f}",
    }


def _explain(measured: Sequence[Line], n_unmeasured: int) -> str:
    said = "Wall time is that of one cell, from reading the corpus to writing its files"
    if not measured:
        return f"{said}; training, speed, size and memory were not recorded yet when these cells ran."
    machines = dict.fromkeys(
        f"{line['machine']}" + (f" with {line['device']}" if line["device"] not in ("", "cpu") else "")
        for line in measured
    )
    said += (
        "; training that on all training rows, folds not counted; rows/s are rows labelled, from their text on; "
        "parameters the numbers that the saved model holds, frozen ones included; memory the most that the process "
        "held, Python and its packages included. What combines the answers of other rows costs what they cost beside. "
        f"Measured once a cell, on {', '.join(machines)}, perhaps beside other work."
    )
    return said + (f" {n_unmeasured} of the cells ran before these were recorded." if n_unmeasured else "")
