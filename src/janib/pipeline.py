"""One run: read, cut, fit, validate, refit, test, write, log."""

from __future__ import annotations

import csv
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import DictConfig, OmegaConf

from janib import figures, metrics
from janib.classifier import make_predictions
from janib.commandline import flatten_config
from janib.corpora.base import Corpus, Splits
from janib.corpora.fetch import fetch_file
from janib.files import hash_file, write_file
from janib.models.base import Model
from janib.models.card import write_card
from janib.models.store import save_model
from janib.provenance import (
    describe_commit,
    describe_versions,
    hash_config,
    list_requirements,
    measure_peak_memory,
)
from janib.schema import Example
from janib.splits import make_folds
from janib.tracking import TrackedRun, register_model, track_run

log = logging.getLogger(__name__)

IDENTITY = ("data", "task", "model", "split", "split_seed", "seed", "test")
"""The parts of a config that decide a run's numbers; they make its hash."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A split's rows, a model's probabilities for them (n_rows, n_labels), and what they score."""

    rows: Sequence[Example]
    probabilities: NDArray[np.float64]
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Result:
    """What a run leaves.

    Attributes
    ----------
    folder
        Where its files are.
    run_id
        Its MLflow run.
    metrics
        ``split/metric`` to a fraction of 1.
    provenance
        Commit, config hash, data checksums, seeds and versions.
    chosen_by
        The metric by which models are to be compared, on validation.
    seconds
        Wall time of reading, fitting and scoring.
    """

    folder: Path
    run_id: str
    metrics: dict[str, float]
    provenance: dict[str, Any]
    chosen_by: str
    seconds: float


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
    task: str = config.task.name
    log.info("reading %s", config.data.name)
    corpus, splits = instantiate(config.data, task=task, _convert_="all")
    labels = corpus.task_labels(task)
    provenance = {
        **describe_commit(),
        "config_hash": hash_run(config),
        "data": corpus.name,
        "data_sha256": {file.path: hash_file(fetch_file(file)) for file in corpus.files},
        "task": task,
        "model": config.model.name,
        "seed": config.seed,
        "split_seed": config.split_seed,
        "target_is_given": corpus.target_is_given,
        "versions": describe_versions(),
    }
    experiment = f"{config.tracking.experiment}-{corpus.name}-{task}"
    name = f"{config.model.name}-seed{config.seed}"
    with track_run(config.tracking.uri, config.tracking.artifacts, experiment, name, provenance) as tracked:
        tracked.log_params(flatten_config(_identify(config)))
        scored = {"valid": _validate(config, corpus, splits, labels)}
        model, tests = _refit(config, corpus, splits, labels)
        scored |= tests
        seconds = time.perf_counter() - start
        result = Result(folder, tracked.id, _flatten(scored), provenance, f"valid/{corpus.metrics[task]}", seconds)
        for split in tests:
            _list_scoring(Path(config.ledger), corpus, split, result, corpus.metrics[task])
        _write(result, config, corpus, labels, scored, model)
        tracked.log_tags({"wall_seconds": round(seconds, 2), "peak_mib": round(measure_peak_memory())})
        _track(tracked, result, corpus, labels)
    if config.register:
        address = register_model(config.tracking.uri, tracked.id, f"janib-{corpus.name}-{task}")
        log.info("registered %s", address)
    for title, place in (("folder", folder), ("MLflow run", tracked.id), ("model", folder / "model")):
        log.info("%-10s %s", title, place)
    return result


def hash_run(config: DictConfig) -> str:
    """Return the hash of what decides a run's numbers: data, task, model, split and seeds."""
    return hash_config(_identify(config))


def make_model(config: DictConfig, task: str, labels: tuple[str, ...]) -> Model:
    """Make a fresh, unfitted model from its config and the seed."""
    settings = {key: value for key, value in config.model.items() if key != "name"}
    model: Model = instantiate(settings, labels={task: labels}, seed=config.seed, _convert_="all")
    return model


def _identify(config: DictConfig) -> dict[str, Any]:
    return OmegaConf.to_container(OmegaConf.masked_copy(config, list(IDENTITY)), resolve=True)  # type: ignore[return-value]


def _validate(config: DictConfig, corpus: Corpus, splits: Splits, labels: tuple[str, ...]) -> Scored:
    task: str = config.task.name
    if "valid" in splits:
        folds = [(splits["train"], splits["valid"])]
    else:
        folds = make_folds(splits["train"], task, **config.split, split_seed=config.split_seed)
    rows: list[Example] = []
    parts: list[NDArray[np.float64]] = []
    for number, (train, valid) in enumerate(folds, start=1):
        log.info("fold %d of %d: fitting on %d rows, validating on %d", number, len(folds), len(train), len(valid))
        model = make_model(config, task, labels).fit(train, valid)
        rows += valid
        parts.append(model.predict_proba(valid)[task])
    return _score("valid", corpus, task, labels, rows, np.concatenate(parts))


def _refit(
    config: DictConfig, corpus: Corpus, splits: Splits, labels: tuple[str, ...]
) -> tuple[Model, dict[str, Scored]]:
    task: str = config.task.name
    everything = [*splits["train"], *splits.get("valid", [])]
    log.info("refitting on all %d training rows", len(everything))
    model = make_model(config, task, labels).fit(everything, [])
    tests = [split for split in splits if split.startswith("test")] if config.test else []
    return model, {
        split: _score(split, corpus, task, labels, splits[split], model.predict_proba(splits[split])[task])
        for split in tests
    }


def _score(
    split: str,
    corpus: Corpus,
    task: str,
    labels: tuple[str, ...],
    rows: Sequence[Example],
    probabilities: NDArray[np.float64],
) -> Scored:
    gold = [str(row.gold(task)) for row in rows]
    targets = [row.target for row in rows]
    found = metrics.score(task, gold, probabilities, targets, labels)
    clusters = [row.group or row.id for row in rows]
    names = dict.fromkeys([corpus.metrics[task], "macro_f1", "accuracy"])
    intervals = metrics.bootstrap(task, gold, probabilities, targets, labels, names=list(names), clusters=clusters)
    key = corpus.metrics[task]
    low, high = intervals[key]
    log.info("%s: %s %.4f (95 %% interval %.4f to %.4f), %d rows", split, key, found[key], low, high, len(rows))
    return Scored(rows, probabilities, found, intervals)


def _flatten(scored: Mapping[str, Scored]) -> dict[str, float]:
    return {f"{split}/{key}": value for split, part in scored.items() for key, value in part.metrics.items()}


def _write(
    result: Result,
    config: DictConfig,
    corpus: Corpus,
    labels: tuple[str, ...],
    scored: Mapping[str, Scored],
    model: Model,
) -> None:
    intervals = {f"{split}/{key}": pair for split, part in scored.items() for key, pair in part.intervals.items()}
    task: str = config.task.name
    (result.folder / "predictions").mkdir(parents=True, exist_ok=True)
    with write_file(result.folder / "config.yaml") as path:
        path.write_text(OmegaConf.to_yaml(config, resolve=True), encoding="utf-8")
    for split, part in scored.items():
        with write_file(result.folder / "predictions" / f"{split}.csv") as path:
            _write_predictions(path, task, labels, part)
        counts = metrics.confusion([str(row.gold(task)) for row in part.rows], part.probabilities, None, labels)
        with write_file(result.folder / f"confusion_{split}.png") as path:
            figures.draw_confusion(counts[0], labels, f"{corpus.name}, {task}, {split}", path)
    card = write_card(config.model.name, corpus, task, result.provenance, result.metrics, intervals)
    save_model(model, result.folder / "model", result.provenance, card)
    with write_file(result.folder / "intervals.json") as path:
        path.write_text(json.dumps(intervals, ensure_ascii=False, indent=2), encoding="utf-8")
    with write_file(result.folder / "metrics.json") as path:  # last: where it stands, the run is whole
        path.write_text(json.dumps(result.metrics, ensure_ascii=False, indent=2), encoding="utf-8")


def _write_predictions(path: Path, task: str, labels: tuple[str, ...], part: Scored) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["id", "target", "gold", "predicted", *(f"p_{label}" for label in labels)])
        predictions = make_predictions(labels, part.probabilities.tolist())
        for row, found in zip(part.rows, predictions, strict=True):
            shares = [f"{share:.6f}" for share in found.probabilities.values()]
            writer.writerow([row.id, row.target, row.gold(task), found.label, *shares])


def _list_scoring(ledger: Path, corpus: Corpus, split: str, result: Result, key: str) -> None:
    # Every look at a test set counts, so that nobody can choose by it unseen.
    ledger.parent.mkdir(parents=True, exist_ok=True)
    source = result.provenance
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": corpus.name,
        "split": split,
        **{name: source[name] for name in ("task", "model", "seed", "commit", "dirty", "config_hash")},
        "metric": key,
        "value": f"{result.metrics[f'{split}/{key}']:.6f}",
    }
    with FileLock(f"{ledger}.lock"):
        is_new = not ledger.exists()
        with ledger.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(entry), lineterminator="\n")
            if is_new:
                writer.writeheader()
            writer.writerow(entry)


def _track(tracked: TrackedRun, result: Result, corpus: Corpus, labels: tuple[str, ...]) -> None:
    log.info("logging to %s", tracked.uri)
    tracked.log_metrics(result.metrics)
    for path in sorted(result.folder.iterdir()):
        if path.name == "predictions":
            tracked.log_folder(path, "predictions")
        elif path.suffix in (".json", ".yaml", ".png"):
            tracked.log_file(path)
    example = {"text": "رحبت الوزارة بقرار المجلس"}
    if corpus.target_is_given:
        example["target"] = "المجلس"
    tracked.log_model(result.folder / "model", labels, example, list_requirements())
