"""Labels and targets that are equal to the eye and not to a program."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from janib.corpora.base import Splits
from janib.labels import TASKS
from janib.schema import Example
from janib.text.spelling import fold_value

Field = Literal["target", "label"]

_MOST_NAMED = 5


def merge_lookalikes(splits: Splits, field: Field) -> tuple[Splits, list[str]]:
    """Give values of a field that look alike one spelling, the most frequent, where nothing is lost by it.

    Two targets stay as they are where a text has both of them with different labels. Labels stay as they are where only
    one would be left.

    Returns
    -------
    tuple[Splits, list[str]]
        The rows, and a sentence on each value that was found in several spellings.
    """
    rows = [row for part in splits.values() for row in part]
    counts = Counter(value for row in rows if (value := getattr(row, field)))
    groups = _group_spellings(counts)
    apart = _find_apart(rows, groups) if field == "target" else _find_needed(counts)
    spelling = {value: values[0] for folded, values in groups.items() if folded not in apart for value in values[1:]}
    merged = {
        split: [
            replace(row, **{field: spelling[value]}) if (value := getattr(row, field)) in spelling else row
            for row in part
        ]
        for split, part in splits.items()
    }
    found = [(values, folded in apart) for folded, values in groups.items() if len(values) > 1]
    return merged, list(_name_groups(found, counts, field))


def index_spellings(values: Iterable[str]) -> Mapping[str, str]:
    """Return each value by its :func:`~janib.text.spelling.fold_value`; of lookalikes the first."""
    spellings: dict[str, str] = {}
    for value in values:
        spellings.setdefault(fold_value(value), value)
    return spellings


def _group_spellings(counts: Counter[str]) -> dict[str, list[str]]:
    """Return the values of each folded value, the most frequent first."""
    groups: dict[str, list[str]] = defaultdict(list)
    for value, _ in counts.most_common():
        groups[fold_value(value) or value].append(value)
    return groups


def _find_apart(rows: Sequence[Example], groups: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the folded targets of which a text has two spellings with different labels."""
    doubled = {value: folded for folded, values in groups.items() if len(values) > 1 for value in values}
    labels: dict[tuple[str, str], dict[str, set[object]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        if row.target in doubled:
            labels[row.text, doubled[row.target]][row.target].add(tuple(map(row.gold, TASKS)))
    return {folded for (_, folded), found in labels.items() if len({*map(frozenset, found.values())}) > 1}


def _find_needed(counts: Counter[str]) -> set[str]:
    """Return the folded labels that must not be merged, since no second label would be left."""
    folded = {fold_value(value) or value for value in counts}
    return folded if len(folded) == 1 else set()


def _name_groups(groups: Sequence[tuple[Sequence[str], bool]], counts: Counter[str], field: Field) -> Iterable[str]:
    for values, is_apart in groups[:_MOST_NAMED]:
        named = ", ".join(f"{value!r} ({counts[value]:,})" for value in values)
        if not is_apart:
            yield f"{len(values)} spellings of one {field}, read as the first: {named}"
        elif field == "target":
            yield f"{len(values)} targets look alike, but the same text has different labels for them: {named}"
        else:
            yield f"the only {len(values)} labels look alike: {named}"
    if len(groups) > _MOST_NAMED:
        yield f"{len(groups) - _MOST_NAMED:,} more {field}s were found in several spellings"
