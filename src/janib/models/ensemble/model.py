"""Several models as one: their probabilities averaged, with equal or chosen weights, or stacked."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from janib.errors import ConfigError, DataError, suggest
from janib.io.files import resolve
from janib.models.base import Model, Probabilities
from janib.models.ensemble.members import Member, load_member, open_member
from janib.models.folder import check_file_name
from janib.models.label_ids import MISSING, cut_folds, encode_train_labels
from janib.models.linear import (
    Linear,
    apply_softmax,
    balance_labels,
    check_weights,
    fit_linear,
    read_linear,
    write_linear,
)
from janib.models.options import check_shares
from janib.schema import Example
from janib.scoring.metrics import Floats, score

log = logging.getLogger(__name__)

COMBINATIONS = ("average", "weighted", "stacking")
"""Equal weights; the weights in tenths with the best score; logistic regression on log-probabilities."""

CHOICE_FOLDS = 5
WEIGHT_STEPS = 10
MIN_PROBABILITY = 1e-6  # the last decimal of prediction files

_FILE = "stacking.npz"


class EnsembleModel:
    """Members' probabilities combined; the members are trained already, and :meth:`fit` chooses how to combine them.

    The choice is made on held-out predictions: those that the members made before their refit for rows that they were
    not trained on. These are predictions for training rows if the members have them, as after cross-validation. After a
    single hold-out they have none, and the choice is made on the validation rows, which are cut into five folds: the
    combination for each fold is fitted on the other four. A member's seeds are averaged first.

    Parameters
    ----------
    labels
        Each task's labels, in the order of the probabilities' columns. Several tasks can only be averaged, and have no
        held-out predictions.
    members
        At least two, named as in :func:`janib.models.ensemble.members.open_member`.
    results
        Folder of the table's results whose rows are the members without a path.
    combination
        One of :data:`COMBINATIONS`.
    metric
        The score of :func:`janib.scoring.metrics.score` by which ``weighted`` chooses.
    seed
        Seed of the five folds.

    Raises
    ------
    ConfigError
        If there are fewer than two members, a name is unknown, or there are several tasks and another combination than
        ``average``.
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
        if isinstance(members, str) or len(members) < 2 or not all(isinstance(name, str) for name in members):
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
        self._combiner: Floats | Linear = np.full(len(members), 1 / len(members))  # weights, or the stacked classifier
        self._held_out: dict[tuple[str, str, str], Floats] = {}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Choose how to combine the members, and combine their held-out predictions for ``valid``.

        Raises
        ------
        ConfigError
            If a member or the metric does not exist, or there are validation rows and several tasks.
        DataError
            If a row of ``valid`` has no held-out prediction, or there is none to choose by.
        ModelError
            If a saved model cannot be used.
        """
        if len(self.labels) > 1 and valid:
            raise ConfigError("an ensemble for several tasks has no held-out predictions to validate; set split.used=0")
        self._opened = [open_member(name, self.results, self.labels) for name in self.members]
        held_out = self._combine_held_out(train, valid)
        if self.combination == "weighted" and isinstance(self._combiner, np.ndarray):
            weights = ", ".join(
                f"{name} {weight:.2f}" for name, weight in zip(self.members, self._combiner, strict=True)
            )
            log.info("weights: %s", weights)
        self._held_out = {_make_key(row): shares for row, shares in zip(valid, held_out, strict=True)}
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels), for rows of ``valid`` their held-out ones.

        Raises
        ------
        DataError
            If a member has only prediction files, and they lack a row.
        """
        combined = {task: np.zeros((len(rows), len(names))) for task, names in self.labels.items()}
        new = [index for index, row in enumerate(rows) if _make_key(row) not in self._held_out]
        if new:
            new_rows = [rows[index] for index in new]
            found = [member.predict(new_rows) for member in self._opened]
            for task, shares in combined.items():
                shares[new] = self._combine(np.stack([one[task] for one in found], axis=1))
        for index in set(range(len(rows))).difference(new):
            combined[self._task][index] = self._held_out[_make_key(rows[index])]
        return combined

    def save(self, folder: Path) -> dict[str, Any]:
        """Copy the members' model folders and write their combination; prediction files are not copied."""
        copies = []
        for number, member in enumerate(self._opened):
            names = [f"members/{number}/{seed}" for seed in range(len(member.folders))]
            for source, name in zip(member.folders, names, strict=True):
                shutil.copytree(source, folder / name)
            copies.append(names)
        settings = {name: getattr(self, name) for name in ("members", "results", "combination", "metric", "seed")}
        if isinstance(self._combiner, Linear):
            write_linear(folder / _FILE, {self._task: self._combiner})
            return {**settings, "folders": copies}
        return {**settings, "folders": copies, "weights": self._combiner.tolist()}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote. It can predict new rows if all members are saved models.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        model = cls(**{name: value for name, value in settings.items() if name not in ("folders", "weights")})
        listed = [[folder / check_file_name(copy) for copy in copies] for copies in settings["folders"]]
        _check_copies(folder, [copy for copies in listed for copy in copies])
        model._opened = [
            load_member(name, copies, model.labels) for name, copies in zip(model.members, listed, strict=True)
        ]
        if model.combination == "stacking":
            n_labels = {model._task: len(model.labels[model._task])}
            stacked = read_linear(folder / _FILE, cls.kind, n_labels)[model._task]
            check_weights(*stacked, len(model.members) * len(stacked.bias), len(stacked.bias))
            model._combiner = stacked
        else:
            weights = settings["weights"]
            check_shares("a weight", f"weights {weights!r:.100}", weights, len(model.members))
            model._combiner = np.array(weights, dtype=np.float64)
        return model

    @property
    def threads(self) -> int | None:
        """Number of threads of the members that have one, as :class:`~janib.models.onnx.OnnxModel`; else None."""
        return next((model.threads for model in self._list_models() if hasattr(model, "threads")), None)

    @threads.setter
    def threads(self, count: int) -> None:
        for model in self._list_models():
            if hasattr(model, "threads"):
                model.threads = count

    def _list_models(self) -> list[Model]:
        return [model for member in self._opened for model in member.models]

    def _combine_held_out(self, train: Sequence[Example], valid: Sequence[Example]) -> Floats:
        """Choose the combination; return the held-out probabilities of ``valid``, shape (n_valid, n_labels)."""
        stack = self._stack_held_out(valid)
        if self.combination == "average":
            return self._combine(stack)
        known = [row for row in train if all(member.has_held_out(row) for member in self._opened)]
        if known:
            self._combiner = self._choose(self._stack_held_out(known), known)
            return self._combine(stack)
        if not valid:
            raise DataError(
                f"combination={self.combination} chooses by held-out predictions, and the members have none for the "
                "training rows; run them on the same data, split and split_seed as the ensemble, or use average"
            )
        combined = np.zeros((len(valid), len(self.labels[self._task])))
        folds = cut_folds(encode_train_labels(valid, self._task, self.labels[self._task]), CHOICE_FOLDS, self.seed)
        for fold in range(CHOICE_FOLDS):
            rest, own = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            self._combiner = self._choose(stack[rest], [valid[index] for index in rest.tolist()])
            combined[own] = self._combine(stack[own])
        self._combiner = self._choose(stack, valid)
        return combined

    def _stack_held_out(self, rows: Sequence[Example]) -> Floats:
        """Return the members' held-out probabilities, shape (n_rows, n_members, n_labels)."""
        shape = (len(rows), len(self._opened), len(self.labels[self._task]))
        return np.array([[member.get_held_out(row) for member in self._opened] for row in rows]).reshape(shape)

    def _combine(self, stack: Floats) -> Floats:
        """Combine probabilities of shape (n_rows, n_members, n_labels) into (n_rows, n_labels)."""
        if isinstance(self._combiner, Linear):
            return apply_softmax(_take_logarithms(stack) @ self._combiner.weights + self._combiner.bias)
        return _average(stack, self._combiner)

    def _choose(self, stack: Floats, rows: Sequence[Example]) -> Floats | Linear:
        """Return the weights or the classifier that suit the gold labels of the rows best."""
        names = self.labels[self._task]
        gold = encode_train_labels(rows, self._task, names)
        chosen = np.flatnonzero(gold != MISSING)
        stack, gold = stack[chosen], gold[chosen]
        if self.combination == "stacking":
            settings = {"name": "logreg", "c": 1.0}
            return fit_linear(settings, _take_logarithms(stack), gold, balance_labels(gold), len(names), self.seed)
        targets = [rows[index].target for index in chosen.tolist()]

        def compute_score(weights: Floats) -> float:
            found = score(self._task, gold, _average(stack, weights), targets, names)
            if self.metric not in found:
                raise ConfigError(f"metric={self.metric} is unknown{suggest(self.metric, found)}")
            return found[self.metric]

        return max(_list_weights(len(self._opened)), key=compute_score)


def _check_copies(folder: Path, copies: Sequence[Path]) -> None:
    """Raise ValueError unless the members' folders are below the ensemble's and apart, so that each is read once."""
    places = sorted(map(resolve, copies))
    apart = all(not after.is_relative_to(place) for place, after in pairwise(places))
    if not apart or not all(resolve(folder) in place.parents for place in places):
        raise ValueError("members whose folders are not below the ensemble's, each for itself")


def _make_key(row: Example) -> tuple[str, str, str]:
    return row.id, row.target, row.text  # the ids of a user's own rows are numbers, and may repeat


def _average(stack: Floats, weights: Floats) -> Floats:
    averaged: Floats = np.einsum("rml,m->rl", stack, weights)
    return averaged


def _take_logarithms(stack: Floats) -> Floats:
    n_rows, n_members, n_labels = stack.shape
    logarithms: Floats = np.log(np.maximum(stack, MIN_PROBABILITY)).reshape(n_rows, n_members * n_labels)
    return logarithms


def _list_weights(count: int) -> list[Floats]:
    """Return all weights of ``count`` members in tenths, the most equal first, since the first of a tie is chosen."""
    bars = combinations(range(WEIGHT_STEPS + count - 1), count - 1)  # stars and bars: they separate the members' tenths
    weights = [np.diff([-1, *bar, WEIGHT_STEPS + count - 1]) - 1 for bar in bars]
    return [each / WEIGHT_STEPS for each in sorted(weights, key=lambda each: float((each**2).sum()))]
