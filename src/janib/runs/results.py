"""Scores of a run, and the files that it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from janib.corpora.base import Corpus
from janib.inference.classifier import make_predictions
from janib.io import figures
from janib.io.files import write_csv, write_file, write_text
from janib.io.strict_json import format_json
from janib.runs.cost import Cost
from janib.schema import Example
from janib.scoring import metrics
from janib.scoring.significance import draw_scores

CONFIG = "config.yaml"
PROFILE = "profile.json"
"""Files of a run's folder: its config, and what the user's own rows are like."""


@dataclass(frozen=True, slots=True)
class SplitScores:
    """The scores of a model on one split, for one task.

    Attributes
    ----------
    probabilities
        Shape (n_rows, n_labels), columns in label order.
    metrics
        Metric key to a fraction of 1.
    intervals
        Metric key to the ends of its 95 % bootstrap interval.
    """

    rows: Sequence[Example]
    probabilities: NDArray[np.float64]
    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]


Scores = dict[str, dict[str, SplitScores]]
"""``scores[task][split]``; the main task comes first."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a run: the folder of its files, its MLflow run, scores, provenance and cost.

    ``chosen_by`` is task to the metric by which models are compared, on validation.
    """

    folder: Path
    run_id: str
    scores: Scores
    provenance: Mapping[str, Any]
    chosen_by: Mapping[str, str]
    cost: Cost

    @property
    def metrics(self) -> dict[str, float]:
        """``split/metric`` to value; the keys of tasks other than the main one begin with the task."""
        return {f"{name}/{key}": value for name, _, part in self.parts() for key, value in part.metrics.items()}

    @property
    def telling_metrics(self) -> dict[str, float]:
        """As :attr:`metrics`, without means over targets where one target, or hundreds, make them say nothing.

        The metric that models are compared by stays.
        """
        found: dict[str, float] = {}
        for name, task, part in self.parts():
            means: set[str] = set()
            if not 1 < len({row.target for row in part.rows}) <= metrics.MAX_TARGETS:
                measures = metrics.TASK_MEASURES.get(task, {})
                means = {one for one, measure in measures.items() if measure.by_target}
                means.discard(self.chosen_by.get(task, "").rpartition("/")[2])
            found |= {f"{name}/{key}": v for key, v in part.metrics.items() if key.partition("/")[0] not in means}
        return found

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """``split/metric`` to interval, named as in :attr:`metrics`."""
        return {f"{name}/{key}": ends for name, _, part in self.parts() for key, ends in part.intervals.items()}

    def parts(self) -> Iterator[tuple[str, str, SplitScores]]:
        """Yield name, task and scores of each split; the name is ``test``, or ``sentiment/test`` of a further task."""
        for number, (task, splits) in enumerate(self.scores.items()):
            for split, part in splits.items():
                yield f"{task}/{split}" if number else split, task, part


def score_rows(corpus: Corpus, task: str, rows: Sequence[Example], probabilities: NDArray[np.float64]) -> SplitScores:
    """Score probabilities against the rows' gold labels; rows of one group are resampled together."""
    labels = corpus.task_labels(task)
    gold = [str(row.gold(task)) for row in rows]
    targets = [row.target for row in rows]
    names = sorted({corpus.metrics[task], "macro_f1", "accuracy"})
    clusters = [row.group or row.id for row in rows]
    draws = draw_scores(task, gold, [probabilities], targets, labels, names=names, clusters=clusters)
    scores = metrics.score(task, gold, probabilities, targets, labels)
    return SplitScores(rows, probabilities, scores, {name: draws.find_interval(name, [0]) for name in names})


def write_result(result: Result, corpus: Corpus, config: str) -> None:
    """Write a run's files; ``metrics.json`` comes last, so that a folder that has it has the others too."""
    write_text(result.folder / CONFIG, config)
    for name, task, part in result.parts():
        labels = corpus.task_labels(task)
        _write_predictions(result.folder / "predictions" / f"{name}.csv", corpus, task, part)
        gold = [str(row.gold(task)) for row in part.rows]
        counts = metrics.confusion(gold, part.probabilities, None, labels)[0]
        with write_file(result.folder / f"confusion_{name.replace('/', '_')}.png") as partial:
            figures.draw_confusion(counts, labels, f"{corpus.name}, {task}, {name.rpartition('/')[2]}", partial)
    write_text(result.folder / "intervals.json", _dump(result.intervals))
    about = {"run_id": result.run_id, "chosen_by": result.chosen_by}
    write_text(result.folder / "provenance.json", _dump({**result.provenance, **about, **result.cost.describe()}))
    write_text(result.folder / "metrics.json", _dump(result.metrics))


def _write_predictions(path: Path, corpus: Corpus, task: str, part: SplitScores) -> None:
    labels = corpus.task_labels(task)
    rows = []
    for row, prediction in zip(part.rows, make_predictions(labels, part.probabilities.tolist()), strict=True):
        target = "" if corpus.target_is_text else row.target
        about = {"id": row.id, "target": target, "gold": row.gold(task), "predicted": prediction.label}
        rows.append(about | {f"p_{label}": f"{share:.6f}" for label, share in prediction.probabilities.items()})
    write_csv(path, ["id", "target", "gold", "predicted", *(f"p_{label}" for label in labels)], rows)


def _dump(values: Mapping[str, Any]) -> str:
    return format_json(values, indent=2) + "\n"
