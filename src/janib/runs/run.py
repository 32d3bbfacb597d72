"""One run: read, cut, fit, validate, refit, test, write, log."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from janib.corpora import NAMES, get_corpus
from janib.corpora.base import Corpus, Splits
from janib.corpora.folds import make_folds
from janib.corpora.mixture import leave_out, read_others, sample_rows
from janib.errors import ConfigError, ModelError, suggest
from janib.inference.classifier import load_classifier
from janib.io.files import hash_file
from janib.models.base import Model, Probabilities, StepwiseModel
from janib.models.card import write_card
from janib.models.distributed import join
from janib.models.ensemble.members import find_files
from janib.models.store import import_kind, name_class, save_model
from janib.provenance import (
    describe_commit,
    describe_device,
    describe_versions,
    hash_config,
)
from janib.runs.cost import Cost, count_parameters, start_cost
from janib.runs.hydra_main import flatten_config
from janib.runs.results import Result, Scores, list_scoring, score_rows, write_result
from janib.runs.resume import LOCK, RUN, Fold, Unfinished, open_unfinished
from janib.schema import Example
from janib.tracking.store import TrackedRun, register_model, track_run

log = logging.getLogger(__name__)

IDENTITY = ("data", "task", "model", "split", "split_seed", "seed", "test")
"""The parts of a config that decide a run's numbers; they make its hash. A null says the same as no key."""

_OLD_READERS = {
    "csv": "janib.corpora.readers.own_file.read_own_file",
    "arastance": "janib.corpora.readers.arastance.read_arastance",
}
"""Corpora whose reader had a path of its own in the hashes of version 0.1."""

MIXTURE = ("train", "sampling_temperature", "most_rows")
"""Keys of ``data`` that say which corpora are trained on; its other keys are its reader's."""


def run(config: DictConfig, folder: Path) -> Result:
    """Run one experiment.

    The model is fitted on each fold and scored on what the fold left out; then it is fitted on all training rows,
    and that model is saved and, with ``test``, scored on the corpus's test splits. With ``resume``, a run of the same
    config that was killed goes on: same MLflow run, finished folds kept, training from its newest checkpoint.

    Parameters
    ----------
    config
        As ``conf/train.yaml`` composes it.
    folder
        Where the run's files go.

    Returns
    -------
    Result
        Also written to ``folder`` and logged to MLflow.
    """
    start, cost = time.perf_counter(), start_cost()
    _check(config)
    tasks = list_tasks(config)
    corpus, splits = read_data(config)
    others = _read_others(config, corpus, splits)
    make_model(config, corpus)  # a wrong option says so before anything is logged
    provenance = _describe(config, corpus) | {
        "config_hash": hash_run(config),
        "model": config.model.name,
        "seed": config.seed,
        "split_seed": config.split_seed,
    }
    place = Path(config.unfinished) / provenance["config_hash"]
    with (
        join(),
        open_unfinished(place, resume=config.resume) as unfinished,
        _track(config, corpus, provenance, unfinished.read_run().get("run_id")) as tracked,
    ):
        _take_over(unfinished, tracked, folder)
        tracked.log_params(flatten_config(_identify(config)))
        scored, choices = _validate(config, corpus, splits, others, tracked, unfinished, cost)
        log.info("refitting on all training rows")
        train = [*_drop_leaks(config, _own_rows(config, splits), _list_test_rows(splits)), *others]
        with cost.time_training(is_whole=not unfinished.name_checkpoints("refit").exists()):
            model = _fit(config, corpus, train, [], tracked, unfinished, "refit", choices)
        tests = _list_tests(splits) if config.test else []
        _merge(scored, _test(model, config, corpus, splits, tests, provenance, cost))
        seconds = time.perf_counter() - start
        chosen_by = {task: f"valid/{corpus.metrics[task]}" for task in tasks}
        result = Result(folder, tracked.id, scored, provenance, chosen_by, seconds, cost)
        card = write_card(
            config.model.name,
            corpus,
            tasks[0],
            provenance,
            result.metrics,
            result.intervals,
            kind=model.kind,
            encoder=config.model.get("encoder"),
            trained_on=[name for name in config.data.get("train") or [corpus.name] if name in NAMES],
        )
        save_model(model, folder / "model", provenance, card)
        cost.parameters = count_parameters(folder / "model")
        _keep(result, config, corpus, tracked)
        tracked.log_model(folder / "model", _give_example(corpus))
    log.info("model       %s", folder / "model")
    if config.register:
        name = f"janib-{corpus.name}-{config.task.name}"
        log.info("registered  %s", register_model(config.tracking.uri, tracked.id, name))
    return result


def follow(config: DictConfig, folder: Path) -> None:
    """Do :func:`run` as one more process that torchrun has started, for its share of the training alone.

    It takes the very steps of the first process, on what that one had done before it was killed, and writes into
    ``folder``, which its caller throws away; so nothing else needs to know which process it is in.
    """
    logging.getLogger("janib").setLevel(logging.WARNING)
    begun = Path(config.unfinished) / hash_run(config)
    if config.resume and begun.is_dir():
        shutil.copytree(begun, folder / "unfinished" / begun.name, ignore=shutil.ignore_patterns(RUN, LOCK))
    own: Any = OmegaConf.to_container(config, resolve=True)
    own |= {"unfinished": str(folder / "unfinished"), "ledger": str(folder / "ledger.csv"), "register": False}
    own["tracking"] |= {"uri": f"sqlite:///{folder / 'mlflow.db'}", "artifacts": str(folder / "artifacts")}
    run(OmegaConf.create(own), folder)


def evaluate(config: DictConfig, folder: Path) -> Result:
    """Score a saved model on a corpus's test splits, or on all rows of a file that has none, without training.

    Parameters
    ----------
    config
        As ``conf/evaluate.yaml`` composes it.
    folder
        Where the run's files go.

    Raises
    ------
    ModelError
        If there is no such model, or it does not have the task.
    """
    start, cost = time.perf_counter(), start_cost()
    tasks = list_tasks(config)
    classifier = load_classifier(config.saved)
    corpus, splits = read_data(config)
    for task in tasks:
        if classifier.model.labels.get(task) != corpus.task_labels(task):
            raise ModelError(
                f"{config.saved} answers {dict(classifier.model.labels)}, but {corpus.name} asks for {task} as "
                f"{corpus.task_labels(task)}; choose a model or a task that fits"
            )
    trained = classifier.manifest["provenance"]
    provenance = _describe(config, corpus) | {
        name: trained.get(name, "unknown") for name in ("config_hash", "model", "seed")
    }
    with _track(config, corpus, provenance | {"saved": config.saved}) as tracked:
        tests = _list_tests(splits) or list(splits)
        scored = _test(classifier.model, config, corpus, splits, tests, provenance, cost)
        seconds = time.perf_counter() - start
        chosen_by = {task: f"valid/{corpus.metrics[task]}" for task in tasks}
        result = Result(folder, tracked.id, scored, provenance, chosen_by, seconds, cost)
        _keep(result, config, corpus, tracked)
    return result


def list_tasks(config: DictConfig) -> list[str]:
    """Return the tasks that a config trains and scores; the first is the main one."""
    return [str(task) for task in config.task.get("tasks") or [config.task.name]]


def hash_run(config: DictConfig) -> str:
    """Return the hash of what decides a run's numbers: data, task, model, split and seeds."""
    return hash_config(_identify(config))


def list_hashes(config: DictConfig) -> tuple[str, ...]:
    """Return a run's hash and those that earlier versions gave the same config, today's first.

    Until version 0.1 a hash held the import paths of the model's class and of the corpus's reader.
    """
    chosen = _identify(config)
    kind = chosen["model"].pop("kind", None)
    if kind is not None:
        chosen["model"]["_target_"] = f"janib.models.{kind}.{kind.capitalize()}Model"
    chosen["data"]["_target_"] = _OLD_READERS.get(config.data.name, "janib.corpora.read_corpus")
    return hash_run(config), hash_config(chosen)


def list_checksums(config: DictConfig) -> dict[str, str]:
    """Return path and sha256 of the files of all corpora that a config reads; a user's own are in its hash."""
    return {path: sha for name in list_corpora(config) for path, sha in get_corpus(name).list_checksums().items()}


def list_corpora(config: DictConfig) -> list[str]:
    """Return the names of all corpora that a config reads, its own first, without a user's own files."""
    names = dict.fromkeys([config.data.name, *(config.data.get("train") or [])])
    return [name for name in names if name in NAMES]


def cut_rows(config: DictConfig, splits: Splits) -> Sequence[tuple[list[Example], list[Example]]]:
    """Return the rows of each fold that are fitted on, and those that validate."""
    if not config.split.used:
        return []
    if not _own_rows(config, splits):
        return [([], [*splits["train"], *splits.get("valid", [])])]  # none is trained on: all of them validate
    if "valid" in splits:
        return [(splits["train"], splits["valid"])]
    cuts = {key: value for key, value in config.split.items() if key != "drop_leaks"}
    return make_folds(splits["train"], list_tasks(config)[0], **cuts, split_seed=config.split_seed)


def make_model(config: DictConfig, corpus: Corpus) -> Model:
    """Make a fresh, unfitted model from its config, the corpus's labels and the seed.

    Raises
    ------
    MissingExtraError
        If packages that it needs are not installed.
    """
    settings = {key: value for key, value in config.model.items() if key not in ("name", "kind")}
    if "kind" in config.model:
        import_kind(config.model.kind, f"model={config.model.name}")
    settings["_target_"] = name_class(config.model)
    labels = {task: corpus.task_labels(task) for task in list_tasks(config)}
    model: Model = instantiate(settings, labels=labels, seed=config.seed, _convert_="all")
    return model


def _identify(config: DictConfig) -> dict[str, Any]:
    chosen: Any = OmegaConf.to_container(OmegaConf.masked_copy(config, list(IDENTITY)), resolve=True)
    chosen["data"].pop("_target_", None)  # its name says which reader it is
    paths = [Path(config.data[name]) for name in ("path", "test_path") if config.data.get(name)]
    own = {path.name: hash_file(path) for path in paths if path.is_file()}
    for member in config.model.get("members", []):  # an ensemble's numbers change with its members'
        own |= {str(path): hash_file(path) for path in find_files(member, config.model.results)}
    return drop_nulls({**chosen, "files": own} if own else chosen)


def drop_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config without the keys that are null, so that a new option changes no older run's hash.

    >>> drop_nulls({"seed": 0, "data": {"name": "ans", "train": None}})
    {'seed': 0, 'data': {'name': 'ans'}}
    """
    return {
        key: drop_nulls(value) if isinstance(value, Mapping) else value
        for key, value in config.items()
        if value is not None
    }


def _check(config: DictConfig) -> None:
    known = (*IDENTITY, "ledger", "register", "resume", "tracking", "unfinished")
    for key in config:
        if key not in known:
            raise ConfigError(f"{key!s}: no experiment reads such a key{suggest(str(key), known)}")
    for key in ("seed", "split_seed", "split.parts", "split.used"):
        value = OmegaConf.select(config, key)
        if type(value) is not int or not 0 <= value < 2**32:
            raise ConfigError(f"{key}={value}: expected a whole number from 0 to 4294967295")
    if config.split.drop_leaks not in (None, True):
        raise ConfigError(f"split.drop_leaks={config.split.drop_leaks}: expected true, or null for no")
    for key in ("test", "register", "resume"):
        if type(config[key]) is not bool:
            raise ConfigError(f"{key}={config[key]}: expected true or false")


def read_data(config: DictConfig) -> tuple[Corpus, Splits]:
    """Read the corpus that a config names, with the rows that have a label for one of its tasks."""
    log.info("reading %s", config.data.name)
    settings = {key: value for key, value in config.data.items() if key not in MIXTURE}
    corpus, splits = instantiate(settings, task=list_tasks(config), _convert_="all")
    log.info(", ".join(f"{split}: {len(rows):,} rows" for split, rows in splits.items()))
    return corpus, splits


def _read_others(config: DictConfig, corpus: Corpus, splits: Splits) -> list[Example]:
    """Return the rows of other corpora that are trained on; none of their texts is in a test split."""
    names = [name for name in config.data.get("train") or [] if name != corpus.name]
    others = read_others(names, list_tasks(config))
    temperature, most = (config.data.get(key) for key in ("sampling_temperature", "most_rows"))
    drawn = sample_rows(others, temperature, most, config.split_seed)
    kept = leave_out(drawn, _list_test_rows(splits))
    if others:
        counts = ", ".join(f"{name} {sum(row.id.startswith(f'{name}/') for row in kept):,}" for name in others)
        log.info("training too on %s; %d rows left out whose text is in a test split", counts, len(drawn) - len(kept))
    return kept


def _own_rows(config: DictConfig, splits: Splits) -> list[Example]:
    """Return the corpus's own rows that are trained on: none where ``data.train`` names others alone."""
    names = config.data.get("train")
    return [] if names and config.data.name not in names else [*splits["train"], *splits.get("valid", [])]


def _drop_leaks(config: DictConfig, train: list[Example], scored: list[Example]) -> list[Example]:
    """Leave out, if the config says so, the training rows whose text stands in rows that are scored."""
    kept = leave_out(train, scored) if config.split.drop_leaks else train
    if len(kept) < len(train):
        log.info("%d of %d training rows left out whose text is scored", len(train) - len(kept), len(train))
    return kept


def _describe(config: DictConfig, corpus: Corpus) -> dict[str, Any]:
    return {
        **describe_commit(),
        "data": corpus.name,
        "data_sha256": list_checksums(config),
        "task": config.task.name,
        "target_is_given": corpus.target_is_given,
        "device": describe_device(),
        "versions": describe_versions(),
    }


def _track(
    config: DictConfig, corpus: Corpus, provenance: Mapping[str, Any], run_id: str | None = None
) -> AbstractContextManager[TrackedRun]:
    experiment = f"{config.tracking.experiment}-{corpus.name}-{config.task.name}"
    name = f"{provenance['model']}-seed{provenance['seed']}"
    return track_run(config.tracking.uri, config.tracking.artifacts, experiment, name, provenance, run_id)


def _take_over(unfinished: Unfinished, tracked: TrackedRun, folder: Path) -> None:
    """Keep the run's place, and drop the folder of the one that was killed."""
    before = unfinished.read_run()
    if before.get("run_id") == tracked.id and Path(before["folder"]) != folder.resolve():
        log.info("going on with MLflow run %s", tracked.id)
        shutil.rmtree(before["folder"], ignore_errors=True)
    unfinished.write_run(tracked.id, folder)


def _fit(
    config: DictConfig,
    corpus: Corpus,
    train: list[Example],
    valid: list[Example],
    tracked: TrackedRun,
    unfinished: Unfinished,
    part: str,
    choices: Sequence[Mapping[str, Any]] = (),
) -> Model:
    model = make_model(config, corpus)
    if isinstance(model, StepwiseModel):
        model.on_log = lambda step, values: tracked.log_metrics({f"{part}/{key}": values[key] for key in values}, step)
        model.checkpoint_dir = unfinished.name_checkpoints(part)
        if choices:
            model.adopt_choices(choices)
    return model.fit(train, valid)


def _validate(
    config: DictConfig,
    corpus: Corpus,
    splits: Splits,
    others: list[Example],
    tracked: TrackedRun,
    unfinished: Unfinished,
    cost: Cost,
) -> tuple[Scores, list[dict[str, Any]]]:
    """Fit and score each fold; return the scores over all of them, and what each fold's model chose."""
    tasks = list_tasks(config)
    cut = cut_rows(config, splits)
    rows: list[Example] = []
    folds: list[Fold] = []
    for number, (own, valid) in enumerate(cut, start=1):
        own = _drop_leaks(config, own, [*valid, *_list_test_rows(splits)])
        train = [*own, *leave_out(others, valid)]
        log.info("fold %d of %d: fitting on %d rows, validating on %d", number, len(cut), len(train), len(valid))
        fold = unfinished.read_fold(number)
        if fold is None:
            model = _fit(config, corpus, train, valid, tracked, unfinished, f"fold{number}")
            choices = model.report_choices() if isinstance(model, StepwiseModel) else {}
            with cost.time_prediction(len(valid)):
                fold = Fold(model.predict_proba(valid), choices)
            unfinished.write_fold(number, fold)
        rows += valid
        folds.append(fold)
    probabilities = {task: np.concatenate([fold.probabilities[task] for fold in folds]) for task in tasks if folds}
    scored = _score(corpus, tasks, "valid", rows, probabilities)
    return scored, [fold.choices for fold in folds]


def _list_tests(splits: Splits) -> list[str]:
    return [split for split in splits if split.startswith("test")]


def _list_test_rows(splits: Splits) -> list[Example]:
    return [row for split in _list_tests(splits) for row in splits[split]]


def _test(
    model: Model,
    config: DictConfig,
    corpus: Corpus,
    splits: Splits,
    tests: Sequence[str],
    provenance: Mapping[str, Any],
    cost: Cost,
) -> Scores:
    scores: Scores = {}
    for split in tests:
        rows = splits[split]
        with cost.time_prediction(len(rows)):
            probabilities = model.predict_proba(rows)
        scored = _score(corpus, list_tasks(config), split, rows, probabilities)
        for task, parts in scored.items():
            list_scoring(Path(config.ledger), corpus, task, split, parts[split], provenance)
        _merge(scores, scored)
    return scores


def _score(
    corpus: Corpus, tasks: Sequence[str], split: str, rows: Sequence[Example], probabilities: Probabilities
) -> Scores:
    scores: Scores = {}
    for task in tasks:
        known = [i for i, row in enumerate(rows) if row.gold(task) is not None]
        if not known:
            continue
        scored = score_rows(corpus, task, [rows[i] for i in known], probabilities[task][known])
        scores[task] = {split: scored}
        key = corpus.metrics[task]
        low, high = scored.intervals[key]
        log.info("%s: %s %s %.4f (95 %% interval %.4f to %.4f)", split, task, key, scored.metrics[key], low, high)
    return scores


def _merge(scores: Scores, more: Scores) -> None:
    for task, parts in more.items():
        scores.setdefault(task, {}).update(parts)


def _keep(result: Result, config: DictConfig, corpus: Corpus, tracked: TrackedRun) -> None:
    write_result(result, corpus, OmegaConf.to_yaml(config, resolve=True))
    log.info("logging to %s", tracked.uri)
    tracked.log_tags({"wall_seconds": round(result.seconds, 2), **result.cost.describe()})
    tracked.log_metrics(result.metrics)
    for path in sorted(result.folder.iterdir()):
        if path.is_file() and path.suffix in (".json", ".yaml", ".png"):
            tracked.log_file(path)
    tracked.log_folder(result.folder / "predictions", "predictions")
    log.info("folder      %s", result.folder)
    log.info("MLflow run  %s", tracked.id)


def _give_example(corpus: Corpus) -> dict[str, str]:
    example = {"text": "رحبت الوزارة بقرار المجلس"}
    return example | {"target": "المجلس"} if corpus.target_is_given else example
