"""Linear classifiers of text features: what scikit-learn fits, brought down to one matrix each.

Every classifier ends as scores ``features @ weights + bias``, of which :func:`apply_softmax` makes probabilities, so
what is saved is numbers, and prediction needs numpy alone.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from janib.errors import ConfigError, ModelError, suggest

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float64]
Features: TypeAlias = "csr_matrix | Floats"


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


class Classifier(NamedTuple):
    """How to fit a :class:`Linear`.

    Attributes
    ----------
    fit
        Takes features (n_rows, n_features), gold label indices that leave none out, row weights and a seed, then
        the parameters by name.
    parameters
        The parameters' defaults.
    """

    fit: Callable[..., Linear]
    parameters: Mapping[str, float]


def apply_softmax(scores: Floats) -> Floats:
    """Return the shares of the scores' exponentials in each row."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _fit_logistic(features: Features, gold: NDArray[np.int64], weights: Floats, seed: int, *, c: float) -> Linear:
    """Fit multinomial logistic regression with an L2 penalty of 1 / ``c``."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, max_iter=1000, random_state=seed).fit(features, gold, weights)
    return _open_binary(model.coef_.T, model.intercept_)


def _fit_svm(features: Features, gold: NDArray[np.int64], weights: Floats, seed: int, *, c: float) -> Linear:
    """Fit a linear support vector machine a label, and calibrate all of their margins by one factor."""
    from sklearn.svm import LinearSVC

    def fit(features: Features, gold: NDArray[np.int64], weights: Floats) -> Linear:
        machine = LinearSVC(C=c, max_iter=10_000, random_state=seed).fit(features, gold, weights)
        return _open_binary(machine.coef_.T, machine.intercept_)

    return _calibrate(fit, features, gold, weights, seed)


def _fit_nbsvm(
    features: Features, gold: NDArray[np.int64], weights: Floats, seed: int, *, c: float, smoothing: float, share: float
) -> Linear:
    """Fit NB-SVM (Wang and Manning 2012): a machine a label, each feature scaled by its log-count ratio.

    ``share`` of a weight is the machine's own, the rest the mean size of its weights, which is naive Bayes.
    """
    from scipy.sparse import diags_array
    from sklearn.svm import LinearSVC

    def fit(features: Features, gold: NDArray[np.int64], weights: Floats) -> Linear:
        columns, bias = [], []
        for label in range(int(gold.max()) + 1):
            ratios = _weigh_counts(features, gold == label, smoothing)
            machine = LinearSVC(C=c, max_iter=10_000, random_state=seed)
            machine.fit(features @ diags_array(ratios), gold == label, weights)
            own = machine.coef_[0]
            columns.append(ratios * (share * own + (1 - share) * np.abs(own).mean()))
            bias.append(machine.intercept_[0])
        return Linear(np.stack(columns, axis=1), np.array(bias))

    return _calibrate(fit, features, gold, weights, seed)


def _weigh_counts(features: Features, chosen: NDArray[np.bool_], smoothing: float) -> Floats:
    """Return each feature's log-count ratio: of the rows that hold it, those chosen against the others."""
    counts = (smoothing + np.ravel((features[rows] > 0).sum(axis=0)) for rows in (chosen, ~chosen))
    inside, outside = (one / one.sum() for one in counts)
    ratios: Floats = np.log(inside / outside)
    return ratios


def _calibrate(
    fit: Callable[[Features, NDArray[np.int64], Floats], Linear],
    features: Features,
    gold: NDArray[np.int64],
    weights: Floats,
    seed: int,
) -> Linear:
    """Fit, and multiply the scores by the factor that makes rows that are left out most probable.

    Platt's sigmoids, one a label, would move the borders between the labels that the row weights set.
    """
    from sklearn.model_selection import StratifiedKFold

    rarest = int(np.bincount(gold).min())
    sharpness = 1.0
    if rarest > 1:  # or no row of that label could be left out
        folds = StratifiedKFold(min(5, rarest), shuffle=True, random_state=seed)
        margins = np.empty((len(gold), int(gold.max()) + 1))
        for train, rest in folds.split(gold, gold):
            part = fit(features[train], gold[train], weights[train])
            margins[rest] = features[rest] @ part.weights + part.bias
        sharpness = _fit_sharpness(margins, gold)
    fitted = fit(features, gold, weights)
    return Linear(sharpness * fitted.weights, sharpness * fitted.bias)


def _fit_sharpness(scores: Floats, gold: NDArray[np.int64]) -> float:
    """Return the factor, from e^-3 to e^3, of scores that makes gold labels most probable (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    def compute_loss(logarithm: float) -> float:
        shares = apply_softmax(np.exp(logarithm) * scores)
        return -float(np.log(shares[np.arange(len(gold)), gold]).mean())

    return float(np.exp(minimize_scalar(compute_loss, bounds=(-3, 3), method="bounded").x))


def _fit_naive_bayes(
    features: Features, gold: NDArray[np.int64], weights: Floats, seed: int, *, smoothing: float
) -> Linear:
    """Fit complement naive Bayes (Rennie et al. 2003), which makes up for rare labels without row weights."""
    from sklearn.naive_bayes import ComplementNB

    model = ComplementNB(alpha=smoothing).fit(features, gold)
    return Linear(model.feature_log_prob_.T, np.zeros(len(model.classes_)))


def _open_binary(weights: Floats, bias: Floats) -> Linear:
    """Give the first of two labels, which scikit-learn leaves out, the score 0."""
    if weights.shape[1] == 1:
        return Linear(np.hstack([np.zeros_like(weights), weights]), np.append(0.0, bias))
    return Linear(weights, bias)


CLASSIFIERS: Mapping[str, Classifier] = {
    "logreg": Classifier(_fit_logistic, {"c": 1.0}),
    "svm": Classifier(_fit_svm, {"c": 1.0}),
    "nbsvm": Classifier(_fit_nbsvm, {"c": 1.0, "smoothing": 1.0, "share": 0.25}),
    "naive_bayes": Classifier(_fit_naive_bayes, {"smoothing": 1.0}),
}
"""Every classifier by its name."""


def check_classifier(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a classifier, complete.

    Parameters
    ----------
    settings
        ``name``, and those parameters that differ from their defaults.

    Raises
    ------
    ConfigError
        If there is no classifier of that name, or it has no such parameter.
    """
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
    return {"name": name, **known, **given}


def fit_linear(
    settings: Mapping[str, Any],
    features: Features,
    gold: NDArray[np.int64],
    weights: Floats,
    n_labels: int,
    seed: int,
) -> Linear:
    """Fit a classifier.

    Parameters
    ----------
    settings
        What :func:`check_classifier` returned.
    features
        Shape (n_rows, n_features).
    gold
        Label indices of two or more labels, shape (n_rows,).
    weights
        How much each row counts, shape (n_rows,).
    n_labels
        Number of labels; those that ``gold`` lacks get no probability.
    seed
        Seed of whatever is random in the fit.
    """
    parameters = {name: value for name, value in settings.items() if name != "name"}
    present, codes = np.unique(gold, return_inverse=True)
    fitted = CLASSIFIERS[settings["name"]].fit(features, codes, weights, seed, **parameters)
    linear = Linear(np.zeros((features.shape[1], n_labels)), np.full(n_labels, -np.inf))
    linear.weights[:, present] = fitted.weights
    linear.bias[present] = fitted.bias
    return linear


def balance(gold: NDArray[np.int64], groups: Iterable[NDArray[np.int64]] = ()) -> Floats:
    """Weigh rows so that labels count the same in each group of rows, and among the rows that no group holds."""
    weights = np.ones(len(gold))
    groups = list(groups)
    rest = np.setdiff1d(np.arange(len(gold)), np.concatenate([np.empty(0, np.int64), *groups]))
    for rows in [*groups, rest]:
        labels, codes, sizes = np.unique(gold[rows], return_inverse=True, return_counts=True)
        weights[rows] = len(rows) / (len(labels) * sizes[codes])
    return weights


@contextmanager
def open_arrays(path: Path, kind: str) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Open a model's file of plain arrays; what is wrong with it, or turns out wrong in the block, is its damage.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
            yield arrays
    except FileNotFoundError:
        raise ModelError(
            f"{path} is missing; a model of the kind {kind} has its weights there. Copy the model folder again"
        ) from None
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(
            f"{path} is damaged ({error}); expected the arrays that training wrote. Copy the model folder again"
        ) from error


def write_linear(path: Path, fitted: Mapping[str, Linear]) -> None:
    """Write classifiers by name into one file of plain arrays."""
    arrays = {f"{name}/{field}": array for name, linear in fitted.items() for field, array in linear._asdict().items()}
    np.savez_compressed(path, allow_pickle=False, **arrays)


def read_linear(path: Path, kind: str, n_labels: Mapping[str, int]) -> dict[str, Linear]:
    """Read what :func:`write_linear` wrote: a classifier for each name in ``n_labels``, of so many labels.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    with open_arrays(path, kind) as arrays:
        fitted = {name: Linear(*(arrays[f"{name}/{field}"] for field in Linear._fields)) for name in n_labels}
        for name, linear in fitted.items():
            if not linear.weights.shape[1] == len(linear.bias) == n_labels[name]:
                raise ValueError(f"weights of {len(linear.bias)} labels, not {n_labels[name]}")
    return fitted
