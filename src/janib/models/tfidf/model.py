"""TF-IDF of words and of characters within words, under a linear classifier."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from janib.errors import ConfigError, DataError, suggest
from janib.models.base import Probabilities, WordWeights
from janib.models.label_ids import MISSING, encode_train_labels
from janib.models.linear import (
    Linear,
    apply_softmax,
    balance_labels,
    check_classifier,
    check_weights,
    fit_linear,
    index_groups,
    open_arrays,
)
from janib.models.options import check_number, check_span, check_texts
from janib.models.tfidf.ngrams import Counts, find_starts
from janib.models.tfidf.vocabulary import Vocabulary
from janib.schema import Example
from janib.scoring.metrics import Floats, Ids
from janib.text.cleaning import compose, divide, spell_out

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

log = logging.getLogger(__name__)

TARGET_USES = ("per_target", "crossed", "ignored")
"""One classifier for each target; features for all rows and for each target; the text alone."""

MIN_TARGET_ROWS = 20
"""A target with fewer rows, or with one label, has no classifier or features of its own."""

MAX_NGRAM = 20
"""The most words or characters of an n-gram; the counts of longer ones would fill the memory."""

_FILE = "tfidf.npz"
_BATCH = 512  # rows whose arrays fit a processor's cache


class TermWeights(NamedTuple):
    """A fitted classifier of all rows or of the rows of one target.

    Attributes
    ----------
    terms
        Indices in the vocabulary of the terms of these rows, ascending, shape (n_terms,).
    idf
        Inverse document frequency in these rows, shape (n_terms,).
    weights
        Shape (n_terms, n_labels).
    bias
        Shape (n_labels,).
    vector_weights
        Weights of the rows' vectors, shape (width, n_labels); no row where there are none.
    """

    terms: NDArray[np.int32]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    vector_weights: NDArray[np.float32]


class TermFeatures(NamedTuple):
    """Features of all rows or of the rows of one target, shape (n_rows, n_terms + width): TF-IDF, then the vectors."""

    terms: NDArray[np.int32]
    idf: NDArray[np.float32]
    features: csr_matrix

    def finish(self, linear: Linear) -> TermWeights:
        """Return a fitted classifier of the features with its terms."""
        weights, vector_weights = np.split(linear.weights.astype(np.float32), [len(self.terms)])
        return _make_weights(self.terms, self.idf, weights, linear.bias.astype(np.float32), vector_weights)


class TfidfModel:
    """A linear classifier of TF-IDF features that uses the target in one of three ways.

    The features are word and character n-grams, ``(1 + log(count)) * idf`` with scikit-learn's smoothed idf, each
    of the two kinds scaled to length 1. Rows are weighted so that all labels of a target have the same total weight.

    - ``per_target`` fits a classifier for each target on the rows of the target alone, and one on all rows for unknown
      targets.
    - ``crossed`` fits one classifier on features of all rows and further features for each target, which are 0 for
      other and for unknown targets.
    - ``ignored`` fits one classifier on the text alone.

    Rows may have vectors, which are further features beside their TF-IDF.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    seed
        Seed of the classifier.
    cleaning
        Names of steps and presets of :mod:`janib.text.cleaning`.
    words, chars
        Smallest and largest number of words, and of characters, of an n-gram.
    min_df
        The least number of a classifier's training rows that must hold a term.
    classifier
        ``name``, one of :data:`janib.models.linear.CLASSIFIERS`, and its parameters.
    target
        One of :data:`TARGET_USES`.

    Raises
    ------
    ConfigError
        If a name is unknown, or a number is out of range.
    """

    kind: ClassVar[str] = "tfidf"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        seed: int,
        cleaning: Sequence[str],
        words: Sequence[int],
        chars: Sequence[int],
        min_df: int,
        classifier: Mapping[str, Any],
        target: str,
    ) -> None:
        if target not in TARGET_USES:
            raise ConfigError(
                f"target use {target!r} is unknown{suggest(target, TARGET_USES) or ';'} "
                f"expected one of {', '.join(TARGET_USES)}"
            )
        check_span("words", words, 1, MAX_NGRAM)
        check_span("chars", chars, 1, MAX_NGRAM)
        check_number("min_df", min_df, 1, whole=True)
        self._clean = compose(cleaning)
        self._clean_text, clean_words = divide(cleaning)
        self.cleaning = spell_out(cleaning)  # a saved model must not change when a preset does
        self.labels = {task: tuple(map(str, names)) for task, names in labels.items()}
        self.seed, self.min_df, self.target = seed, min_df, target
        self.classifier = check_classifier(classifier)
        self.words, self.chars = tuple(words), tuple(chars)
        self._vocabulary = Vocabulary(words, chars, clean_words)
        self._shared: dict[str, TermWeights] = {}
        self._own: dict[str, dict[str, TermWeights]] = {}
        self._width = 0
        self._has_warned = False

    def fit(self, train: Sequence[Example], valid: Sequence[Example] = (), *, vectors: Floats | None = None) -> Self:
        """Fit on ``train``; ``valid`` is not used.

        Parameters
        ----------
        train, valid
            The rows.
        vectors
            Further features of the rows of ``train``, shape (n_rows, width); then predictions need them too.

        Raises
        ------
        DataError
            If a task has fewer than two labels in ``train``, or no term is in ``min_df`` rows.
        """
        from scipy.sparse import csr_matrix

        gold = {task: encode_train_labels(train, task, names) for task, names in self.labels.items()}
        texts = [self._clean_text(row.text).split() for row in train]
        rows, terms, values = self._vocabulary.fit(texts, self.min_df)
        counts = csr_matrix((values, (rows, terms)), (len(train), len(self._vocabulary)))
        vectors = np.empty((len(train), 0)) if vectors is None else vectors
        self._width = vectors.shape[1]
        for task, codes in gold.items():
            chosen = np.flatnonzero(codes != MISSING)
            targets = [train[index].target for index in chosen.tolist()]
            self._fit_task(task, counts[chosen], vectors[chosen], codes[chosen], targets)
        return self

    def predict_proba(self, rows: Sequence[Example], vectors: Floats | None = None) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels), in the order of the rows.

        Parameters
        ----------
        rows
            The rows.
        vectors
            Their further features, shape (n_rows, width), if the model was fitted with such.
        """
        vectors = np.empty((len(rows), self._width)) if vectors is None else vectors
        probabilities = {task: np.empty((len(rows), len(names))) for task, names in self.labels.items()}
        self._warn_of_unknown(rows)
        for start in range(0, len(rows), _BATCH):
            for target, indices in self._group(rows, start, start + _BATCH).items():
                texts = [self._clean_text(rows[index].text).split() for index in indices]
                counts = self._vocabulary.count(texts)
                for task, table in probabilities.items():
                    table[indices] = self._score(task, target, counts, vectors[indices])
        return probabilities

    def weigh_words(self, row: Example, task: str) -> WordWeights | None:
        """Return what each word of the text adds to the scores of a task's labels.

        What a term adds is divided equally among its occurrences, and what an occurrence adds among its words. The
        result is None if the text cannot be cleaned word by word.
        """
        cleaned = [self._clean(word).split() for word in row.text.split()]
        text = self._clean(row.text).split()
        if text != list(chain.from_iterable(cleaned)):
            return None
        word_of_chunk = [word for word, chunks in enumerate(cleaned) for _ in chunks]
        added = np.zeros((len(cleaned), len(self.labels[task])))
        rest = np.zeros(len(self.labels[task]))
        counts = self._vocabulary.count([self._clean_text(row.text).split()])
        occurrences = dict(zip(counts.terms.tolist(), counts.values.tolist(), strict=True))
        for fitted in self._list_fitted(task, row.target):
            _, terms, values = self._vocabulary.weigh(counts, fitted.terms, fitted.idf)
            amounts = dict(zip(fitted.terms[terms].tolist(), values[:, None] * fitted.weights[terms], strict=True))
            for term, chunks in self._vocabulary.locate(text):
                if term in amounts:
                    share = amounts[term] / (occurrences[term] * len(chunks))
                    np.add.at(added, [word_of_chunk[chunk] for chunk in chunks], share)
            rest += fitted.bias
        return WordWeights(added, rest)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write vocabulary, idf and weights into one file of arrays; return the settings."""
        arrays: dict[str, NDArray[Any]] = {**self._vocabulary.pack()}
        for task, shared in self._shared.items():
            for number, fitted in enumerate([shared, *self._own[task].values()]):
                arrays |= {f"{task}/{number}/{name}": array for name, array in fitted._asdict().items()}
                if not self._width:
                    del arrays[f"{task}/{number}/vector_weights"]
        np.savez_compressed(folder / _FILE, allow_pickle=False, **arrays)
        settings = {"width": self._width} if self._width else {}
        return settings | {
            "seed": self.seed,
            "cleaning": list(self.cleaning),
            "words": list(self.words),
            "chars": list(self.chars),
            "min_df": self.min_df,
            "classifier": self.classifier,
            "target": self.target,
            "targets": {task: list(own) for task, own in self._own.items()},
        }

    @property
    def width(self) -> int:
        """Number of further features of a row."""
        return self._width

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If the file is missing or damaged.
        """
        options = {name: value for name, value in settings.items() if name not in ("targets", "width")}
        model = cls(**options)
        model._width = settings.get("width", 0)
        check_number("width", model._width, 0, whole=True)
        with open_arrays(folder / _FILE, cls.kind) as arrays:
            model._vocabulary.unpack(arrays)
            for task in model.labels:
                targets = settings["targets"][task]
                check_texts(f"targets.{task}", targets)
                shared, *own = (_read_weights(arrays, f"{task}/{number}") for number in range(1 + len(targets)))
                for fitted in (shared, *own):
                    _check_weights(fitted, len(model._vocabulary), model._width, len(model.labels[task]))
                model._shared[task], model._own[task] = shared, dict(zip(targets, own, strict=True))
        return model

    def _fit_task(self, task: str, counts: csr_matrix, vectors: Floats, gold: Ids, targets: Sequence[str]) -> None:
        groups = _find_groups(gold, targets)
        weights = balance_labels(gold, groups.values())
        fit = partial(fit_linear, self.classifier, n_labels=len(self.labels[task]), seed=self.seed)
        shared = self._make_features(counts, vectors)
        if not len(shared.terms):
            raise DataError(
                f"no word or character n-gram is in {self.min_df} or more of the {len(gold)} training rows; "
                "lower min_df, or check the texts and their cleaning"
            )
        own_groups = {} if self.target == "ignored" else groups
        own = {target: self._make_features(counts[rows], vectors[rows]) for target, rows in own_groups.items()}
        own = {target: features for target, features in own.items() if len(features.terms)}
        if self.target == "crossed":
            crossed = _cross(shared, [(features, groups[target]) for target, features in own.items()])
            together = fit(crossed, gold, weights)
            ends = np.cumsum([part.features.shape[1] for part in (shared, *own.values())])
            first, *others = np.split(together.weights, ends[:-1])
            fitted = dict(zip(own, (Linear(part, np.zeros_like(together.bias)) for part in others), strict=True))
            self._shared[task] = shared.finish(Linear(first, together.bias))
        else:
            fitted = {t: fit(found.features, gold[groups[t]], weights[groups[t]]) for t, found in own.items()}
            self._shared[task] = shared.finish(fit(shared.features, gold, weights))
        self._own[task] = {target: own[target].finish(linear) for target, linear in fitted.items()}

    def _make_features(self, counts: csr_matrix, vectors: Floats) -> TermFeatures:
        """Find the terms that enough rows hold, their idf, and the features of the rows."""
        from scipy.sparse import csr_matrix, hstack

        frequency = np.bincount(counts.indices, minlength=len(self._vocabulary))
        terms = np.flatnonzero(frequency >= self.min_df).astype(np.int32)
        # Rounded here, so that a loaded model computes with the same numbers as the fitted one.
        idf = (1 + np.log((1 + counts.shape[0]) / (1 + frequency[terms]))).astype(np.float32)
        cells = counts.tocoo()
        found = Counts(cells.row.astype(np.int64), cells.col.astype(np.int64), cells.data)
        rows, columns, values = self._vocabulary.weigh(found, terms, idf)
        features = csr_matrix((values, (rows, columns)), (counts.shape[0], len(terms)))
        if self._width:
            features = csr_matrix(hstack([features, csr_matrix(vectors)]))
        return TermFeatures(terms, idf, features)

    def _score(self, task: str, target: str | None, counts: Counts, vectors: Floats) -> Floats:
        scores = np.zeros((len(vectors), len(self.labels[task])))
        for fitted in self._list_fitted(task, target):
            rows, terms, values = self._vocabulary.weigh(counts, fitted.terms, fitted.idf)
            scores += fitted.bias + vectors @ fitted.vector_weights
            starts = find_starts(rows)
            for column, weights in zip(scores.T, fitted.weights.T, strict=True):
                column[rows[starts]] += np.add.reduceat(values * weights.take(terms), starts)
        return apply_softmax(scores)

    def _list_fitted(self, task: str, target: str | None) -> list[TermWeights]:
        """Return the classifiers whose scores are added for rows of a target, None for an unknown one."""
        own = None if target is None else self._own[task].get(target)
        if own is None:
            return [self._shared[task]]
        return [own, self._shared[task]] if self.target == "crossed" else [own]

    def _group(self, rows: Sequence[Example], start: int, stop: int) -> dict[str | None, list[int]]:
        """Return the indices of rows by target, those of unknown targets under None."""
        known = self._list_known()
        indices = defaultdict(list)
        for index, row in enumerate(rows[start:stop], start):
            indices[row.target if row.target in known else None].append(index)
        return indices

    def _warn_of_unknown(self, rows: Sequence[Example]) -> None:
        unknown = sorted({row.target for row in rows} - self._list_known())
        if unknown and self.target != "ignored" and not self._has_warned:
            self._has_warned = True
            names = ", ".join(map(repr, unknown[:5])) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
            log.warning(
                "targets that are unknown or too rare in training are labelled by the weights of all training rows: %s",
                names,
            )

    def _list_known(self) -> set[str]:
        return {target for own in self._own.values() for target in own}


def _find_groups(gold: Ids, targets: Sequence[str]) -> dict[str, Ids]:
    """Return the indices of the rows of each target that has enough rows and more than one label."""
    groups = index_groups(targets)
    return {
        target: rows
        for target, rows in groups.items()
        if len(rows) >= MIN_TARGET_ROWS and len(np.unique(gold[rows])) > 1
    }


def _cross(shared: TermFeatures, own: Sequence[tuple[TermFeatures, Ids]]) -> csr_matrix:
    """Append to the features of all rows those of each target, which are 0 in the rows of other targets."""
    from scipy.sparse import csr_matrix, hstack

    columns = [shared.features]
    for target_features, rows in own:
        cells = (rows, np.arange(len(rows)))
        selection = csr_matrix((np.ones(len(rows)), cells), (shared.features.shape[0], len(rows)))
        columns.append(selection @ target_features.features)
    return csr_matrix(hstack(columns))


def _read_weights(arrays: Mapping[str, NDArray[Any]], name: str) -> TermWeights:
    terms, idf, weights, bias = (arrays[f"{name}/{field}"] for field in ("terms", "idf", "weights", "bias"))
    none = np.empty((0, *bias.shape), np.float32)  # of a model without vectors
    return _make_weights(terms, idf, weights, bias, arrays.get(f"{name}/vector_weights", none))


def _check_weights(fitted: TermWeights, n_terms: int, width: int, n_labels: int) -> None:
    check_weights(fitted.weights, fitted.bias, len(fitted.terms), n_labels)
    check_weights(fitted.vector_weights, fitted.bias, width, n_labels)
    terms = fitted.terms
    if terms.ndim != 1 or terms.dtype.kind != "i" or not np.array_equal(np.unique(terms), terms):
        raise ValueError("terms that are not in ascending order")
    if len(terms) and not 0 <= terms[0] <= terms[-1] < n_terms:
        raise ValueError(f"terms that the vocabulary of {n_terms:,} lacks")
    if fitted.idf.shape != terms.shape or not np.isfinite(fitted.idf).all():
        raise ValueError("document frequencies that do not fit the terms")


def _make_weights(
    terms: NDArray[Any], idf: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any], vector_weights: NDArray[Any]
) -> TermWeights:
    # Scoring reads the weights of one label at a time.
    return TermWeights(terms, idf, np.asfortranarray(weights), bias, vector_weights)
