"""A row of a corpus, a prediction, and the checks that rows must pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isnan
from unicodedata import category

from markupsafe import Markup

from janib.errors import ConfigError, suggest
from janib.labels import TASK_LABELS

MAX_TEXT_CHARS = 100_000
"""Longer texts are refused: most often they come from a broken file, and a model would read them for minutes."""

REPORT_NAME = "التقرير"
"""The Arabic name of the report itself as speaker; a row whose speaker is not known has None."""

INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""Bidi marks, joiners and soft hyphens, as ranges of a regex class."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_AROUND = re.compile(rf"^[\s{INVISIBLE}]+|[\s{INVISIBLE}]+$")
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})  # spaces, controls, bidi marks, joiners, a byte order mark


@dataclass(frozen=True, slots=True)
class Example:
    """A statement and the target it may take a side on.

    Attributes
    ----------
    id
        Unique within a corpus.
    text
        The statement, untouched; models clean it themselves.
    target
        Party, topic or claim; empty where the corpus has none.
    speaker
        Name of the speaker, if known; :data:`REPORT_NAME` where the report itself speaks.
    context
        The text that the statement answers, such as a source tweet or a headline, if there is one.
    document
        The document that the statement is from.
    group
        Name of the group of rows that grouped folds keep together.
    stance, sentiment, sarcasm
        Gold labels in canonical words, or None.
    label
        The corpus's own label, if it is of none of these tasks.
    """

    id: str
    text: str
    target: str = ""
    speaker: str | None = None
    context: str | None = None
    document: str | None = None
    group: str | None = None
    stance: str | None = None
    sentiment: str | None = None
    sarcasm: str | None = None
    label: str | None = None

    def gold(self, task: str) -> str | None:
        """Return the gold label of ``task`` (``stance``, ``sentiment``, ``sarcasm`` or ``label``)."""
        value: str | None = getattr(self, task)
        return value


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Example))


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's prediction for one row.

    Attributes
    ----------
    label
        The most probable label.
    probabilities
        Probability of each label, in label order; they sum to 1.
    """

    label: str
    probabilities: dict[str, float]

    def _repr_html_(self) -> str:
        """Return the labels with their probabilities as bars, for a notebook."""
        row = Markup(
            '<tr><th scope="row" style="text-align:start;font-weight:{weight}">{label}</th><td style="min-width:10em">'
            '<div style="width:{share:.1f}%;height:.7em;background:currentColor;opacity:.45"></div></td>'
            '<td style="text-align:end">{share:.0f} %</td></tr>'
        )
        rows = Markup("").join(
            row.format(label=label, share=100 * share, weight="bold" if label == self.label else "normal")
            for label, share in self.probabilities.items()
        )
        return f"<table>{rows}</table>"

    def withhold(self, threshold: float) -> str | None:
        """Return the label, or None if its probability is below the threshold."""
        return self.label if self.probabilities[self.label] >= threshold else None

    def withhold_side(self, neutral: str, threshold: float) -> str | None:
        """Return the label, or None if it is another than ``neutral`` and its probability is below the threshold."""
        return self.label if self.label == neutral else self.withhold(threshold)


def check_text(text: object, name: str = "text") -> str | None:
    """Return what is wrong with a text for a model, or None."""
    if text is None:
        return f"{name} is blank; every row needs one"
    if not isinstance(text, str):
        return f"{name} is of type {type(text).__name__}, expected a string"
    if "\0" in text:
        return f"{name} holds a NUL byte, the sign of a damaged or binary file; remove it"
    if len(text) > MAX_TEXT_CHARS:
        return (
            f"{name} has {len(text):,} characters, the most is {MAX_TEXT_CHARS:,}; "
            "check the file's quoting, or cut the text"
        )
    half = _SURROGATE.search(text)
    if half:
        return f"{name} holds half a character ({half[0]!a}), cut or wrongly converted; remove it"
    if is_blank(text):
        return f"{name} is blank; every row needs one"
    return None


def strip_around(value: str) -> str:
    """Remove white space and :data:`INVISIBLE` at both ends of a label, a target or a name."""
    return _AROUND.sub("", value)


def is_blank(text: str) -> bool:
    """Say whether a text consists of spaces, controls and bidi marks alone."""
    return all(category(letter) in _INVISIBLE for letter in text)


def check_threshold(threshold: float) -> None:
    """Refuse a threshold of probabilities that is out of range.

    Raises
    ------
    ConfigError
        If it is not from 0 to 1.
    """
    if not 0 <= threshold <= 1:
        raise ConfigError(f"the threshold is {threshold}, expected a probability from 0 to 1")


def check_fields(fields: Mapping[str, object], names: Iterable[str]) -> str | None:
    """Return what keeps a model from reading these fields of a file's row, or None.

    A number in JSON lines is read as its text; a list or an object is refused.
    """
    for name in names:
        if name not in fields:
            return f"there is no {name!r}, only {', '.join(map(repr, fields)) or 'nothing'}{suggest(name, fields)}"
        value = fields[name]
        if isinstance(value, float) and isnan(value):  # a missing value, as some writers write it
            value = None
        problem = None if isinstance(value, int | float) else check_text(value, name)
        if problem:
            return problem
    return None


def check_label(value: str | None, labels: Sequence[str]) -> str | None:
    """Return what is wrong with a gold label, or None; a row may have no label."""
    if value is None or value in labels:
        return None
    hint = suggest(value.lower(), labels)
    return f"label {value!r} is unknown, expected one of {', '.join(labels)}{hint}"


def check_example(example: Example, *, needs_target: bool = False) -> str | None:
    """Return what is wrong with a row, or None.

    Parameters
    ----------
    example
        The row.
    needs_target
        Whether a blank target is an error.
    """
    problem = check_text(example.text)
    if problem is None and needs_target:
        problem = check_text(example.target, "target")
    if problem is None and not example.id:
        problem = "id is blank; every row needs its own"
    for task, labels in TASK_LABELS.items():
        problem = problem or check_label(example.gold(task), labels)
    return problem


def make_example(row: Mapping[str, object]) -> Example:
    """Make an Example from a mapping whose keys are among :data:`COLUMNS`."""
    return Example(**{name: row[name] for name in COLUMNS if name in row})  # type: ignore[arg-type]
