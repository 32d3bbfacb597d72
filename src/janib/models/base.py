"""What every model can do. Pipelines, command lines and servers know no more than this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from janib.schema import Example

Probabilities = dict[str, NDArray[np.float64]]
"""Task to an array of shape (n_rows, n_labels), columns in the order of ``Model.labels[task]``."""


@runtime_checkable
class Model(Protocol):
    """A classifier of (statement, target) rows for one or more tasks.

    ``kind`` names the class in ``janib.json``; ``labels`` maps each task to its labels in column order.
    """

    kind: ClassVar[str]
    labels: Mapping[str, tuple[str, ...]]

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fit on ``train``; ``valid`` may stop training early and is empty in a refit.

        Raises
        ------
        DataError
            If a task has fewer than two classes in ``train``.
        """
        ...

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities; rows keep their order, gold labels are not read."""
        ...

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the weights into an existing empty folder; return what ``janib.json`` must say of them.

        The mapping is JSON-ready and holds all that :meth:`load` needs beside the files, the text cleaning among it.
        """
        ...

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote; ``settings`` is the mapping it returned plus ``labels``.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        ...


@runtime_checkable
class StepwiseModel(Model, Protocol):
    """A model that learns in steps, so that it can be watched, stopped and continued.

    ``on_log``, set before :meth:`fit`, is called with the number of steps done and what was measured then.
    ``checkpoint_dir``, set before :meth:`fit`, is where checkpoints go and where it goes on from.
    """

    on_log: Callable[[int, dict[str, float]], None] | None
    checkpoint_dir: Path | None

    def report_choices(self) -> dict[str, Any]:
        """Return, JSON-ready, what :meth:`fit` chose by its validation rows."""
        ...

    def adopt_choices(self, choices: Sequence[Mapping[str, Any]]) -> None:
        """Take over, before a refit without validation rows, what the models of the folds chose."""
        ...


class WordWeights(NamedTuple):
    """What a linear model's scores are made of; they are logarithms of the probabilities, but for a constant.

    Attributes
    ----------
    words
        What each word adds to the labels' scores, shape (n_words, n_labels).
    rest
        What no word adds, shape (n_labels,).
    """

    words: NDArray[np.float64]
    rest: NDArray[np.float64]


@runtime_checkable
class WordwiseModel(Model, Protocol):
    """A model whose scores are sums over the words of the text."""

    def weigh_words(self, row: Example, task: str) -> WordWeights | None:
        """Return what each word of the text, split at white space, adds; None if that cannot be said of this text."""
        ...
