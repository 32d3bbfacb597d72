"""Scores of kept predictions on the rows whose text is not among the training rows: a control without training."""

from __future__ import annotations

from collections.abc import Mapping, Set

from janib.corpora.mixture import leave_out
from janib.runs.experiment import Experiment, list_tests
from janib.scoring import metrics
from janib.tables.control_results import NO_LEAKS, ControlScore
from janib.tables.kept_predictions import KeptPredictions
from janib.tables.planned_runs import PlannedRun

CleanIds = Mapping[str, Set[str]]
"""Split to the ids of its rows whose text is not among the rows trained on, neither word for word nor nearly."""


def find_clean(experiment: Experiment) -> CleanIds:
    """Return the clean rows of the test splits, and of validation rows against the other folds."""
    _, splits = experiment.read_data()
    if not experiment.list_own_rows(splits):
        return {}  # it is trained on other corpora, of which such rows are left out anyway
    found = {split: {row.id for row in leave_out(splits[split], splits["train"])} for split in list_tests(splits)}
    folds = experiment.cut_rows(splits)
    return found | {"valid": {row.id for train, valid in folds for row in leave_out(valid, train)}}


def score_clean(run: PlannedRun, clean: CleanIds, name: str, predictions: KeptPredictions) -> list[ControlScore]:
    """Score a run's kept predictions by the metric ``name`` on the clean rows of each split that has others too."""
    scores = []
    for split, ids in clean.items():
        kept = predictions.read_split(split, [run.key])
        if kept is None:
            continue
        places = [place for place, key in enumerate(kept.ids) if key in ids]
        if not 0 < len(places) < len(kept.ids):
            continue
        gold, predicted, targets = (
            [values[place] for place in places] for values in (kept.gold, kept.by_run[run.key], kept.targets)
        )
        value = metrics.score(run.task, gold, predicted, targets, kept.labels)[name]
        scores.append(ControlScore(NO_LEAKS, split, len(places), name, value))
    return scores
