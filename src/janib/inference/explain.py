"""Effects of single words on a label: exact weights if a model is a sum over words, occlusion for other models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from janib.errors import DataError, suggest
from janib.inference.classifier import Classifier
from janib.models.base import WordwiseModel
from janib.schema import Example

Method = Literal["weights", "occlusion"]

_FOR, _AGAINST = "37,99,235", "217,119,6"  # red, green and blue that read on light and dark
_MOST_SHADE = 0.55

_WORD = re.compile(r"\S+")
_LEAST = 1e-12  # a probability of 0 has no logarithm
_ROWS = 256  # given to a model at once


@dataclass(frozen=True, slots=True)
class WordEffect:
    """A word, ``text[start:end]``, and its effect on the logarithm of the label's odds."""

    word: str
    start: int
    end: int
    effect: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """The effects of a text's words on a label, compared with the most probable other label.

    Attributes
    ----------
    task, label
        The task and the explained label.
    other
        The most probable of the other labels.
    probability
        Probability of the label.
    log_odds
        ``ln(p(label) / p(other))``.
    method
        ``weights``: the effects of the words and ``rest`` sum exactly to ``log_odds``. ``occlusion``: an effect is
        ``log_odds`` minus its value without the word; the sum of the effects has no meaning.
    rest
        With ``weights``, the part of ``log_odds`` that belongs to no word; else None.
    words
        The words in the order of the text.
    """

    task: str
    label: str
    other: str
    probability: float
    log_odds: float
    method: Method
    rest: float | None
    words: tuple[WordEffect, ...]

    def _repr_html_(self) -> str:
        """Return the words shaded by their effects, for a notebook: blue for the label, orange against it."""
        most = max((abs(word.effect) for word in self.words), default=0) or 1
        mark = Markup(
            '<mark title="{effect:+.2f}" style="color:inherit;background:rgba({colour},{strength:.2f})">{word}</mark>'
        )
        words = Markup(" ").join(
            mark.format(
                word=word.word,
                effect=word.effect,
                colour=_FOR if word.effect > 0 else _AGAINST,
                strength=_MOST_SHADE * abs(word.effect) / most,
            )
            for word in self.words
        )
        about = Markup("<p>{task}: <b>{label}</b> {share:.0%}, against {other} {log_odds:+.2f}</p>").format(
            task=self.task, label=self.label, share=self.probability, other=self.other, log_odds=self.log_odds
        )
        return f'<div>{about}<p dir="auto" style="line-height:2">{words}</p></div>'

    def rank_words(self, count: int) -> tuple[list[WordEffect], list[WordEffect]]:
        """Return the words with the largest effects for the label, and those with the largest against it."""
        ordered = sorted(self.words, key=lambda word: -word.effect)
        return (
            [word for word in ordered[:count] if word.effect > 0],
            [word for word in ordered[: -count - 1 : -1] if word.effect < 0],
        )


def check_question(classifier: Classifier, task: str | None, label: str | None) -> str:
    """Return the task; raise DataError if the model does not have it, or the task does not have the label."""
    task = classifier.check_task(task)
    names = classifier.model.labels[task]
    if label is not None and label not in names:
        raise DataError(f"the task {task} has no label {label!r}, only {', '.join(names)}{suggest(label, names)}")
    return task


def explain_row(classifier: Classifier, row: Example, task: str | None = None, label: str | None = None) -> Explanation:
    """Explain a row's label by its words.

    Parameters
    ----------
    classifier
        A loaded model.
    row
        The text, and the target, speaker and context if the model reads them.
    task
        By default the model's main one.
    label
        The label to explain; by default the most probable.

    Raises
    ------
    DataError
        If the model has no such task or label, or refuses the row.
    """
    task = check_question(classifier, task, label)
    names = classifier.model.labels[task]
    shares = _predict_shares(classifier, [row], task)[0]
    chosen = int(shares.argmax()) if label is None else names.index(label)
    other = int(np.where(np.arange(len(names)) == chosen, -1, shares).argmax())
    log_odds = float(_compute_log_odds(shares[None], chosen, other)[0])
    model = classifier.model
    weights = model.weigh_words(row, task) if isinstance(model, WordwiseModel) else None
    method: Method = "weights"
    rest: float | None = None
    if weights is not None and np.isfinite(weights.rest[[chosen, other]]).all():
        effects = (weights.words[:, chosen] - weights.words[:, other]).tolist()
        rest = float(weights.rest[chosen] - weights.rest[other])
    else:
        method = "occlusion"
        effects = [log_odds - without for without in _occlude(classifier, row, task, chosen, other)]
    places = [found.span() for found in _WORD.finditer(row.text)]
    words = [
        WordEffect(row.text[start:end], start, end, effect)
        for (start, end), effect in zip(places, effects, strict=True)
    ]
    return Explanation(task, names[chosen], names[other], float(shares[chosen]), log_odds, method, rest, tuple(words))


def _occlude(classifier: Classifier, row: Example, task: str, chosen: int, other: int) -> Iterator[float]:
    """Yield the logarithm of the odds without each word in turn."""
    rows = (
        replace(row, text=row.text[: found.start()] + row.text[found.end() :]) for found in _WORD.finditer(row.text)
    )
    while some := list(islice(rows, _ROWS)):
        yield from _compute_log_odds(_predict_shares(classifier, some, task), chosen, other).tolist()


def _predict_shares(classifier: Classifier, rows: Sequence[Example], task: str) -> NDArray[np.float64]:
    """Return the probabilities of a task, shape (n_rows, n_labels), in label order."""
    return np.array([list(one.probabilities.values()) for one in classifier.predict_rows(rows)[task]])


def _compute_log_odds(shares: NDArray[np.float64], chosen: int, other: int) -> NDArray[np.float64]:
    logarithms = np.log(np.maximum(shares, _LEAST))
    difference: NDArray[np.float64] = logarithms[:, chosen] - logarithms[:, other]
    return difference
