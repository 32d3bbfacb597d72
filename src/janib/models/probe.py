"""A probe of an encoder: logistic regression on its mean-pooled output, without changing its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch

from janib.models.base import Probabilities, RowCheck
from janib.models.encoder_inputs import PairReader
from janib.models.encoders.embedder import Embedder, embed_training_rows, find_embedder, load_embedder
from janib.models.export.traced import ExportableModule, PooledLinear
from janib.models.label_ids import MISSING, encode_train_labels
from janib.models.linear import (
    Linear,
    apply_softmax,
    balance_labels,
    check_weights,
    fit_linear,
    index_groups,
    read_linear,
    write_linear,
)
from janib.models.options import check_number, check_texts
from janib.schema import Example
from janib.scoring.metrics import Floats, Ids

FEWEST_ROWS = 200
"""Training rows that a target must have to get weights of its own; fewer cannot say how it differs from the others."""

_FILE = "probe.npz"
_SETTINGS = ("seed", "encoder", "revision", "cleaning", "prefix", "max_length", "fields", "c")


class ProbeModel:
    """Multinomial logistic regression on the frozen embedding of the pair (target, text).

    Each feature has one weight for all rows and one more for the rows of each training target with at least
    :data:`FEWEST_ROWS`, so that rows of other targets are labelled by the shared weights. Features are standardised on
    the training rows. The weights of these rows give all labels of a target the same total weight; targets with fewer
    rows count as one.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    encoder
        A name for :func:`janib.models.encoders.hub.find_encoder`, or ``tiny``.
    seed
        Seed of the weights of ``tiny``; nothing else is random.
    revision
        The hub's revision; None as in :func:`janib.models.encoders.hub.find_encoder`.
    cleaning
        Steps of :func:`janib.text.cleaning.compose` for all fields.
    prefix
        The prefix that the encoder was trained with: for those of the E5 family ``query:`` and a space.
    max_length
        Tokens of a pair, special ones included.
    fields
        Which of :data:`janib.models.encoder_inputs.FIELDS` are in the first segment.
    c
        Inverse of the L2 penalty.

    Raises
    ------
    ConfigError
        If a name is unknown, or ``c`` is not above 0.
    """

    kind: ClassVar[str] = "probe"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        encoder: str,
        seed: int = 0,
        revision: str | None = None,
        cleaning: Sequence[str] = (),
        prefix: str = "",
        max_length: int = 128,
        fields: Sequence[str] = ("target",),
        c: float = 0.003,
    ) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        self.encoder, self.seed, self.revision = encoder, seed, revision
        self.cleaning, self.prefix = list(cleaning), prefix
        self.max_length, self.fields, self.c = max_length, list(fields), c
        check_number("c", c, above=0)
        self._reader = PairReader(self.cleaning, max_length, self.fields, prefix)
        self._embedder: Embedder
        self._fitted: dict[str, Linear] = {}
        self._targets: list[str] = []

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fit the regression on ``train``; ``valid`` is not used.

        Raises
        ------
        ConfigError
            If ``max_length`` is more than the encoder reads.
        DataError
            If a task has fewer than two labels in ``train``, or a target is too long.
        ModelError
            If the encoder is not found.
        """
        gold = {task: encode_train_labels(train, task, names) for task, names in self.labels.items()}
        self._embedder, vectors = embed_training_rows(self.encoder, self.revision, self.seed, self._reader, train)
        self.revision = self._embedder.revision
        groups = index_groups(row.target for row in train)
        self._targets = [target for target, rows in groups.items() if len(rows) >= FEWEST_ROWS]
        for task, names in self.labels.items():
            chosen = np.flatnonzero(gold[task] != MISSING)
            rows = [train[index] for index in chosen.tolist()]
            self._fitted[task] = self._fit_task(rows, vectors[chosen], gold[task][chosen], len(names))
        return self

    def check_rows(self, rows: Sequence[Example]) -> list[RowCheck]:
        """Say of each row what :meth:`fit` would refuse, and how much is cut, in prediction too, or not known."""
        return self._reader.check(rows, find_embedder(self.encoder, self.revision, self.seed).pairs)

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); gold labels are not read."""
        features = self._cross(self._embedder.embed(self._reader, rows), rows)
        return {task: apply_softmax(features @ linear.weights + linear.bias) for task, linear in self._fitted.items()}

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the weights of the regression as plain arrays, and the whole encoder.

        So the folder needs no hub, where a name may also come to mean another encoder.
        """
        write_linear(folder / _FILE, self._fitted)
        self._embedder.save(folder)
        return {name: getattr(self, name) for name in _SETTINGS} | {"targets": self._targets}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote, without a network.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        model = cls(**{name: value for name, value in settings.items() if name != "targets"})
        check_texts("targets", settings["targets"])
        model._targets = list(settings["targets"])
        n_labels = {task: len(names) for task, names in model.labels.items()}
        model._fitted = read_linear(folder / _FILE, cls.kind, n_labels)
        model._embedder = load_embedder(folder, model.revision)
        n_features = (1 + len(model._targets)) * (model._embedder.model.config.hidden_size + 1)
        for task, linear in model._fitted.items():
            check_weights(linear.weights, linear.bias, n_features, n_labels[task])
        return model

    def make_module(self) -> ExportableModule:
        """Return the encoder and the regression as one module for :mod:`janib.models.export`."""
        fitted = [self._fitted[task] for task in self.labels]
        weights = np.concatenate([linear.weights for linear in fitted], axis=1)
        bias = np.concatenate([linear.bias for linear in fitted])
        blocks = weights.reshape(1 + len(self._targets), -1, len(bias))
        settings = {
            "reader": self._reader.arguments,
            "windows": False,
            "targets": self._targets,
            "temperature": dict.fromkeys(self.labels, 1.0),
        }
        module = PooledLinear(self._embedder.model, torch.from_numpy(blocks).float(), torch.from_numpy(bias).float())
        return ExportableModule(module, self._embedder.pairs, settings)

    def _fit_task(self, rows: Sequence[Example], vectors: Floats, gold: Ids, n_labels: int) -> Linear:
        groups = index_groups(row.target for row in rows)
        weights = balance_labels(gold, [groups[target] for target in self._targets if target in groups])
        mean, scale = vectors.mean(axis=0), np.maximum(vectors.std(axis=0), 1e-6)
        features = self._cross((vectors - mean) / scale, rows)
        linear = fit_linear({"name": "logreg", "c": self.c}, features, gold, weights, n_labels, self.seed)
        return self._unscale(linear, mean, scale)

    def _cross(self, vectors: Floats, rows: Sequence[Example]) -> Floats:
        """Append to each row's vector a block for each target: the vector and 1 for its own target, 0 for others."""
        known = {target: number for number, target in enumerate(self._targets)}
        width = vectors.shape[1]
        crossed = np.zeros((len(rows), 1 + len(known), width + 1))
        crossed[:, 0, :width] = vectors
        for number, row in enumerate(rows):
            if row.target in known:
                crossed[number, 1 + known[row.target]] = np.append(vectors[number], 1.0)
        return crossed.reshape(len(rows), (1 + len(known)) * (width + 1))

    def _unscale(self, linear: Linear, mean: Floats, scale: Floats) -> Linear:
        """Turn a classifier of standardised vectors into the equal one of plain vectors."""
        n_labels = len(linear.bias)
        blocks = linear.weights.reshape(1 + len(self._targets), len(mean) + 1, n_labels).copy()
        blocks[:, :-1] /= scale[:, None]
        shift = np.einsum("d,bdl->bl", mean, blocks[:, :-1])
        blocks[1:, -1] -= shift[1:]
        return Linear(blocks.reshape(-1, n_labels), linear.bias - shift[0])
