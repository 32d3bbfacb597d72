"""The part of a table's README on predictions that others published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from janib.io.markdown import tabulate
from janib.tables.published import PUBLISHED
from janib.tables.published_files import PublishedFile, list_published_files
from janib.tables.statistics import Comparison, Statistics


def describe_published(table: Mapping[str, Any], statistics: Statistics) -> list[str]:
    """Return the paragraphs on paired tests with published predictions; none where there are no such tests."""
    compared = {one.other for one in statistics.published}
    files = [file for file in list_published_files(table) if file.model in compared]
    if not files:
        return []
    parts = ["## Against published predictions", _explain(len(statistics.published)), _tabulate_files(files)]
    for column in dict.fromkeys(one.column for one in statistics.published):
        own = [replace(one, row=statistics.mark_row(one.row)) for one in statistics.published if one.column == column]
        parts += [_tabulate_differences(column, files, own), _conclude(column, files, own)]
    return parts


def _explain(n_comparisons: int) -> str:
    return (
        "These systems are not of this project, and nothing of them was run here: their authors published a label for "
        "each test row. The files are fetched and checked (`action=published`) and not kept. Scored again, their "
        f"labels give the published values to the digit. [{PUBLISHED}]({PUBLISHED}) counts the test rows that have the "
        "same target, gold label, published label and own labels, which is all that the tests need. Differences are "
        f"ours minus theirs, in points. The tests are those above; Holm's adjustment is for these {n_comparisons} "
        "comparisons alone. [comparisons.csv](comparisons.csv) has the numbers."
    )


def _tabulate_files(files: Sequence[PublishedFile]) -> str:
    rows = [[one.model, one.chosen_on, f"[{one.name}]({one.url})", one.sha256[:12]] for one in files]
    return tabulate(["published", "chosen on", "labels", "sha256"], rows)


def _tabulate_differences(column: str, files: Sequence[PublishedFile], own: Sequence[Comparison]) -> str:
    found = {(one.row, one.other): one for one in own}
    names = [f"{file.model} ({file.scores[column]:.2f})" if column in file.scores else file.model for file in files]
    rows = []
    for row in dict.fromkeys(one.row for one in own):
        pairs = [found.get((row, file.model)) for file in files]
        rows.append([row, *("" if one is None else _format_difference(one) for one in pairs)])
    return tabulate([column, *names], rows)


def _format_difference(one: Comparison) -> str:
    return f"{100 * one.difference:+.2f}{' *' if one.is_significant else ''}"


def _conclude(column: str, files: Sequence[PublishedFile], own: Sequence[Comparison]) -> str:
    said = []
    for file in files:
        open_ones = [one.row for one in own if one.other == file.model and not one.is_significant]
        said.append(f"{file.model}: {', '.join(open_ones) or 'none'}")
    return f"Rows of ours that are not shown to differ in {column} from {'; from '.join(said)}."
