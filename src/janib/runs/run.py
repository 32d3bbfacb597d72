"""Runs: train, validate and test a model, or test a saved one; write and log the result."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from janib.corpora import NAMES
from janib.corpora.base import Corpus, Splits
from janib.corpora.folds import Fold
from janib.corpora.mixture import leave_out
from janib.corpora.profile import Profile
from janib.errors import ModelError
from janib.inference.classifier import load_classifier
from janib.io.files import write_text
from janib.io.strict_json import format_json
from janib.models.base import Model, Probabilities, StepwiseModel
from janib.models.card import write_card
from janib.models.distributed import distributed_session
from janib.models.store import CARD, save_model
from janib.runs.checks import check_metrics, check_places, check_run, profile_rows
from janib.runs.cost import Cost, count_parameters, start_cost
from janib.runs.experiment import Evaluation, Experiment, RunConfig, list_test_rows, list_tests
from janib.runs.hydra_main import flatten_config
from janib.runs.results import CONFIG, PROFILE, Result, Scores, SplitScores, score_rows, write_result
from janib.runs.resume import LOCK, METRICS, RUN, FoldResult, Unfinished, open_unfinished
from janib.schema import Example
from janib.scoring.ledger import append_scoring
from janib.tracking.datasets import list_datasets
from janib.tracking.store import TrackedRun, register_model

log = logging.getLogger(__name__)


def run(experiment: Experiment, folder: Path) -> Result:
    """Train, validate and test the model of an experiment.

    The model is fitted on each fold and scored on the rows that validate. Then it is fitted on all training rows; that
    model is saved and, with ``test``, scored on the corpus's test splits. With ``split.refit=false`` the one fold's
    model is kept instead. With ``resume``, a run of the same config that was killed goes on: same MLflow run, finished
    folds kept, training from its newest checkpoint.

    The result is also written to ``folder`` and logged to MLflow.
    """
    cost = start_cost()
    corpus, splits = experiment.read_data()
    profile = profile_rows(experiment, corpus, splits)
    splits, others = check_run(experiment, corpus, splits, experiment.read_others(splits))
    folds = experiment.cut_rows(splits)
    only = experiment.find_only_fold(folds)
    provenance = experiment.describe(corpus)
    place = Path(experiment.unfinished) / provenance["config_hash"]
    with (
        distributed_session(),
        open_unfinished(place, resume=experiment.resume) as unfinished,
        experiment.track(corpus, provenance, unfinished.read_run().get("run_id")) as tracked,
    ):
        if unfinished.given_up is not None:
            tracked.end_other(unfinished.given_up)
        _adopt_run(unfinished, tracked, folder)
        tracked.keep_metrics(unfinished.folder / METRICS)
        tracked.log_params(flatten_config(experiment.identify()))
        _log_plan(experiment, profile, folder, tracked)
        _log_datasets(experiment, corpus, splits, tracked)
        training = _Training(
            experiment, corpus, splits, provenance, tracked, cost, others=others, unfinished=unfinished
        )
        model = training.refit(training.validate(folds)) if only is None else training.fit_once(only)
        result = training.make_result(folder)
        save_model(model, folder / "model", provenance, _write_card(experiment, corpus, model, result, profile))
        if experiment.test:  # only now, so that whatever happens the model is there
            training.score_splits(model, list_tests(splits))
            result = training.make_result(folder)
            write_text(folder / "model" / CARD, _write_card(experiment, corpus, model, result, profile))
        cost.parameters = count_parameters(folder / "model")
        save_artifacts(result, experiment, corpus, tracked)
        tracked.log_model(folder / "model", _give_example(corpus))
    log.info("model       %s", folder / "model")
    if experiment.register:
        name = f"janib-{corpus.name}-{experiment.task['name']}"
        chosen_by = result.chosen_by[experiment.tasks[0]]
        log.info("registered  %s", register_model(experiment.tracking["uri"], tracked.id, name, chosen_by))
    return result


def follow(experiment: Experiment, folder: Path) -> None:
    """Do :func:`run` in a further process that torchrun has started, which trains on its share of each batch.

    It takes the same steps as the first process, and goes on from the same folds and checkpoints. All that it writes is
    in ``folder``, which the caller deletes. So no other code needs to know in which process it runs.
    """
    logging.getLogger("janib").setLevel(logging.WARNING)
    begun = Path(experiment.unfinished) / experiment.hash_run()
    if experiment.resume and begun.is_dir():
        shutil.copytree(begun, folder / "unfinished" / begun.name, ignore=shutil.ignore_patterns(RUN, LOCK, METRICS))
    store = {"uri": f"sqlite:///{folder / 'mlflow.db'}", "artifacts": str(folder / "artifacts")}
    own = replace(
        experiment,
        unfinished=str(folder / "unfinished"),
        ledger=str(folder / "ledger.csv"),
        register=False,
        tracking={**experiment.tracking, **store},
    )
    run(own, folder)


def score_saved(evaluation: Evaluation, folder: Path) -> Result:
    """Score a saved model on a corpus's test splits, or on all rows of a file that has none, without training.

    Raises
    ------
    ModelError
        If there is no such model, or it does not have the task.
    """
    cost = start_cost()
    check_places(evaluation)
    classifier = load_classifier(evaluation.saved)
    corpus, splits = _read_held_out(evaluation, classifier.model)
    check_metrics(corpus, splits)
    profile = profile_rows(evaluation, corpus, splits)
    for task in evaluation.tasks:
        if classifier.model.labels.get(task) != corpus.task_labels(task):
            raise ModelError(
                f"{evaluation.saved} has the labels {dict(classifier.model.labels)}, but {task} of {corpus.name} has "
                f"{corpus.task_labels(task)}; choose a model or a task that fits"
            )
    trained = classifier.manifest["provenance"]
    provenance = evaluation.describe(corpus) | {
        name: trained.get(name, "unknown") for name in ("config_hash", "model", "seed")
    }
    with evaluation.track(corpus, provenance | {"saved": evaluation.saved}) as tracked:
        _log_plan(evaluation, profile, folder, tracked)
        _log_datasets(evaluation, corpus, splits, tracked)
        scoring = _Scoring(evaluation, corpus, splits, provenance, tracked, cost)
        scoring.score_splits(classifier.model, list_tests(splits) or list(splits))
        result = scoring.make_result(folder)
        save_artifacts(result, evaluation, corpus, tracked)
    return result


def _read_held_out(evaluation: Evaluation, model: Model) -> tuple[Corpus, Splits]:
    """Read the rows that a saved model is scored on: the user's own are a test set, and may lack one of its labels."""
    corpus, splits = evaluation.read_data()
    if not corpus.is_own:
        return corpus, splits
    if not list_tests(splits):
        splits = {"test": splits["train"]}
    known = model.labels.get("label", ())
    return (replace(corpus, labels=known) if set(corpus.labels) <= set(known) else corpus), splits


@dataclass(frozen=True, slots=True)
class _Scoring:
    """A run that is under way: its data, its MLflow run, its cost, and the scores so far."""

    config: RunConfig
    corpus: Corpus
    splits: Splits
    provenance: Mapping[str, Any]
    tracked: TrackedRun
    cost: Cost
    scores: Scores = field(default_factory=dict)

    def score_splits(self, model: Model, splits: Iterable[str]) -> None:
        """Score a model on splits, each of which is listed in the ledger."""
        for split in splits:
            rows = self.splits[split]
            with self.cost.time_prediction(model, len(rows)):
                probabilities = model.predict_proba(rows)
            for task in self.score(split, rows, probabilities):
                metric = self.corpus.metrics[task]
                value = self.scores[task][split].metrics[metric]
                about = {**self.provenance, "task": task}
                append_scoring(Path(self.config.ledger), self.corpus.name, split, about, metric, value)

    def score(self, split: str, rows: Sequence[Example], probabilities: Probabilities) -> list[str]:
        """Score probabilities of the rows; return the tasks of which some row has a gold label."""
        scored_tasks = []
        for task in self.config.tasks:
            known = [i for i, row in enumerate(rows) if row.gold(task) is not None]
            if not known:
                continue
            scored = score_rows(self.corpus, task, [rows[i] for i in known], probabilities[task][known])
            self.scores.setdefault(task, {})[split] = scored
            scored_tasks.append(task)
            key = self.corpus.metrics[task]
            low, high = scored.intervals[key]
            log.info("%s: %s %s %.4f (95 %% interval %.4f to %.4f)", split, task, key, scored.metrics[key], low, high)
            self._tell_unpredicted(split, task, scored)
        return scored_tasks

    def _tell_unpredicted(self, split: str, task: str, scored: SplitScores) -> None:
        """Name the labels of rows that no row is predicted to have."""
        labels = self.corpus.task_labels(task)
        predicted = set(scored.probabilities.argmax(axis=1).tolist())
        gold = Counter(row.gold(task) for row in scored.rows)
        missed = [label for place, label in enumerate(labels) if gold[label] and place not in predicted]
        if missed:
            named = ", ".join(f"{label} ({gold[label]:,} of {len(scored.rows):,} rows)" for label in missed)
            log.info("%s: %s is never predicted: %s", split, task, named)

    def make_result(self, folder: Path) -> Result:
        """Return the result of the run so far, whose time ends here."""
        self.cost.stop()
        chosen_by = {task: f"valid/{self.corpus.metrics[task]}" for task in self.config.tasks}
        return Result(folder, self.tracked.id, self.scores, self.provenance, chosen_by, self.cost)


@dataclass(frozen=True, slots=True)
class _Training(_Scoring):
    """A run that trains: also the rows of other corpora, and what a killed run of the same config has done."""

    config: Experiment
    others: list[Example] = field(kw_only=True)
    unfinished: Unfinished = field(kw_only=True)

    def validate(self, folds: Sequence[Fold]) -> list[dict[str, Any]]:
        """Fit and score each fold; return what each fold's model chose by the rows that validate."""
        results = [self._run_fold(number, fold, len(folds)) for number, fold in enumerate(folds, start=1)]
        if folds:
            rows = [row for fold in folds for row in fold.valid]
            parts = [result.probabilities for result in results]
            together = {task: np.concatenate([part[task] for part in parts]) for task in self.config.tasks}
            self.score("valid", rows, together)
        return [result.choices for result in results]

    def refit(self, choices: Sequence[Mapping[str, Any]]) -> Model:
        """Fit the model on all training rows, with what the models of the folds chose."""
        log.info("refitting on all training rows")
        own = self.config.drop_leaks(self.config.list_own_rows(self.splits), list_test_rows(self.splits))
        with self.cost.time_training(is_whole=not self.unfinished.name_checkpoints("refit").exists()):
            return self._fit("refit", Fold([*own, *self.others], []), choices)

    def fit_once(self, fold: Fold) -> Model:
        """Fit the model on the one fold, score the rows that validate, and return that model."""
        fold = self._fill(fold)
        log.info("fitting on %d rows, validating on %d", len(fold.train), len(fold.valid))
        with self.cost.time_training(is_whole=not self.unfinished.name_checkpoints("fold1").exists()):
            model = self._fit("fold1", fold)
        with self.cost.time_prediction(model, len(fold.valid)):
            probabilities = model.predict_proba(fold.valid)
        self.score("valid", fold.valid, probabilities)
        return model

    def _fill(self, fold: Fold) -> Fold:
        """Return a fold with the rows of other corpora, and without leaks."""
        own = self.config.drop_leaks(fold.train, [*fold.valid, *list_test_rows(self.splits)])
        return Fold([*own, *leave_out(self.others, fold.valid)], fold.valid)

    def _run_fold(self, number: int, fold: Fold, n_folds: int) -> FoldResult:
        fold = self._fill(fold)
        counts = (number, n_folds, len(fold.train), len(fold.valid))
        log.info("fold %d of %d: fitting on %d rows, validating on %d", *counts)
        found = self.unfinished.read_fold(number)
        if found is not None:
            return found
        model = self._fit(f"fold{number}", fold)
        choices = model.report_choices() if isinstance(model, StepwiseModel) else {}
        with self.cost.time_prediction(model, len(fold.valid)):
            found = FoldResult(model.predict_proba(fold.valid), choices)
        self.unfinished.write_fold(number, found)
        return found

    def _fit(self, part: str, fold: Fold, choices: Sequence[Mapping[str, Any]] = ()) -> Model:
        """Fit a new model on a fold; ``part`` names its logged values and its checkpoints."""
        model = self.config.make_model(self.corpus)
        if isinstance(model, StepwiseModel):
            model.on_log = lambda step, values: self.tracked.log_metrics(
                {f"{part}/{key}": value for key, value in values.items()}, step
            )
            model.checkpoint_dir = self.unfinished.name_checkpoints(part)
            if choices:
                model.adopt_choices(choices)
        return model.fit(fold.train, fold.valid)


def save_artifacts(result: Result, config: RunConfig, corpus: Corpus, tracked: TrackedRun) -> None:
    """Write a run's files, and log them to MLflow; the model is logged by itself."""
    write_result(result, corpus, config.to_yaml())
    log.info("logging to %s", tracked.address)
    cost = result.cost.describe()
    tracked.log_tags({"machine": cost.pop("machine")})
    tracked.log_metrics(result.telling_metrics | {f"cost/{name}": value for name, value in cost.items()})
    tracked.show_metrics([*(f"{name}/{corpus.metrics[task]}" for name, task, _ in result.parts()), "cost/wall_seconds"])
    tracked.log_note(_describe_scores(result, corpus))
    for path in sorted(result.folder.iterdir()):
        if path.is_file() and path.suffix in (".json", ".yaml", ".png"):
            tracked.log_file(path)
    tracked.log_folder(result.folder / "predictions", "predictions")
    log.info("folder      %s", result.folder)
    log.info("MLflow run  %s", tracked.id)


def _log_plan(config: RunConfig, profile: Profile | None, folder: Path, tracked: TrackedRun) -> None:
    """Log what is known before the first fit; so a folder of artifacts that cannot be written says so now."""
    write_text(folder / CONFIG, config.to_yaml())
    tracked.log_file(folder / CONFIG)
    if profile is not None:
        write_text(folder / PROFILE, format_json(profile.to_dict(), indent=2) + "\n")


def _log_datasets(config: RunConfig, corpus: Corpus, splits: Splits, tracked: TrackedRun) -> None:
    tracked.log_datasets(list_datasets(corpus, splits, config.tasks, config.data.get("path") or ""))


def _describe_scores(result: Result, corpus: Corpus) -> str:
    """Return the main scores of a run in Markdown, a line each, and where its files are."""
    lines = []
    for name, task, part in result.parts():
        metric = corpus.metrics[task]
        low, high = part.intervals[metric]
        lines.append(
            f"- {name}: {metric} {part.metrics[metric]:.3f} ({low:.3f} to {high:.3f}), {len(part.rows):,} rows"
        )
    return "\n".join([*lines, f"\nIntervals are of 95 %. Files: `{result.folder}`"])


def _write_card(experiment: Experiment, corpus: Corpus, model: Model, result: Result, profile: Profile | None) -> str:
    return write_card(
        experiment.model["name"],
        corpus,
        experiment.tasks[0],
        result.provenance,
        result.metrics,
        result.intervals,
        kind=model.kind,
        encoder=experiment.model.get("encoder"),
        trained_on=[name for name in experiment.data.get("train") or [corpus.name] if name in NAMES],
        profile=profile,
    )


def _adopt_run(unfinished: Unfinished, tracked: TrackedRun, folder: Path) -> None:
    """Note this run's id and folder, and delete the folder of the killed run that it goes on with."""
    before = unfinished.read_run()
    if before.get("run_id") == tracked.id and Path(before["folder"]) != folder.resolve():
        log.info("going on with MLflow run %s", tracked.id)
        shutil.rmtree(before["folder"], ignore_errors=True)
    unfinished.write_run(tracked.id, folder)


def _give_example(corpus: Corpus) -> dict[str, str]:
    example = {"text": "رحبت الوزارة بقرار المجلس"}
    return example | {"target": "المجلس"} if corpus.target_is_given else example
