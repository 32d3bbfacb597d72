"""TF-IDF of words and of characters within words, under a linear classifier."""

from __future__ import annotations

import logging
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from janib.errors import ConfigError, DataError, ModelError, suggest
from janib.models.base import Probabilities
from janib.models.gold import MISSING, read_gold
from janib.models.linear import CLASSIFIERS, Linear, check_classifier, fit_linear
from janib.models.ngrams import CharNGrams, Counts, NGrams, WordNGrams
from janib.schema import Example
from janib.text.cleaning import PRESETS, compose

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

log = logging.getLogger(__name__)

TARGET_USES = ("per_target", "crossed", "ignored")
"""A classifier a target; features of all rows beside those of the row's target; the text alone."""

OWN_ROWS = 20
"""A target with fewer rows, or with one label, has no features of its own."""

_FILE = "tfidf.npz"
_BATCH = 2_048


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
        return Part(self.terms, self.idf, linear.weights.astype(np.float32), linear.bias.astype(np.float32))


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
        Number of training rows that must hold a term.
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
        # Presets spelled out: a saved model must not change when they do.
        self.cleaning = tuple(step for name in cleaning for step in PRESETS.get(name, (name,)))
        self.labels = {task: tuple(map(str, names)) for task, names in labels.items()}
        self.seed, self.min_df, self.target = seed, min_df, target
        self.classifier = check_classifier(classifier)
        self._ngrams: dict[str, NGrams] = {"words": WordNGrams(*words), "chars": CharNGrams(*chars)}
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
        texts = [self._clean(row.text) for row in train]
        counts = self._join(*(ngrams.fit(texts, self.min_df) for ngrams in self._ngrams.values()))
        if not len(counts.terms):
            raise DataError(
                f"no word or character n-gram is in {self.min_df} of the {len(train)} training rows; "
                "lower min_df, or check the texts and their cleaning"
            )
        matrix = csr_matrix((counts.values, (counts.rows, counts.terms)), (len(train), self._n_terms))
        targets = np.array(
            [row.target for row in train],
        )
        for task, codes in gold.items():
            chosen = np.flatnonzero(codes != MISSING)
            self._fit_task(task, matrix[chosen], codes[chosen], targets[chosen])
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); rows keep their order."""
        probabilities = {task: np.empty((len(rows), len(names))) for task, names in self.labels.items()}
        self._tell_unknown(rows)
        for start in range(0, len(rows), _BATCH):
            for target, places in self._group(rows, start, start + _BATCH).items():
                texts = [self._clean(rows[place].text) for place in places]
                counts = self._join(*(ngrams.count(texts) for ngrams in self._ngrams.values()))
                for task, table in probabilities.items():
                    table[places] = self._score(task, target, counts, len(places))
        return probabilities

    def save(self, folder: Path) -> dict[str, Any]:
        """Write vocabulary, idf and weights into one file of arrays; return the settings."""
        arrays = {name: _pack(ngrams.terms) for name, ngrams in self._ngrams.items()}
        for task, shared in self._shared.items():
            for place, part in enumerate([shared, *self._own[task].values()]):
                arrays |= {f"{task}/{place}/{name}": array for name, array in part._asdict().items()}
        np.savez_compressed(folder / _FILE, allow_pickle=False, **arrays)
        return {
            "seed": self.seed,
            "cleaning": list(self.cleaning),
            **{name: [ngrams.low, ngrams.high] for name, ngrams in self._ngrams.items()},
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
        path = folder / _FILE
        try:
            with np.load(path, allow_pickle=False) as arrays:
                for name, ngrams in model._ngrams.items():
                    ngrams.learn(_unpack(arrays[name]))
                for task, targets in settings["targets"].items():
                    parts = [
                        Part(*(arrays[f"{task}/{place}/{name}"] for name in Part._fields))
                        for place in range(1 + len(targets))
                    ]
                    model._shared[task] = parts[0]
                    model._own[task] = dict(zip(targets, parts[1:], strict=True))
        except FileNotFoundError:
            raise ModelError(
                f"{path} is missing; a model of kind 'tfidf' keeps its weights there. Copy the whole folder again"
            ) from None
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise ModelError(
                f"{path} is damaged ({error}); expected the arrays that training wrote. Copy the folder again, "
                "or train the model again"
            ) from error
        return model

    @property
    def _n_words(self) -> int:
        return len(self._ngrams["words"].terms)

    @property
    def _n_terms(self) -> int:
        return self._n_words + len(self._ngrams["chars"].terms)

    def _join(self, words: Counts, chars: Counts) -> Counts:
        """Put two vocabularies' counts together, characters' terms after words'."""
        rows, terms, values = (np.concatenate(pair) for pair in zip(words, chars, strict=True))
        terms[len(words.terms) :] += self._n_words
        return Counts(rows, terms, values)

    def _fit_task(self, task: str, counts: csr_matrix, gold: NDArray[np.int64], targets: NDArray[np.str_]) -> None:
        groups = _find_groups(gold, targets)
        weights = _balance(gold, groups.values())
        fit = partial(fit_linear, self.classifier, n_labels=len(self.labels[task]), seed=self.seed)
        shared = self._make_block(counts)
        blocks = {} if self.target == "ignored" else {t: self._make_block(counts[groups[t]]) for t in groups}
        if self.target == "crossed":
            crossed = _cross(shared, [(block, groups[target]) for target, block in blocks.items()])
            weights_of, bias = fit(crossed, gold, weights)
            ends = np.cumsum([len(shared.terms), *(len(block.terms) for block in blocks.values())])
            first, *others = np.split(weights_of, ends[:-1])
            self._shared[task] = shared.finish(Linear(first, bias))
            self._own[task] = {
                target: block.finish(Linear(own, np.zeros_like(bias)))
                for (target, block), own in zip(blocks.items(), others, strict=True)
            }
        else:
            self._shared[task] = shared.finish(fit(shared.features, gold, weights))
            self._own[task] = {
                target: block.finish(fit(block.features, gold[groups[target]], weights[groups[target]]))
                for target, block in blocks.items()
            }

    def _make_block(self, counts: csr_matrix) -> Block:
        """Find the terms that enough rows hold, their idf, and the rows' features."""
        from scipy.sparse import csr_matrix

        frequency = np.bincount(counts.indices, minlength=self._n_terms)
        terms = np.flatnonzero(frequency >= self.min_df).astype(np.int32)
        # Rounded here, so that a loaded model and a fresh one read one and the same number.
        idf = (1 + np.log((1 + counts.shape[0]) / (1 + frequency[terms]))).astype(np.float32)
        cells = counts.tocoo()
        rows, columns, values = self._weigh(
            Counts(cells.row.astype(np.int64), cells.col.astype(np.int64), cells.data), terms, idf
        )
        features = csr_matrix((values, (rows, columns)), (counts.shape[0], len(terms)))
        return Block(terms, idf, features)

    def _weigh(self, counts: Counts, terms: NDArray[np.int32], idf: NDArray[np.float32]) -> Counts:
        """Turn counts of the vocabulary's terms into TF-IDF values of the given ones, of length 1 a kind."""
        places = np.full(self._n_terms, -1)
        places[terms] = np.arange(len(terms))
        columns = places[counts.terms]
        known = columns >= 0
        rows, columns = counts.rows[known], columns[known]
        values = (1 + np.log(counts.values[known])) * idf[columns]
        spans = 2 * rows + (counts.terms[known] >= self._n_words)
        lengths = np.sqrt(np.bincount(spans, values * values))
        return Counts(rows, columns, values / lengths[spans])

    def _score(self, task: str, target: str, counts: Counts, n_rows: int) -> NDArray[np.float64]:
        own = self._own[task].get(target)
        parts = [self._shared[task]] if own is None else [own]
        if own is not None and self.target == "crossed":
            parts.append(self._shared[task])
        scores = np.zeros((n_rows, len(self.labels[task])))
        for part in parts:
            rows, terms, values = self._weigh(counts, part.terms, part.idf)
            scores += part.bias
            for label, column in enumerate(scores.T):
                column += np.bincount(rows, values * part.weights[terms, label], minlength=n_rows)
        return CLASSIFIERS[self.classifier["name"]].link(scores)

    def _group(self, rows: Sequence[Example], start: int, stop: int) -> dict[str, list[int]]:
        """Gather the places of rows that are scored alike: by target, unknown ones together."""
        known = {target for own in self._own.values() for target in own}
        places = defaultdict(list)
        for place, row in enumerate(rows[start:stop], start):
            places[row.target if row.target in known else ""].append(place)
        return places

    def _tell_unknown(self, rows: Sequence[Example]) -> None:
        known = {target for own in self._own.values() for target in own}
        unknown = sorted({row.target for row in rows} - known)
        if unknown and self.target != "ignored" and not self._told:
            self._told = True
            log.warning(
                "no features of their own for %d targets (%s%s): what all training rows say is used",
                len(unknown),
                ", ".join(map(repr, unknown[:5])),
                ", ..." if len(unknown) > 5 else "",
            )


def _find_groups(gold: NDArray[np.int64], targets: NDArray[np.str_]) -> dict[str, NDArray[np.int64]]:
    """Map each target of rows and labels enough to its rows."""
    names, codes, sizes = np.unique(targets, return_inverse=True, return_counts=True)
    groups = {str(names[code]): np.flatnonzero(codes == code) for code in np.flatnonzero(sizes >= OWN_ROWS)}
    return {target: rows for target, rows in groups.items() if len(np.unique(gold[rows])) > 1}


def _balance(gold: NDArray[np.int64], groups: Iterable[NDArray[np.int64]]) -> NDArray[np.float64]:
    """Weigh rows so that labels count the same in each group, and in what no group holds."""
    weights = np.ones(len(gold))
    groups = list(groups)
    rest = np.setdiff1d(np.arange(len(gold)), np.concatenate([np.empty(0, np.int64), *groups]))
    for rows in [*groups, rest]:
        labels, codes, sizes = np.unique(gold[rows], return_inverse=True, return_counts=True)
        weights[rows] = len(rows) / (len(labels) * sizes[codes])
    return weights


def _cross(shared: Block, own: Sequence[tuple[Block, NDArray[np.int64]]]) -> csr_matrix:
    """Set beside the features of all rows those of some rows."""
    from scipy.sparse import csr_matrix, hstack

    columns = [shared.features]
    for block, rows in own:
        places = (rows, np.arange(len(rows)))
        spread = csr_matrix((np.ones(len(rows)), places), (shared.features.shape[0], len(rows)))
        columns.append(spread @ block.features)
    return csr_matrix(hstack(columns))


def _pack(terms: Sequence[str]) -> NDArray[np.uint8]:
    """Write terms, which hold no line break, as bytes."""
    return np.frombuffer("\n".join(terms).encode("utf-8", "surrogatepass"), np.uint8)


def _unpack(packed: NDArray[np.uint8]) -> list[str]:
    text = packed.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []
