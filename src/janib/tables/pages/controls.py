"""The part of a table's README on its controls."""

from __future__ import annotations

from collections.abc import Sequence

from janib.io.markdown import tabulate
from janib.tables.control_results import NO_LEAKS, ControlRecord, is_blind, knows_more_than_chance


def describe_controls(records: Sequence[ControlRecord]) -> list[str]:
    """Return the paragraphs on the controls; none where there are no records."""
    if not records:
        return []
    trained = [one for one in records if one.score.control != NO_LEAKS]
    clean = [one for one in records if one.score.control == NO_LEAKS]
    return ["## Controls", *_describe_trained(trained), *_describe_clean(clean)]


def format_percent(value: float) -> str:
    """Return a fraction of 1 in percent.

    >>> format_percent(0.516476)
    '51.65'
    """
    return f"{100 * value:.2f}"


def _describe_trained(records: Sequence[ControlRecord]) -> list[str]:
    if not records:
        return []
    return [
        "The same rows with something taken away, in percent. The model is trained again without it; where a target "
        "or a name is exchanged, it is only scored again. All scores are of validation rows; test is not used. p is "
        "that of approximate randomisation against the row as it is, not adjusted. Where predictions are permuted, p "
        "is the share of permutations that score at least as high as the model that was trained on shuffled labels.",
        tabulate(
            ["model", "control", "rows", records[0].score.metric, "labels changed", "p"], map(_list_cells, records)
        ),
        _conclude(records),
    ]


def _list_cells(record: ControlRecord) -> list[str]:
    score = record.score
    changed = "" if score.changed is None else f"{100 * score.changed:.1f}"
    p = "" if score.p is None else f"{score.p:.4f}"
    return [record.row, score.control, str(score.n_rows), format_percent(score.value), changed, p]


def _describe_clean(records: Sequence[ControlRecord]) -> list[str]:
    if not records:
        return []
    return [
        "Without leaked rows: the kept predictions are scored again on the rows whose text is not among the training "
        "rows, neither word for word nor nearly; in percent.",
        tabulate(
            ["model", "split", "rows", records[0].score.metric],
            [(one.row, one.score.split, str(one.score.n_rows), format_percent(one.score.value)) for one in records],
        ),
    ]


def _conclude(records: Sequence[ControlRecord]) -> str:
    rows = dict.fromkeys(one.row for one in records)
    own = {row: [one.score for one in records if one.row == row] for row in rows}
    blind = [row for row, scores in own.items() if is_blind(scores)]
    said = f"Target-blind, that is, not shown to use the target: {', '.join(blind) or 'none'}."
    odd = [row for row, scores in own.items() if knows_more_than_chance(scores)]
    if odd:
        return (
            f"{said} With labels shuffled once, still above chance: {', '.join(odd)}. A model of few features may get "
            "there by luck: shuffle again before you conclude anything."
        )
    return f"{said} With labels shuffled, all fall to chance."
