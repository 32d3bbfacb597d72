"""Folds for validation, cut from training rows: stratified parts, whole groups or whole targets.

Folds depend on ``split_seed`` only, and never on the seed of a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from janib.corpora.duplicates import cluster_texts, join_clusters
from janib.errors import ConfigError, DataError
from janib.schema import Example


class Fold(NamedTuple):
    """The rows to fit on and the rows to validate on."""

    train: list[Example]
    valid: list[Example]


def make_folds(
    train: Sequence[Example],
    task: str,
    *,
    by: Literal["rows", "group", "target", "targets"],
    parts: int,
    used: int,
    split_seed: int,
) -> list[Fold]:
    """Cut training rows into folds.

    Parameters
    ----------
    train
        Rows with gold labels for ``task``.
    task
        Task by whose labels, and by the target, parts are stratified.
    by
        ``rows``: stratified parts; near-duplicates, and rows of one ``group``, are in the same part. ``group``: parts
        of whole groups; as many parts as groups give the authors' own folds. ``targets``: parts of whole targets, so
        that a model is scored on unseen ones. ``target``: each target is left out once (``parts`` and ``used`` are
        not read).
    parts
        How many parts the rows are cut into.
    used
        How many of the parts validate, one fold each: 1 is a hold-out, ``parts`` a cross-validation. 0 gives no fold,
        whatever ``by`` is: for more seeds of a config that has been chosen.
    split_seed
        Seed of the cut.

    Raises
    ------
    ConfigError
        If ``used`` is not between 0 and ``parts``, or ``parts`` is below 2.
    DataError
        If there are too few rows or targets to cut.
    """
    if used == 0:
        return []
    if by == "target":
        return _leave_targets_out(train)
    if by not in ("rows", "group", "targets"):
        raise ConfigError(f"split.by={by} is unknown, expected rows, group, targets or target")
    if parts < 2 or not 1 <= used <= parts:
        raise ConfigError(
            f"split.parts={parts} split.used={used}: expected at least 2 parts, and from 0 to all of them used"
        )
    groups = _link_rows(train) if by == "rows" else [_get_group(row, by) for row in train]
    n_groups = len(set(groups))
    if n_groups < parts and by == "targets":
        raise DataError(
            f"the training rows have too few targets ({n_groups}) for {parts} parts of whole targets; "
            + ("use split.by=rows" if n_groups == 1 else f"set split.parts to at most {n_groups}")
        )
    if n_groups < parts:
        raise DataError(
            f"the training rows fall into {n_groups} groups that must stay together, too few for {parts} parts; "
            + ("give more rows, or set split.used=0" if n_groups == 1 else "lower split.parts")
        )
    strata = [f"{row.target}\0{row.gold(task)}" for row in train]
    cutter = StratifiedGroupKFold(parts, shuffle=True, random_state=split_seed)
    cuts = cutter.split(np.zeros(len(train)), _merge_rare(strata, parts), groups)
    return [Fold([train[i] for i in fit], [train[i] for i in valid]) for fit, valid in islice(cuts, used)]


def _get_group(row: Example, by: str) -> str:
    return row.target if by == "targets" else row.group or row.id


def _leave_targets_out(train: Sequence[Example]) -> list[Fold]:
    targets = sorted({row.target for row in train})
    if len(targets) < 2:
        raise DataError(
            f"the training rows have one target ({targets[0]!r}), so none can be left out; use split.by=rows"
        )
    return [
        Fold([row for row in train if row.target != left_out], [row for row in train if row.target == left_out])
        for left_out in targets
    ]


def _link_rows(train: Sequence[Example]) -> list[str]:
    first_of: dict[object, int] = {}
    links = []
    for i, cluster in enumerate(cluster_texts([row.text for row in train]).tolist()):
        links.append((first_of.setdefault(cluster, i), i))
        if train[i].group is not None:
            links.append((first_of.setdefault(train[i].group, i), i))
    return [str(cluster) for cluster in join_clusters(len(train), links)]


def _merge_rare(strata: list[str], parts: int) -> list[str]:
    # A stratum smaller than the number of parts cannot be in each of them; scikit-learn warns of every one.
    names, counts = np.unique(strata, return_counts=True)
    rare = set(names[counts < parts].tolist())
    merged = ["" if name in rare else name for name in strata]
    if merged.count("") < parts:
        common = str(names[counts.argmax()])
        merged = [name or common for name in merged]
    return merged
