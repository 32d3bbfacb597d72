"""Counts of scored articles as the rows of a table; ``experiments/evaluate.py articles=SET`` wrote them to ``SET.csv``.

A row is a model and what it was given, with each of its seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from janib.articles.evaluation import compare_articles, resample_articles, score_counts
from janib.errors import ConfigError, DataError
from janib.io.files import read_csv
from janib.runs.article_scoring import COUNT_COLUMNS
from janib.scoring.metrics import Floats
from janib.tables.evidence import RowEvidence, make_evidence
from janib.tables.row_scores import SeedScores
from janib.tables.statistics import Comparison, Statistics, adjust_comparisons

_Key = tuple[str, str, str, str, str, str]
"""Judge, parties, metric, seed, config hash and commit."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """A row's counts of a metric on a set of articles with one seed, and the commit at which they were scored.

    ``counts`` have the shape (n_articles, n_labels, 2): right ones, and of how many.
    """

    row: str
    articles: str
    metric: str
    seed: str
    commit: str
    counts: Floats

    @property
    def column(self) -> str:
        """The column of the table."""
        return f"{self.articles}/{self.metric}"


def read_counts(table: Mapping[str, Any], folder: Path) -> list[RowCounts]:
    """Return the counts of a table's rows, in their order.

    ``scored`` of the table are names of sets, ``rows`` names to ``judge`` and ``parties``, as the files call them.

    Raises
    ------
    DataError
        If a file is missing or damaged, or a row has no score.
    """
    sets = {name: _read_set(folder / f"{name}.csv") for name in table["scored"]}
    counts = []
    for row, (judge, parties) in table["rows"].items():
        own = [
            RowCounts(str(row), name, metric, seed, commit, found)
            for name, by_key in sets.items()
            for (one, given, metric, seed, _, commit), found in by_key.items()
            if (one, given) == (judge, parties)
        ]
        if not own:
            raise DataError(f"row {row}: no score of judge {judge} with parties {parties} in {folder}; mend conf/table")
        counts += own
    return counts


def list_article_scores(counts: Sequence[RowCounts]) -> dict[str, SeedScores]:
    """Return each row's scores, one mapping a seed, with six digits."""
    scores: dict[str, dict[str, dict[str, float]]] = {}
    for one in counts:
        scores.setdefault(one.row, {}).setdefault(one.seed, {})[one.column] = round(float(score_counts(one.counts)), 6)
    return {row: list(seeds.values()) for row, seeds in scores.items()}


def compute_article_statistics(table: Mapping[str, Any], counts: Sequence[RowCounts]) -> Statistics:
    """Compute intervals, and compare the table's ``baseline`` (a ``judge``) with every model that was given the same.

    Raises
    ------
    ConfigError
        If the baseline was not given what another model was given.
    """
    intervals: dict[tuple[str, str], tuple[float, float]] = {}
    comparisons = []
    for column in dict.fromkeys(one.column for one in counts):
        own = [one for one in counts if one.column == column]
        draws = resample_articles(column, [one.counts for one in own])
        places: dict[str, list[int]] = {}
        for place, one in enumerate(own):
            places.setdefault(one.row, []).append(place)
        intervals |= {(row, column): draws.find_interval(column, seeds) for row, seeds in places.items()}
        for row, other in _pair_rows(table, list(places)) if column in table["compared"] else ():
            found = draws.compare(column, places[row], places[other])
            p = compare_articles(*([own[place].counts for place in places[one]] for one in (row, other)))
            comparisons.append(
                Comparison(column, row, other, "baseline", found.value, found.low, found.high, found.p, p, None)
            )
    sizes = {one.articles: (len(one.counts), len(one.counts)) for one in counts}
    return Statistics(intervals, adjust_comparisons(comparisons), {}, sizes, _find_evidence(table, counts))


def _find_evidence(table: Mapping[str, Any], counts: Sequence[RowCounts]) -> dict[str, RowEvidence]:
    seeds: dict[str, set[str]] = {}
    for one in counts:
        seeds.setdefault(one.row, set()).add(one.seed)
    return make_evidence(table, {row: len(own) for row, own in seeds.items()}, seeded=seeds)


def _pair_rows(table: Mapping[str, Any], rows: Sequence[str]) -> list[tuple[str, str]]:
    """Return each row with the row of the baseline that was given the same."""
    given = {row: tuple(table["rows"][row]) for row in rows}
    return [
        (row, _find_baseline(table, parties)) for row, (judge, parties) in given.items() if judge != table["baseline"]
    ]


def _find_baseline(table: Mapping[str, Any], parties: str) -> str:
    for row, (judge, given) in table["rows"].items():
        if (judge, given) == (table["baseline"], parties):
            return str(row)
    raise ConfigError(f"baseline={table['baseline']}: expected a row [{table['baseline']}, {parties}]; mend conf/table")


def _read_set(path: Path) -> dict[_Key, Floats]:
    if not path.is_file():
        raise DataError(f"{path} is missing; experiments/evaluate.py articles={path.stem} wrote it: restore it")
    found: dict[_Key, dict[str, list[tuple[float, float]]]] = {}
    for row in read_csv(path, COUNT_COLUMNS):
        key = (row["judge"], row["parties"], row["metric"], row["seed"], row["config_hash"], row["commit"])
        found.setdefault(key, {}).setdefault(row["article"], []).append((float(row["right"]), float(row["of"])))
    return {key: np.array(list(articles.values())) for key, articles in found.items()}
