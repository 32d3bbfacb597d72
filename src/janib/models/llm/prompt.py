"""The prompt of a language model: instructions, questions, and the label that an answer names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from janib.errors import ConfigError
from janib.labels import ARABIC_NAMES, LABEL_WORDS
from janib.models.options import check_texts
from janib.schema import Example

JSON, WORD = "json", "word"
FORMS = (JSON, WORD)
"""Forms of an answer: an object of one key, which the server enforces by a schema, or a bare word."""

KEY = "label"
"""The key of an answer in JSON."""

_FIELDS = ("text", "target", "speaker", "context")
_PLACE = re.compile(r"\{(\w+)\}")
_THOUGHTS = "</think>"
_NEGATED = r"(?:not|no|never|neither|nor|\w*n['’]t|ليس|ليست|غير|لا)\W+(?:\w+\W+){0,2}"


@dataclass(frozen=True, slots=True)
class Prompt:
    """Lines of text with places such as ``{target}``; made by :func:`read_prompt`.

    Attributes
    ----------
    system
        Instructions for every task.
    tasks
        Task to its instructions. ``{labels}`` is the list of labels.
    forms
        The form of an answer to the instructions for it.
    question
        What is asked of a row. A line is left out if the row lacks the field that it names.
    again
        What is said after an answer that names no label.
    """

    system: Sequence[str]
    tasks: Mapping[str, Sequence[str]]
    forms: Mapping[str, Sequence[str]]
    question: Sequence[str]
    again: Sequence[str]

    def write_instructions(self, task: str, labels: Sequence[str], form: str) -> str:
        """Return the first message of a conversation."""
        return _fill([*self.system, *self.tasks[task], *self.forms[form]], {"labels": ", ".join(labels)})

    def write_question(self, row: Example) -> str:
        """Return the message that asks of a row."""
        values: dict[str, str | None] = {name: getattr(row, name) for name in _FIELDS}
        lines = [line for line in self.question if all(values.get(name, "") for name in _PLACE.findall(line))]
        return _fill(lines, {name: value or "" for name, value in values.items()})

    def write_reminder(self, labels: Sequence[str]) -> str:
        """Return the message that follows an answer without a label."""
        return _fill(self.again, {"labels": ", ".join(labels)})

    def to_dict(self) -> dict[str, Any]:
        """Return the prompt as :func:`read_prompt` takes it, JSON-ready."""
        return {
            "system": list(self.system),
            "tasks": {task: list(lines) for task, lines in self.tasks.items()},
            "forms": {form: list(lines) for form, lines in self.forms.items()},
            "question": list(self.question),
            "again": list(self.again),
        }


def read_prompt(given: Any, tasks: Sequence[str]) -> Prompt:
    """Check a prompt of ``conf/model`` or of a model folder.

    Parameters
    ----------
    given
        The attributes of :class:`Prompt` by name.
    tasks
        The tasks that it must have instructions for; those of others are left out.

    Raises
    ------
    ConfigError
        If a part is missing, unknown or no list of lines, or the question does not hold ``{text}``.
    """
    names = Prompt.__slots__
    if not isinstance(given, Mapping) or set(given) != set(names):
        raise ConfigError(f"prompt is {given!r:.100}, expected the keys {', '.join(names)}")
    parts = {name: _read_parts(name, given[name], keys) for name, keys in (("tasks", tasks), ("forms", FORMS))}
    for name in ("system", "question", "again"):
        check_texts(f"prompt.{name}", given[name])
    if not any("{text}" in line for line in given["question"]):
        raise ConfigError("prompt.question has no line with {text}, the statement; add one")
    return Prompt(system=given["system"], question=given["question"], again=given["again"], **parts)


def write_answer(label: str, form: str) -> str:
    """Return the answer that names a label, as an example shows it."""
    return json.dumps({KEY: label}, ensure_ascii=False) if form == JSON else label


def find_label(answer: str, task: str, labels: Sequence[str]) -> str | None:
    """Return the one label that an answer names, None if it names none or several.

    What a model thinks before ``</think>`` is no answer. A word for a label is accepted too, in Arabic also. In a
    sentence, a label after a negation is none.

    >>> find_label("The label is **Favor**.", "stance", ("against", "neutral", "favor"))
    'favor'
    >>> find_label("It is not sarcastic.", "sarcasm", ("not_sarcastic", "sarcastic"))
    'not_sarcastic'
    """
    said = answer.rpartition(_THOUGHTS)[2].strip()
    try:
        content = json.loads(said)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, Mapping):
        named = content.get(KEY)
        said = named if isinstance(named, str) else ""
    said = said.casefold().strip(" \n\t\"'*`.،:«»“”")
    words = {
        label: (label, *LABEL_WORDS.get(task, {}).get(label, ()), ARABIC_NAMES.get(label, label)) for label in labels
    }
    exact = [label for label in labels if said in map(str.casefold, words[label])]
    if exact:
        return exact[0]
    inside = _find_inside(said, labels)
    return inside.pop() if len(inside) == 1 else None


def _find_inside(said: str, labels: Sequence[str]) -> set[str | None]:
    """Return the labels that are in a sentence, and None where one of them is denied."""
    spellings = {one: label for label in labels for one in (label.casefold(), label.casefold().replace("_", " "))}
    names = "|".join(map(re.escape, sorted(spellings, key=len, reverse=True)))  # not sarcastic before sarcastic
    found = re.findall(rf"(?<!\w)(?:({names})|{_NEGATED}(?:{names}))(?!\w)", said)
    return {spellings.get(one) for one in found}


def _read_parts(name: str, given: Any, keys: Sequence[str]) -> dict[str, list[str]]:
    missing = [key for key in keys if not isinstance(given, Mapping) or key not in given]
    if missing:
        raise ConfigError(f"prompt.{name} has nothing for {missing[0]}; add its instructions")
    for key in keys:
        check_texts(f"prompt.{name}.{key}", given[key])
    return {key: list(given[key]) for key in keys}


def _fill(lines: Sequence[str], values: Mapping[str, str]) -> str:
    # In one pass: a statement may hold braces of its own.
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), "\n".join(lines))
