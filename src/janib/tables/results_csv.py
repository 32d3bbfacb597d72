"""Records of a table's runs: ``results.csv`` for those that finished, ``failed.csv`` for those that failed.

Text becomes numbers here when a file is read, and numbers become text when it is written.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from janib.errors import DataError
from janib.io.files import read_csv, write_csv

_T = TypeVar("_T")

RESULTS, FAILED = "results.csv", "failed.csv"

RunKey = tuple[str, int]
"""The row and the seed of a run; a table has one run of each key."""

RUN_COLUMNS = (
    *("model", "seed", "commit", "dirty", "config_hash", "data_sha", "device", "versions"),
    *("run_id", "wall_seconds", "scorings", "chosen_by"),
)
"""Columns before the costs and the scores; ``model`` is the row of the table."""

_LATER = {"data_sha", "device", "versions", "scorings"}
"""Columns that files of the first version lack."""

_FAILURE_COLUMNS = ("model", "seed", "config_hash", "commit", "reason")


@dataclass(frozen=True, slots=True)
class RunCost:
    """The cost of a run besides its wall time, as :class:`janib.runs.cost.Cost` measures it; None where unknown."""

    train_seconds: float | None
    predict_seconds: float
    predict_rows: int
    parameters: int | None
    peak_mib: int | None
    machine: str


@dataclass(frozen=True, slots=True)
class RunUsage:
    """What the answers of a language model came to: tokens, rows without an answer, and the price if one is known."""

    tokens_asked: int
    tokens_said: int
    refused: int
    unreadable: int
    price: float | None


COST = tuple(field.name for field in fields(RunCost))
"""Columns of a run's cost; older files lack them, or have blanks."""

USAGE = tuple(field.name for field in fields(RunUsage))
"""Columns of what a language model used; only files with such runs have them."""

_ABOUT = {*RUN_COLUMNS, *COST, *USAGE}


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run of a table that finished: its provenance, its cost and its scores.

    Attributes
    ----------
    row, seed
        The row of the table, and the seed.
    commit, is_dirty
        The commit that it ran at, and whether there were changes that were not committed.
    config_hash, data_sha
        Hashes of its config and of the corpora's files; the latter is empty in the first version's records.
    device, versions
        What it was trained on, and the versions of the packages; empty in older records.
    run_id
        Its MLflow run.
    wall_seconds
        From reading the corpus to writing the files.
    scorings
        How often the corpus's test splits had been scored for the task, this run included; None where not recorded.
    chosen_by
        The validation score by which the table's rows are compared.
    cost
        None where it was not measured.
    scores
        ``split/metric`` to a fraction of 1, with six digits.
    usage
        None of a run without a language model.
    """

    row: str
    seed: int
    commit: str
    is_dirty: bool
    config_hash: str
    data_sha: str
    device: str
    versions: str
    run_id: str
    wall_seconds: float
    scorings: int | None
    chosen_by: str
    cost: RunCost | None
    scores: Mapping[str, float]
    usage: RunUsage | None = None

    @property
    def key(self) -> RunKey:
        """Row and seed."""
        return self.row, self.seed


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run of a table that failed, and the reason; ``config_hash`` is empty where an ensemble's members lack."""

    row: str
    seed: int
    config_hash: str
    commit: str
    reason: str

    @property
    def key(self) -> RunKey:
        """Row and seed."""
        return self.row, self.seed


def read_records(path: Path, needed: Collection[str], parse: Callable[[Mapping[str, str]], _T]) -> list[_T]:
    """Return the parsed rows of a CSV file in a table's folder; none if there is no such file.

    Raises
    ------
    DataError
        If the file lacks one of the columns ``needed``, or a number in it is none.
    """
    found = []
    for number, record in enumerate(read_csv(path, needed), start=2):  # after the header
        try:
            found.append(parse(record))
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}, line {number}: {error}; restore the file") from error
    return found


def read_results(folder: Path) -> list[FinishedRun]:
    """Return the runs in a folder's ``results.csv``; none if there is no such file.

    Raises
    ------
    DataError
        If the file lacks columns that every version has, or a number in it is none.
    """
    return read_records(folder / RESULTS, [name for name in RUN_COLUMNS if name not in _LATER], _parse_run)


def write_results(folder: Path, runs: Sequence[FinishedRun]) -> None:
    """Write ``results.csv``: provenance, cost, usage, scores.

    Columns of an older file keep their order, and new scores follow; so a file that is read and written again is the
    same to the byte.
    """
    path = folder / RESULTS
    cost = COST if any(run.cost for run in runs) else ()
    usage = USAGE if any(run.usage for run in runs) else ()
    names = [*RUN_COLUMNS, *cost, *usage, *_read_header(path), *(name for run in runs for name in run.scores)]
    write_csv(path, dict.fromkeys(names), map(_format_run, runs))


def read_failures(folder: Path) -> list[FailedRun]:
    """Return the runs in a folder's ``failed.csv``; none if there is no such file."""
    return read_records(folder / FAILED, _FAILURE_COLUMNS, _parse_failure)


def add_run(folder: Path, run: FinishedRun) -> None:
    """Add a run to ``results.csv``; an older one of its row and seed goes."""
    with _lock(folder):
        write_results(folder, [*(one for one in read_results(folder) if one.key != run.key), run])


def add_failure(folder: Path, failure: FailedRun) -> None:
    """Add a run to ``failed.csv``; an older one of its row and seed goes."""
    with _lock(folder):
        _write_failures(folder, [*(one for one in read_failures(folder) if one.key != failure.key), failure])


def drop_failure(folder: Path, key: RunKey) -> None:
    """Take a run out of ``failed.csv``."""
    with _lock(folder):
        _write_failures(folder, [one for one in read_failures(folder) if one.key != key])


def keep_failures(folder: Path, keys: Set[RunKey]) -> None:
    """Take all runs but these out of ``failed.csv``."""
    with _lock(folder):
        _write_failures(folder, [one for one in read_failures(folder) if one.key in keys])


def _lock(folder: Path) -> FileLock:
    # The lock is outside the folder, which holds a table's results alone. Several processes may write them.
    folder.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(folder.with_name(f"{folder.name}.lock"))


def _write_failures(folder: Path, failures: Sequence[FailedRun]) -> None:
    if failures:
        records = [(one.row, one.seed, one.config_hash, one.commit, one.reason) for one in failures]
        write_csv(folder / FAILED, _FAILURE_COLUMNS, (dict(zip(_FAILURE_COLUMNS, one, strict=True)) for one in records))
    else:
        (folder / FAILED).unlink(missing_ok=True)


def _read_header(path: Path) -> list[str]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream), [])


def _parse_run(record: Mapping[str, str]) -> FinishedRun:
    scores = {name: float(text) for name, text in record.items() if text and name not in _ABOUT}
    return FinishedRun(
        row=record["model"],
        seed=int(record["seed"]),
        commit=record["commit"],
        is_dirty=record["dirty"] == "true",
        config_hash=record["config_hash"],
        data_sha=record.get("data_sha", ""),
        device=record.get("device", ""),
        versions=record.get("versions", ""),
        run_id=record["run_id"],
        wall_seconds=float(record["wall_seconds"]),
        scorings=_parse_number(record, "scorings", int),
        chosen_by=record["chosen_by"],
        cost=_parse_cost(record),
        scores=scores,
        usage=_parse_usage(record),
    )


def _parse_cost(record: Mapping[str, str]) -> RunCost | None:
    if not record.get("machine"):
        return None
    return RunCost(
        train_seconds=_parse_number(record, "train_seconds", float),
        predict_seconds=_parse_number(record, "predict_seconds", float) or 0.0,
        predict_rows=_parse_number(record, "predict_rows", int) or 0,
        parameters=_parse_number(record, "parameters", int),
        peak_mib=_parse_number(record, "peak_mib", int),
        machine=record["machine"],
    )


def _parse_usage(record: Mapping[str, str]) -> RunUsage | None:
    if not record.get("tokens_asked"):
        return None
    return RunUsage(
        tokens_asked=int(record["tokens_asked"]),
        tokens_said=int(record["tokens_said"]),
        refused=int(record["refused"]),
        unreadable=int(record["unreadable"]),
        price=_parse_number(record, "price", float),
    )


def _parse_number(record: Mapping[str, str], name: str, kind: Callable[[str], _T]) -> _T | None:
    text = record.get(name)
    return kind(text) if text else None


def _format_run(run: FinishedRun) -> dict[str, Any]:
    about = {name: getattr(run, name) for name in RUN_COLUMNS if name not in ("model", "dirty")}
    about |= {"model": run.row, "dirty": "true" if run.is_dirty else "false"}
    cost, usage = (asdict(one) if one else {} for one in (run.cost, run.usage))
    return {**about, **cost, **usage, **{name: f"{value:.6f}" for name, value in run.scores.items()}}


def _parse_failure(record: Mapping[str, str]) -> FailedRun:
    return FailedRun(record["model"], int(record["seed"]), record["config_hash"], record["commit"], record["reason"])
