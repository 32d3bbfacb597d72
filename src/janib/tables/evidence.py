"""What a table's rows rest on besides the scored rows: how many seeds, and a choice that came in time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from janib.tables.averages import list_averages
from janib.tables.results_csv import FinishedRun
from janib.tables.row_scores import group_runs

MIN_SEEDS = 3
"""With fewer seeds, a row that depends on its seed is never bold and never called best or better."""


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """What a row's scores rest on.

    Attributes
    ----------
    n_seeds
        How often it was trained; once where several trainings are averaged into one model.
    is_seeded
        Whether another seed would give another model.
    post_hoc
        Why its choice cannot be shown to come before its test score; empty where it can.
    n_averaged
        How many trainings are averaged into one model.
    """

    n_seeds: int
    is_seeded: bool
    post_hoc: str = ""
    n_averaged: int = 1

    @property
    def covers_seeds(self) -> bool:
        """Whether what is found holds for other seeds too."""
        return not self.is_seeded or self.n_seeds >= MIN_SEEDS


def make_evidence(
    table: Mapping[str, Any], n_seeds: Mapping[str, int], seeded: Collection[str]
) -> dict[str, RowEvidence]:
    """Return what each row with so many seeds rests on; ``seeded`` are the rows that depend on their seed."""
    post_hoc = table.get("post_hoc") or {}
    return {row: RowEvidence(number, row in seeded, str(post_hoc.get(row, ""))) for row, number in n_seeds.items()}


def find_evidence(
    table: Mapping[str, Any], runs: Sequence[FinishedRun], seeded: Collection[str]
) -> dict[str, RowEvidence]:
    """Return the same for the rows with finished runs, and for the average of each row's seeds."""
    found = make_evidence(table, {row: len(own) for row, own in group_runs(runs).items()}, seeded)
    for name, own in list_averages(runs, seeded).items():
        found[name] = RowEvidence(1, True, found[own[0].row].post_hoc, len(own))
    return found


def explain_post_hoc(evidence: Mapping[str, RowEvidence]) -> list[str]:
    """Say in a sentence why rows are post hoc; none where no row is. Averages are for the reason of their row."""
    reasons = [f"{row} ({own.post_hoc})" for row, own in evidence.items() if own.post_hoc and own.n_averaged == 1]
    if not reasons:
        return []
    return [
        "Post hoc, since a choice came after a score on the test rows, or nothing shows that it came before: "
        f"{'; '.join(reasons)}. Such rows are neither bold nor called best."
    ]
