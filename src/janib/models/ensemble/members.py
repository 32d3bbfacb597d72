"""Members of ensembles: rows of a table, given by their prediction files, and saved models."""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from janib.errors import ConfigError, DataError, ModelError, suggest
from janib.models.base import Model, Probabilities
from janib.models.store import MANIFEST, load_model
from janib.schema import Example
from janib.scoring.metrics import Floats

HELD_OUT = "valid"
"""The split whose rows were predicted before the refit, by a model that was not trained on them."""


class PredictedRow(NamedTuple):
    """One row of a prediction file; probabilities of shape (n_labels,)."""

    target: str
    gold: str
    probabilities: Floats


PredictedRows = Mapping[str, PredictedRow]
"""Row id to its prediction."""


@dataclass(frozen=True)
class Member:
    """One member of an ensemble, the mean of its seeds.

    Attributes
    ----------
    name
        Its name in the config.
    tasks
        Its tasks.
    held_out
        Predictions of the first task, before the refit, for rows that it was not trained on.
    tests
        Predictions of the first task, after the refit, for rows of test splits.
    models, folders
        Its saved models, one for each seed, and their folders; empty if it has only prediction files.
    """

    name: str
    tasks: Sequence[str]
    held_out: PredictedRows = field(default_factory=dict)
    tests: PredictedRows = field(default_factory=dict)
    models: Sequence[Model] = ()
    folders: Sequence[Path] = ()

    def has_held_out(self, row: Example) -> bool:
        """Say whether the member has a held-out prediction for a row."""
        return row.id in self.held_out

    def get_held_out(self, row: Example) -> Floats:
        """Return the held-out probabilities of a row, shape (n_labels,).

        Raises
        ------
        DataError
            If there are none, or they are of another row with this id.
        """
        task = self.tasks[0]
        gold = row.gold(task)
        found = _find_row(row, self.held_out, f"{self.name!r} has no held-out prediction for it")
        if gold is not None and gold != found.gold:
            raise DataError(
                f"row {row.id!r} has the {task} {gold}, but {found.gold} in the predictions of {self.name!r}: "
                "they are of other data or of another task"
            )
        return found.probabilities

    def predict(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities of rows, shape (n_rows, n_labels).

        Raises
        ------
        DataError
            If the member has only prediction files, and they lack a row.
        """
        if self.models:
            found = [model.predict_proba(rows) for model in self.models]
            return {task: np.mean([one[task] for one in found], axis=0) for task in self.tasks}
        problem = f"{self.name!r} has only prediction files, which hold the rows of test splits, and not this one"
        return {self.tasks[0]: np.array([_find_row(row, self.tests, problem).probabilities for row in rows])}


def open_member(name: str, results: str | None, labels: Mapping[str, tuple[str, ...]]) -> Member:
    """Read a member's files, or load its models.

    Parameters
    ----------
    name
        A row of the table ``results`` with all its seeds, or with one (``tfidf_svm_seed0``). A name with a slash is the
        path of a saved model, or a pattern of several that differ in their seeds. A run writes held-out predictions to
        ``predictions/valid.csv`` next to its model folder, and they are read from there.
    results
        Folder of a table's results.
    labels
        Task to its labels. Prediction files are of one task, so they cannot serve an ensemble for several.

    Raises
    ------
    ConfigError
        If there is no such member, or prediction files are named for several tasks.
    DataError
        If its files do not fit the labels or one another.
    ModelError
        If a model cannot be used, or has other labels.
    """
    files = find_files(name, results)
    task, *others = labels
    if "/" not in name:
        if others:
            raise ConfigError(
                f"member {name!r} is prediction files, which are of one task; "
                f"name saved models for {' and '.join(labels)}"
            )
        splits: dict[str | None, list[Path]] = defaultdict(list)
        for path in files:
            splits[_find_split(name, path)].append(path)
        held_out = _average(splits.pop(HELD_OUT, []), labels[task])
        tests = {key: row for paths in splits.values() for key, row in _average(paths, labels[task]).items()}
        return Member(name, [task], held_out, tests)
    folders = [path.parent for path in files if path.name == MANIFEST]
    member = load_member(name, folders, labels)
    held_out_files = [path for path in files if path.name != MANIFEST]
    return replace(member, held_out=_average(held_out_files, labels[task]))


def load_member(name: str, folders: Sequence[Path], labels: Mapping[str, tuple[str, ...]]) -> Member:
    """Load a member's models, without held-out predictions.

    Raises
    ------
    ModelError
        If a model cannot be used, or has other labels.
    """
    models = []
    for folder in folders:
        model, _ = load_model(folder)
        for task, names in labels.items():
            if model.labels.get(task) != names:
                raise ModelError(
                    f"{folder} answers {dict(model.labels)}, but the ensemble {task} as {names}; "
                    "choose members that answer the same"
                )
        models.append(model)
    return Member(name, list(labels), models=models, folders=list(folders))


def find_files(name: str, results: str | None) -> list[Path]:
    """Return the files that determine a member's predictions: prediction files, or each model's ``janib.json``.

    Raises
    ------
    ConfigError
        If there are none.
    """
    if "/" in name:
        pattern = Path(name)
        found = Path(pattern.anchor).glob(f"{pattern.relative_to(pattern.anchor)}/{MANIFEST}")
        folders = [path.parent for path in sorted(found)]
        if not folders:
            raise ConfigError(f"member {name!r} is no saved model: no folder of that path holds {MANIFEST}")
        held_out = [folder.parent / "predictions" / f"{HELD_OUT}.csv" for folder in folders]
        is_whole = all(path.is_file() for path in held_out)  # the mean of some seeds is not the member's
        return [*(folder / MANIFEST for folder in folders), *(held_out if is_whole else [])]
    if results is None:
        raise ConfigError(
            f"member {name!r} is a row of a table, and results names none; "
            "set results=experiments/results/TABLE, or give the path of a saved model"
        )
    folder = Path(results) / "predictions"
    all_files = sorted(folder.glob("*.csv.gz"))
    files = [path for path in all_files if _find_split(name, path)]
    if not files:
        matches = (re.fullmatch(rf"(.+)_seed\d+_(?:{HELD_OUT}|test\w*)\.csv\.gz", path.name) for path in all_files)
        rows = sorted({match[1] for match in matches if match})
        raise ConfigError(
            f"member {name!r} has no predictions in {folder}{suggest(name, rows) or ';'} "
            f"there are those of {', '.join(rows) or 'no model'}"
        )
    return files


def _find_split(name: str, path: Path) -> str | None:
    """Return the split of a member's prediction file, None if it is another's."""
    found = re.fullmatch(rf"{re.escape(name)}(?:_seed\d+)?_({HELD_OUT}|test\w*)\.csv\.gz", path.name)
    return found[1] if found else None


def _find_row(row: Example, predicted: PredictedRows, problem: str) -> PredictedRow:
    found = predicted.get(row.id)
    if found is None:
        raise DataError(
            f"row {row.id!r} (target {row.target!r}): {problem}; run the members on the same data, split and "
            "split_seed as the ensemble, or name saved models"
        )
    if found.target not in ("", row.target):  # blank if targets are texts of the corpus
        raise DataError(
            f"row {row.id!r} has the target {row.target!r}, but {found.target!r} in the predictions: "
            "they are of other data"
        )
    return found


def _average(paths: Sequence[Path], labels: Sequence[str]) -> dict[str, PredictedRow]:
    """Read files of several seeds and average their probabilities."""
    files = [_read_predictions(path, labels) for path in paths]
    if not files:
        return {}
    for path, rows in zip(paths, files, strict=True):
        lacking = sorted(files[0].keys() ^ rows.keys())
        if lacking:
            raise DataError(
                f"{paths[0]} and {path} do not have the same rows (only one has {lacking[0]!r}); "
                "seeds are averaged row by row, so run them on the same split"
            )
    return {
        key: row._replace(probabilities=np.mean([rows[key].probabilities for rows in files], axis=0))
        for key, row in files[0].items()
    }


def _read_predictions(path: Path, labels: Sequence[str]) -> dict[str, PredictedRow]:
    columns = ["id", "target", "gold", "predicted", *(f"p_{label}" for label in labels)]
    rows: dict[str, PredictedRow] = {}
    try:
        lines = list(_read_lines(path))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}); restore it, or run its row of the table again") from error
    if not lines or lines[0] != columns:
        found = ", ".join(lines[0]) if lines else "nothing"
        raise DataError(f"{path} has the columns {found}, expected {', '.join(columns)}")
    for number, line in enumerate(lines[1:], start=1):
        row = _parse_line(line, len(labels))
        if row is None:
            raise DataError(
                f"{path}, row {number}: expected an id, a target, two labels and {len(labels)} probabilities"
            )
        if line[0] in rows:
            raise DataError(f"{path}, row {number}: the id {line[0]!r} is there twice; every row needs its own")
        rows[line[0]] = row
    return rows


def _parse_line(line: Sequence[str], n_labels: int) -> PredictedRow | None:
    """Read a line of a prediction file, None if it is damaged."""
    try:
        _, target, gold, _, *shares = line
        probabilities = np.array(shares, dtype=np.float64)
    except ValueError:
        return None
    is_sound = len(shares) == n_labels and abs(probabilities.sum() - 1) < 1e-4
    return PredictedRow(target, gold, probabilities) if is_sound else None


def _read_lines(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as stream:
        yield from csv.reader(stream)
