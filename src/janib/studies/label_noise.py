"""Doubtful labels, found by confident learning with classifiers that have not seen the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from janib.corpora.audit import Finding
from janib.corpora.base import Corpus, Splits
from janib.corpora.folds import make_folds
from janib.corpora.summary import MOST_TARGETS
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example

DOUBT_FOLDS = 5
DOUBT_THRESHOLD = 0.1
"""Highest probability of a doubtful row's own label; confident learning lists more rows than are worth reading."""
DOUBT_SETTINGS: Mapping[str, Any] = {
    "cleaning": ["tfidf"],
    "words": [1, 2],
    "chars": [4, 4],
    "min_df": 2,
    "classifier": {"name": "logreg", "c": 1.0},
}
"""A lighter TF-IDF than the baselines', since the corpus is fitted five times. Nothing here was tuned."""


def find_doubts(corpus: Corpus, splits: Splits) -> list[Finding]:
    """Return the rows with a doubtful label, the most doubtful first, for each task.

    All splits are pooled and cut into five folds, with copies in one fold. A TF-IDF model of the other folds predicts
    each fold; there is a model for each target if targets are few. Confident learning (Northcutt, Jiang and Chuang,
    JAIR 2021, in the package cleanlab) lists the rows whose label is likely wrong. Those whose own label has a
    probability of at most :data:`DOUBT_THRESHOLD` are returned. They should be read again: most often the model is
    wrong, since TF-IDF reads words without meaning.
    """
    # Where a corpus has labels of its own, its stances are the same labels renamed.
    tasks = ["label"] if "label" in corpus.metrics else list(corpus.metrics)
    return [finding for task in tasks for finding in _find_doubts(corpus, splits, task)]


def _find_doubts(corpus: Corpus, splits: Splits, task: str) -> list[Finding]:
    from cleanlab.filter import find_label_issues

    home = {row.id: split for split, rows in splits.items() for row in rows}
    # Copies stay in one fold; documents need not: Unified-FC's would join into fewer than five groups.
    rows = [replace(row, group=None) for part in splits.values() for row in part if row.gold(task) is not None]
    labels = corpus.task_labels(task)
    few = len({row.target for row in rows}) <= MOST_TARGETS
    settings = {**DOUBT_SETTINGS, "target": "per_target" if few else "ignored"}
    predicted: list[Example] = []
    parts = []
    for train, valid in make_folds(rows, task, by="rows", parts=DOUBT_FOLDS, used=DOUBT_FOLDS, split_seed=0):
        model = TfidfModel(labels={task: labels}, seed=0, **settings)
        predicted += valid
        parts.append(model.fit(train).predict_proba(valid)[task])
    probabilities = np.concatenate(parts)
    given = np.array([labels.index(str(row.gold(task))) for row in predicted])
    own = probabilities[np.arange(len(given)), given]
    doubtful = find_label_issues(
        given, probabilities, filter_by="confident_learning", return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return [
        Finding(
            "doubt",
            corpus.name,
            home[predicted[place].id],
            predicted[place].id,
            task=task,
            given=labels[given[place]],
            other=labels[probabilities[place].argmax()],
            score=f"{own[place]:.4f}",
        )
        for place in doubtful.tolist()
        if own[place] <= DOUBT_THRESHOLD
    ]
