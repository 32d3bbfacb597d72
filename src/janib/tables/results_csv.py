"""What a table's folder keeps of its cells: a line each that is done, and why others are not."""

from __future__ import annotations

import csv
from collections.abc import Sequence, Set
from pathlib import Path
from statistics import fmean, stdev

from filelock import FileLock

from janib.errors import DataError
from janib.io.files import write_csv

RESULTS, FAILED = "results.csv", "failed.csv"

Line = dict[str, str]
"""One line of ``results.csv``: where a cell came from, and its metrics as text."""

COST = ("train_seconds", "predict_seconds", "predict_rows", "parameters", "peak_mib", "machine")
"""Columns of what a cell cost, as :class:`janib.runs.cost.Cost` has them; blank where it was not measured."""

ABOUT = (
    *("model", "seed", "commit", "dirty", "config_hash", "data_sha", "device", "versions"),
    *("run_id", "wall_seconds", "scorings", "chosen_by"),
    *COST,
)
"""Columns beside the metrics; ``scorings`` counts the looks at the corpus's test splits so far, this one included."""

LATER = {"data_sha", "device", "versions", "scorings", *COST}
"""Columns that lines of earlier versions lack, or have blank."""

REASON = ("model", "seed", "config_hash", "commit", "reason")
"""Columns of ``failed.csv``."""


def read_results(folder: Path) -> list[Line]:
    """Return the lines of a folder's ``results.csv``; none if there is no such file.

    Raises
    ------
    DataError
        If the file lacks columns that every line has.
    """
    return _read(folder / RESULTS, [name for name in ABOUT if name not in LATER])


def write_results(folder: Path, lines: Sequence[Line]) -> None:
    """Write ``results.csv``: columns about the cells first, then the metrics in the order of their coming."""
    write_csv(folder / RESULTS, dict.fromkeys([*ABOUT, *(column for line in lines for column in line)]), lines)


def read_failures(folder: Path) -> list[Line]:
    """Return the lines of a folder's ``failed.csv``: cells that were tried in vain, and why."""
    return _read(folder / FAILED, REASON)


def add_line(folder: Path, line: Line) -> None:
    """Put a cell's line into ``results.csv``, in the place of its older one, which its files have lost too."""
    with _hold(folder):
        write_results(folder, [*_leave_out(read_results(folder), line["model"], line["seed"]), line])


def add_failure(folder: Path, line: Line) -> None:
    """Put a cell's line into ``failed.csv``, in the place of its older one."""
    with _hold(folder):
        _write_failures(folder, [*_leave_out(read_failures(folder), line["model"], line["seed"]), line])


def drop_failure(folder: Path, row: str, seed: str) -> None:
    """Take a cell out of ``failed.csv``."""
    with _hold(folder):
        _write_failures(folder, _leave_out(read_failures(folder), row, seed))


def keep_failures(folder: Path, names: Set[tuple[str, str]]) -> None:
    """Take out of ``failed.csv`` all but these cells, (row, seed) each."""
    with _hold(folder):
        _write_failures(folder, [line for line in read_failures(folder) if (line["model"], line["seed"]) in names])


def group_rows(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Return row name to its lines, one a seed."""
    return {row: [line for line in lines if line["model"] == row] for row in dict.fromkeys(x["model"] for x in lines)}


def get_values(lines: Sequence[Line], column: str) -> list[float]:
    """Return a column of a row's lines in percent; empty where it was not measured."""
    return [100 * float(line[column]) for line in lines if line.get(column)]


def summarise(lines: Sequence[Line], column: str) -> str:
    """Return the mean and, over several seeds, the standard deviation of a column, in percent."""
    values = get_values(lines, column)
    if not values:
        return ""
    return f"{fmean(values):.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


def _hold(folder: Path) -> FileLock:
    # Beside the folder, where no table's files are: several processes may run its cells.
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.with_name(f"{folder.name}.lock"))


def _leave_out(lines: Sequence[Line], row: str, seed: str) -> list[Line]:
    return [line for line in lines if (line["model"], line["seed"]) != (row, seed)]


def _write_failures(folder: Path, lines: Sequence[Line]) -> None:
    if lines:
        write_csv(folder / FAILED, REASON, lines)
    else:
        (folder / FAILED).unlink(missing_ok=True)


def _read(path: Path, needed: Sequence[str]) -> list[Line]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise DataError(f"{path} lacks the columns {', '.join(missing)}: it is damaged or not ours; move it away")
        return list(reader)
