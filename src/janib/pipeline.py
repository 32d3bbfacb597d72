"""One run: read, cut, fit, validate, refit, test, write, log."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from janib.classifier import load_classifier
from janib.commandline import flatten_config
from janib.corpora.base import Corpus, Splits
from janib.errors import ConfigError, ModelError, suggest
from janib.files import hash_file
from janib.models.base import Model, StepwiseModel
from janib.models.card import write_card
from janib.models.store import save_model
from janib.provenance import (
    describe_commit,
    describe_versions,
    hash_config,
    list_requirements,
    measure_peak_memory,
)
from janib.results import Result, Scored, list_scoring, score_rows, write_result
from janib.schema import Example
from janib.splits import make_folds
from janib.tracking import TrackedRun, register_model, track_run

log = logging.getLogger(__name__)

IDENTITY = ("data", "task", "model", "split", "split_seed", "seed", "test")
"""The parts of a config that decide a run's numbers; they make its hash."""


def run(config: DictConfig, folder: Path) -> Result:
    """Run one experiment.

    The model is fitted on each fold and scored on what the fold left out; then it is fitted on all training rows,
    and that model is saved and, with ``test``, scored on the corpus's test splits.

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
    start = time.perf_counter()
    _check(config)
    task: str = config.task.name
    corpus, splits = _read(config)
    make_model(config, corpus)  # a wrong option says so before anything is logged
    provenance = _describe(config, corpus) | {
        "config_hash": hash_run(config),
        "model": config.model.name,
        "seed": config.seed,
        "split_seed": config.split_seed,
    }
    with _track(config, corpus, provenance) as tracked:
        tracked.log_params(flatten_config(_identify(config)))
        scored = {"valid": _validate(config, corpus, splits, tracked)}
        log.info("refitting on all training rows")
        model = _fit(config, corpus, [*splits["train"], *splits.get("valid", [])], [], tracked, "refit")
        tests = _list_tests(splits) if config.test else []
        scored |= _test(model, config, corpus, splits, tests, provenance)
        seconds = time.perf_counter() - start
        result = Result(folder, tracked.id, scored, provenance, f"valid/{corpus.metrics[task]}", seconds)
        card = write_card(config.model.name, corpus, task, provenance, result.metrics, result.intervals)
        save_model(model, folder / "model", provenance, card)
        _keep(result, config, corpus, tracked)
        tracked.log_model(folder / "model", corpus.task_labels(task), _give_example(corpus), list_requirements())
    log.info("model       %s", folder / "model")
    if config.register:
        name = f"janib-{corpus.name}-{task}"
        log.info("registered  %s", register_model(config.tracking.uri, tracked.id, name))
    return result


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
    start = time.perf_counter()
    task: str = config.task.name
    classifier = load_classifier(config.saved)
    corpus, splits = _read(config)
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
        scored = _test(classifier.model, config, corpus, splits, tests, provenance)
        seconds = time.perf_counter() - start
        result = Result(folder, tracked.id, scored, provenance, f"valid/{corpus.metrics[task]}", seconds)
        _keep(result, config, corpus, tracked)
    return result


def hash_run(config: DictConfig) -> str:
    """Return the hash of what decides a run's numbers: data, task, model, split and seeds."""
    return hash_config(_identify(config))


def make_model(config: DictConfig, corpus: Corpus) -> Model:
    """Make a fresh, unfitted model from its config, the corpus's labels and the seed."""
    task: str = config.task.name
    settings = {key: value for key, value in config.model.items() if key != "name"}
    labels = {task: corpus.task_labels(task)}
    model: Model = instantiate(settings, labels=labels, seed=config.seed, _convert_="all")
    return model


def _identify(config: DictConfig) -> dict[str, Any]:
    chosen: Any = OmegaConf.to_container(OmegaConf.masked_copy(config, list(IDENTITY)), resolve=True)
    paths = [Path(config.data[name]) for name in ("path", "test_path") if config.data.get(name)]
    own = {path.name: hash_file(path) for path in paths if path.is_file()}
    return {**chosen, "files": own} if own else chosen


def _check(config: DictConfig) -> None:
    known = (*IDENTITY, "ledger", "register", "tracking")
    for key in config:
        if key not in known:
            raise ConfigError(f"{key!s}: no experiment reads such a key{suggest(str(key), known)}")
    for key in ("seed", "split_seed", "split.parts", "split.used"):
        value = OmegaConf.select(config, key)
        if type(value) is not int or not 0 <= value < 2**32:
            raise ConfigError(f"{key}={value}: expected a whole number from 0 to 4294967295")
    for key in ("test", "register"):
        if type(config[key]) is not bool:
            raise ConfigError(f"{key}={config[key]}: expected true or false")


def _read(config: DictConfig) -> tuple[Corpus, Splits]:
    log.info("reading %s", config.data.name)
    corpus, splits = instantiate(config.data, task=config.task.name, _convert_="all")
    log.info(", ".join(f"{split}: {len(rows):,} rows" for split, rows in splits.items()))
    return corpus, splits


def _describe(config: DictConfig, corpus: Corpus) -> dict[str, Any]:
    return {
        **describe_commit(),
        "data": corpus.name,
        "data_sha256": {file.path: file.sha256 for file in corpus.files},  # checked when they were read
        "task": config.task.name,
        "target_is_given": corpus.target_is_given,
        "versions": describe_versions(),
    }


def _track(config: DictConfig, corpus: Corpus, provenance: Mapping[str, Any]) -> AbstractContextManager[TrackedRun]:
    experiment = f"{config.tracking.experiment}-{corpus.name}-{config.task.name}"
    name = f"{provenance['model']}-seed{provenance['seed']}"
    return track_run(config.tracking.uri, config.tracking.artifacts, experiment, name, provenance)


def _fit(
    config: DictConfig, corpus: Corpus, train: list[Example], valid: list[Example], tracked: TrackedRun, name: str
) -> Model:
    model = make_model(config, corpus)
    if isinstance(model, StepwiseModel):
        model.on_log = lambda step, values: tracked.log_metrics({f"{name}/{key}": values[key] for key in values}, step)
    return model.fit(train, valid)


def _validate(config: DictConfig, corpus: Corpus, splits: Splits, tracked: TrackedRun) -> Scored:
    task: str = config.task.name
    if "valid" in splits:
        folds = [(splits["train"], splits["valid"])]
    else:
        folds = make_folds(splits["train"], task, **config.split, split_seed=config.split_seed)
    rows, parts = [], []
    for number, (train, valid) in enumerate(folds, start=1):
        log.info("fold %d of %d: fitting on %d rows, validating on %d", number, len(folds), len(train), len(valid))
        model = _fit(config, corpus, train, valid, tracked, f"fold{number}")
        rows += valid
        parts.append(model.predict_proba(valid)[task])
    scored = score_rows(corpus, task, rows, np.concatenate(parts))
    _say("valid", corpus, task, scored)
    return scored


def _list_tests(splits: Splits) -> list[str]:
    return [split for split in splits if split.startswith("test")]


def _test(
    model: Model,
    config: DictConfig,
    corpus: Corpus,
    splits: Splits,
    tests: Sequence[str],
    provenance: Mapping[str, Any],
) -> dict[str, Scored]:
    task: str = config.task.name
    scored = {}
    for split in tests:
        rows = splits[split]
        scored[split] = score_rows(corpus, task, rows, model.predict_proba(rows)[task])
        list_scoring(Path(config.ledger), corpus, task, split, scored[split], provenance)
        _say(split, corpus, task, scored[split])
    return scored


def _say(split: str, corpus: Corpus, task: str, scored: Scored) -> None:
    key = corpus.metrics[task]
    low, high = scored.intervals[key]
    log.info("%s: %s %.4f (95 %% interval %.4f to %.4f)", split, key, scored.metrics[key], low, high)


def _keep(result: Result, config: DictConfig, corpus: Corpus, tracked: TrackedRun) -> None:
    write_result(result, corpus, config.task.name, OmegaConf.to_yaml(config, resolve=True))
    log.info("logging to %s", tracked.uri)
    tracked.log_tags({"wall_seconds": round(result.seconds, 2), "peak_mib": round(measure_peak_memory())})
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
