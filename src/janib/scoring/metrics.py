"""Scores of predicted labels or probabilities, by name.

Whatever depends on counts alone is computed from confusion arrays of shape (..., n_targets, n_labels,
n_labels), gold labels in rows and predicted labels in columns. Leading axes are free, so a bootstrap runs the
same code on the counts of all its resamples at once. Every score is a fraction of 1 (``mcc`` lies in -1 to 1,
``brier`` in 0 to 2), and a score whose denominator is 0 is 0, as with scikit-learn's ``zero_division=0``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from janib.errors import ConfigError, DataError, suggest
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS, TASK_LABELS, Sentiment, Stance
from janib.schema import check_label

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Labels = Sequence[str] | NDArray[Any]
"""Labels or their ids of shape (n_rows,), or probabilities of shape (n_rows, n_labels)."""

MAX_TARGETS = 40
"""With more targets than this, scores by target are left out (a headline corpus has thousands)."""

N_BINS = 15
"""Bins of the calibration error, as in Guo et al. (2017)."""

_MAX_SLUG = 80
_DIGEST = re.compile(r"_[0-9a-f]{8}$")
_SIDES = [STANCE_LABELS.index(Stance.FAVOR), STANCE_LABELS.index(Stance.AGAINST)]
_POLES = [SENTIMENT_LABELS.index(Sentiment.POSITIVE), SENTIMENT_LABELS.index(Sentiment.NEGATIVE)]


def score(
    task: str, gold: Labels, predicted: Labels, targets: Sequence[str] | None, labels: Sequence[str]
) -> dict[str, float]:
    """Score one system on one set of rows.

    Parameters
    ----------
    task
        ``stance``, ``sentiment``, ``sarcasm`` or ``label``; it decides which scores there are.
    gold
        The gold labels or their ids, one a row; rows without a gold label must be left out.
    predicted
        Labels or ids, or probabilities of shape (n_rows, n_labels), which add ``brier`` and ``ece`` and of
        which the largest is the prediction (the first of equals).
    targets
        Each row's target, or None.
    labels
        The labels in id and column order.

    Returns
    -------
    dict[str, float]
        The scores of :func:`list_measures`, and ``brier`` and ``ece`` where there are probabilities.

    Raises
    ------
    DataError
        If there are no rows, lengths differ, a label is unknown or missing, or probabilities are not
        probabilities.

    Examples
    --------
    >>> targets = ["Covid Vaccine", "Covid Vaccine"]
    >>> scores = score("stance", ["favor", "against"], ["favor", "favor"], targets, STANCE_LABELS)
    >>> round(scores["favg2"], 3), scores["accuracy/covid_vaccine"]
    (0.333, 0.5)
    """
    counts = confusion(gold, predicted, targets, labels)
    measures = list_measures(task, labels, name_targets(targets))
    scores = {name: float(measure(counts)) for name, measure in measures.items()}
    if np.ndim(predicted) == 2:
        probabilities, gold_ids = np.asarray(predicted, np.float64), encode(gold, labels)
        scores["brier"] = brier(probabilities, gold_ids)
        scores["ece"] = ece(probabilities, gold_ids)
    return scores


@dataclass(frozen=True, slots=True)
class Measure:
    """A score that is computed from counts alone.

    Attributes
    ----------
    compute
        A function of counts of shape (..., n_labels, n_labels), or, where ``by_target`` is set, of shape
        (..., n_targets, n_labels, n_labels). It returns an array of the leading shape.
    by_target
        Whether the score depends on which target a row has.
    """

    compute: Callable[[NDArray[Any]], Floats]
    by_target: bool = False

    def __call__(self, counts: NDArray[Any]) -> Floats:
        """Return the score of counts of shape (..., n_targets, n_labels, n_labels), an array of the leading shape."""
        return self.compute(counts if self.by_target else counts.sum(axis=-3))


def list_measures(task: str, labels: Sequence[str], targets: Sequence[str] = ("",)) -> dict[str, Measure]:
    """Return every count score of a task by name.

    Parameters
    ----------
    task
        The task's name.
    labels
        The labels in the order of the counts' last two axes.
    targets
        The targets in the order of the counts' third axis from the right.

    Returns
    -------
    dict[str, Measure]
        - Every task: ``accuracy``, ``macro_f1`` (mean over all ``labels``, one without any row included), ``mcc``,
          and ``precision/<label>``, ``recall/<label>`` and ``f1/<label>`` of each label.
        - The scores that :data:`TASK_MEASURES` has for the task.
        - Stance, with at most :data:`MAX_TARGETS` targets: ``f_avg_by_target/<slug>``, ``favg2/<slug>``,
          ``favg3/<slug>`` and ``accuracy/<slug>`` of each target. The first two are the same number.

    Raises
    ------
    DataError
        If the task is in :data:`janib.labels.TASK_LABELS`, and the labels are not those there in their order.
    """
    expected = TASK_LABELS.get(task)
    if expected is not None and tuple(labels) != expected:
        raise DataError(
            f"{task} labels are {', '.join(labels)}; expected {', '.join(expected)}, in this order: "
            "reorder the columns, or score the rows as the task 'label'"
        )
    measures = dict(_MEASURES)
    for column, slug in enumerate(slugify_all(labels).values()):
        measures |= {f"{name}/{slug}": _pick_label(compute, column) for name, compute in _BY_LABEL.items()}
    measures |= TASK_MEASURES.get(task, {})
    if len(targets) <= MAX_TARGETS:
        of_each = _OF_EACH_TARGET.get(task, {})
        for row, (target, slug) in enumerate(slugify_all(targets).items()):
            if target:
                measures |= {f"{name}/{slug}": _pick_target(compute, row) for name, compute in of_each.items()}
    return measures


def f_avg_by_target(counts: NDArray[Any]) -> Floats:
    """StanceEval-2024: the F1 of Favor and of Against averaged within each target, then over the targets.

    Rows whose gold or predicted label is neutral count as errors of the other two, but neutral has no F1 of
    its own here. A target without rows, which a resample may have, is left out of the mean.

    Parameters
    ----------
    counts
        Shape (..., n_targets, 3, 3), stance labels in their order.
    """
    present = counts.sum(axis=(-2, -1)) > 0
    return _divide((favg2(counts) * present).sum(axis=-1), present.sum(axis=-1))


def favg2(counts: NDArray[Any]) -> Floats:
    """StanceEval-2026 Favg2: the mean of the F1 of Favor and of Against, from counts of shape (..., 3, 3)."""
    f1: Floats = f1_by_label(counts)[..., _SIDES].mean(axis=-1)
    return f1


def favg3(counts: NDArray[Any]) -> Floats:
    """StanceEval-2026 Favg3: the mean F1 of all three stances, from counts of shape (..., 3, 3)."""
    return macro_f1(counts)


def macro_f1(counts: NDArray[Any]) -> Floats:
    """Mean F1 of all labels, one without any row included, from counts of shape (..., n_labels, n_labels)."""
    f1: Floats = f1_by_label(counts).mean(axis=-1)
    return f1


def f_pn(counts: NDArray[Any]) -> Floats:
    """WANLP 2021 (Abu Farha et al.): the mean F1 of positive and of negative, from counts of shape (..., 3, 3)."""
    f1: Floats = f1_by_label(counts)[..., _POLES].mean(axis=-1)
    return f1


def precision_by_label(counts: NDArray[Any]) -> Floats:
    """Precision of each label, shape (..., n_labels); 0 for a label that is never predicted."""
    return _divide(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-2))


def recall_by_label(counts: NDArray[Any]) -> Floats:
    """Recall of each label, shape (..., n_labels); 0 for a label without rows."""
    return _divide(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1))


def f1_by_label(counts: NDArray[Any]) -> Floats:
    """F1 of each label, shape (..., n_labels); 0 for a label that is neither in gold nor predicted."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    return _divide(2 * hits, counts.sum(axis=-1) + counts.sum(axis=-2))


def accuracy(counts: NDArray[Any]) -> Floats:
    """Share of the rows on the diagonal, from counts of shape (..., n_labels, n_labels)."""
    return _divide(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=(-2, -1)))


def mcc(counts: NDArray[Any]) -> Floats:
    """Matthews correlation of any number of labels: R_K of Gorodkin (2004), 0 where a side is all one label.

    Parameters
    ----------
    counts
        Shape (..., n_labels, n_labels).
    """
    counts = np.asarray(counts, np.float64)
    n_rows, hits = counts.sum(axis=(-2, -1)), np.trace(counts, axis1=-2, axis2=-1)
    gold, predicted = counts.sum(axis=-1), counts.sum(axis=-2)
    covariance = hits * n_rows - (gold * predicted).sum(axis=-1)
    spread = (n_rows**2 - (gold**2).sum(axis=-1)) * (n_rows**2 - (predicted**2).sum(axis=-1))
    return _divide(covariance, np.sqrt(spread))


def kappa(counts: NDArray[Any]) -> Floats:
    """Cohen's (1960) kappa, 0 where both sides are all one label.

    Parameters
    ----------
    counts
        Shape (..., n_labels, n_labels); also sums of weights.
    """
    counts = np.asarray(counts, np.float64)
    n_rows, hits = counts.sum(axis=(-2, -1)), np.trace(counts, axis1=-2, axis2=-1)
    by_chance = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1)
    return _divide(hits * n_rows - by_chance, n_rows**2 - by_chance)


_MEASURES = {"accuracy": Measure(accuracy), "macro_f1": Measure(macro_f1), "mcc": Measure(mcc)}
_BY_LABEL = {"precision": precision_by_label, "recall": recall_by_label, "f1": f1_by_label}
_OF_EACH_TARGET = {
    "stance": {"f_avg_by_target": favg2, "favg2": favg2, "favg3": favg3, "accuracy": accuracy},
}

TASK_MEASURES: dict[str, dict[str, Measure]] = {
    "stance": {
        "f_avg_by_target": Measure(f_avg_by_target, by_target=True),
        "favg2": Measure(favg2),
        "favg3": Measure(favg3),
    },
    "sentiment": {"f_pn": Measure(f_pn)},
}
"""Task to the scores that it has besides those of every task. A score that is added here has intervals and tests."""


def brier(probabilities: Floats, gold: Ids) -> float:
    """Brier's (1950) score of any number of labels.

    Squared differences to the one-hot gold are summed over the labels and averaged over the rows: 0 is best
    and 2 worst. Some libraries halve it.

    Parameters
    ----------
    probabilities
        Shape (n_rows, n_labels).
    gold
        Label ids, shape (n_rows,).
    """
    wanted = np.eye(probabilities.shape[1])[gold]
    return float(np.square(probabilities - wanted).sum(axis=1).mean())


def ece(probabilities: Floats, gold: Ids) -> float:
    """Compute the expected calibration error of the most probable label (Guo et al. 2017).

    Rows fall by their largest probability into :data:`N_BINS` bins of equal width, open on the left; the gaps
    between a bin's accuracy and its mean confidence are averaged with the bins' shares of the rows.
    Parameters as in :func:`brier`.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == gold
    bins = np.searchsorted(np.arange(1, N_BINS) / N_BINS, confidence, side="left")
    return float(np.abs(np.bincount(bins, weights=right - confidence)).sum() / len(gold))


def confusion(gold: Labels, predicted: Labels, targets: Sequence[str] | None, labels: Sequence[str]) -> Ids:
    """Count rows by target, gold label and predicted label; parameters and errors as in :func:`score`.

    Returns
    -------
    NDArray
        Shape (n_targets, n_labels, n_labels), targets in the order of :func:`name_targets`.
    """
    shape = (len(name_targets(targets)), len(labels), len(labels))
    cells = locate(gold, predicted, targets, labels)
    return np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)


def name_targets(targets: Sequence[str] | None) -> tuple[str, ...]:
    """Return the distinct targets, sorted; one blank target where there are none."""
    return ("",) if targets is None else tuple(sorted(set(targets)))


def locate(gold: Labels, predicted: Labels, targets: Sequence[str] | None, labels: Sequence[str]) -> Ids:
    """Return each row's place in the flattened counts of :func:`confusion`, shape (n_rows,)."""
    gold_ids, predicted_ids = encode(gold, labels), encode(predicted, labels, "predicted")
    if not len(gold_ids):
        raise DataError("there are no rows to score; check the split and the filters before it")
    check_length("predicted", len(predicted_ids), len(gold_ids))
    target_ids = np.zeros_like(gold_ids)
    if targets is not None:
        check_length("targets", len(targets), len(gold_ids))
        target_ids = index_values(targets, name_targets(targets))
    return (target_ids * len(labels) + gold_ids) * len(labels) + predicted_ids


def encode(values: Labels, labels: Sequence[str], name: str = "gold") -> Ids:
    """Return label ids of shape (n_rows,) from labels, ids or probabilities; ``name`` is for error messages.

    Raises
    ------
    DataError
        If a label is missing or unknown, or probabilities have the wrong shape or do not sum to 1.
    """
    array = np.asarray(values)
    if array.ndim == 2:
        _check_probabilities(array, labels, name)
        best: Ids = array.argmax(axis=1)
        return best
    if array.dtype.kind in "iu":
        ids = np.where((array >= 0) & (array < len(labels)), array, -1).astype(np.int64)
    else:
        places = {label: place for place, label in enumerate(labels)}
        ids = np.array([places.get(label, -1) for label in array.tolist()], np.int64)
    if (ids < 0).any():
        row = int((ids < 0).argmax())
        found = array.tolist()[row]
        if found is None:
            raise DataError(f"row {row + 1} of {name} has no label; leave such rows out before scoring")
        raise DataError(f"row {row + 1} of {name}: {check_label(str(found), labels)}")
    return ids


def check_name(name: str, known: Collection[str]) -> str:
    """Return ``name`` if it is a known score.

    Raises
    ------
    ConfigError
        If it is not.
    """
    if name not in known:
        names = ", ".join(known)
        raise ConfigError(f"score {name!r} is unknown, expected one of {names}{suggest(name, known)}")
    return name


def slugify(name: str) -> str:
    """Turn a target or label into a part of a metric key: lower case, words joined by underscores.

    Letters and digits of any script stay, vowel marks go, all else is an underscore: a subset of what MLflow
    allows. Where that leaves nothing, more than 80 characters, or what looks like a digest, eight hexadecimal
    digits of the name's SHA-256 are added.

    Examples
    --------
    >>> slugify("Covid Vaccine")
    'covid_vaccine'
    """
    folded = unicodedata.normalize("NFKC", name).lower()
    letters = "".join(char for char in folded if unicodedata.category(char) not in {"Mn", "Me", "Mc", "Cf"})
    slug = re.sub(r"[\W_]+", "_", letters).strip("_")
    return slug if 0 < len(slug) <= _MAX_SLUG and not _DIGEST.search(slug) else _add_digest(slug, name)


def slugify_all(names: Iterable[str]) -> dict[str, str]:
    """Map each distinct name, in order, to a slug of its own: names with the same slug all get a digest."""
    slugs = {name: slugify(name) for name in names}
    times = Counter(slugs.values())
    return {name: slug if times[slug] == 1 else _add_digest(slug, name) for name, slug in slugs.items()}


def _pick_label(compute: Callable[[NDArray[Any]], Floats], column: int) -> Measure:
    return Measure(lambda counts: compute(counts)[..., column])


def _pick_target(compute: Callable[[NDArray[Any]], Floats], row: int) -> Measure:
    return Measure(lambda counts: compute(counts[..., row, :, :]), by_target=True)


def _add_digest(slug: str, name: str) -> str:
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{slug[:_MAX_SLUG].strip('_') or 'unnamed'}_{digest}"


def _divide(numerator: NDArray[Any], denominator: NDArray[Any]) -> Floats:
    numerator, denominator = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    ratio: Floats = np.divide(numerator, denominator, out=np.zeros_like(denominator), where=denominator != 0)
    return ratio


def index_values(values: Sequence[Hashable], distinct: Iterable[Hashable]) -> Ids:
    """Return the place of each value among the distinct ones, shape (n_values,)."""
    places = {value: place for place, value in enumerate(distinct)}
    return np.array([places[value] for value in values], np.int64)


def check_length(name: str, found: int, expected: int) -> None:
    """Raise a DataError if ``name`` has another number of rows than the gold labels."""
    if found != expected:
        raise DataError(f"{name} has {found} rows, gold has {expected}; give the same rows in the same order")


def _check_probabilities(array: NDArray[Any], labels: Sequence[str], name: str) -> None:
    if array.shape[1] != len(labels):
        raise DataError(
            f"{name} probabilities have {array.shape[1]} columns; "
            f"expected one for each of {', '.join(labels)}, in this order"
        )
    sums = array.sum(axis=1)
    wrong = ~((np.abs(sums - 1) < 1e-3) & (array >= 0).all(axis=1))
    if wrong.any():
        row = int(wrong.argmax())
        raise DataError(
            f"row {row + 1} of {name} probabilities is {array[row].tolist()}; "
            "expected numbers of at least 0 that sum to 1"
        )
