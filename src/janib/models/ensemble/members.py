"""What an ensemble is made of: rows of a table as their prediction files, or saved models."""

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
from numpy.typing import NDArray

from janib.errors import ConfigError, DataError, ModelError, suggest
from janib.models.base import Model, Probabilities
from janib.models.store import MANIFEST, load_model
from janib.schema import Example

HELD_OUT = "valid"
"""The split whose rows a model had not seen when it answered them, unlike those of its refit."""


class Answer(NamedTuple):
    """What a prediction file says of a row; probabilities of shape (n_labels,)."""

    target: str
    gold: str
    probabilities: NDArray[np.float64]


Answers = Mapping[str, Answer]
"""Row id to answer."""


@dataclass(frozen=True)
class Member:
    """One member of an ensemble; its seeds are averaged.

    Attributes
    ----------
    name
        As the config names it.
    tasks
        The tasks that it answers.
    held_out
        Answers for the first task to rows that it was not trained on, before its refit.
    tests
        Answers of its refit for the first task to rows of test splits.
    models, folders
        Its saved models, one a seed, and where they lie; none for a member that is prediction files alone.
    """

    name: str
    tasks: Sequence[str]
    held_out: Answers = field(default_factory=dict)
    tests: Answers = field(default_factory=dict)
    models: Sequence[Model] = ()
    folders: Sequence[Path] = ()

    def knows(self, row: Example) -> bool:
        """Say whether there is a held-out answer to the row."""
        return row.id in self.held_out

    def recall(self, row: Example) -> NDArray[np.float64]:
        """Return the held-out probabilities of a row, shape (n_labels,).

        Raises
        ------
        DataError
            If there are none, or they are of another row with this id.
        """
        task = self.tasks[0]
        gold = row.gold(task)
        answer = _find(row, self.held_out, f"{self.name!r} has no held-out answer to it")
        if gold is not None and gold != answer.gold:
            raise DataError(
                f"row {row.id!r} has the {task} {gold}, but {answer.gold} in the predictions of {self.name!r}: "
                "they are of other data or of another task"
            )
        return answer.probabilities

    def predict(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities of rows, shape (n_rows, n_labels).

        Raises
        ------
        DataError
            If the member is prediction files alone, and they lack a row.
        """
        if self.models:
            answers = [model.predict_proba(rows) for model in self.models]
            return {task: np.mean([answer[task] for answer in answers], axis=0) for task in self.tasks}
        why = f"{self.name!r} is prediction files, which know the rows of their test splits alone, and not this one"
        return {self.tasks[0]: np.array([_find(row, self.tests, why).probabilities for row in rows])}


def open_member(name: str, results: str | None, labels: Mapping[str, tuple[str, ...]]) -> Member:
    """Read a member's files, or load its models.

    Parameters
    ----------
    name
        A row of the table ``results``, all its seeds, or one (``tfidf_svm_seed0``); with a slash in it, the path of
        a saved model, or a pattern of several that differ in their seeds. ``predictions/valid.csv`` beside a model
        folder, where a run leaves it, has its held-out answers.
    results
        Folder of a table's results.
    labels
        Tasks to their labels. Prediction files are of one task: they answer the first, and none of several.

    Raises
    ------
    ConfigError
        If there is no such member, or prediction files are asked for several tasks.
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
            splits[_split_of(name, path)].append(path)
        held_out = _average(splits.pop(HELD_OUT, []), labels[task])
        tests = {key: answer for paths in splits.values() for key, answer in _average(paths, labels[task]).items()}
        return Member(name, [task], held_out, tests)
    folders = [path.parent for path in files if path.name == MANIFEST]
    member = load_member(name, folders, labels)
    beside = [path for path in files if path.name != MANIFEST]
    return replace(member, held_out=_average(beside, labels[task]))


def load_member(name: str, folders: Sequence[Path], labels: Mapping[str, tuple[str, ...]]) -> Member:
    """Load a member's models, without held-out answers.

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
    """Return the files that decide what a member says: prediction files, or each model's ``janib.json``.

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
        beside = [folder.parent / "predictions" / f"{HELD_OUT}.csv" for folder in folders]
        has_all = all(path.is_file() for path in beside)  # some seeds' answers are not the member's
        return [*(folder / MANIFEST for folder in folders), *(beside if has_all else [])]
    if results is None:
        raise ConfigError(
            f"member {name!r} is a row of a table, and results names none; "
            "set results=experiments/results/TABLE, or give the path of a saved model"
        )
    folder = Path(results) / "predictions"
    there = sorted(folder.glob("*.csv.gz"))
    files = [path for path in there if _split_of(name, path)]
    if not files:
        kept = (re.fullmatch(rf"(.+)_seed\d+_(?:{HELD_OUT}|test\w*)\.csv\.gz", path.name) for path in there)
        rows = sorted({found[1] for found in kept if found})
        raise ConfigError(
            f"member {name!r} has no predictions in {folder}{suggest(name, rows) or ';'} "
            f"there are those of {', '.join(rows) or 'no model'}"
        )
    return files


def _split_of(name: str, path: Path) -> str | None:
    found = re.fullmatch(rf"{re.escape(name)}(?:_seed\d+)?_({HELD_OUT}|test\w*)\.csv\.gz", path.name)
    return found[1] if found else None


def _find(row: Example, answers: Answers, why: str) -> Answer:
    answer = answers.get(row.id)
    if answer is None:
        raise DataError(
            f"row {row.id!r} (target {row.target!r}): {why}; run the members on the same data, split and split_seed "
            "as the ensemble, or name saved models"
        )
    if answer.target not in ("", row.target):  # blank where the target is somebody's sentence
        raise DataError(
            f"row {row.id!r} has the target {row.target!r}, but {answer.target!r} in the predictions: "
            "they are of other data"
        )
    return answer


def _average(paths: Sequence[Path], labels: Sequence[str]) -> dict[str, Answer]:
    """Read files of several seeds and average their probabilities."""
    files = [_read_answers(path, labels) for path in paths]
    if not files:
        return {}
    for path, answers in zip(paths, files, strict=True):
        lacking = sorted(files[0].keys() ^ answers.keys())
        if lacking:
            raise DataError(
                f"{paths[0]} and {path} do not have the same rows (only one has {lacking[0]!r}); "
                "seeds are averaged row by row, so run them on the same split"
            )
    return {
        key: answer._replace(probabilities=np.mean([answers[key].probabilities for answers in files], axis=0))
        for key, answer in files[0].items()
    }


def _read_answers(path: Path, labels: Sequence[str]) -> dict[str, Answer]:
    columns = ["id", "target", "gold", "predicted", *(f"p_{label}" for label in labels)]
    answers: dict[str, Answer] = {}
    try:
        lines = list(_read_lines(path))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}); restore it, or run its row of the table again") from error
    if not lines or lines[0] != columns:
        found = ", ".join(lines[0]) if lines else "nothing"
        raise DataError(f"{path} has the columns {found}, expected {', '.join(columns)}")
    for number, line in enumerate(lines[1:], start=1):
        try:
            key, target, gold, _, *shares = line
            probabilities = np.array(shares, dtype=np.float64)
            is_sound = len(shares) == len(labels) and abs(probabilities.sum() - 1) < 1e-4
        except ValueError:
            is_sound = False
        if not is_sound:
            raise DataError(
                f"{path}, row {number}: expected an id, a target, two labels and {len(labels)} probabilities"
            )
        if key in answers:
            raise DataError(f"{path}, row {number}: the id {key!r} is there twice; every row needs its own")
        answers[key] = Answer(target, gold, probabilities)
    return answers


def _read_lines(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        yield from csv.reader(stream)
