"""Content of the pages of a table of scored articles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from janib.io.markdown import tabulate
from janib.scoring.resampling import N_RESAMPLES
from janib.tables.article_counts import RowCounts, compute_article_statistics, list_article_scores, read_counts
from janib.tables.evidence import explain_post_hoc
from janib.tables.pages.content import TableContent
from janib.tables.statistics import Statistics


def make_article_content(table: Mapping[str, Any], folder: Path) -> TableContent:
    """Read the counts of a table's rows from its folder, and compute its statistics.

    Raises
    ------
    ConfigError, DataError
        As the functions of :mod:`janib.tables.article_counts`.
    """
    counts = read_counts(table, folder)
    statistics = compute_article_statistics(table, counts)
    details = [_tabulate_intervals(table, statistics), _tabulate_comparisons(statistics)]
    scores = list_article_scores(counts)
    origin, uncertainty = _describe_sets(counts), _explain_tests(len(statistics.comparisons))
    notes = explain_post_hoc(statistics.evidence)
    return TableContent(table, scores, {}, statistics, origin, uncertainty, details, notes=notes)


def _describe_sets(counts: Sequence[RowCounts]) -> str:
    sets = {one.articles: (len(one.counts), one.commit[:7]) for one in counts}
    said = "; ".join(
        f"{name}: {n_articles} articles, scored at commit {commit} ([{name}.csv]({name}.csv))"
        for name, (n_articles, commit) in sets.items()
    )
    return f"writes this page from the committed counts and scores nothing. {said[0].upper()}{said[1:]}."


def _explain_tests(n_comparisons: int) -> str:
    return (
        f"Intervals hold 95 % of {N_RESAMPLES:,} bootstrap resamples of whole articles. A row with several seeds is "
        "the mean of their scores, and each resample draws its seeds first. With so few articles the intervals are "
        "rough. Each row is compared with the baseline that was given the same. Differences are tested by the paired "
        "bootstrap and by approximate randomisation; whole articles are drawn and swapped. p is the larger of the two "
        f"p-values, adjusted by Holm for all {n_comparisons} comparisons; a difference with * is significant. "
        "[comparisons.csv](comparisons.csv) has the numbers. Models that were given different things are not "
        "compared, so none is bold."
    )


def _tabulate_intervals(table: Mapping[str, Any], statistics: Statistics) -> str:
    columns = list(table["columns"])
    rows = []
    for row in table["rows"]:
        ends = (statistics.intervals.get((row, column)) for column in columns)
        rows.append(
            [
                statistics.mark_row(row),
                *(f"{100 * found[0]:.1f} to {100 * found[1]:.1f}" if found else "" for found in ends),
            ]
        )
    return tabulate(["model", *columns], rows)


def _tabulate_comparisons(statistics: Statistics) -> str:
    rows = []
    for one in statistics.comparisons:
        difference, low, high = (f"{100 * value:+.2f}" for value in (one.difference, one.low, one.high))
        mark = " *" if one.is_significant else ""
        rows.append([one.row, one.other, one.column, f"{difference}{mark}", f"{low} to {high}", f"{one.p:.4f}"])
    return tabulate(["model", "baseline", "column", "difference", "95 % interval", "p"], rows)
