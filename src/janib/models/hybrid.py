"""A hybrid of TF-IDF and a frozen encoder: one logistic regression on the features of both."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from janib.errors import ConfigError, suggest
from janib.labels import TASK_LABELS
from janib.models.base import Probabilities, RowCheck
from janib.models.encoder_inputs import PairReader
from janib.models.encoders.embedder import Embedder, embed_training_rows, find_embedder, load_embedder
from janib.models.label_ids import cut_folds, encode_train_labels
from janib.models.linear import open_arrays
from janib.models.options import check_number, check_texts
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example
from janib.scoring.metrics import Floats

log = logging.getLogger(__name__)

HINT_FOLDS = 5
"""Parts into which the training rows are cut, so that no row's hint comes from a classifier that has seen its label."""

MIN_SHARE = 1e-3
"""The least probability of a hint's label whose logarithm is a feature."""

_FILE, _VECTORS = "hybrid.npz", "vectors"
_TFIDF = ("seed", "cleaning", "words", "chars", "min_df", "target")
_WEIGHTS = ("c", "encoder_weight", "hint_weight")
_SETTINGS = (*_TFIDF, *_WEIGHTS, "encoder", "revision", "encoder_cleaning", "prefix", "max_length", "fields", "hints")


class Scaling(NamedTuple):
    """A standardisation of features on the training rows.

    Attributes
    ----------
    mean, scale
        What is subtracted from each feature, and what it is divided by then, shape (n_features,).
    """

    mean: Floats
    scale: Floats

    @classmethod
    def fit(cls, features: Floats, length: float) -> Self:
        """Make the rows' root mean square length ``length``, with the same share of it for each feature."""
        deviation = np.maximum(features.std(axis=0), 1e-6)
        return cls(features.mean(axis=0), deviation * np.sqrt(features.shape[1]) / length)

    def apply(self, features: Floats) -> Floats:
        """Standardise features of shape (n_rows, n_features)."""
        scaled: Floats = (features - self.mean) / self.scale
        return scaled


class HybridModel:
    """Logistic regression on TF-IDF and on the frozen embedding of the pair (target, text).

    What words say of rows that share them, and what an encoder says of rows that share none, is weighed in one
    classifier. Its rows are weighted as in :class:`~janib.models.tfidf.model.TfidfModel`.

    A hint is another task whose labels the training rows have, as the sentiment of a tweet beside its stance. Its
    probabilities are further features. They are predicted by the same kind of classifier, for the training rows out of
    fold, so that they are as good there as for new rows, whose labels are not known.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    encoder
        A name for :func:`janib.models.encoders.hub.find_encoder`, or ``tiny``.
    cleaning, words, chars, min_df, target
        As in :class:`~janib.models.tfidf.model.TfidfModel`.
    seed
        Seed of the cut into folds for the hints, and of the weights of ``tiny``; nothing else is random.
    revision, prefix, max_length, fields
        As in :class:`~janib.models.probe.ProbeModel`.
    encoder_cleaning
        Steps of :func:`janib.text.cleaning.compose` for what the encoder reads.
    c
        Inverse of the L2 penalty.
    encoder_weight
        Length of the embeddings, once standardised, as a root mean square; that of words and of characters is 1.
    hints
        Tasks of :data:`janib.labels.TASK_LABELS`. A task is no hint for itself.
    hint_weight
        Length of a hint's features.

    Raises
    ------
    ConfigError
        If a name is unknown, or a number is out of range.
    """

    kind: ClassVar[str] = "hybrid"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        encoder: str,
        cleaning: Sequence[str],
        words: Sequence[int],
        chars: Sequence[int],
        min_df: int,
        target: str,
        seed: int = 0,
        revision: str | None = None,
        encoder_cleaning: Sequence[str] = (),
        prefix: str = "",
        max_length: int = 128,
        fields: Sequence[str] = ("target",),
        c: float = 1.0,
        encoder_weight: float = 0.5,
        hints: Sequence[str] = (),
        hint_weight: float = 0.5,
    ) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        self.cleaning, self.words, self.chars = list(cleaning), list(words), list(chars)
        self.min_df, self.target, self.seed = min_df, target, seed
        self.encoder, self.revision = encoder, revision
        self.encoder_cleaning, self.prefix = list(encoder_cleaning), prefix
        self.max_length, self.fields = max_length, list(fields)
        self.c, self.encoder_weight, self.hint_weight = c, encoder_weight, hint_weight
        for name in _WEIGHTS:
            check_number(name, getattr(self, name), above=0)
        self.hints = _check_hints(hints, self.labels)
        self._reader = PairReader(self.encoder_cleaning, max_length, self.fields, prefix)
        self._embedder: Embedder
        self._scaling: Scaling
        self._hint_scalings: dict[str, Scaling] = {}
        self._classifiers = {task: self._make_classifier(task) for task in self.labels}
        self._hint_classifiers = {hint: self._make_classifier(hint) for hint in self.hints}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fit the regressions on ``train``; ``valid`` is not used.

        Raises
        ------
        ConfigError
            If ``max_length`` is more than the encoder reads.
        DataError
            If a task or a hint has fewer than two labels in ``train``, no term is in ``min_df`` rows, or a target is
            too long.
        ModelError
            If the encoder is not found.
        """
        for task in (*self.labels, *self.hints):
            encode_train_labels(train, task, self._list_labels(task))  # an error comes before the embedding
        self._embedder, embedded = embed_training_rows(self.encoder, self.revision, self.seed, self._reader, train)
        self.revision = self._embedder.revision
        self._scaling = Scaling.fit(embedded, self.encoder_weight)
        vectors, shares = self._scaling.apply(embedded), {}
        for hint, classifier in self._hint_classifiers.items():
            log.info("predicting the %s of the training rows out of fold", hint)
            shares[hint] = self._predict_out_of_fold(hint, train, vectors)
            self._hint_scalings[hint] = Scaling.fit(_take_logarithms(shares[hint]), self.hint_weight)
            classifier.fit(train, vectors=vectors)
        for task, classifier in self._classifiers.items():
            classifier.fit(train, vectors=self._append_hints(task, vectors, shares))
        return self

    def check_rows(self, rows: Sequence[Example]) -> list[RowCheck]:
        """Say of each row what :meth:`fit` would refuse, and how much of its text the encoder does not read."""
        return self._reader.check(rows, find_embedder(self.encoder, self.revision, self.seed).pairs)

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); gold labels are not read."""
        vectors = self._scaling.apply(self._embedder.embed(self._reader, rows))
        shares = {
            hint: classifier.predict_proba(rows, vectors)[hint] for hint, classifier in self._hint_classifiers.items()
        }
        return {
            task: classifier.predict_proba(rows, self._append_hints(task, vectors, shares))[task]
            for task, classifier in self._classifiers.items()
        }

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the scalings, a folder for each classifier, and the whole encoder.

        So the folder needs no hub, where a name may also come to mean another encoder.
        """
        scalings = {_VECTORS: self._scaling, **self._hint_scalings}
        arrays = {f"{name}/{key}": array for name, one in scalings.items() for key, array in one._asdict().items()}
        np.savez_compressed(folder / _FILE, allow_pickle=False, **arrays)
        self._embedder.save(folder)
        settings = []
        for number, classifier in enumerate(self._list_classifiers()):
            (folder / str(number)).mkdir()
            settings.append(classifier.save(folder / str(number)))
        return {name: getattr(self, name) for name in _SETTINGS} | {"classifiers": settings}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote, without a network.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        model = cls(**{name: value for name, value in settings.items() if name != "classifiers"})
        model._embedder = load_embedder(folder, model.revision)
        width = model._embedder.model.config.hidden_size
        n_labels = {hint: len(model._list_labels(hint)) for hint in model.hints}
        with open_arrays(folder / _FILE, cls.kind) as arrays:
            model._scaling = _read_scaling(arrays, _VECTORS, width)
            model._hint_scalings = {hint: _read_scaling(arrays, hint, size) for hint, size in n_labels.items()}
        read = [
            TfidfModel.load(folder / str(number), {**of_one, "labels": classifier.labels})
            for number, (classifier, of_one) in enumerate(
                zip(model._list_classifiers(), settings["classifiers"], strict=True)
            )
        ]
        model._classifiers = dict(zip(model.labels, read, strict=False))
        model._hint_classifiers = dict(zip(model.hints, read[len(model.labels) :], strict=True))
        for task, classifier in model._classifiers.items():
            expected = width + sum(size for hint, size in n_labels.items() if hint != task)
            _check_width(task, classifier, expected)
        for hint, classifier in model._hint_classifiers.items():
            _check_width(hint, classifier, width)
        return model

    def _make_classifier(self, task: str) -> TfidfModel:
        options = {name: getattr(self, name) for name in _TFIDF}
        return TfidfModel(labels={task: self._list_labels(task)}, classifier={"name": "logreg", "c": self.c}, **options)

    def _list_classifiers(self) -> list[TfidfModel]:
        return [*self._classifiers.values(), *self._hint_classifiers.values()]

    def _list_labels(self, task: str) -> Sequence[str]:
        return self.labels.get(task) or TASK_LABELS[task]

    def _predict_out_of_fold(self, hint: str, rows: Sequence[Example], vectors: Floats) -> Floats:
        """Return a hint's probabilities for training rows, shape (n_rows, n_labels), none by a fit that saw the row."""
        labels = self._list_labels(hint)
        folds = cut_folds(encode_train_labels(rows, hint, labels), HINT_FOLDS, self.seed)
        shares = np.empty((len(rows), len(labels)))
        for fold in range(HINT_FOLDS):
            kept, left_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            classifier = self._make_classifier(hint).fit([rows[i] for i in kept.tolist()], vectors=vectors[kept])
            found = classifier.predict_proba([rows[i] for i in left_out.tolist()], vectors[left_out])
            shares[left_out] = found[hint]
        return shares

    def _append_hints(self, task: str, vectors: Floats, shares: Probabilities) -> Floats:
        """Append to the vectors of rows the features of all hints for a task."""
        scalings = self._hint_scalings
        hints = [scalings[hint].apply(_take_logarithms(shares[hint])) for hint in self.hints if hint != task]
        return np.concatenate([vectors, *hints], axis=1)


def _take_logarithms(shares: Floats) -> Floats:
    logarithms: Floats = np.log(np.maximum(shares, MIN_SHARE))
    return logarithms


def _check_hints(hints: Sequence[str], labels: Mapping[str, Sequence[str]]) -> list[str]:
    check_texts("hints", hints)
    for hint in hints:
        if hint not in TASK_LABELS:
            raise ConfigError(
                f"hints names {hint!r}{suggest(hint, TASK_LABELS) or ','} expected some of {', '.join(TASK_LABELS)}"
            )
        if set(labels) == {hint}:
            raise ConfigError(f"hints names {hint!r}, the only task itself; leave it out")
    return list(dict.fromkeys(hints))


def _check_width(task: str, classifier: TfidfModel, expected: int) -> None:
    if classifier.width != expected:
        raise ValueError(f"{classifier.width} features beside the terms for {task}, not {expected}")


def _read_scaling(arrays: Mapping[str, NDArray[Any]], name: str, size: int) -> Scaling:
    scaling = Scaling(*(arrays[f"{name}/{field}"] for field in Scaling._fields))
    for array in scaling:
        if array.shape != (size,) or not np.isfinite(array).all():
            raise ValueError(f"a scaling of {name} that is not {size} numbers")
    if not (scaling.scale > 0).all():
        raise ValueError(f"a scale of {name} that is not above 0")
    return scaling
