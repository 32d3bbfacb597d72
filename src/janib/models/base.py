"""The interfaces of models, through which runs, the command line and servers use them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from janib.schema import Example

Probabilities = dict[str, NDArray[np.float64]]
"""``probabilities[task]``, shape (n_rows, n_labels); columns in the order of ``Model.labels[task]``."""

SUM_TOLERANCE = 1e-4
"""How far the sum of a row's probabilities may be from 1, since they were rounded."""


def find_problems(shares: NDArray[np.float64]) -> dict[int, str]:
    """Return what is wrong with rows of an array of probabilities, by the row's index; empty if nothing is."""
    sums = shares.sum(axis=1)
    is_sound = (np.abs(sums - 1) < SUM_TOLERANCE) & (shares >= 0).all(axis=1)  # no comparison holds for NaN
    return {
        int(row): f"probabilities {', '.join(f'{share:.3g}' for share in shares[row])}, expected some that sum to 1; "
        "the model is damaged, or fails at this text"
        for row in np.flatnonzero(~is_sound)
    }


@runtime_checkable
class Model(Protocol):
    """A classifier of (statement, target) rows for one or more tasks.

    ``kind`` names the class in ``janib.json``; ``labels`` maps each task to its labels in column order.
    """

    kind: ClassVar[str]
    labels: Mapping[str, tuple[str, ...]]

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fit on ``train``; ``valid`` may choose when to stop, and is empty in a refit.

        Raises
        ------
        DataError
            If a task has fewer than two classes in ``train``.
        """
        ...

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities in the order of the rows; gold labels are not read."""
        ...

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the weights into an existing empty folder; return the settings for ``janib.json``.

        The settings are JSON-ready. With the files they are all that :meth:`load` needs, the text cleaning included.
        """
        ...

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote; ``settings`` are those that it returned, and ``labels``.

        Files and settings are data of a stranger: nothing in them is run, and what no :meth:`save` writes is refused,
        by any exception, which the caller turns into a ModelError.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        ...


@runtime_checkable
class StepwiseModel(Model, Protocol):
    """A model that is trained in steps, and can be watched, stopped and resumed.

    Both attributes are set before :meth:`fit`. ``on_log`` is called with the number of steps done and the values
    measured then. ``checkpoint_dir`` is the folder of the checkpoints; training resumes from the newest in it.
    """

    on_log: Callable[[int, dict[str, float]], None] | None
    checkpoint_dir: Path | None

    def report_choices(self) -> dict[str, Any]:
        """Return the values that :meth:`fit` chose on its validation rows, JSON-ready."""
        ...

    def adopt_choices(self, choices: Sequence[Mapping[str, Any]]) -> None:
        """Set the values that the models of the folds chose, before a refit without validation rows."""
        ...


class RowCheck(NamedTuple):
    """What a model's fit would do to a row.

    Attributes
    ----------
    problem
        Why it would refuse the row, or None.
    cut
        The share of the text's tokens that it would not read.
    unknown
        The share of the text's tokens that it would read as the token for unknown words.
    is_target_unknown
        Whether it would read a word of the target so.
    """

    problem: str | None
    cut: float
    unknown: float = 0.0
    is_target_unknown: bool = False


@runtime_checkable
class BoundedModel(Model, Protocol):
    """A model that reads a limited number of tokens."""

    max_length: int

    def check_rows(self, rows: Sequence[Example]) -> list[RowCheck]:
        """Say of each row, before :meth:`fit`, what it would refuse, and how much it would cut or not know.

        Raises
        ------
        ConfigError
            If the options leave no room for a text.
        ModelError
            If the encoder is not found.
        """
        ...


@runtime_checkable
class MeteredModel(Model, Protocol):
    """A model that is paid for by use."""

    def report_usage(self) -> dict[str, float]:
        """Return the counts of what it has used since it was made or loaded, by name."""
        ...


class WordWeights(NamedTuple):
    """The summands of a linear model's scores, which are log-probabilities up to a constant.

    Attributes
    ----------
    words
        Each word's summand, shape (n_words, n_labels).
    rest
        The summand of no word, shape (n_labels,).
    """

    words: NDArray[np.float64]
    rest: NDArray[np.float64]


@runtime_checkable
class WordwiseModel(Model, Protocol):
    """A model whose scores are sums over the words of the text."""

    def weigh_words(self, row: Example, task: str) -> WordWeights | None:
        """Return what each word of the text, split at white space, adds to the scores; None if it is not defined."""
        ...
