"""Runs, models and the registry of an MLflow store.

Every call names its run, so that an active run, or ``MLFLOW_RUN_ID`` in the environment, changes nothing.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Read when mlflow is imported.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")  # an absent server is reported in seconds
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

import mlflow
from filelock import FileLock
from mlflow.entities import DatasetInput, Metric, Param, RunStatus, RunTag
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking.context.registry import resolve_tags
from mlflow.types import ColSpec, Schema, TensorSpec
from sqlalchemy.exc import SQLAlchemyError

from janib.errors import ModelError, TrackingError
from janib.io.files import write_file
from janib.models.store import MANIFEST, find_extra, read_manifest
from janib.provenance import is_dead, list_requirements, name_process, name_version
from janib.tracking.moved import follow_move
from janib.tracking.outage import REMOTE_ERRORS, WaitingMetrics, find_fault, insist, is_disk_full, may_pass

CHAMPION = "champion"

VALIDATION = "validation"
"""Tag of a run: the hash of the rows that validated in it, and of their folds."""

_WORKFLOW = "?workflowType=machine_learning"
_VIEW = "mlflow.sharedViewState.janib"
"""The tag of an experiment that holds a view of its runs, by which MLflow's site chooses the columns."""

_NOTE = "mlflow.note.content"
"""The tag of a run or an experiment that MLflow shows as its description."""

_PROCESS = "process"
"""The tag of a run that names the process which writes it."""

_IS_NAME = re.compile(r"models:/(?!m-[0-9a-f]{32}$)[^/@]+")
"""The address of a registered model, without a version or an alias; ``m-…`` is an id of a single model."""

_PACKAGE = Path(__file__).parents[1]
_SQLITE = "sqlite:///"
_SCHEMES = ("sqlite", "http", "https", "postgresql", "mysql", "mssql", "databricks")
_DRIVERS = {"psycopg": "'psycopg[binary]'", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
"""Modules that SQLAlchemy looks for, to the packages that hold them."""

_PARAM_CHARS = 500
_STORE_ERRORS = (MlflowException, SQLAlchemyError, OSError)


class TrackedRun:
    """An open MLflow run; made by :func:`track_run`."""

    def __init__(self, client: mlflow.MlflowClient, run_id: str, uri: str) -> None:
        self._client = client
        self._waiting = WaitingMetrics(lambda metrics: client.log_batch(run_id, metrics=metrics))
        self.id = run_id
        self.uri = uri

    @property
    def address(self) -> str:
        """The store's address, without a password."""
        return _hide_password(self.uri)

    def end_other(self, run_id: str) -> None:
        """Mark another run of this store as killed, if its process died without a word."""
        try:
            status = self._client.get_run(run_id).info.status
        except MlflowException:  # of another store, or deleted
            return
        if status == RunStatus.to_string(RunStatus.RUNNING):
            self._client.set_terminated(run_id, RunStatus.to_string(RunStatus.KILLED))

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log parameters as text, cut at 500 characters; the whole config is logged as a file."""
        entries = [Param(name, str(value)[:_PARAM_CHARS]) for name, value in params.items()]
        insist(lambda: self._client.log_batch(self.id, params=entries))

    def log_tags(self, tags: Mapping[str, object]) -> None:
        """Log tags as text."""
        entries = [RunTag(name, str(value)) for name, value in tags.items()]
        insist(lambda: self._client.log_batch(self.id, tags=entries))

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Log metrics at a step; where the store does not answer, they wait, and the training goes on."""
        now = int(time.time() * 1000)
        self._waiting.add([Metric(name, float(value), now, step) for name, value in metrics.items()])

    def keep_metrics(self, path: Path) -> None:
        """Keep metrics that wait in a file, from which a process that goes on with the run sends them."""
        self._waiting.keep_in(path)

    def log_datasets(self, datasets: Sequence[DatasetInput]) -> None:
        """Log which rows the run reads."""
        insist(lambda: self._client.log_inputs(self.id, list(datasets)))

    def log_note(self, text: str) -> None:
        """Log the description of the run, in Markdown."""
        self.log_tags({_NOTE: text})

    def show_metrics(self, names: Sequence[str]) -> None:
        """Give the experiment's table of runs, as :func:`list_pages` leads to it, columns for these metrics."""

        def show() -> None:
            experiment = self._client.get_run(self.id).info.experiment_id
            shown = json.loads(self._client.get_experiment(experiment).tags.get(_VIEW, "{}"))
            columns = shown.get("selectedColumns", [])
            columns += [column for column in map("metrics.`{}`".format, names) if column not in columns]
            self._client.set_experiment_tag(experiment, _VIEW, json.dumps({"selectedColumns": columns}))

        insist(show)

    def log_folder(self, folder: Path, name: str) -> None:
        """Log a folder's files as artifacts, below ``name``."""
        insist(lambda: self._client.log_artifacts(self.id, str(folder), name))

    def log_file(self, path: Path) -> None:
        """Log a file as an artifact."""
        insist(lambda: self._client.log_artifact(self.id, str(path)))

    def close(self, status: int) -> None:
        """Log the metrics that wait, and end the run; a run that failed or was killed does not insist on it."""

        def end() -> None:
            self._waiting.flush()
            self._client.set_terminated(self.id, RunStatus.to_string(status))

        if status == RunStatus.FINISHED:
            insist(end)
        else:
            with suppress(*_STORE_ERRORS):  # why the run ended is what the user needs to read
                end()

    def log_model(self, folder: Path, example: Mapping[str, str]) -> None:
        """Log a model folder, so that MLflow loads and serves ``runs:/<id>/model`` where Janib is not installed.

        Signature, input example, pinned requirements and Janib's code are logged with it. The run's tag
        ``model_version`` is the version that predictions carry.

        Parameters
        ----------
        folder
            The model folder.
        example
            One input row, of invented text.
        """
        insist(lambda: self._log_model(folder, example))

    def _log_model(self, folder: Path, example: Mapping[str, str]) -> None:
        manifest = read_manifest(folder)
        extras = set(filter(None, map(find_extra, _list_kinds(folder))))
        with _use_store(self.uri), _mute_janib(), mlflow.start_run(run_id=self.id), TemporaryDirectory() as place:
            code = Path(place) / "janib"
            shutil.copytree(_PACKAGE, code, ignore=_leave_out)
            mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("pyfunc.py")),
                artifacts={"model": str(folder)},
                signature=_make_signature(manifest),
                input_example=[dict(example)],
                pip_requirements=list_requirements(extras),
                code_paths=[str(code)],
            )
        self.log_tags({"model_version": name_version(manifest)})
        # start_run has ended the run; it goes on here.
        self._client.update_run(self.id, status=RunStatus.to_string(RunStatus.RUNNING))


@contextmanager
def track_run(
    uri: str,
    artifacts: str | Path,
    experiment: str,
    name: str,
    tags: Mapping[str, object],
    run_id: str | None = None,
    about: str = "",
) -> Iterator[TrackedRun]:
    """Open a run, and close it as finished, failed or killed.

    Parameters
    ----------
    uri
        Tracking store, for instance ``sqlite:///mlflow.db``, relative to the working directory.
    artifacts
        Folder for the artifacts of a new experiment in a local store.
    experiment
        Experiment of the run; made if it does not exist.
    name
        Name of the run.
    tags
        Provenance of the run.
    run_id
        A run to go on with; where the store does not have it, a new one is begun.
    about
        Description of a new experiment, in Markdown.

    Raises
    ------
    TrackingError
        If the store cannot be opened or written.
    """
    with _explain_store(uri):
        client, experiment_id = _open_store(uri, Path(artifacts), experiment, about)
        _end_dead_runs(client)
        labels = {**resolve_tags(), _PROCESS: name_process(), **{key: str(value) for key, value in tags.items()}}
        if run_id is None or not has_run(uri, run_id):
            run = TrackedRun(client, client.create_run(experiment_id, run_name=name, tags=labels).info.run_id, uri)
        else:
            run = TrackedRun(client, run_id, uri)
            client.update_run(run_id, status=RunStatus.to_string(RunStatus.RUNNING))
            run.log_tags(labels)
    status = RunStatus.FAILED
    try:
        with _explain_store(uri, is_open=True):
            yield run
        status = RunStatus.FINISHED
    except KeyboardInterrupt:
        status = RunStatus.KILLED
        raise
    finally:
        with _explain_store(uri, is_open=True):
            run.close(status)


def has_run(uri: str, run_id: str) -> bool:
    """Return whether the store has a run."""
    try:
        with _enter_store(uri):
            mlflow.MlflowClient(uri).get_run(run_id)
    except MlflowException:
        return False
    return True


def find_finished(uri: str, hashes: Sequence[str]) -> str | None:
    """Return the id of the newest finished training run of a config, or None; scorings of saved models do not count.

    Parameters
    ----------
    uri
        Tracking store; one that does not exist is not made.
    hashes
        The hashes that this version and earlier ones give the config, tried in order.
    """
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).exists():
        return None
    with _explain_store(uri), _enter_store(uri):
        client = mlflow.MlflowClient(uri)
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        for config_hash in hashes:
            runs = client.search_runs(
                experiments,
                f"tags.config_hash = '{config_hash}' and attributes.status = 'FINISHED'",
                order_by=["attributes.start_time DESC"],
            )
            found: str | None = next((run.info.run_id for run in runs if "saved" not in run.data.tags), None)
            if found is not None:
                return found
    return None


def list_pages(uri: str) -> dict[str, str]:
    """Return the pages of MLflow's site that show a local store: its runs, by experiment, newest first, and its models.

    Raises
    ------
    TrackingError
        If there is no such store, or it holds no run.
    """
    if not uri.startswith(_SQLITE):
        raise TrackingError(f"{uri} is no file of this machine, expected {_SQLITE}…; open a server in a browser")
    if not Path(uri.removeprefix(_SQLITE)).is_file():
        raise TrackingError(f"there is no MLflow store at {uri}; run an experiment first, or name another with --store")
    with _explain_store(uri), _enter_store(uri):
        client = mlflow.MlflowClient(uri)
        names = {experiment.experiment_id: experiment.name for experiment in client.search_experiments()}
        runs = client.search_runs(list(names), order_by=["attributes.start_time DESC"])
    if not runs:
        raise TrackingError(f"the MLflow store {uri} holds no run; run an experiment first")
    # Without the last part MLflow opens an experiment on its page of traces, which is empty.
    found = {names[run.info.experiment_id]: _name_page(run.info.experiment_id) for run in runs}
    return {**found, "registered models": f"#/models{_WORKFLOW}"}


def _name_page(experiment: str) -> str:
    return f"#/experiments/{experiment}/runs{_WORKFLOW}&viewStateShareKey={_VIEW.rpartition('.')[2]}"


def download_files(uri: str, run_id: str, folder: Path) -> Path:
    """Copy a run's files except its model into ``folder``; return the folder."""
    with _explain_store(uri), _enter_store(uri):
        client = mlflow.MlflowClient(uri)
        folder.mkdir(parents=True, exist_ok=True)
        for item in client.list_artifacts(run_id):
            if item.path != "model":
                client.download_artifacts(run_id, item.path, str(folder))
    return folder


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered version of a model, and whether the alias ``champion`` points at it.

    Attributes
    ----------
    address
        Its ``models:/`` address: by the alias where that points at it, else by its version.
    reason
        Why the champion is another version; empty where it is this one.
    """

    address: str
    reason: str = ""

    def __str__(self) -> str:
        """Return the address, and the reason if there is one."""
        return f"{self.address} ({self.reason})" if self.reason else self.address


def register_model(uri: str, run_id: str, name: str, chosen_by: str) -> Registration:
    """Register a run's model, and make it the champion unless another is better or cannot be compared with it.

    Two runs are compared by the validation score ``chosen_by``, where the same rows validated in both. A run that is
    registered already gets no further version. The newest version is always ``models:/NAME/latest``.
    """
    with _explain_store(uri):
        client = mlflow.MlflowClient(uri)
        version = next((one for one in _list_versions(client, name) if one.run_id == run_id), None)
        if version is None:
            with _use_store(uri), redirect_stderr(StringIO()):  # it prints what the address says
                version = mlflow.register_model(f"runs:/{run_id}/model", name)
            _describe_version(client, version)
        champion = _find_champion(client, name)
        reason = "" if champion is None else _explain_champion(client, champion, version, chosen_by)
        if reason:
            return Registration(f"models:/{name}/{version.version}", reason)
        client.set_registered_model_alias(name, CHAMPION, version.version)
    return Registration(f"models:/{name}@{CHAMPION}")


def _list_versions(client: mlflow.MlflowClient, name: str) -> list[ModelVersion]:
    # The filter of a search takes no quotes in a name.
    return [one for one in client.search_model_versions() if one.name == name]


def _find_champion(client: mlflow.MlflowClient, name: str) -> ModelVersion | None:
    try:
        return client.get_model_version_by_alias(name, CHAMPION)
    except MlflowException:
        return None


def _explain_champion(
    client: mlflow.MlflowClient, champion: ModelVersion, version: ModelVersion, chosen_by: str
) -> str:
    """Say why the champion is not replaced by another version; empty if it is to be."""
    old, new = (client.get_run(str(one.run_id)).data for one in (champion, version))
    if champion.version == version.version or VALIDATION not in old.tags:  # of an earlier version of Janib
        return ""
    stays = f"version {champion.version} stays @{CHAMPION}"
    if chosen_by not in new.metrics:
        return f"{stays}: this one was not validated"
    if old.tags[VALIDATION] != new.tags.get(VALIDATION) or chosen_by not in old.metrics:
        return (
            f"{stays}: it was validated on other rows, so the scores cannot be compared; another name keeps them apart"
        )
    if new.metrics[chosen_by] > old.metrics[chosen_by]:
        return ""
    return f"{stays}: its {chosen_by} is {old.metrics[chosen_by]:.4f}, this one's {new.metrics[chosen_by]:.4f}"


def _describe_version(client: mlflow.MlflowClient, made: ModelVersion) -> None:
    """Describe a registered model as its experiment is described, and its version as its run is."""
    run = client.get_run(str(made.run_id))
    experiment = client.get_experiment(run.info.experiment_id)
    client.update_registered_model(made.name, experiment.tags.get(_NOTE, ""))
    client.update_model_version(made.name, made.version, run.data.tags.get(_NOTE, ""))


def download_model(address: str) -> Path:
    """Return the local model folder behind ``runs:/…`` or ``models:/…``.

    The store is ``MLFLOW_TRACKING_URI``, or ``sqlite:///mlflow.db`` in the working directory.

    Raises
    ------
    ModelError
        If there is no such model, or Janib did not log it.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI", f"{_SQLITE}mlflow.db")
    if uri.startswith(_SQLITE) and not Path(uri.removeprefix(_SQLITE)).is_file():
        raise ModelError(f"{address}: there is no MLflow store at {uri}; name it in MLFLOW_TRACKING_URI")
    if _IS_NAME.fullmatch(address):
        raise ModelError(f"{address} names no version; expected {address}@{CHAMPION}, or {address}/1 for a version")
    lost: list[Path] = []
    try:
        with _enter_store(uri) as lost:
            folder = Path(mlflow.artifacts.download_artifacts(address, tracking_uri=uri))
    except _STORE_ERRORS as error:
        problem = _describe_lost(lost, uri) or _first_line(error)
        raise ModelError(f"{address} cannot be loaded from {_hide_password(uri)}: {problem}") from error
    found = sorted(folder.rglob(MANIFEST))
    if not found:
        raise ModelError(f"{address} holds no {MANIFEST}; expected a model that Janib logged")
    return found[0].parent


def open_spark(spark: Any, address: str) -> tuple[Callable[[Any], Any], list[str]]:
    """Return a Spark function of the model at ``runs:/…`` or ``models:/…``, and the columns that it needs.

    ``spark`` is a ``pyspark.sql.SparkSession``. The function takes a struct of the model's input columns, and returns a
    struct of its output columns.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    for name in ("mlflow.pyfunc", "mlflow.models.flavor_backend_registry"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        needed = mlflow.models.get_model_info(address).signature.inputs.required_input_names()
        return mlflow.pyfunc.spark_udf(spark, address, env_manager="local"), needed
    except _STORE_ERRORS as error:
        raise ModelError(f"{address} cannot be loaded: {_first_line(error)}") from error


def _make_signature(manifest: Mapping[str, Any]) -> ModelSignature:
    needs_target = bool(manifest["provenance"].get("target_is_given"))
    required = {"text": True, "target": needs_target, "speaker": False, "context": False}
    outputs: list[ColSpec | TensorSpec] = []
    for number, (task, labels) in enumerate(manifest["labels"].items()):
        prefix = f"{task}_" if number else ""
        outputs += [
            ColSpec("string", f"{prefix}predicted"),
            *(ColSpec("double", f"{prefix}p_{name}") for name in labels),
        ]
    outputs += [ColSpec("string", "error"), ColSpec("string", "model_version")]
    return ModelSignature(
        Schema([ColSpec("string", name, is_needed) for name, is_needed in required.items()]), Schema(outputs)
    )


def _list_kinds(folder: Path) -> set[str]:
    return {json.loads(path.read_text(encoding="utf-8"))["kind"] for path in folder.rglob(MANIFEST)}


def _leave_out(folder: str, names: list[str]) -> set[str]:
    # A logged model has its own weights, and needs no corpus.
    is_data = Path(folder) == _PACKAGE / "data"
    return {name for name in names if name == "__pycache__" or (is_data and name in ("models", "statements"))}


def _end_dead_runs(client: mlflow.MlflowClient) -> None:
    """Mark the runs as killed whose processes, of this machine, died without a word."""
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    for run in client.search_runs(experiments, "attributes.status = 'RUNNING'"):
        if is_dead(run.data.tags.get(_PROCESS, "")):
            client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.KILLED))


def _open_store(uri: str, artifacts: Path, experiment: str, about: str) -> tuple[mlflow.MlflowClient, str]:
    for name in ("mlflow", "alembic", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)  # the error itself says it, in one line
    _check_address(uri)
    with _enter_store(uri):
        path = _find_file(uri)
        if path is not None and not path.exists():
            _make_store(path)
        client = mlflow.MlflowClient(uri)
        found = client.get_experiment_by_name(experiment)
        if found is not None:
            return client, found.experiment_id
        location = artifacts.absolute().as_uri() if uri.startswith(_SQLITE) else None
        tags = {_NOTE: about} if about else None
        return client, client.create_experiment(experiment, artifact_location=location, tags=tags)


def _check_address(uri: str) -> None:
    """Raise TrackingError unless MLflow can keep a store at an address."""
    path = _find_file(uri)
    scheme = uri.partition(":")[0].partition("+")[0] if ":" in uri else ""
    if path is not None and (not path.name or path.is_dir()):
        problem = "is a folder, expected a file"
    elif scheme not in _SCHEMES:
        problem = f"is of no kind that MLflow keeps, expected {', '.join(f'{name}:' for name in _SCHEMES)}"
    else:
        return
    raise TrackingError(
        f"tracking.uri={uri} {problem}; name one as {_SQLITE}mlflow.db, or a server as http://HOST:5000"
    )


def _find_file(uri: str) -> Path | None:
    """Return the file of an SQLite store; None for other stores, and for ``file:`` addresses, which exist already."""
    if not uri.startswith(_SQLITE) or uri.startswith(f"{_SQLITE}file:"):
        return None
    return Path(uri.removeprefix(_SQLITE))


def _make_store(path: Path) -> None:
    # The file appears when it is complete: MLflow cannot open a store whose making was interrupted.
    with TemporaryDirectory() as scratch, write_file(path) as partial:
        made = Path(scratch) / "mlflow.db"
        mlflow.MlflowClient(f"{_SQLITE}{made}").search_experiments()
        shutil.copyfile(made, partial)


@contextmanager
def _enter_store(uri: str) -> Iterator[list[Path]]:
    """Hold a local store's lock; yield the folders of its artifacts that are gone.

    MLflow 3 crashes if two processes initialise an empty SQLite store at once (duplicate column).
    """
    path = _find_file(uri)
    if path is None:
        yield []
        return
    lock = path.with_name(f"{path.name}-lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
    except PermissionError as error:
        raise TrackingError(
            f"the MLflow store {uri} cannot be used: permission denied for {error.filename}; "
            "make it writable, or name another with tracking.uri="
        ) from error
    with FileLock(lock):
        yield follow_move(path)


@contextmanager
def _use_store(uri: str) -> Iterator[None]:
    # For calls without a store argument. MLflow keeps the last store for the process, and in the environment.
    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)  # type: ignore[arg-type]  # None unsets it


@contextmanager
def _mute_janib() -> Iterator[None]:
    # MLflow tries the model with the invented example, and what is said of that is not of the user's rows.
    logger = logging.getLogger("janib")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _explain_store(uri: str, *, is_open: bool = False) -> Iterator[None]:
    """Raise an error of the store as TrackingError; ``is_open`` says that a run is under way."""
    try:
        yield
    except (*REMOTE_ERRORS, SQLAlchemyError) as error:
        problem = _describe_problem(error, is_remote=uri.startswith("http"))
        remedy = "run again; a training goes on with resume=true" if is_open else "name another with tracking.uri="
        joint = "then" if is_open else "or"
        raise TrackingError(
            f"the MLflow store {_hide_password(uri)} cannot be used: {problem}, {joint} {remedy}"
        ) from error
    except ModuleNotFoundError as error:
        if error.name not in _DRIVERS:
            raise
        raise TrackingError(
            f"the MLflow store {_hide_password(uri)} needs a driver that is not installed; "
            f"install it with: pip install {_DRIVERS[error.name]}"
        ) from error


def _describe_problem(error: Exception, *, is_remote: bool) -> str:
    """Say in one line what is wrong with a store, and how it is mended."""
    fault = find_fault(error)
    text = str(fault).lower()
    if is_disk_full(error):
        return "the disk is full; free some space"
    if "readonly" in text or "read-only" in text:
        return "it is read-only; make it writable"
    if "database is locked" in text:
        return "another program holds its lock; wait for that program or end it"
    if is_remote and isinstance(error, REMOTE_ERRORS) and may_pass(error):
        return "it does not answer; start it"
    return f"{_first_line(fault)}; mend it"


def _describe_lost(lost: Sequence[Path], uri: str) -> str:
    if not lost:
        return ""
    store = Path(uri.removeprefix(_SQLITE)).absolute()
    names = " and ".join(map(str, lost))
    return f"the store has its files in {names}, which is gone; put the folder {lost[0].name} into {store.parent}"


def _hide_password(uri: str) -> str:
    return re.sub(r"(?<=//)[^/@]*@", "…@", uri)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
