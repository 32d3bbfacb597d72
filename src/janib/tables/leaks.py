"""What a row scores on the rows that its training did not see: a control that needs no training."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

from janib.corpora.mixture import leave_out
from janib.provenance import hash_config
from janib.scoring import metrics
from janib.tables.cells import Cell
from janib.tables.kept_predictions import read_answers

Clean = Mapping[str, Set[str]]
"""A split to the ids of its rows that stand nowhere, nearly or word for word, in what is trained on for it."""


class Cleaner:
    """Finds the clean rows of cells; what it found once for a corpus and a cut, it knows."""

    def __init__(self) -> None:
        self._found: dict[str, Clean] = {}

    def find(self, cell: Cell) -> Clean:
        """Return the clean rows of the test splits, and of those that validate against their own folds."""
        key = hash_config({name: cell.config[name] for name in ("data", "task", "split", "split_seed")})
        if key not in self._found:
            self._found[key] = self._search(cell)
        return self._found[key]

    @staticmethod
    def _search(cell: Cell) -> Clean:
        trained = cell.config.data.get("train")
        if trained and cell.config.data.name not in trained:
            return {}  # what it has learned from is other corpora, from which such rows are left out anyway
        _, splits = cell.experiment.read_data()
        found = {
            split: {row.id for row in leave_out(rows, splits["train"])}
            for split, rows in splits.items()
            if split.startswith("test")
        }
        folds = cell.experiment.cut_rows(splits)
        return found | {"valid": {row.id for train, valid in folds for row in leave_out(valid, train)}}


def score_clean(cell: Cell, clean: Clean, name: str, folder: Path) -> list[dict[str, str]]:
    """Score a cell's kept predictions on the clean rows of each split that has others too.

    Parameters
    ----------
    cell
        Of the table.
    clean
        As :meth:`Cleaner.find` has it.
    name
        The metric.
    folder
        The table's.

    Returns
    -------
    list of dict
        ``split``, ``rows``, ``metric`` and ``value``, a fraction of 1.
    """
    lines = []
    for split, ids in clean.items():
        answered = read_answers(folder, split, [(cell.row, str(cell.seed))])
        if answered is None:
            continue
        places = [place for place, key in enumerate(answered.ids) if key in ids]
        if not 0 < len(places) < len(answered.ids):
            continue
        (predicted,) = answered.systems.values()
        gold, answers, targets = (
            [values[place] for place in places] for values in (answered.gold, predicted, answered.targets)
        )
        value = metrics.score(cell.task, gold, answers, targets, answered.labels)[name]
        lines.append({"split": split, "rows": str(len(places)), "metric": name, "value": f"{value:.6f}"})
    return lines
