"""Run the cells of a table that have not run: what is done with the same config and data is not done again."""

from __future__ import annotations

import gzip
import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from janib.errors import BusyError, ConfigError, JanibError, ModelError
from janib.io.files import write_file
from janib.provenance import describe_commit, hash_config
from janib.runs.experiment import read_experiment
from janib.runs.resume import claim
from janib.runs.run import run
from janib.scoring.ledger import count_scorings
from janib.tables.cells import Cell, ConfWatch, make_cells
from janib.tables.kept_predictions import CLUSTERS, write_clusters
from janib.tables.results_csv import ABOUT, COST, Line, add_failure, add_line, drop_failure, keep_failures, read_results
from janib.tracking.store import download_files, find_finished, has_run, register_model

log = logging.getLogger(__name__)

NO_WEIGHTS = "weights not available"
"""Why a cell did not run that needs an encoder which is not to be had here: no failure, but no result either."""


def run_table(
    table: Mapping[str, Any], tracking: Mapping[str, Any], conf: Path, folder: Path, runs: Path
) -> list[Line]:
    """Run the cells that have not run yet and return all of the table's lines.

    A cell that fails stops no other; ``failed.csv`` says why it did, until it has run. Several processes may run the
    same table, on one machine or on several that share its folders: each takes cells that no other one is at, and ends
    when there is none left to take. The last of them runs what combines other rows.

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

    Raises
    ------
    ConfigError
        If the configuration was edited meanwhile.
    """
    cells = make_cells(table, tracking, conf)
    keep_failures(folder, {(cell.row, str(cell.seed)) for cell in cells})
    is_new = not (folder / CLUSTERS).exists()
    watch = ConfWatch(table, tracking, conf)
    store = tracking if table["register"] else None
    settled: set[str] = set()
    n_before = -1
    # What other processes ran meanwhile is looked at once more, as long as there is something to do here.
    while n_before < len(settled) < len(cells):
        n_before = len(settled)
        for number, cell in enumerate(cells, start=1):
            if cell.name in settled:
                continue
            if cell.config.model.get("members") and any(other.name not in settled for other in cells[: number - 1]):
                continue  # it combines rows before it, all of their seeds
            place = f"cell {number} of {len(cells)}: {cell.row}, seed {cell.seed}"
            watch.check(cell)
            try:
                claimed = runs.parent / "unfinished" / f"{cell.config_hash}.lock"
                with claim(claimed):
                    if any(is_done(line, cell, store) for line in read_results(folder)):
                        log.info("%s has run already", place)
                    else:
                        log.info(place)
                        found = _run_cell(cell, tracking, runs)
                        # Its config and predictions take the place of an older run's: its line does too.
                        _keep(cell, found, folder)
                        add_line(folder, _make_line(cell, found))
                        is_new = True
                    claimed.unlink(missing_ok=True)  # one who waited for it may have it still
            except BusyError:
                log.info("%s is run by another process", place)
                continue
            except Exception as error:  # whatever it is, the other cells run
                failure = _make_failure(cell, error)
                add_failure(folder, failure)
                log.error("%s failed: %s", place, failure["reason"], exc_info=not isinstance(error, JanibError))
            else:
                drop_failure(folder, cell.row, str(cell.seed))
            settled.add(cell.name)
    lines = select_lines(read_results(folder), cells)
    if is_new and lines:
        write_clusters(folder, cells[0].experiment.read_data()[1])
    return lines


def list_left(cells: Sequence[Cell], lines: Sequence[Line], failures: Sequence[Line]) -> list[Cell]:
    """Return the cells that have neither run nor failed."""
    failed = {(line["model"], line["seed"]) for line in failures}
    return [
        cell
        for cell in cells
        if (cell.row, str(cell.seed)) not in failed and not any(is_done(line, cell) for line in lines)
    ]


def select_lines(lines: Sequence[Line], cells: Sequence[Cell]) -> list[Line]:
    """Return the lines that are the cells' own, in the cells' order."""
    return [line for cell in cells for line in lines if is_done(line, cell)]


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


def is_done(line: Line, cell: Cell, tracking: Mapping[str, Any] | None = None) -> bool:
    """Say whether a line is a cell's: same row and seed, same config, same data.

    Where the best model is to be registered, its run must still be in the store ``tracking``.
    """
    try:
        is_same = (line["model"], line["seed"]) == (cell.row, str(cell.seed)) and line["config_hash"] in cell.hashes
    except ConfigError:  # an ensemble whose members have not run
        return False
    # A line of the first version does not say which data it saw.
    is_same = is_same and line.get("data_sha") in (None, "", cell.data_sha)
    return is_same and (tracking is None or has_run(tracking["uri"], line["run_id"]))


def _run_cell(cell: Cell, tracking: Mapping[str, Any], runs: Path) -> Path:
    """Return the files of a cell's run, which another table may have finished, for instance for its other task."""
    run_id = find_finished(tracking["uri"], cell.hashes)
    if run_id is not None:
        log.info("MLflow run %s has done it", run_id)
        found = download_files(tracking["uri"], run_id, runs / run_id)
        if hash_config(_read_json(found / "provenance.json")["data_sha256"]) == cell.data_sha:
            return found
        log.info("but on other data")
    _check_weights(cell)
    unfinished, here = runs.parent.absolute() / "unfinished", Path.cwd()
    # The config is kept, and names no folder of this machine where it need not.
    cell.config.unfinished = str(unfinished.relative_to(here) if unfinished.is_relative_to(here) else unfinished)
    return run(read_experiment(cell.config), runs / cell.name).folder


def _check_weights(cell: Cell) -> None:
    encoder = cell.config.model.get("encoder")
    if encoder in (None, "tiny"):
        return
    from janib.models.encoders.hub import find_encoder

    try:
        find_encoder(encoder, cell.config.model.get("revision"))
    except ModelError as error:
        log.info("%s", error)
        raise ModelError(NO_WEIGHTS) from error


def _make_failure(cell: Cell, error: Exception) -> Line:
    words = " ".join(str(error).split()) or "no message"
    reason = words if isinstance(error, JanibError) else f"{type(error).__name__}: {words}"
    # The file is committed: it names no folder of this machine.
    places = {os.environ.get(name, ""): f"${name}" for name in ("JANIB_DATA_MIRROR", "JANIB_MODEL_MIRROR")}
    for place, name in (places | {str(Path.cwd()): ".", str(Path.home()): "~"}).items():
        reason = reason.replace(place, name) if len(place) > 1 else reason
    try:
        config_hash = cell.config_hash
    except ConfigError:
        config_hash = ""
    about = {"model": cell.row, "seed": str(cell.seed), "config_hash": config_hash}
    return about | {"commit": describe_commit()["commit"], "reason": reason}


def _make_line(cell: Cell, run_folder: Path) -> Line:
    about, values = (_read_json(run_folder / name) for name in ("provenance.json", "metrics.json"))
    about |= {
        "model": cell.row,
        "chosen_by": about["chosen_by"][cell.task],
        "data_sha": hash_config(about["data_sha256"]),
        "device": about.get("device", ""),
        **{name: about.get(name, "") for name in COST},
        "versions": " ".join(f"{name}=={number}" for name, number in about["versions"].items()),
        "scorings": count_scorings(Path(cell.config.ledger), cell.config.data.name, cell.task),
    }
    own = {key.removeprefix(cell.prefix): value for key, value in values.items() if key.startswith(cell.prefix)}
    # The main task's keys have no prefix; those of others have one part more.
    own = {key: value for key, value in own.items() if key.split("/")[0] not in cell.experiment.tasks}
    return {name: str(about[name]) for name in ABOUT} | {key: f"{value:.6f}" for key, value in own.items()}


def _keep(cell: Cell, run_folder: Path, folder: Path) -> None:
    predictions = run_folder / "predictions" / cell.prefix
    kept = {run_folder / "config.yaml": f"configs/{cell.name}.yaml"}
    kept |= {path: f"predictions/{cell.name}_{path.stem}.csv.gz" for path in sorted(predictions.glob("*.csv"))}
    for source, target in kept.items():
        with write_file(folder / target) as path:
            if target.endswith(".gz"):
                # No time stamp in it: the same predictions are the same bytes.
                path.write_bytes(gzip.compress(source.read_bytes(), mtime=0))
            else:
                shutil.copyfile(source, path)


def _read_json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
