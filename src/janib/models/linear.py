"""Linear classifiers of features: scikit-learn fits them, and one matrix each is kept.

A fitted classifier is the scores ``features @ weights + bias``, which :func:`apply_softmax` turns into probabilities.
So only numbers are saved, and prediction needs numpy alone.
"""

from __future__ import annotations

import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from janib.errors import ConfigError, ModelError, suggest
from janib.models.folder import check_arrays
from janib.models.options import check_number
from janib.scoring.metrics import Floats, Ids

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Features: TypeAlias = "csr_matrix | Floats"

_FILE_ERRORS = (OSError, EOFError, zipfile.BadZipFile, zlib.error)
_CONTENT_ERRORS = (AttributeError, KeyError, TypeError, ValueError)  # from arrays that are missing or of another form


class Linear(NamedTuple):
    """Scores of labels: ``features @ weights + bias``.

    Attributes
    ----------
    weights
        Shape (n_features, n_labels).
    bias
        Shape (n_labels,).
    """

    weights: Floats
    bias: Floats


class Estimator(NamedTuple):
    """A function that fits a :class:`Linear`, and its parameters.

    Attributes
    ----------
    fit
        Takes features (n_rows, n_features), gold label ids that leave none out, row weights and a seed, then the
        parameters by name.
    parameters
        The parameters' defaults.
    """

    fit: Callable[..., Linear]
    parameters: Mapping[str, float]


def apply_softmax(scores: Floats) -> Floats:
    """Return the softmax of each row of scores."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _fit_logistic(features: Features, gold: Ids, weights: Floats, seed: int, *, c: float) -> Linear:
    """Fit multinomial logistic regression with an L2 penalty of 1 / ``c``."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, max_iter=1000, random_state=seed).fit(features, gold, weights)
    return _add_first_label(model.coef_.T, model.intercept_)


def _fit_svm(features: Features, gold: Ids, weights: Floats, seed: int, *, c: float) -> Linear:
    """Fit a linear support vector machine for each label, and calibrate all of their margins by one factor."""
    from sklearn.svm import LinearSVC

    def fit(features: Features, gold: Ids, weights: Floats) -> Linear:
        machine = LinearSVC(C=c, max_iter=10_000, random_state=seed).fit(features, gold, weights)
        return _add_first_label(machine.coef_.T, machine.intercept_)

    return _calibrate(fit, features, gold, weights, seed)


def _fit_nbsvm(
    features: Features, gold: Ids, weights: Floats, seed: int, *, c: float, smoothing: float, share: float
) -> Linear:
    """Fit NB-SVM (Wang and Manning 2012): a machine for each label, each feature scaled by its log-count ratio.

    Each weight is interpolated: ``share`` of it is the machine's own, the rest is the mean size of the machine's
    weights, which gives naive Bayes.
    """
    from scipy.sparse import diags_array
    from sklearn.svm import LinearSVC

    def fit(features: Features, gold: Ids, weights: Floats) -> Linear:
        columns, bias = [], []
        for label in range(int(gold.max()) + 1):
            ratios = _compute_count_ratios(features, gold == label, smoothing)
            machine = LinearSVC(C=c, max_iter=10_000, random_state=seed)
            machine.fit(features @ diags_array(ratios), gold == label, weights)
            own = machine.coef_[0]
            columns.append(ratios * (share * own + (1 - share) * np.abs(own).mean()))
            bias.append(machine.intercept_[0])
        return Linear(np.stack(columns, axis=1), np.array(bias))

    return _calibrate(fit, features, gold, weights, seed)


def _compute_count_ratios(features: Features, chosen: NDArray[np.bool_], smoothing: float) -> Floats:
    """Return each feature's log-count ratio: counts of the chosen rows that hold it over those of the other rows."""
    counts = (smoothing + np.ravel((features[rows] > 0).sum(axis=0)) for rows in (chosen, ~chosen))
    inside, outside = (one / one.sum() for one in counts)
    ratios: Floats = np.log(inside / outside)
    return ratios


def _calibrate(
    fit: Callable[[Features, Ids, Floats], Linear], features: Features, gold: Ids, weights: Floats, seed: int
) -> Linear:
    """Fit, and multiply the scores by the factor that makes the gold labels of held-out rows most probable.

    Platt's sigmoids, one for each label, would move the borders between labels that the row weights set.
    """
    from sklearn.model_selection import StratifiedKFold

    rarest = int(np.bincount(gold).min())
    sharpness = 1.0
    if rarest > 1:  # otherwise no row of that label can be held out
        folds = StratifiedKFold(min(5, rarest), shuffle=True, random_state=seed)
        margins = np.empty((len(gold), int(gold.max()) + 1))
        for train, held_out in folds.split(gold, gold):
            part = fit(features[train], gold[train], weights[train])
            margins[held_out] = features[held_out] @ part.weights + part.bias
        sharpness = _fit_sharpness(margins, gold)
    fitted = fit(features, gold, weights)
    return Linear(sharpness * fitted.weights, sharpness * fitted.bias)


def _fit_sharpness(scores: Floats, gold: Ids) -> float:
    """Return the factor of scores, from e^-3 to e^3, that makes gold labels most probable (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    def compute_loss(logarithm: float) -> float:
        shares = apply_softmax(np.exp(logarithm) * scores)
        return -float(np.log(shares[np.arange(len(gold)), gold]).mean())

    return float(np.exp(minimize_scalar(compute_loss, bounds=(-3, 3), method="bounded").x))


def _fit_naive_bayes(features: Features, gold: Ids, weights: Floats, seed: int, *, smoothing: float) -> Linear:
    """Fit complement naive Bayes (Rennie et al. 2003), which corrects for rare labels without row weights."""
    from sklearn.naive_bayes import ComplementNB

    model = ComplementNB(alpha=smoothing).fit(features, gold)
    return Linear(model.feature_log_prob_.T, np.zeros(len(model.classes_)))


def _add_first_label(weights: Floats, bias: Floats) -> Linear:
    """Give the first of two labels, which scikit-learn leaves out, the score 0."""
    if weights.shape[1] == 1:
        return Linear(np.hstack([np.zeros_like(weights), weights]), np.append(0.0, bias))
    return Linear(weights, bias)


CLASSIFIERS: Mapping[str, Estimator] = {
    "logreg": Estimator(_fit_logistic, {"c": 1.0}),
    "svm": Estimator(_fit_svm, {"c": 1.0}),
    "nbsvm": Estimator(_fit_nbsvm, {"c": 1.0, "smoothing": 1.0, "share": 0.25}),
    "naive_bayes": Estimator(_fit_naive_bayes, {"smoothing": 1.0}),
}
"""Classifiers by name."""


def check_classifier(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a classifier with all defaults filled in.

    Parameters
    ----------
    settings
        ``name``, and the parameters that differ from their defaults.

    Raises
    ------
    ConfigError
        If there is no classifier of that name, or it has no such parameter, or a parameter is out of range.
    """
    if not isinstance(settings, Mapping):
        raise ConfigError(f"classifier is {settings!r:.100}, expected its name and parameters, as {{name: logreg}}")
    given = dict(settings)
    name = given.pop("name", None)
    if name not in CLASSIFIERS:
        raise ConfigError(
            f"classifier {name!r} is unknown{suggest(str(name), CLASSIFIERS) or ';'} "
            f"expected one of {', '.join(CLASSIFIERS)}"
        )
    known = CLASSIFIERS[name].parameters
    for parameter in given:
        if parameter not in known:
            raise ConfigError(
                f"classifier {name!r} has no parameter {parameter!r}{suggest(parameter, known) or ';'} "
                f"it has: {', '.join(known)}"
            )
        if parameter == "share":
            check_number("classifier.share", given[parameter], 0, 1)
        else:
            check_number(f"classifier.{parameter}", given[parameter], above=0)
    return {"name": name, **known, **given}


def fit_linear(
    settings: Mapping[str, Any], features: Features, gold: Ids, weights: Floats, n_labels: int, seed: int
) -> Linear:
    """Fit a classifier.

    Parameters
    ----------
    settings
        As :func:`check_classifier` returns them.
    features
        Shape (n_rows, n_features).
    gold
        Label ids of two or more labels, shape (n_rows,).
    weights
        Weights of the rows, shape (n_rows,).
    n_labels
        Number of labels; those that ``gold`` lacks get probability 0.
    seed
        Seed of the fit.
    """
    parameters = {name: value for name, value in settings.items() if name != "name"}
    present, codes = np.unique(gold, return_inverse=True)
    fitted = CLASSIFIERS[settings["name"]].fit(features, codes, weights, seed, **parameters)
    linear = Linear(np.zeros((features.shape[1], n_labels)), np.full(n_labels, -np.inf))
    linear.weights[:, present] = fitted.weights
    linear.bias[present] = fitted.bias
    return linear


def index_groups(names: Iterable[str]) -> dict[str, Ids]:
    """Return the indices of the rows of each group, groups in ascending order; ``names`` holds each row's group."""
    indices = defaultdict(list)
    for index, name in enumerate(names):
        indices[name].append(index)
    return {name: np.array(indices[name]) for name in sorted(indices)}


def balance_labels(gold: Ids, groups: Iterable[Ids] = ()) -> Floats:
    """Weigh rows so that all labels have the same total weight in each group of rows, whose mean weight is 1.

    Parameters
    ----------
    gold
        Label ids, shape (n_rows,).
    groups
        Indices of each group's rows; the rows in no group are one group more.
    """
    weights = np.ones(len(gold))
    groups = list(groups)
    rest = np.setdiff1d(np.arange(len(gold)), np.concatenate([np.empty(0, np.int64), *groups]))
    for rows in [*groups, rest]:
        labels, codes, sizes = np.unique(gold[rows], return_inverse=True, return_counts=True)
        weights[rows] = len(rows) / (len(labels) * sizes[codes])
    return weights


@contextmanager
def open_arrays(path: Path, kind: str) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Open a model's file of plain arrays; an error of the file or of the block that reads it is a ModelError.

    Raises
    ------
    ModelError
        If the file is missing or damaged, or its arrays are far larger than the file.
    """
    try:
        with path.open("rb") as stream:
            check_arrays(stream)
            with np.load(stream, allow_pickle=False) as arrays:
                yield arrays
    except FileNotFoundError:
        raise ModelError(
            f"{path} is missing; a model of the kind {kind} has its weights there. Copy the model folder again"
        ) from None
    except (*_FILE_ERRORS, *_CONTENT_ERRORS) as error:
        raise ModelError(
            f"{path} is damaged ({error}); expected the arrays that training wrote. Copy the model folder again"
        ) from error


def write_linear(path: Path, fitted: Mapping[str, Linear]) -> None:
    """Write classifiers by name into one file of plain arrays."""
    arrays = {f"{name}/{field}": array for name, linear in fitted.items() for field, array in linear._asdict().items()}
    np.savez_compressed(path, allow_pickle=False, **arrays)


def read_linear(path: Path, kind: str, n_labels: Mapping[str, int]) -> dict[str, Linear]:
    """Read the classifiers that :func:`write_linear` wrote.

    Parameters
    ----------
    path
        The file.
    kind
        The model's kind, for the error message.
    n_labels
        Name of each classifier to its number of labels.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    with open_arrays(path, kind) as arrays:
        fitted = {name: Linear(*(arrays[f"{name}/{field}"] for field in Linear._fields)) for name in n_labels}
        for name, linear in fitted.items():
            check_weights(linear.weights, linear.bias, len(linear.weights), n_labels[name])
    return fitted


def check_weights(weights: NDArray[Any], bias: NDArray[Any], n_features: int, n_labels: int) -> None:
    """Refuse a classifier that gives no probabilities.

    Parameters
    ----------
    weights, bias
        As of :class:`Linear`. A bias of minus infinity is that of a label without training rows.
    n_features, n_labels
        Their sizes.

    Raises
    ------
    ValueError
        If a shape is another, a number is infinite or none, or no label has a finite bias.
    """
    if bias.shape != (n_labels,):
        raise ValueError(f"weights of {bias.size} labels, not {n_labels}")
    if weights.shape != (n_features, n_labels):
        raise ValueError(f"weights of the shape {weights.shape}, not {(n_features, n_labels)}")
    if not np.isfinite(weights).all() or not np.isfinite(bias[bias != -np.inf]).all() or (bias == -np.inf).all():
        raise ValueError("weights that are infinite or no numbers")
