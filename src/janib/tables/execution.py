"""Execution of a table's runs: those with the same config and data are not repeated."""

from __future__ import annotations

import gzip
import json
import logging
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from janib.errors import BusyError, ConfigError, JanibError, ModelError
from janib.io.files import write_file
from janib.models.llm.address import URL_VARIABLE, NoEndpointError, can_answer, get_answers_path
from janib.provenance import describe_commit, hash_config
from janib.runs.resume import claim
from janib.runs.run import run
from janib.scoring.ledger import count_scorings
from janib.tables.kept_predictions import CLUSTERS, write_clusters
from janib.tables.planned_runs import PlannedRun, TablePlan
from janib.tables.results_csv import (
    COST,
    USAGE,
    FailedRun,
    FinishedRun,
    RunCost,
    RunKey,
    RunUsage,
    add_failure,
    add_run,
    drop_failure,
    keep_failures,
    read_results,
)
from janib.tracking.store import Registration, download_files, find_finished, has_run, register_model

log = logging.getLogger(__name__)

NO_WEIGHTS = "weights not available"
"""The reason of a run whose encoder is not available here."""

NO_ENDPOINT = "endpoint not at hand"
"""The reason of a run of a language model where no endpoint is named and no answer is kept."""

NOT_HERE = (NO_WEIGHTS, NO_ENDPOINT)
"""Reasons that are not counted as failures."""


def run_table(plan: TablePlan, folder: Path, runs: Path, only: Collection[str] | None = None) -> list[FinishedRun]:
    """Run what has not run yet, and return all of the table's finished runs.

    A run that fails stops no other; ``failed.csv`` says why it did, until it has finished. Several processes may run
    the same table, on one machine or on several that share its folders. Each takes runs that no other process has, and
    ends when there is none left to take. The last of them runs the ensembles of other rows.

    ``results.csv``, the runs' configs and their predictions are kept in ``folder``; the runs' own folders go to
    ``runs``. ``only`` names the rows that are run; None runs all.

    Raises
    ------
    ConfigError
        If the configuration is edited meanwhile.
    """
    return _TableExecution(plan, folder, runs, only).run()


class _TableExecution:
    """The state of one process that runs a table; parameters as of :func:`run_table`."""

    def __init__(self, plan: TablePlan, folder: Path, runs: Path, only: Collection[str] | None) -> None:
        self._plan, self._planned = plan, plan.runs
        self._folder, self._runs = folder, runs
        self._store = plan.tracking if plan.table["register"] else None
        # Rows that are not chosen are taken as they are.
        self._settled: set[RunKey] = {one.key for one in plan.runs if only is not None and one.row not in only}
        self._is_new = not (folder / CLUSTERS).exists()

    def run(self) -> list[FinishedRun]:
        keep_failures(self._folder, {planned.key for planned in self._planned})
        n_before = -1
        # As long as runs are settled here, those of other processes are looked at once more.
        while n_before < len(self._settled) < len(self._planned):
            n_before = len(self._settled)
            for place, planned in enumerate(self._planned):
                if planned.key not in self._settled and self._is_ready(place):
                    self._settle(place)
        finished = select_runs(read_results(self._folder), self._planned)
        if self._is_new and finished:
            first = next(planned for planned in self._planned if planned.key == finished[0].key)
            write_clusters(self._folder, first.experiment.read_data()[1])
        return finished

    def _is_ready(self, place: int) -> bool:
        """Say whether the rows before an ensemble, its members among them, are settled."""
        if not self._planned[place].config.model.get("members"):
            return True
        return all(planned.key in self._settled for planned in self._planned[:place])

    def _settle(self, place: int) -> None:
        """Run a planned run unless it has finished, or another process has it."""
        planned = self._planned[place]
        name = f"run {place + 1} of {len(self._planned)}: {planned.row}, seed {planned.seed}"
        self._plan.check(planned)
        try:
            self._run_once(planned, name)
        except BusyError:
            log.info("%s: another process runs it", name)
            return
        except Exception as error:  # whatever it is, the other runs go on
            failure = _make_failure(planned, error)
            add_failure(self._folder, failure)
            log.error("%s failed: %s", name, failure.reason, exc_info=not isinstance(error, JanibError))
        else:
            drop_failure(self._folder, planned.key)
        self._settled.add(planned.key)

    def _run_once(self, planned: PlannedRun, name: str) -> None:
        lock = self._runs.parent / "unfinished" / f"{planned.config_hash}.lock"
        with claim(lock):
            if any(is_done(one, planned, self._store) for one in read_results(self._folder)):
                log.info("%s has run already", name)
            else:
                log.info(name)
                files = _find_files(planned, self._plan.tracking, self._runs)
                # Config and predictions replace an older run's, and so does its record.
                _keep_files(planned, files, self._folder)
                add_run(self._folder, _read_run(planned, files))
                self._is_new = True
            lock.unlink(missing_ok=True)  # a process that waited for it may still have it


def list_unsettled(
    planned: Sequence[PlannedRun], finished: Sequence[FinishedRun], failures: Sequence[FailedRun]
) -> list[PlannedRun]:
    """Return the runs that have neither finished nor failed."""
    failed = {failure.key for failure in failures}
    return [one for one in planned if one.key not in failed and not any(is_done(run, one) for run in finished)]


def select_runs(finished: Sequence[FinishedRun], planned: Sequence[PlannedRun]) -> list[FinishedRun]:
    """Return the finished runs that are planned ones, in the order of these."""
    return [run for one in planned for run in finished if is_done(run, one)]


def register_best(runs: Sequence[FinishedRun], uri: str, name: str) -> tuple[FinishedRun, Registration]:
    """Register the model of the run that is best on validation; return the run and where its model is.

    Raises
    ------
    ConfigError
        If no run was validated.
    """
    validated = [run for run in runs if run.chosen_by in run.scores]
    if not validated:
        raise ConfigError("no row of the table was validated, so none can be the best; raise split.used above 0")
    best = max(validated, key=lambda run: run.scores[run.chosen_by])
    return best, register_model(uri, best.run_id, name, best.chosen_by)


def is_done(finished: FinishedRun, planned: PlannedRun, tracking: Mapping[str, Any] | None = None) -> bool:
    """Say whether a finished run is a planned one: same row and seed, same config, same data.

    Where the best model is to be registered, its run must still be in the store ``tracking``.
    """
    if finished.key != planned.key:
        return False
    try:
        is_same = finished.config_hash in planned.hashes and finished.data_sha in ("", planned.data_sha)
    except ConfigError:  # a fault in the config, or an ensemble whose members have not run
        return False
    return is_same and (tracking is None or has_run(tracking["uri"], finished.run_id))


def _find_files(planned: PlannedRun, tracking: Mapping[str, Any], runs: Path) -> Path:
    """Return the files of a run: MLflow has those of one that finished, for instance in a table of its other task."""
    run_id = find_finished(tracking["uri"], planned.hashes)
    if run_id is not None:
        log.info("MLflow run %s has the same config", run_id)
        found = download_files(tracking["uri"], run_id, runs / run_id)
        if hash_config(_read_json(found / "provenance.json")["data_sha256"]) == planned.data_sha:
            return found
        log.info("but it had other data")
    _check_weights(planned)
    _check_endpoint(planned)
    unfinished, here = runs.parent.absolute() / "unfinished", Path.cwd()
    # The config is kept in the results: where possible it names no folder of this machine.
    place = str(unfinished.relative_to(here) if unfinished.is_relative_to(here) else unfinished)
    try:
        return run(replace(planned.experiment, unfinished=place), runs / planned.name).folder
    except NoEndpointError as error:  # answers to other questions are kept
        log.info("%s", error)
        raise ModelError(NO_ENDPOINT) from error


def _check_weights(planned: PlannedRun) -> None:
    encoder = planned.config.model.get("encoder")
    if encoder in (None, "tiny"):
        return
    from janib.models.encoders.hub import find_encoder

    try:
        find_encoder(encoder, planned.config.model.get("revision"))
    except ModelError as error:
        log.info("%s", error)
        raise ModelError(NO_WEIGHTS) from error


def _check_endpoint(planned: PlannedRun) -> None:
    if planned.config.model.get("kind") == "llm" and not can_answer():
        log.info("%s is not set, and no answer is kept in %s", URL_VARIABLE, get_answers_path())
        raise ModelError(NO_ENDPOINT)


def _make_failure(planned: PlannedRun, error: Exception) -> FailedRun:
    words = " ".join(str(error).split()) or "no message"
    reason = words if isinstance(error, JanibError) else f"{type(error).__name__}: {words}"
    # The file is committed: it names no folder of this machine.
    places = {os.environ.get(name, ""): f"${name}" for name in ("JANIB_DATA_MIRROR", "JANIB_MODEL_MIRROR")}
    for place, name in (places | {str(Path.cwd()): ".", str(Path.home()): "~"}).items():
        reason = reason.replace(place, name) if len(place) > 1 else reason
    try:
        config_hash = planned.config_hash
    except ConfigError:
        config_hash = ""
    return FailedRun(planned.row, planned.seed, config_hash, describe_commit()["commit"], reason)


def _read_run(planned: PlannedRun, files: Path) -> FinishedRun:
    """Return the record of a run from its files; scores keep six digits."""
    about, values = (_read_json(files / name) for name in ("provenance.json", "metrics.json"))
    own = {key.removeprefix(planned.prefix): value for key, value in values.items() if key.startswith(planned.prefix)}
    tasks = planned.experiment.tasks
    cost: dict[str, Any] = {name: about.get(name) for name in COST}
    usage: dict[str, Any] = {name: about.get(name) for name in USAGE}
    return FinishedRun(
        row=planned.row,
        seed=planned.seed,
        commit=about["commit"],
        is_dirty=about["dirty"] == "true",
        config_hash=about["config_hash"],
        data_sha=hash_config(about["data_sha256"]),
        device=about.get("device", ""),
        versions=" ".join(f"{name}=={number}" for name, number in about["versions"].items()),
        run_id=about["run_id"],
        wall_seconds=about["wall_seconds"],
        scorings=count_scorings(Path(planned.config.ledger), planned.config.data.name, planned.task),
        chosen_by=about["chosen_by"][planned.task],
        cost=RunCost(**cost) if cost["machine"] else None,
        usage=RunUsage(**usage) if usage["tokens_asked"] is not None else None,
        # The main task's keys have no prefix; those of other tasks begin with the task.
        scores={key: round(value, 6) for key, value in own.items() if key.split("/")[0] not in tasks},
    )


def _keep_files(planned: PlannedRun, files: Path, folder: Path) -> None:
    """Copy a run's config and predictions to the table's folder."""
    predictions = files / "predictions" / planned.prefix
    kept = {files / "config.yaml": f"configs/{planned.name}.yaml"}
    kept |= {path: f"predictions/{planned.name}_{path.stem}.csv.gz" for path in sorted(predictions.glob("*.csv"))}
    for source, target in kept.items():
        with write_file(folder / target) as path:
            if target.endswith(".gz"):
                # Without a time stamp: the same predictions are the same bytes.
                path.write_bytes(gzip.compress(source.read_bytes(), mtime=0))
            else:
                shutil.copyfile(source, path)


def _read_json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
