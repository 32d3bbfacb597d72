"""Controls of a table's rows: scores without the target, without the text, with shuffled labels, without leaked rows.

Models are scored on validation rows, so that no test split is used. The scores without leaked rows come from the
predictions that the table keeps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from janib.corpora.base import Corpus
from janib.models.base import Model
from janib.provenance import describe_commit, hash_config
from janib.runs.experiment import Experiment
from janib.schema import Example
from janib.scoring import metrics
from janib.scoring.metrics import Floats
from janib.scoring.significance import compare_by_randomisation
from janib.tables.control_results import (
    AS_IT_IS,
    CHANCE,
    NO_LEAKS,
    NO_TARGET,
    NO_TEXT,
    OTHER_NAME,
    OTHER_TARGET,
    SHUFFLED,
    ControlRecord,
    ControlScore,
    read_controls,
    write_controls,
)
from janib.tables.execution import is_done
from janib.tables.kept_predictions import KeptPredictions
from janib.tables.leaks import CleanIds, find_clean, score_clean
from janib.tables.planned_runs import PlannedRun
from janib.tables.results_csv import read_results

log = logging.getLogger(__name__)

N_PERMUTATIONS = 1_000

Rows = list[Example]
_Change = Callable[[Example], Example]


def run_controls(table: Mapping[str, Any], planned: Sequence[PlannedRun], folder: Path) -> None:
    """Run the controls of every row, one seed each; those in ``controls.csv`` are not repeated.

    Rows that have run are scored without leaked rows. Those that ``controls`` names are trained for the other controls.

    The first metric of ``compared`` is measured. A run that validates nothing leaves a part out for the controls.
    """
    records, results = read_controls(folder), read_results(folder)
    predictions = KeptPredictions(folder)
    clean: dict[str, CleanIds] = {}  # by corpus and cut, since the search takes minutes
    name = str(table["compared"][0]).partition("/")[2]
    rows = list(table["rows"])
    records = [record for record in records if record.row in rows]
    for row in rows:
        run = next(run for run in planned if run.row == row)
        is_trained = row in table["controls"]
        if not (is_trained or any(is_done(one, run) for one in results)):
            continue
        if _is_recorded(records, run, AS_IT_IS if is_trained else NO_LEAKS):
            log.info("controls of %s have run already", row)
            continue
        log.info("controls of %s", row)
        commit = describe_commit()
        scores = _run_trained(run, name) if is_trained else []
        cut = hash_config({key: getattr(run.experiment, key) for key in ("data", "task", "split", "split_seed")})
        if cut not in clean:
            clean[cut] = find_clean(run.experiment)
        scores += score_clean(run, clean[cut], name, predictions)
        records = [record for record in records if record.row != row]
        records += [
            ControlRecord(row, run.config_hash, commit["commit"], commit["dirty"] == "true", score) for score in scores
        ]
        if records:
            records.sort(key=lambda record: rows.index(record.row))
            write_controls(folder, records)


def _is_recorded(records: Sequence[ControlRecord], run: PlannedRun, control: str) -> bool:
    return any((one.row, one.score.control) == (run.row, control) and one.config_hash in run.hashes for one in records)


def _run_trained(run: PlannedRun, name: str) -> list[ControlScore]:
    """Train a run's model with each control, and score it on validation rows."""
    # A part validates where a row, chosen beforehand, would train on all of them.
    split = {**run.experiment.split, "used": run.experiment.split["used"] or 1}
    data = _ControlData(replace(run.experiment, split=split), run.task, name)
    corpus, cuts, rng = data.corpus, data.cuts, np.random.default_rng(0)
    models = data.fit(cuts)
    whole = data.predict(models, [valid for _, valid in cuts])
    scores = [data.score(AS_IT_IS, whole)]
    removals: list[tuple[str, _Change]] = [(NO_TARGET, _drop_target), (NO_TEXT, _drop_text)]
    for control, change in removals:
        changed = [([*map(change, train)], [*map(change, valid)]) for train, valid in cuts]
        scores.append(data.compare(control, data.fit_and_predict(changed), whole))
    # The labels of all of a joint run's tasks are shuffled: those of one task say much of the other's.
    shuffled = [(_shuffle(train, run.experiment.tasks, rng), valid) for train, valid in cuts]
    noise = data.fit_and_predict(shuffled)
    scores += [data.compare(SHUFFLED, noise, whole), data.permute(noise, rng)]
    for percent in (25, 50):
        fewer = [(_sample(train, percent, rng), valid) for train, valid in cuts]
        scores.append(data.compare(f"{percent} % of the training rows", data.fit_and_predict(fewer), whole))
    for control, change in _list_exchanges(corpus, data.targets, rng):
        exchanged = [[*map(change, valid)] for _, valid in cuts]
        scores.append(data.compare(control, data.predict(models, exchanged), whole))
    return scores


def _list_exchanges(corpus: Corpus, targets: Sequence[str], rng: np.random.Generator) -> list[tuple[str, _Change]]:
    """Return the controls that exchange a row's target; none where a corpus has one target."""
    if len(targets) < 2:
        return []

    def exchange_target(row: Example) -> Example:
        return replace(row, target=_draw_other(row.target, targets, rng))

    def exchange_name(row: Example) -> Example:
        name = _draw_other(row.target, targets, rng)
        return replace(row, text=row.text.replace(row.target, name), target=name)

    exchanges: list[tuple[str, _Change]] = [(OTHER_TARGET, exchange_target)]
    return [*exchanges, (OTHER_NAME, exchange_name)] if corpus.target_in == "text" else exchanges


@dataclass(frozen=True, slots=True)
class _FoldPredictions:
    """Predictions of the models of all folds for the rows that validate.

    ``rows`` are those that the models were given; probabilities have the shape (n_rows, n_labels).
    """

    rows: Rows
    probabilities: Floats


class _ControlData:
    """The rows of an experiment, and its models' scores on them by their unchanged labels and targets."""

    def __init__(self, experiment: Experiment, task: str, name: str) -> None:
        self._experiment, self._task, self._name = experiment, task, name
        self.corpus, splits = experiment.read_data()
        # Rows of a joint run that have no label for this task are left out.
        splits = {split: [row for row in rows if row.gold(task) is not None] for split, rows in splits.items()}
        self.cuts = experiment.cut_rows(splits)
        self.targets = sorted({row.target for row in splits["train"]})
        self._labels = self.corpus.task_labels(task)

    def fit(self, cuts: Sequence[tuple[Rows, Rows]]) -> list[Model]:
        return [self._experiment.make_model(self.corpus).fit(train, []) for train, _ in cuts]

    def predict(self, models: Sequence[Model], parts: Sequence[Rows]) -> _FoldPredictions:
        found = [model.predict_proba(rows)[self._task] for model, rows in zip(models, parts, strict=True)]
        return _FoldPredictions([row for rows in parts for row in rows], np.concatenate(found))

    def fit_and_predict(self, cuts: Sequence[tuple[Rows, Rows]]) -> _FoldPredictions:
        return self.predict(self.fit(cuts), [valid for _, valid in cuts])

    def score(self, control: str, found: _FoldPredictions) -> ControlScore:
        value = self._measure(found.rows, found.probabilities)
        return ControlScore(control, "valid", len(found.rows), self._name, value)

    def compare(self, control: str, found: _FoldPredictions, whole: _FoldPredictions) -> ControlScore:
        """Score predictions under a control, and compare them with those without it."""
        rows, ours, theirs = whole.rows, found.probabilities, whole.probabilities
        p = compare_by_randomisation(
            self._task,
            self._list_gold(rows),
            [ours],
            [theirs],
            [row.target for row in rows],
            self._labels,
            name=self._name,
            clusters=[row.group or row.id for row in rows] if any(row.group for row in rows) else None,
        )
        changed = float((ours.argmax(axis=1) != theirs.argmax(axis=1)).mean())
        moved = float(np.abs(ours - theirs).sum(axis=1).mean() / 2)
        return ControlScore(control, "valid", len(rows), self._name, self._measure(rows, ours), changed, moved, p)

    def permute(self, noise: _FoldPredictions, rng: np.random.Generator) -> ControlScore:
        """Permute predictions among the rows, many times: the scores that chance gives with them."""
        permuted = [self._measure(noise.rows, rng.permutation(noise.probabilities)) for _ in range(N_PERMUTATIONS)]
        observed = self._measure(noise.rows, noise.probabilities)
        p = (1 + sum(value >= observed for value in permuted)) / (1 + N_PERMUTATIONS)
        return ControlScore(CHANCE, "valid", len(noise.rows), self._name, float(np.mean(permuted)), p=p)

    def _measure(self, rows: Rows, probabilities: Floats) -> float:
        targets = [row.target for row in rows]
        scores = metrics.score(self._task, self._list_gold(rows), probabilities, targets, self._labels)
        return scores[self._name]

    def _list_gold(self, rows: Rows) -> list[str]:
        return [str(row.gold(self._task)) for row in rows]


def _drop_target(row: Example) -> Example:
    return replace(row, target="")


def _drop_text(row: Example) -> Example:
    return replace(row, text=row.target or row.text)


def _shuffle(rows: Rows, tasks: Sequence[str], rng: np.random.Generator) -> Rows:
    order = rng.permutation(len(rows)).tolist()
    return [
        replace(row, **{task: rows[place].gold(task) for task in tasks}) for row, place in zip(rows, order, strict=True)
    ]


def _sample(rows: Rows, percent: int, rng: np.random.Generator) -> Rows:
    chosen = rng.permutation(len(rows))[: len(rows) * percent // 100]
    return [rows[place] for place in sorted(chosen.tolist())]


def _draw_other(target: str, targets: Sequence[str], rng: np.random.Generator) -> str:
    others = [other for other in targets if other != target]
    return others[int(rng.integers(len(others)))]
