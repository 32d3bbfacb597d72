"""Conclusions on a compared column of a table, from its paired tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from janib.io.markdown import tabulate
from janib.tables.row_scores import SeedScores, average, format_mean, list_percents
from janib.tables.statistics import Comparison, Statistics


def describe_column(
    table: Mapping[str, Any], scores: Mapping[str, SeedScores], statistics: Statistics, column: str
) -> list[str]:
    """Return the paragraphs on a compared column; none where no row has an interval in it."""
    own = _list_own(scores, statistics, column)
    if not own:
        return []
    best = statistics.best[column]
    published = _conclude_published(table["published"], own[best], statistics, best, column)
    said = [conclude_column(table, scores, statistics, column), published]
    return [
        f"### {column}",
        tabulate(*tabulate_differences(table, scores, statistics, column)),
        " ".join(sentence for sentence in said if sentence),
    ]


def conclude_column(
    table: Mapping[str, Any], scores: Mapping[str, SeedScores], statistics: Statistics, column: str
) -> str:
    """Say which row is best in a column and which differ from the baseline, as far as the tests show it."""
    own = _list_own(scores, statistics, column)
    baseline = table["baseline"] if table["baseline"] in own else None
    said = [
        _conclude_best(own, statistics, column),
        _conclude_baseline(own, statistics, column, baseline) if baseline else "",
    ]
    return " ".join(sentence for sentence in said if sentence)


def tabulate_differences(
    table: Mapping[str, Any], scores: Mapping[str, SeedScores], statistics: Statistics, column: str
) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a compared column: score, interval, and lead over the baseline and the highest row."""
    own = _list_own(scores, statistics, column)
    best, baseline = statistics.best[column], table["baseline"]
    others = [baseline, best] if baseline in own and baseline != best else [best]
    header = ["model", column, "95 % interval"]
    for other in others:
        header += [f"against {other}", "p"]
    rows = []
    for row, seeds in own.items():
        low, high = statistics.intervals[row, column]
        cells = [statistics.mark_row(row), format_mean(seeds, column), f"{100 * low:.2f} to {100 * high:.2f}"]
        for other in others:
            cells += _describe_difference(row, statistics.find(row, str(other), column))
        rows.append(cells)
    return header, rows


def _list_own(scores: Mapping[str, SeedScores], statistics: Statistics, column: str) -> dict[str, SeedScores]:
    """Return the rows that have an interval in a column."""
    return {row: seeds for row, seeds in scores.items() if (row, column) in statistics.intervals}


def _describe_difference(row: str, found: Comparison | None) -> list[str]:
    if found is None:
        return ["", ""]
    return [f"{100 * found.find_lead(row):+.2f}{' *' if found.is_significant else ''}", f"{found.p:.4f}"]


def _conclude_best(own: Mapping[str, SeedScores], statistics: Statistics, column: str) -> str:
    best = statistics.best[column]
    found = {row: statistics.find(row, best, column) for row in own if row != best}
    if not found:
        return ""
    shown = [
        row
        for row, one in found.items()
        if one is not None
        and one.is_significant
        and one.find_lead(best) > 0
        and _do_seeds_agree(own, best, row, column)
    ]
    evidence = statistics.evidence
    higher = [row for row in found if evidence[row].post_hoc and _is_higher(own, row, best, column)]
    others = [row for row in found if row not in shown and row not in higher]
    if len(shown) == len(found) and evidence[best].covers_seeds and not evidence[best].post_hoc:
        return f"{best} is best, and its lead over every other row is significant."
    said = f"{statistics.mark_row(best)} has the highest number"
    said += f" of the rows that are not post hoc (higher: {join_names(higher)})" if higher else ""
    said += f"; its lead over {join_names(shown)} is significant" if shown else ""
    said += ", with the seeds that were run" if shown and not evidence[best].covers_seeds else ""
    said += f", but over {join_names(others)} no lead is shown: the gap may be chance" if others else ""
    return f"{said}."


def _is_higher(own: Mapping[str, SeedScores], row: str, other: str, column: str) -> bool:
    mean, theirs = average(own[row], column), average(own[other], column)
    return mean is not None and theirs is not None and mean > theirs


def _do_seeds_agree(own: Mapping[str, SeedScores], row: str, other: str, column: str) -> bool:
    """Say whether all seeds of two rows are on their own row's side of the other row's mean."""
    return not (_count_exceptions(own[row], own[other], column) or _count_exceptions(own[other], own[row], column))


def _conclude_baseline(own: Mapping[str, SeedScores], statistics: Statistics, column: str, baseline: str) -> str:
    with_seeds = ", with the seeds that were run"
    words = ("better", "worse", f"better{with_seeds}", f"worse{with_seeds}", "only on average", "not shown to differ")
    groups: dict[str, list[str]] = {word: [] for word in words}
    for row in own:
        if row == baseline:
            continue
        found = statistics.find(row, baseline, column)
        if found is None or not found.is_significant:
            groups["not shown to differ"].append(statistics.mark_row(row))
            continue
        word = "better" if found.find_lead(row) > 0 else "worse"
        n_exceptions = _count_exceptions(own[row], own[baseline], column)
        if n_exceptions:
            groups["only on average"].append(
                f"{statistics.mark_row(row)} ({word}, but for {n_exceptions} of its {len(own[row])} seeds)"
            )
        elif all(statistics.evidence[one].covers_seeds for one in (row, baseline)):
            groups[word].append(statistics.mark_row(row))
        else:
            groups[f"{word}{with_seeds}"].append(statistics.mark_row(row))
    parts = [f"{word}: {join_names(rows)}" for word, rows in groups.items() if rows]
    return f"Against the baseline {baseline}, {'; '.join(parts)}." if parts else ""


def _count_exceptions(own: SeedScores, other: SeedScores, column: str) -> int:
    """Count the seeds of a row that are on the other side of another row's mean than the row's own mean is."""
    mean, theirs = average(own, column), average(other, column)
    if mean is None or theirs is None:
        return 0
    return sum((value - theirs) * (mean - theirs) <= 0 for value in list_percents(own, column))


def _conclude_published(
    published: Sequence[Mapping[str, Any]], own: SeedScores, statistics: Statistics, best: str, column: str
) -> str:
    # A guess is in the table, but it is no system.
    systems = [one for one in published if column in one and not one.get("guess", False)]
    values = [float(one[column]) for one in systems]
    if not values:
        return "No published value is comparable with this column."
    low, high = (100 * end for end in statistics.intervals[best, column])
    above = sum(value > high for value in values)
    below = sum(value < low for value in values)
    mean = average(own, column)
    tested = {one.other for one in statistics.published if one.column == column}
    n_tested = sum(one["model"] in tested for one in systems)
    return (
        f"Of {len(values)} published values, {above} lie above the interval of our highest row ({mean:.2f}), {below} "
        f"below it, {len(values) - above - below} within. {_tell_tested(n_tested, len(values))}"
    )


def _tell_tested(n_tested: int, n_values: int) -> str:
    if not n_tested:
        return "Their predictions are not available, so none of them is tested."
    others = "" if n_tested == n_values else " Those of the others are not available, so they are not tested."
    return f"The predictions of {n_tested} of them are public and are tested below, in pairs.{others}"


def join_names(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
