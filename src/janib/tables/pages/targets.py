"""The part of a table's README on each target by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from janib.io.markdown import tabulate
from janib.scoring import metrics
from janib.tables.averages import read_with_averages
from janib.tables.kept_predictions import KeptPredictions, SplitPredictions
from janib.tables.results_csv import FinishedRun
from janib.tables.statistics import Statistics


def describe_targets(
    table: Mapping[str, Any],
    task: str,
    runs: Sequence[FinishedRun],
    predictions: KeptPredictions,
    seeded: Collection[str],
    statistics: Statistics,
) -> list[str]:
    """Return the paragraphs on the columns that ``by_target`` names; none where none of the runs predicted their split.

    ``seeded`` are the rows that depend on their seed; ``statistics`` know which rows are post hoc.

    Raises
    ------
    DataError
        If predictions are damaged, or two runs have other rows.
    """
    parts = []
    for column in table.get("by_target") or ():
        split, _, name = column.partition("/")
        kept = read_with_averages(split, runs, seeded, predictions)
        if kept is not None:
            header, rows = _tabulate_targets(task, name, kept)
            parts += [
                f"### {column} of each target",
                tabulate([*header[:2], *map(statistics.mark_row, header[2:])], rows),
            ]
    if not parts:
        return []
    return [
        "## Targets",
        "The same predictions, scored on the rows of one target at a time, in percent. A row with several seeds is the "
        "mean of their scores. These numbers are of few rows and are not tested.",
        *parts,
    ]


def _tabulate_targets(task: str, name: str, kept: SplitPredictions) -> tuple[list[str], list[list[str]]]:
    """Return header and rows: a target, its number of rows, and the score of each of the table's rows."""
    measure = metrics.list_measures(task, kept.labels)[name]
    names = list(dict.fromkeys(row for row, _ in kept.by_run))
    # By row of the table, seed and target.
    counts = {
        row: np.array(
            [metrics.confusion(kept.gold, labels, kept.targets, kept.labels) for labels in kept.list_row(row)]
        )
        for row in names
    }
    scores = {row: measure.compute(own).mean(axis=0) for row, own in counts.items()}
    sizes = counts[names[0]][0].sum(axis=(-2, -1))
    rows = [
        [target.replace("|", "\\|"), str(sizes[place]), *(f"{100 * scores[row][place]:.2f}" for row in names)]
        for place, target in enumerate(metrics.name_targets(kept.targets))
    ]
    return ["target", "rows", *names], rows
