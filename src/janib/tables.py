"""A table's cells become runs, and its runs a table; what has run with the same config is not run again."""

from __future__ import annotations

import csv
import gzip
import json
import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig
from rich.table import Table

from janib.errors import ConfigError, DataError
from janib.files import write_file
from janib.pipeline import hash_run, list_tasks, run
from janib.tracking import download_files, find_finished, has_run, register_model

log = logging.getLogger(__name__)

RESULTS = "results.csv"
_ABOUT = ("model", "seed", "commit", "dirty", "config_hash", "run_id", "wall_seconds", "chosen_by")

Line = dict[str, str]
"""One line of ``results.csv``: where a cell came from, and its metrics as text."""


@dataclass(frozen=True)
class Cell:
    """One run of a table: a row's config with one seed."""

    row: str
    seed: int
    config: DictConfig

    @cached_property
    def config_hash(self) -> str:
        """The hash that tells whether it has run; asked for when its turn comes, after the members it may have."""
        return hash_run(self.config)


def make_cells(table: Mapping[str, Any], tracking: Mapping[str, Any], conf: Path) -> list[Cell]:
    """Compose the config of every cell.

    Parameters
    ----------
    table
        ``rows`` (name to overrides of ``train.yaml``), ``overrides`` (for all rows), ``seeds``, ``row_seeds`` of rows
        that have others, and, where rows train several tasks at once, the ``task`` that the table is of.
    tracking
        The table's own tracking, which its cells share.
    conf
        The folder of configs.
    """
    # A Hydra program has composed its own config already; the cells are composed beside it.
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        cells = []
        for row, overrides in table["rows"].items():
            for seed in table.get("row_seeds", {}).get(row, table["seeds"]):
                config = compose("train", [*table["overrides"], *overrides, f"seed={seed}"])
                config.tracking = tracking
                config.resume = True
                cells.append(Cell(row, seed, config))
    return cells


def run_table(
    table: Mapping[str, Any], tracking: Mapping[str, Any], conf: Path, folder: Path, runs: Path
) -> list[Line]:
    """Run the cells that have not run yet and return all of the table's lines.

    Parameters
    ----------
    table
        As ``conf/table/*.yaml`` composes it.
    tracking
        Where the cells are logged.
    conf
        The folder of configs.
    folder
        Where ``results.csv``, the cells' configs and their predictions are kept.
    runs
        Where the runs' own folders go.
    """
    lines = read_results(folder)
    cells = make_cells(table, tracking, conf)
    unfinished = runs.parent / "unfinished"
    for number, cell in enumerate(cells, start=1):
        if any(_is_done(line, cell, tracking if table["register"] else None) for line in lines):
            log.info("cell %d of %d: %s, seed %d has run already", number, len(cells), cell.row, cell.seed)
            continue
        log.info("cell %d of %d: %s, seed %d", number, len(cells), cell.row, cell.seed)
        task = table.get("task") or list_tasks(cell.config)[0]
        cell.config.unfinished = str(unfinished)
        found = _download_finished(cell, tracking, runs)
        if found is None:
            found = run(cell.config, runs / f"{cell.row}_seed{cell.seed}").folder
        line = _make_line(cell, found, task)
        _keep(cell, found, folder, task)
        # Its config and predictions have taken the place of an older run's: its line does too.
        lines = [other for other in lines if (other["model"], other["seed"]) != (cell.row, str(cell.seed))] + [line]
        _write_results(folder, lines)
    wanted = {cell.config_hash for cell in cells}
    return [line for line in lines if line["config_hash"] in wanted]


def register_best(lines: Sequence[Line], uri: str, name: str) -> str:
    """Register the model of the line that is best on validation; return its address.

    Raises
    ------
    ConfigError
        If no line was validated.
    """
    validated = [line for line in lines if line.get(line["chosen_by"])]
    if not validated:
        raise ConfigError("no row of the table was validated, so none can be the best; raise split.used above 0")
    best = max(validated, key=lambda line: float(line[line["chosen_by"]]))
    return register_model(uri, best["run_id"], name)


def show_table(title: str, lines: Sequence[Line], columns: Sequence[str]) -> Table:
    """Return a table for the terminal: a row a model, its mean and standard deviation over seeds, in percent."""
    shown = Table("model", "seeds", *(column.replace("/", "\n", 1) for column in columns), title=title)
    for row in dict.fromkeys(line["model"] for line in lines):
        own = [line for line in lines if line["model"] == row]
        shown.add_row(row, str(len(own)), *(_summarise(own, column) for column in columns))
    return shown


def write_markdown(table: Mapping[str, Any], lines: Sequence[Line], folder: Path) -> None:
    """Write ``table.md``: our rows as in :func:`show_table`, then what others published, by the same metrics.

    Parameters
    ----------
    table
        With ``columns`` (metric keys) and ``published``: rows of ``model``, ``source`` and values in percent by key.
    lines
        The table's lines.
    folder
        Where it goes.
    """
    columns = list(table["columns"])
    written = [f"| model | seeds | {' | '.join(columns)} | source |", "|---" * (len(columns) + 3) + "|"]
    for row in dict.fromkeys(line["model"] for line in lines):
        own = [line for line in lines if line["model"] == row]
        cells = " | ".join(_summarise(own, column) for column in columns)
        written.append(f"| {row} | {len(own)} | {cells} | this repository |")
    for row in table["published"]:
        cells = " | ".join(f"{row[column]:.2f}" if column in row else "" for column in columns)
        written.append(f"| {row['model']} | | {cells} | {row['source']} |")
    with write_file(folder / "table.md") as path:
        path.write_text("\n".join(written) + "\n", encoding="utf-8")


def read_results(folder: Path) -> list[Line]:
    """Return the lines of a folder's ``results.csv``; none if there is no such file.

    Raises
    ------
    DataError
        If the file lacks columns that every line has.
    """
    path = folder / RESULTS
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in _ABOUT if name not in (reader.fieldnames or ())]
        if missing:
            raise DataError(f"{path} lacks the columns {', '.join(missing)}: it is damaged or not ours; move it away")
        return list(reader)


def _summarise(lines: Sequence[Line], column: str) -> str:
    values = [100 * float(line[column]) for line in lines if line.get(column)]
    if not values:
        return ""
    return f"{fmean(values):.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")


def _is_done(line: Line, cell: Cell, tracking: Mapping[str, Any] | None) -> bool:
    # Where the best model is to be registered, its run must still be in the store.
    is_same = line["config_hash"] == cell.config_hash
    return is_same and (tracking is None or has_run(tracking["uri"], line["run_id"]))


def _download_finished(cell: Cell, tracking: Mapping[str, Any], runs: Path) -> Path | None:
    """Return the files of a run that another table has finished, for instance for its other task; None without one."""
    run_id = find_finished(tracking["uri"], cell.config_hash)
    if run_id is None:
        return None
    log.info("MLflow run %s has done it", run_id)
    return download_files(tracking["uri"], run_id, runs / run_id)


def _make_line(cell: Cell, run_folder: Path, task: str) -> Line:
    about, values = (
        json.loads((run_folder / name).read_text(encoding="utf-8")) for name in ("provenance.json", "metrics.json")
    )
    about |= {"model": cell.row, "chosen_by": about["chosen_by"][task]}
    prefix = _name_prefix(cell, task)
    own = {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
    # The main task's keys have no prefix; those of others have one part more.
    own = {key: value for key, value in own.items() if key.count("/") == 1}
    return {name: str(about[name]) for name in _ABOUT} | {key: f"{value:.6f}" for key, value in own.items()}


def _name_prefix(cell: Cell, task: str) -> str:
    return "" if task == list_tasks(cell.config)[0] else f"{task}/"


def _write_results(folder: Path, lines: Sequence[Line]) -> None:
    columns = list(dict.fromkeys(column for line in lines for column in line))
    with write_file(folder / RESULTS) as path, path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


def _keep(cell: Cell, run_folder: Path, folder: Path, task: str) -> None:
    name = f"{cell.row}_seed{cell.seed}"
    predictions = run_folder / "predictions" / _name_prefix(cell, task)
    kept = {run_folder / "config.yaml": f"configs/{name}.yaml"}
    kept |= {path: f"predictions/{name}_{path.stem}.csv.gz" for path in sorted(predictions.glob("*.csv"))}
    for source, target in kept.items():
        with write_file(folder / target) as path:
            if target.endswith(".gz"):
                # No time stamp in it: the same predictions are the same bytes.
                path.write_bytes(gzip.compress(source.read_bytes(), mtime=0))
            else:
                shutil.copyfile(source, path)
