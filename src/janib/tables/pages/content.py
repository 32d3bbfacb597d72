"""Content of a table's pages, whether its rows are runs or scored articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from janib.tables.row_scores import SeedScores
from janib.tables.statistics import Statistics


@dataclass(frozen=True, slots=True)
class TableContent:
    """What the pages of a table show.

    Attributes
    ----------
    table
        As ``conf/table/*.yaml`` composes it: ``name``, ``title``, ``protocol``, ``rows``, ``columns`` (metric keys),
        ``compared``, ``baseline`` and ``published`` (``model``, ``source`` and values in percent by key).
    scores
        Row to its scores.
    reasons
        Row without scores to the reason.
    statistics
        Intervals and comparisons.
    origin
        A paragraph on the runs or counts that the scores come from.
    uncertainty
        A paragraph on intervals and tests.
    details
        Further paragraphs of the README: each compared column, controls, costs.
    pictures
        Lines of the README that show pictures besides the forest plot.
    notes
        Sentences below the scores: what averages of seeds are, and why rows are post hoc.
    """

    table: Mapping[str, Any]
    scores: Mapping[str, SeedScores]
    reasons: Mapping[str, str]
    statistics: Statistics
    origin: str
    uncertainty: str
    details: Sequence[str] = field(default=())
    pictures: Sequence[str] = field(default=())
    notes: Sequence[str] = field(default=())

    def count_seeds(self, row: str) -> str:
        """Return how many seeds a row has; of an average, how many are averaged."""
        own = self.statistics.evidence.get(row)
        return f"{own.n_averaged} averaged" if own and own.n_averaged > 1 else str(len(self.scores[row]))
