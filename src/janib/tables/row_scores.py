"""Scores of a table's rows: values over the seeds, their mean and standard deviation, in percent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

from janib.tables.results_csv import FinishedRun

SeedScores = Sequence[Mapping[str, float]]
"""One mapping for each seed of a row: ``split/metric`` to a fraction of 1."""


def group_runs(runs: Sequence[FinishedRun]) -> dict[str, list[FinishedRun]]:
    """Return each row's runs, one a seed."""
    return {row: [run for run in runs if run.row == row] for row in dict.fromkeys(run.row for run in runs)}


def list_scores(runs: Sequence[FinishedRun]) -> dict[str, SeedScores]:
    """Return each row's scores, one mapping a seed."""
    return {row: [run.scores for run in own] for row, own in group_runs(runs).items()}


def list_percents(scores: SeedScores, column: str) -> list[float]:
    """Return a column's values in percent, of the seeds that have it."""
    return [100 * one[column] for one in scores if column in one]


def average(scores: SeedScores, column: str) -> float | None:
    """Return a column's mean in percent; None where no seed has it."""
    values = list_percents(scores, column)
    return fmean(values) if values else None


def format_mean(scores: SeedScores, column: str) -> str:
    """Return a column's mean and, over several seeds, its standard deviation, in percent; empty where no seed has it.

    >>> format_mean([{"test/macro_f1": 0.5}, {"test/macro_f1": 0.6}], "test/macro_f1")
    '55.00 ± 7.07'
    """
    values = list_percents(scores, column)
    if not values:
        return ""
    return f"{fmean(values):.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")
