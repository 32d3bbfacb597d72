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
from janib.models.label_ids import MISSING, read_gold
from janib.models.linear import Linear, apply_softmax, balance, check_classifier, fit_linear, open_arrays
from janib.models.tfidf.ngrams import Counts, find_starts
from janib.models.tfidf.vocabulary import Vocabulary
from janib.schema import Example
from janib.text.cleaning import compose, divide, spell_out

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

log = logging.getLogger(__name__)

TARGET_USES = ("per_target", "crossed", "ignored")
"""A classifier a target; features of all rows beside those of the row's target; the text alone."""

OWN_ROWS = 20
"""A target with fewer rows, or with one label, has no features of its own."""

_FILE = "tfidf.npz"
_BATCH = 512  # rows whose arrays a processor's cache holds


class Part(NamedTuple):
    """The terms that some rows hold, their inverse document frequency there, and what they say of the labels.

    Attributes
    ----------
    terms
        Places in the vocabulary, ascending, shape (n_terms,).
    idf
        Shape (n_terms,).
    weights
        Shape (n_terms, n_labels).
    bias
        Shape (n_labels,).
    """

    terms: NDArray[np.int32]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]


class Block(NamedTuple):
    """What a part is fitted on."""

    terms: NDArray[np.int32]
    idf: NDArray[np.float32]
    features: csr_matrix

    def finish(self, linear: Linear) -> Part:
        """Make the part that a fitted classifier of the features amounts to."""
        return _make_part(self.terms, self.idf, linear.weights.astype(np.float32), linear.bias.astype(np.float32))


class TfidfModel:
    """A linear classifier of TF-IDF features that uses the target in one of three ways.

    The features are word and character n-grams, ``(1 + log(count)) * idf`` with scikit-learn's smoothed idf, each
    of the two kinds scaled to length 1. ``per_target`` fits a classifier a target, on the target's rows alone;
    ``crossed`` fits one on the features of all rows and, beside them, those of the row's target; ``ignored`` fits
    one on the text alone. A target unknown to the first gets a classifier of all rows, one unknown to the second
    the features of all rows. Rows are weighed so that each label of a target counts the same.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    seed
        Seed of the classifier.
    cleaning
        Names of steps and presets of :mod:`janib.text.cleaning`.
    words, chars
        Fewest and most words, and characters, of an n-gram.
    min_df
        How many rows must hold a term, of those that a classifier is fitted on.
    classifier
        ``name``, one of :data:`janib.models.linear.CLASSIFIERS`, and its parameters.
    target
        One of :data:`TARGET_USES`.

    Raises
    ------
    ConfigError
        If a name is unknown.
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
        self._clean = compose(cleaning)
        self._clean_text, clean_words = divide(cleaning)
        self.cleaning = spell_out(cleaning)  # a saved model must not change when a preset does
        self.labels = {task: tuple(map(str, names)) for task, names in labels.items()}
        self.seed, self.min_df, self.target = seed, min_df, target
        self.classifier = check_classifier(classifier)
        self.words, self.chars = tuple(words), tuple(chars)
        self._vocabulary = Vocabulary(words, chars, clean_words)
        self._shared: dict[str, Part] = {}
        self._own: dict[str, dict[str, Part]] = {}
        self._told = False

    def fit(self, train: Sequence[Example], valid: Sequence[Example] = ()) -> Self:
        """Fit on ``train``; ``valid`` is not read.

        Raises
        ------
        DataError
            If a task has fewer than two labels in ``train``, or no term is in ``min_df`` rows.
        """
        from scipy.sparse import csr_matrix

        gold = {task: read_gold(train, task, names) for task, names in self.labels.items()}
        texts = [self._clean_text(row.text).split() for row in train]
        rows, terms, values = self._vocabulary.fit(texts, self.min_df)
        counts = csr_matrix((values, (rows, terms)), (len(train), len(self._vocabulary)))
        for task, codes in gold.items():
            chosen = np.flatnonzero(codes != MISSING)
            self._fit_task(task, counts[chosen], codes[chosen], [train[place].target for place in chosen.tolist()])
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); rows keep their order."""
        probabilities = {task: np.empty((len(rows), len(names))) for task, names in self.labels.items()}
        self._tell_unknown(rows)
        for start in range(0, len(rows), _BATCH):
            for target, places in self._group(rows, start, start + _BATCH).items():
                texts = [self._clean_text(rows[place].text).split() for place in places]
                counts = self._vocabulary.count(texts)
                for task, table in probabilities.items():
                    table[places] = self._score(task, target, counts, len(places))
        return probabilities

    def weigh_words(self, row: Example, task: str) -> WordWeights | None:
        """Return what each word of the text adds to the scores of a task's labels.

        A term's part is shared evenly among its occurrences, and that of several words among these. None if the
        cleaning changes across words, so that no word could be held to it.
        """
        cleaned = [self._clean(word).split() for word in row.text.split()]
        text = self._clean(row.text).split()
        if text != list(chain.from_iterable(cleaned)):
            return None
        owners = [word for word, chunks in enumerate(cleaned) for _ in chunks]
        added = np.zeros((len(cleaned), len(self.labels[task])))
        rest = np.zeros(len(self.labels[task]))
        counts = self._vocabulary.count([self._clean_text(row.text).split()])
        occurrences = dict(zip(counts.terms.tolist(), counts.values.tolist(), strict=True))
        for part in self._list_parts(task, row.target):
            _, terms, values = self._vocabulary.weigh(counts, part.terms, part.idf)
            amounts = dict(zip(part.terms[terms].tolist(), values[:, None] * part.weights[terms], strict=True))
            for term, chunks in self._vocabulary.locate(text):
                if term in amounts:
                    share = amounts[term] / (occurrences[term] * len(chunks))
                    np.add.at(added, [owners[chunk] for chunk in chunks], share)
            rest += part.bias
        return WordWeights(added, rest)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write vocabulary, idf and weights into one file of arrays; return the settings."""
        arrays: dict[str, NDArray[Any]] = {**self._vocabulary.pack()}
        for task, shared in self._shared.items():
            for place, part in enumerate([shared, *self._own[task].values()]):
                arrays |= {f"{task}/{place}/{name}": array for name, array in part._asdict().items()}
        np.savez_compressed(folder / _FILE, allow_pickle=False, **arrays)
        return {
            "seed": self.seed,
            "cleaning": list(self.cleaning),
            "words": list(self.words),
            "chars": list(self.chars),
            "min_df": self.min_df,
            "classifier": self.classifier,
            "target": self.target,
            "targets": {task: list(own) for task, own in self._own.items()},
        }

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote.

        Raises
        ------
        ModelError
            If the file is missing or damaged.
        """
        options = {name: value for name, value in settings.items() if name != "targets"}
        model = cls(**options)
        with open_arrays(folder / _FILE, cls.kind) as arrays:
            model._vocabulary.unpack(arrays)
            for task, targets in settings["targets"].items():
                shared, *own = (_read_part(arrays, f"{task}/{place}") for place in range(1 + len(targets)))
                if len(shared.bias) != len(model.labels[task]):
                    raise ValueError(f"weights of {len(shared.bias)} labels, not {len(model.labels[task])}")
                model._shared[task], model._own[task] = shared, dict(zip(targets, own, strict=True))
        return model

    def _fit_task(self, task: str, counts: csr_matrix, gold: NDArray[np.int64], targets: Sequence[str]) -> None:
        groups = _find_groups(gold, targets)
        weights = balance(gold, groups.values())
        fit = partial(fit_linear, self.classifier, n_labels=len(self.labels[task]), seed=self.seed)
        shared = self._make_block(counts)
        if not len(shared.terms):
            raise DataError(
                f"no word or character n-gram is in {self.min_df} or more of the {len(gold)} training rows; "
                "lower min_df, or check the texts and their cleaning"
            )
        blocks = {} if self.target == "ignored" else {t: self._make_block(counts[rows]) for t, rows in groups.items()}
        blocks = {target: block for target, block in blocks.items() if len(block.terms)}
        if self.target == "crossed":
            crossed = _cross(shared, [(block, groups[target]) for target, block in blocks.items()])
            together = fit(crossed, gold, weights)
            ends = np.cumsum([len(block.terms) for block in (shared, *blocks.values())])
            first, *others = np.split(together.weights, ends[:-1])
            fitted = dict(zip(blocks, (Linear(own, np.zeros_like(together.bias)) for own in others), strict=True))
            self._shared[task] = shared.finish(Linear(first, together.bias))
        else:
            fitted = {t: fit(block.features, gold[groups[t]], weights[groups[t]]) for t, block in blocks.items()}
            self._shared[task] = shared.finish(fit(shared.features, gold, weights))
        self._own[task] = {target: blocks[target].finish(linear) for target, linear in fitted.items()}

    def _make_block(self, counts: csr_matrix) -> Block:
        """Find the terms that enough rows hold, their idf, and the rows' features."""
        from scipy.sparse import csr_matrix

        frequency = np.bincount(counts.indices, minlength=len(self._vocabulary))
        terms = np.flatnonzero(frequency >= self.min_df).astype(np.int32)
        # Rounded here, so that a loaded model and a fresh one read one and the same number.
        idf = (1 + np.log((1 + counts.shape[0]) / (1 + frequency[terms]))).astype(np.float32)
        cells = counts.tocoo()
        found = Counts(cells.row.astype(np.int64), cells.col.astype(np.int64), cells.data)
        rows, columns, values = self._vocabulary.weigh(found, terms, idf)
        return Block(terms, idf, csr_matrix((values, (rows, columns)), (counts.shape[0], len(terms))))

    def _score(self, task: str, target: str | None, counts: Counts, n_rows: int) -> NDArray[np.float64]:
        scores = np.zeros((n_rows, len(self.labels[task])))
        for part in self._list_parts(task, target):
            rows, terms, values = self._vocabulary.weigh(counts, part.terms, part.idf)
            scores += part.bias
            starts = find_starts(rows)
            for column, weights in zip(scores.T, part.weights.T, strict=True):
                column[rows[starts]] += np.add.reduceat(values * weights.take(terms), starts)
        return apply_softmax(scores)

    def _list_parts(self, task: str, target: str | None) -> list[Part]:
        own = None if target is None else self._own[task].get(target)
        if own is None:
            return [self._shared[task]]
        return [own, self._shared[task]] if self.target == "crossed" else [own]

    def _group(self, rows: Sequence[Example], start: int, stop: int) -> dict[str | None, list[int]]:
        """Gather the places of rows that are scored alike: by target, all unknown ones under None."""
        known = self._list_known()
        places = defaultdict(list)
        for place, row in enumerate(rows[start:stop], start):
            places[row.target if row.target in known else None].append(place)
        return places

    def _tell_unknown(self, rows: Sequence[Example]) -> None:
        unknown = sorted({row.target for row in rows} - self._list_known())
        if unknown and self.target != "ignored" and not self._told:
            self._told = True
            names = ", ".join(map(repr, unknown[:5])) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
            log.warning("targets unknown, or too rare in training, are judged as all training rows are: %s", names)

    def _list_known(self) -> set[str]:
        return {target for own in self._own.values() for target in own}


def _find_groups(gold: NDArray[np.int64], targets: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Map each target of enough rows and labels to its rows."""
    places = defaultdict(list)
    for place, target in enumerate(targets):
        places[target].append(place)
    groups = {target: np.array(places[target]) for target in sorted(places) if len(places[target]) >= OWN_ROWS}
    return {target: rows for target, rows in groups.items() if len(np.unique(gold[rows])) > 1}


def _cross(shared: Block, own: Sequence[tuple[Block, NDArray[np.int64]]]) -> csr_matrix:
    """Set beside the features of all rows those of some rows."""
    from scipy.sparse import csr_matrix, hstack

    columns = [shared.features]
    for block, rows in own:
        places = (rows, np.arange(len(rows)))
        spread = csr_matrix((np.ones(len(rows)), places), (shared.features.shape[0], len(rows)))
        columns.append(spread @ block.features)
    return csr_matrix(hstack(columns))


def _read_part(arrays: Mapping[str, NDArray[Any]], name: str) -> Part:
    return _make_part(*(arrays[f"{name}/{field}"] for field in Part._fields))


def _make_part(terms: NDArray[Any], idf: NDArray[Any], weights: NDArray[Any], bias: NDArray[Any]) -> Part:
    return Part(terms, idf, np.asfortranarray(weights), bias)  # a label's weights side by side, as scoring reads them
