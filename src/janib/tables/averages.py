"""Rows that average the probabilities of another row's seeds: arithmetic on kept predictions, with nothing chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from janib.scoring import metrics
from janib.scoring.metrics import Floats
from janib.tables.kept_predictions import KeptPredictions, SplitPredictions
from janib.tables.results_csv import FinishedRun, RunKey
from janib.tables.row_scores import group_runs

_T = TypeVar("_T")


def name_average(row: str) -> str:
    """Return the name of the row that averages the seeds of another one."""
    return f"{row}_averaged"


def list_averages(runs: Sequence[FinishedRun], seeded: Collection[str]) -> dict[str, list[FinishedRun]]:
    """Return the averages of a table and the runs of each: all seeds of a row that depends on its seed."""
    return {name_average(row): own for row, own in group_runs(runs).items() if row in seeded and len(own) > 1}


def insert_averages(rows: Mapping[str, _T], averages: Mapping[str, _T]) -> dict[str, _T]:
    """Return the rows, each followed by the average of its seeds where there is one."""
    ordered: dict[str, _T] = {}
    for row, value in rows.items():
        ordered[row] = value
        if name_average(row) in averages:
            ordered[name_average(row)] = averages[name_average(row)]
    return ordered


def read_with_averages(
    split: str, runs: Sequence[FinishedRun], seeded: Collection[str], predictions: KeptPredictions
) -> SplitPredictions | None:
    """Return what runs predict for a split, averages of seeds too; None where no run did.

    Raises
    ------
    DataError
        As :meth:`KeptPredictions.read_split`.
    """
    kept = predictions.read_split(split, [run.key for run in runs])
    if kept is None:
        return None
    averages = {
        name: [kept.labels[label] for label in shares.argmax(axis=1)]
        for name, shares in _average(split, kept, runs, seeded, predictions).items()
    }
    by_run: dict[RunKey, Sequence[str]] = {}
    for row in dict.fromkeys(row for row, _ in kept.by_run):
        by_run |= {key: labels for key, labels in kept.by_run.items() if key[0] == row}
        if name_average(row) in averages:
            by_run[name_average(row), 0] = averages[name_average(row)]
    return replace(kept, by_run=by_run)


def score_averages(
    task: str,
    columns: Sequence[str],
    runs: Sequence[FinishedRun],
    seeded: Collection[str],
    predictions: KeptPredictions,
) -> dict[str, dict[str, float]]:
    """Return the scores of the averages in a table's columns, with six digits.

    Raises
    ------
    DataError
        As :meth:`KeptPredictions.read_split`.
    """
    scores: dict[str, dict[str, float]] = {}
    for split in dict.fromkeys(column.partition("/")[0] for column in columns):
        kept = predictions.read_split(split, [run.key for run in runs])
        if kept is None:
            continue
        for name, shares in _average(split, kept, runs, seeded, predictions).items():
            found = metrics.score(task, kept.gold, shares, kept.targets, kept.labels)
            own = {column: column.partition("/")[2] for column in columns if column.startswith(f"{split}/")}
            scores.setdefault(name, {}).update((column, round(found[one], 6)) for column, one in own.items())
    return scores


def _average(
    split: str,
    kept: SplitPredictions,
    runs: Sequence[FinishedRun],
    seeded: Collection[str],
    predictions: KeptPredictions,
) -> dict[str, Floats]:
    """Return averaged probabilities of shape (n_rows, n_labels) where all seeds predict the split."""
    return {
        name: np.mean([predictions.read_shares(split, run.key, kept.ids) for run in own], axis=0)
        for name, own in list_averages(runs, seeded).items()
        if all(run.key in kept.by_run for run in own)
    }
