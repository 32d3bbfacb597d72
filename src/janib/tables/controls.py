"""Controls: what a row's numbers rest on, from the target alone to labels that are noise.

All of them are scored on the rows that validate, so that no test split is looked at for them; the scores without leaked
rows read the predictions that the table keeps.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from janib.corpora.base import Corpus
from janib.io.files import write_csv
from janib.io.markdown import tabulate
from janib.models.base import Model
from janib.provenance import describe_commit
from janib.schema import Example
from janib.scoring import metrics
from janib.scoring.significance import compare_by_randomisation
from janib.tables.cells import Cell
from janib.tables.leaks import Cleaner, score_clean
from janib.tables.results_csv import read_results
from janib.tables.runs import is_done
from janib.tables.statistics import ALPHA

log = logging.getLogger(__name__)

CONTROLS = "controls.csv"
COLUMNS = (
    *("model", "config_hash", "commit", "dirty", "control", "split", "rows", "metric", "value"),
    *("changed", "moved", "p"),
)
"""``changed`` is the share of labels that are others than without the control, ``moved`` half the sum of absolute
differences of the probabilities, averaged over rows, ``p`` that of approximate randomisation between the two; of
:data:`CHANCE`, the share of deals that score as high as the model of shuffled labels does."""

N_DEALS = 1_000

AS_IT_IS, NO_TARGET, NO_TEXT, SHUFFLED = "as it is", "text without target", "target without text", "labels shuffled"
CHANCE = "those answers dealt at random"
OTHER_TARGET, OTHER_NAME, NO_LEAKS = "target exchanged", "name exchanged in the text", "without leaked rows"

Rows = list[Example]


@dataclass(frozen=True, slots=True)
class Answers:
    """What models of all folds say of the rows that validate; probabilities of shape (n_rows, n_labels)."""

    rows: Rows
    probabilities: NDArray[np.float64]


def run_controls(table: Mapping[str, Any], cells: Sequence[Cell], folder: Path) -> None:
    """Run the controls of every row, one seed each; what is in ``controls.csv`` stays.

    Rows that have run are scored without leaked rows; those that ``controls`` names are trained for the others too.

    Parameters
    ----------
    table
        With ``controls`` (row names) and ``compared``, whose first metric is measured.
    cells
        The table's cells. One that validates nothing leaves a part out for it here.
    folder
        Where ``controls.csv`` goes.
    """
    lines, results, cleaner = read_controls(folder), read_results(folder), Cleaner()
    name = str(table["compared"][0]).partition("/")[2]
    rows = list(table["rows"])
    lines = [line for line in lines if line["model"] in rows]
    for row in rows:
        cell = next(cell for cell in cells if cell.row == row)
        is_trained = row in table["controls"]
        if not (is_trained or any(is_done(line, cell) for line in results)):
            continue
        last = AS_IT_IS if is_trained else NO_LEAKS
        if any(
            (line["model"], line["control"]) == (row, last) and line["config_hash"] in cell.hashes for line in lines
        ):
            log.info("controls of %s have run already", row)
            continue
        log.info("controls of %s", row)
        about = {"model": row, "config_hash": cell.config_hash, **describe_commit()}
        found = _control(_hold_out(cell), name) if is_trained else []
        found += [{"control": NO_LEAKS} | line for line in score_clean(cell, cleaner.find(cell), name, folder)]
        lines = [line for line in lines if line["model"] != row] + [about | line for line in found]
        if lines:
            write_csv(folder / CONTROLS, COLUMNS, sorted(lines, key=lambda line: rows.index(line["model"])))


def read_controls(folder: Path) -> list[dict[str, str]]:
    """Return the lines of ``controls.csv``; none if there is no such file."""
    path = folder / CONTROLS
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def is_blind(lines: Sequence[Mapping[str, str]]) -> bool:
    """Say whether a row's controls show a model that does not heed the target.

    It is target-blind if another target changes no label, or if neither the absence of the target nor another one
    costs anything that approximate randomisation could tell from chance.
    """
    found = {line["control"]: line for line in lines}
    exchanged = found.get(OTHER_TARGET)
    if exchanged is None:
        return False
    return float(exchanged["changed"]) == 0 or not any(
        float(found[name]["value"]) < float(found[AS_IT_IS]["value"]) and float(found[name]["p"]) <= ALPHA
        for name in (OTHER_TARGET, NO_TARGET)
    )


def knows_more_than_chance(lines: Sequence[Mapping[str, str]]) -> bool:
    """Say whether a row whose training labels were shuffled scores above chance, so that something must be wrong."""
    return any(line["control"] == CHANCE and float(line["p"]) <= ALPHA for line in lines)


def describe_controls(folder: Path) -> list[str]:
    """Return the paragraphs that a table's README has on them; none where there is no ``controls.csv``."""
    lines = read_controls(folder)
    if not lines:
        return []
    trained = [line for line in lines if line["control"] != NO_LEAKS]
    clean = [line for line in lines if line["control"] == NO_LEAKS]
    return ["## Controls", *_describe_trained(trained), *_describe_clean(clean)]


def _describe_trained(lines: Sequence[Mapping[str, str]]) -> list[str]:
    if not lines:
        return []
    return [
        "The same rows with something taken away, in percent: trained anew without it, or, where a target or a name "
        "is exchanged, only scored anew. Scored on the rows that validate, not on test. p is that of approximate "
        "randomisation against the row as it is, not adjusted; where answers are dealt at random, the share of deals "
        "that score as high as what was trained on shuffled labels.",
        tabulate(
            ["model", "control", "rows", lines[0]["metric"], "labels changed", "p"],
            [
                (line["model"], line["control"], line["rows"], show_percent(line["value"]), _share(line), line["p"])
                for line in lines
            ],
        ),
        _conclude(lines),
    ]


def _describe_clean(lines: Sequence[Mapping[str, str]]) -> list[str]:
    if not lines:
        return []
    return [
        "Without leaked rows: the kept predictions of those rows alone whose text does not stand, nearly or word for "
        "word, in what was trained on; in percent.",
        tabulate(
            ["model", "split", "rows", lines[0]["metric"]],
            [(line["model"], line["split"], line["rows"], show_percent(line["value"])) for line in lines],
        ),
    ]


def show_percent(value: str) -> str:
    """Return a value of ``controls.csv``, a fraction of 1, in percent.

    >>> show_percent("0.516476")
    '51.65'
    """
    return f"{100 * float(value):.2f}"


def _share(line: Mapping[str, str]) -> str:
    return f"{100 * float(line['changed']):.1f}" if line["changed"] else ""


def _conclude(lines: Sequence[Mapping[str, str]]) -> str:
    rows = dict.fromkeys(line["model"] for line in lines)
    own = {row: [line for line in lines if line["model"] == row] for row in rows}
    blind = [row for row in own if is_blind(own[row])]
    said = f"Target-blind, that is, not shown to heed the target: {', '.join(blind) or 'none'}."
    odd = [row for row in own if knows_more_than_chance(own[row])]
    if odd:
        return (
            f"{said} With labels shuffled once, still above chance: {', '.join(odd)}; a model of few features may land "
            "there by luck, so shuffle again before believing it."
        )
    return f"{said} With labels shuffled, all fall to chance."


def _hold_out(cell: Cell) -> Cell:
    """Let a part validate where a row, chosen beforehand, would train on all of them."""
    if cell.config.split.used:
        return cell
    config = deepcopy(cell.config)
    config.split.used = 1
    return replace(cell, config=config)


def _control(cell: Cell, name: str) -> list[dict[str, str]]:
    corpus, splits = cell.experiment.read_data()
    # A joint row has rows without a label for this task, which say nothing here.
    splits = {split: [row for row in rows if row.gold(cell.task) is not None] for split, rows in splits.items()}
    cuts = cell.experiment.cut_rows(splits)
    rng = np.random.default_rng(0)
    score = _Scorer(corpus, cell.task, name)

    models = _fit(cell, corpus, cuts)
    whole = _answer(models, [valid for _, valid in cuts], cell.task)
    lines = [score(AS_IT_IS, whole, whole)]
    for control, change in (
        (NO_TARGET, lambda row: replace(row, target="")),
        (NO_TEXT, lambda row: replace(row, text=row.target or row.text)),
    ):
        changed = [([*map(change, train)], [*map(change, valid)]) for train, valid in cuts]
        lines.append(score(control, _fit_all(cell, corpus, changed), whole))
    tasks = cell.experiment.tasks  # all of a joint row's: what one of them keeps says much of the other
    shuffled = [(_shuffle(train, tasks, rng), valid) for train, valid in cuts]
    noise = _fit_all(cell, corpus, shuffled)
    lines += [score(SHUFFLED, noise, whole), score.deal(noise, rng)]
    for percent in (25, 50):
        fewer = [(_sample(train, percent, rng), valid) for train, valid in cuts]
        lines.append(score(f"{percent} % of the training rows", _fit_all(cell, corpus, fewer), whole))

    targets = sorted({row.target for row in splits["train"]})
    if len(targets) > 1:
        others = [[replace(row, target=_draw_other(row.target, targets, rng)) for row in valid] for _, valid in cuts]
        lines.append(score(OTHER_TARGET, _answer(models, others, cell.task), whole))
    if corpus.target_in == "text" and len(targets) > 1:
        renamed = [[_rename(row, _draw_other(row.target, targets, rng)) for row in valid] for _, valid in cuts]
        lines.append(score(OTHER_NAME, _answer(models, renamed, cell.task), whole))
    return lines


class _Scorer:
    """Scores answers by the gold labels and targets of the rows as they are."""

    def __init__(self, corpus: Corpus, task: str, name: str) -> None:
        self._labels, self._task, self._name = corpus.task_labels(task), task, name

    def __call__(self, control: str, found: Answers, whole: Answers) -> dict[str, str]:
        rows, ours, theirs = whole.rows, found.probabilities, whole.probabilities
        gold, targets = [str(row.gold(self._task)) for row in rows], [row.target for row in rows]
        value = self._measure(gold, ours, targets)
        line = {"control": control, "split": "valid", "rows": str(len(rows)), "metric": self._name}
        if found is whole:
            return line | {"value": f"{value:.6f}"}
        clusters = [row.group or row.id for row in rows] if any(row.group for row in rows) else None
        p = compare_by_randomisation(
            *(self._task, gold, [ours], [theirs], targets, self._labels), name=self._name, clusters=clusters
        )
        changed = float((ours.argmax(axis=1) != theirs.argmax(axis=1)).mean())
        moved = float(np.abs(ours - theirs).sum(axis=1).mean() / 2)
        return line | {
            "value": f"{value:.6f}",
            "changed": f"{changed:.6f}",
            "moved": f"{moved:.6f}",
            "p": f"{p:.4f}",
        }

    def deal(self, noise: Answers, rng: np.random.Generator) -> dict[str, str]:
        """Deal answers to rows at random, many times: what chance gives with these answers."""
        gold, targets = [str(row.gold(self._task)) for row in noise.rows], [row.target for row in noise.rows]
        dealt = [self._measure(gold, rng.permutation(noise.probabilities), targets) for _ in range(N_DEALS)]
        observed = self._measure(gold, noise.probabilities, targets)
        p = (1 + sum(value >= observed for value in dealt)) / (1 + N_DEALS)
        line = {"control": CHANCE, "split": "valid", "rows": str(len(gold)), "metric": self._name}
        return line | {"value": f"{np.mean(dealt):.6f}", "p": f"{p:.4f}"}

    def _measure(self, gold: Sequence[str], probabilities: NDArray[np.float64], targets: Sequence[str]) -> float:
        return metrics.score(self._task, gold, probabilities, targets, self._labels)[self._name]


def _fit(cell: Cell, corpus: Corpus, cuts: Sequence[tuple[Rows, Rows]]) -> list[Model]:
    return [cell.experiment.make_model(corpus).fit(train, []) for train, _ in cuts]


def _fit_all(cell: Cell, corpus: Corpus, cuts: Sequence[tuple[Rows, Rows]]) -> Answers:
    return _answer(_fit(cell, corpus, cuts), [valid for _, valid in cuts], cell.task)


def _answer(models: Sequence[Model], parts: Sequence[Rows], task: str) -> Answers:
    found = [model.predict_proba(rows)[task] for model, rows in zip(models, parts, strict=True)]
    return Answers([row for rows in parts for row in rows], np.concatenate(found))


def _shuffle(rows: Rows, tasks: Sequence[str], rng: np.random.Generator) -> Rows:
    order = rng.permutation(len(rows)).tolist()
    return [
        replace(row, **{task: rows[place].gold(task) for task in tasks}) for row, place in zip(rows, order, strict=True)
    ]


def _sample(rows: Rows, percent: int, rng: np.random.Generator) -> Rows:
    chosen = rng.permutation(len(rows))[: len(rows) * percent // 100]
    return [rows[place] for place in sorted(chosen.tolist())]


def _draw_other(target: str, targets: Sequence[str], rng: np.random.Generator) -> str:
    others = [other for other in targets if other != target]
    return others[int(rng.integers(len(others)))]


def _rename(row: Example, name: str) -> Example:
    return replace(row, text=row.text.replace(row.target, name), target=name)
