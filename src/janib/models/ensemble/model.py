"""Several models as one: their probabilities averaged, with equal weights or chosen ones, or stacked."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from janib.errors import ConfigError, DataError, suggest
from janib.models.base import Model, Probabilities
from janib.models.ensemble.members import Member, load_member, open_member
from janib.models.label_ids import MISSING, read_gold
from janib.models.linear import Linear, apply_softmax, balance, fit_linear, read_linear, write_linear
from janib.schema import Example
from janib.scoring.metrics import score

log = logging.getLogger(__name__)

COMBINATIONS = ("average", "weighted", "stacking")
"""Equal weights; the weights, in tenths, that score best; logistic regression on the logarithms of probabilities."""

FOLDS = 5
TENTHS = 10
LEAST = 1e-6  # probabilities have six decimals in prediction files

_FILE = "stacking.npz"

Floats = NDArray[np.float64]


class EnsembleModel:
    """Members' probabilities combined; members are trained already, so :meth:`fit` chooses how to combine them.

    What is chosen is chosen on held-out answers: those that the members gave, before their refit, to rows they were
    not trained on. Held-out rows among the training rows decide; where a single hold-out left none there, the
    validation rows do, cut in five, so that the answers to each fifth come from a combination fitted on the others.
    A member's seeds are averaged first.

    Parameters
    ----------
    labels
        Each task's labels, in the order of the probabilities' columns. Several tasks are averaged only, and have no
        held-out answers.
    members
        As :func:`janib.models.ensemble.members.open_member` names them; at least two.
    results
        Folder of the table's results in which members without a path are rows.
    combination
        One of :data:`COMBINATIONS`.
    metric
        Of :func:`janib.scoring.metrics.score`, by which ``weighted`` chooses.
    seed
        Of the cut in five.

    Raises
    ------
    ConfigError
        If there are fewer than two members, a name is unknown, or several tasks are to be more than averaged.
    """

    kind: ClassVar[str] = "ensemble"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        members: Sequence[str],
        results: str | None = None,
        combination: str = "average",
        metric: str = "macro_f1",
        seed: int = 0,
    ) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        if isinstance(members, str) or len(members) < 2:
            raise ConfigError(f"members={members}: expected a list of at least two, as [e5_small_ar, tfidf_logreg]")
        if combination not in COMBINATIONS:
            raise ConfigError(
                f"combination={combination} is unknown{suggest(combination, COMBINATIONS) or ';'} "
                f"expected one of {', '.join(COMBINATIONS)}"
            )
        if len(self.labels) > 1 and combination != "average":
            raise ConfigError(f"combination={combination} is for one task; use average for {' and '.join(self.labels)}")
        self.members, self.results = list(members), results
        self.combination, self.metric, self.seed = combination, metric, seed
        self._task = next(iter(self.labels))
        self._opened: list[Member] = []
        self._how: Floats | Linear = np.full(len(members), 1 / len(members))
        self._held_out: dict[tuple[str, str, str], Floats] = {}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Choose how to combine, and combine the held-out answers to ``valid``.

        Raises
        ------
        ConfigError
            If a member or the metric does not exist, or there are rows to validate and several tasks.
        DataError
            If a row of ``valid`` has no held-out answer, or there is none to choose by.
        ModelError
            If a saved model cannot be used.
        """
        if len(self.labels) > 1 and valid:
            raise ConfigError("an ensemble for several tasks has no held-out answers to validate; set split.used=0")
        names = self.labels[self._task]
        self._opened = [open_member(name, self.results, self.labels) for name in self.members]
        stack = self._recall(valid)
        if self.combination == "average":
            combined = self._combine(stack)
        elif known := [row for row in train if all(member.knows(row) for member in self._opened)]:
            self._how = self._choose(self._recall(known), known)
            combined = self._combine(stack)
        elif valid:
            combined = np.zeros((len(valid), len(names)))
            fifths = self._cut(valid)
            for fifth in range(FOLDS):
                rest, out = np.flatnonzero(fifths != fifth), np.flatnonzero(fifths == fifth)
                self._how = self._choose(stack[rest], [valid[place] for place in rest.tolist()])
                combined[out] = self._combine(stack[out])
            self._how = self._choose(stack, valid)
        else:
            raise DataError(
                f"combination={self.combination} chooses by held-out answers, and the members have none to the "
                "training rows; run them on the same data, split and split_seed as the ensemble, or use average"
            )
        if self.combination == "weighted" and isinstance(self._how, np.ndarray):
            shares = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(self.members, self._how, strict=True))
            log.info("weights: %s", shares)
        self._held_out = {_key(row): shares for row, shares in zip(valid, combined, strict=True)}
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); ``valid``'s rows get their held-out ones.

        Raises
        ------
        DataError
            If a member is prediction files alone, and they lack a row.
        """
        combined = {task: np.zeros((len(rows), len(names))) for task, names in self.labels.items()}
        new = [place for place, row in enumerate(rows) if _key(row) not in self._held_out]
        if new:
            asked = [rows[place] for place in new]
            answers = [member.predict(asked) for member in self._opened]
            for task, shares in combined.items():
                shares[new] = self._combine(np.stack([answer[task] for answer in answers], axis=1))
        for place in set(range(len(rows))).difference(new):
            combined[self._task][place] = self._held_out[_key(rows[place])]
        return combined

    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the members' model folders and write how they are combined; prediction files are not copied."""
        copies = []
        for number, member in enumerate(self._opened):
            names = [f"members/{number}/{place}" for place in range(len(member.folders))]
            for source, name in zip(member.folders, names, strict=True):
                shutil.copytree(source, folder / name)
            copies.append(names)
        settings = {name: getattr(self, name) for name in ("members", "results", "combination", "metric", "seed")}
        if isinstance(self._how, Linear):
            write_linear(folder / _FILE, {self._task: self._how})
            return {**settings, "folders": copies}
        return {**settings, "folders": copies, "weights": self._how.tolist()}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote; it answers new rows if all members are saved models.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        model = cls(**{name: value for name, value in settings.items() if name not in ("folders", "weights")})
        model._opened = [
            load_member(name, [folder / copy for copy in copies], model.labels)
            for name, copies in zip(model.members, settings["folders"], strict=True)
        ]
        if model.combination == "stacking":
            model._how = read_linear(folder / _FILE, cls.kind, {model._task: len(model.labels[model._task])})[
                model._task
            ]
        else:
            model._how = np.array(settings["weights"], dtype=np.float64)
        return model

    @property
    def threads(self) -> int | None:
        """How many threads the members use that can be told, as :class:`~janib.models.onnx.OnnxModel`; None if none."""
        return next((model.threads for model in self._list_models() if hasattr(model, "threads")), None)

    @threads.setter
    def threads(self, count: int) -> None:
        for model in self._list_models():
            if hasattr(model, "threads"):
                model.threads = count

    def _list_models(self) -> list[Model]:
        return [model for member in self._opened for model in member.models]

    def _recall(self, rows: Sequence[Example]) -> Floats:
        """Return the members' held-out probabilities, shape (n_rows, n_members, n_labels)."""
        shape = (len(rows), len(self._opened), len(self.labels[self._task]))
        return np.array([[member.recall(row) for member in self._opened] for row in rows]).reshape(shape)

    def _cut(self, rows: Sequence[Example]) -> NDArray[np.int64]:
        """Return which fifth each row is in, shape (n_rows,); a fifth has its share of every label."""
        gold = read_gold(rows, self._task, self.labels[self._task])
        order = np.lexsort((np.random.default_rng(self.seed).random(len(rows)), gold))
        fifths = np.empty(len(rows), dtype=np.int64)
        fifths[order] = np.arange(len(rows)) % FOLDS
        return fifths

    def _combine(self, stack: Floats) -> Floats:
        """Make of (n_rows, n_members, n_labels) one (n_rows, n_labels)."""
        if isinstance(self._how, Linear):
            return apply_softmax(_take_logarithms(stack) @ self._how.weights + self._how.bias)
        combined: Floats = np.einsum("rml,m->rl", stack, self._how)
        return combined

    def _choose(self, stack: Floats, rows: Sequence[Example]) -> Floats | Linear:
        names = self.labels[self._task]
        gold = read_gold(rows, self._task, names)
        places = np.flatnonzero(gold != MISSING)
        stack, gold = stack[places], gold[places]
        if self.combination == "stacking":
            settings = {"name": "logreg", "c": 1.0}
            return fit_linear(settings, _take_logarithms(stack), gold, balance(gold), len(names), self.seed)
        targets = [rows[place].target for place in places.tolist()]

        def measure(weights: Floats) -> float:
            found = score(self._task, gold, np.einsum("rml,m->rl", stack, weights), targets, names)
            if self.metric not in found:
                raise ConfigError(f"metric={self.metric} is unknown{suggest(self.metric, found)}")
            return found[self.metric]

        return max(_list_weights(len(self._opened)), key=measure)


def _key(row: Example) -> tuple[str, str, str]:
    return row.id, row.target, row.text  # ids alone are also what numbers a user's own rows


def _take_logarithms(stack: Floats) -> Floats:
    n_rows, n_members, n_labels = stack.shape
    logarithms: Floats = np.log(np.maximum(stack, LEAST)).reshape(n_rows, n_members * n_labels)
    return logarithms


def _list_weights(count: int) -> list[Floats]:
    """Return all weights of ``count`` members in tenths, the most equal first, so that it wins a tie."""
    bars = combinations(range(TENTHS + count - 1), count - 1)
    weights = [np.diff([-1, *places, TENTHS + count - 1]) - 1 for places in bars]
    return [each / TENTHS for each in sorted(weights, key=lambda each: float((each**2).sum()))]
