"""A large language model as a classifier: it is asked about each row, and its answers are kept."""

from __future__ import annotations

import json
import logging
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from janib.errors import ConfigError
from janib.labels import Stance
from janib.models.base import Probabilities
from janib.models.folder import read_json
from janib.models.label_ids import encode_train_labels
from janib.models.llm.answer_store import hash_request, open_answers
from janib.models.llm.endpoint import Completion, find_endpoint
from janib.models.llm.prompt import FORMS, JSON, KEY, find_label, read_prompt, write_answer
from janib.models.llm.shares import leave_open, read_shares
from janib.models.options import check_number
from janib.schema import Example, make_example

log = logging.getLogger(__name__)

_EXAMPLES = "examples.json"
_ANY_TARGET = ""
_OURS = frozenset({"model", "messages", "n", "stream", "response_format", "logprobs", "top_logprobs"})
_MOST_LOGPROBS = 20

Message = dict[str, str]


@dataclass(slots=True)
class Usage:
    """What a model's answers came to; ``asked`` and ``said`` are tokens of questions and of answers.

    Attributes
    ----------
    requests
        Answers that were asked for now.
    kept
        Answers that were on the disk.
    asked, said
        Tokens of all these answers, as their endpoint counted them.
    refused
        Rows that the model refused.
    unreadable
        Rows whose answer named no label, also when asked again.
    """

    requests: int = 0
    kept: int = 0
    asked: int = 0
    said: int = 0
    refused: int = 0
    unreadable: int = 0

    def count(self, answer: Completion, *, is_new: bool) -> None:
        """Count an answer."""
        self.requests += is_new
        self.kept += not is_new
        self.asked += answer.asked
        self.said += answer.said

    def describe(self, prices: Mapping[str, float] | None) -> str:
        """Return the counts on one line, with the cost if there are prices."""
        cost = "" if prices is None else f", cost {self.price(prices):.4f}"
        return (
            f"{self.requests:,} answers asked for, {self.kept:,} kept ones, {self.asked:,} + {self.said:,} tokens"
            f"{cost}, {self.refused:,} rows refused, {self.unreadable:,} unreadable"
        )

    def price(self, prices: Mapping[str, float]) -> float:
        """Return the cost of all these answers, in the currency of the prices."""
        return (self.asked * prices["asked"] + self.said * prices["said"]) / 1e6


class LlmModel:
    """A large language model behind an endpoint of OpenAI's chat protocol.

    Address and key of the endpoint come from the environment alone (:mod:`janib.models.llm.endpoint`), so that a model
    folder sends no text to where its author wants it. Nothing is trained. With ``shots``, examples are drawn from the
    training rows.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    seed
        Seed of the drawing.
    served_model
        The name by which the endpoint knows the model.
    prompt
        The parts of a :class:`~janib.models.llm.prompt.Prompt` by name.
    shots
        Number of examples before each question; 0 for none.
    form
        ``json``: the endpoint enforces a schema; ``word``: the answer is a bare word.
    logprobs
        Number of tokens whose log-probabilities are asked for at each place; 0 for none.
    request
        Further fields of each request, such as ``temperature``.
    prices
        ``asked`` and ``said``: prices of a million tokens of questions and of answers; None if they are not known.

    Attributes
    ----------
    usage
        What the answers came to since the model was made or loaded.

    Raises
    ------
    ConfigError
        If an option is wrong.
    """

    kind: ClassVar[str] = "llm"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        seed: int = 0,
        served_model: str,
        prompt: Mapping[str, Any],
        shots: int = 0,
        form: str = JSON,
        logprobs: int = 10,
        request: Mapping[str, Any] | None = None,
        prices: Mapping[str, float] | None = None,
    ) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        self.seed, self.shots, self.logprobs = seed, shots, logprobs
        self.served_model, self.form = served_model, form
        self.request, self.prices = dict(request or {}), prices
        self.prompt = read_prompt(prompt, list(self.labels))
        self.usage = Usage()
        self._examples: dict[str, dict[str, list[Example]]] = {task: {} for task in self.labels}
        self._check()

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Draw the examples; without ``shots`` the rows are only checked.

        Each target has examples of its own if its rows have enough, the labels in turn, so that each is shown.

        Raises
        ------
        DataError
            If a task has fewer than two labels in ``train``.
        """
        for task, names in self.labels.items():
            encode_train_labels(train, task, names)
            by_target: dict[str, list[Example]] = defaultdict(list)
            for row in train if self.shots else ():
                if row.gold(task) is not None:
                    by_target[_ANY_TARGET].append(row)
                    if row.target:
                        by_target[row.target].append(row)
            self._examples[task] = {
                target: self._draw(rows, task, target)
                for target, rows in by_target.items()
                if target == _ANY_TARGET or len(rows) >= self.shots
            }
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Ask about each row, unless its answer is kept; shape (n_rows, n_labels) for each task.

        A row without an answer that names a label gets nearly equal probabilities, neutral's the largest.

        Raises
        ------
        ModelError
            If an answer is missing and the endpoint does not give it.
        """
        before = asdict(self.usage)
        found = {task: np.array(self._ask_task(rows, task)).reshape(-1, len(self.labels[task])) for task in self.labels}
        now = Usage(**{name: value - before[name] for name, value in asdict(self.usage).items()})
        log.info("%s: %s", self.served_model, now.describe(self.prices))
        if now.refused or now.unreadable:
            told = (
                f"{now.refused:,} refused and {now.unreadable:,} unreadable of {len(rows) * len(self.labels):,} answers"
            )
            log.warning("%s: %s; the rows count as undecided, with nearly equal probabilities", self.served_model, told)
        return found

    def report_usage(self) -> dict[str, float]:
        """Return tokens, requests and rows without an answer; the price too, if there are prices."""
        usage = self.usage
        found: dict[str, float] = {
            "tokens_asked": usage.asked,
            "tokens_said": usage.said,
            "requests": usage.requests,
            "refused": usage.refused,
            "unreadable": usage.unreadable,
        }
        return found if self.prices is None else {**found, "price": round(usage.price(self.prices), 6)}

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the examples, if there are any; return the options, of which none is an address or a key."""
        if self.shots:
            content = {
                task: {target: [_make_dict(row, task) for row in rows] for target, rows in drawn.items()}
                for task, drawn in self._examples.items()
            }
            (folder / _EXAMPLES).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return {
            "seed": self.seed,
            "served_model": self.served_model,
            "prompt": self.prompt.to_dict(),
            "shots": self.shots,
            "form": self.form,
            "logprobs": self.logprobs,
            "request": self.request,
            "prices": self.prices,
        }

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Take the options that :meth:`save` returned, and read the examples.

        Raises
        ------
        ConfigError, ValueError, TypeError, KeyError, OSError
            If an option is wrong, or an example is none.
        """
        model = cls(**settings)
        if model.shots:
            content = read_json(folder / _EXAMPLES)
            for task, names in model.labels.items():
                model._examples[task] = {
                    target: [_read_example(row, task, names) for row in rows] for target, rows in content[task].items()
                }
        return model

    def _check(self) -> None:
        check_number("shots", self.shots, 0, 100, whole=True)
        check_number("logprobs", self.logprobs, 0, _MOST_LOGPROBS, whole=True)
        if not isinstance(self.served_model, str) or not self.served_model.strip():
            raise ConfigError(f"served_model is {self.served_model!r:.100}, expected the endpoint's name of a model")
        if self.form not in FORMS:
            raise ConfigError(f"form is {self.form!r:.100}, expected {' or '.join(FORMS)}")
        taken = sorted(_OURS.intersection(self.request))
        if taken:
            raise ConfigError(f"request.{taken[0]} is set by the model itself; remove it")
        if self.prices is not None:
            if not isinstance(self.prices, Mapping) or set(self.prices) != {"asked", "said"}:
                raise ConfigError(f"prices is {self.prices!r:.100}, expected the keys asked and said")
            for name, price in self.prices.items():
                check_number(f"prices.{name}", price, 0)

    def _draw(self, rows: Sequence[Example], task: str, target: str) -> list[Example]:
        """Draw examples of a target, or of any, the labels in turn."""
        chance = random.Random(f"{self.seed} {task} {target}")
        by_label = [[row for row in rows if row.gold(task) == label] for label in self.labels[task]]
        for some in by_label:
            chance.shuffle(some)
        chosen: list[Example] = []
        while len(chosen) < self.shots and any(by_label):
            chosen += [some.pop() for some in by_label if some]
        chosen = chosen[: self.shots]
        chance.shuffle(chosen)
        return chosen

    def _ask_task(self, rows: Sequence[Example], task: str) -> list[list[float]]:
        labels = self.labels[task]
        talks = [self._write_talk(row, task) for row in rows]
        answers = self._answer([self._make_request(talk, labels) for talk in talks])
        names = [None if one.is_refused else find_label(one.text, task, labels) for one in answers]
        doubtful = [place for place, name in enumerate(names) if name is None and not answers[place].is_refused]
        reminder = {"role": "user", "content": self.prompt.write_reminder(labels)}
        again = [
            [*talks[place], {"role": "assistant", "content": answers[place].text or "…"}, reminder]
            for place in doubtful
        ]
        for place, answer in zip(
            doubtful, self._answer([self._make_request(talk, labels) for talk in again]), strict=True
        ):
            answers[place] = answer
            names[place] = None if answer.is_refused else find_label(answer.text, task, labels)
        undecided = Stance.NEUTRAL if Stance.NEUTRAL in labels else labels[0]
        shares = []
        for answer, name in zip(answers, names, strict=True):
            self.usage.refused += answer.is_refused
            self.usage.unreadable += name is None and not answer.is_refused
            shares.append(leave_open(labels, undecided) if name is None else read_shares(answer, name, labels))
        return shares

    def _write_talk(self, row: Example, task: str) -> list[Message]:
        """Return the messages that ask of a row."""
        drawn = self._examples[task]
        messages = [("system", self.prompt.write_instructions(task, self.labels[task], self.form))]
        for example in drawn.get(row.target) or drawn.get(_ANY_TARGET) or []:
            messages.append(("user", self.prompt.write_question(example)))
            messages.append(("assistant", write_answer(example.gold(task) or "", self.form)))
        messages.append(("user", self.prompt.write_question(row)))
        return [{"role": role, "content": content} for role, content in messages]

    def _make_request(self, talk: Sequence[Message], labels: Sequence[str]) -> dict[str, Any]:
        body = {**self.request, "model": self.served_model, "messages": list(talk)}
        if self.form == JSON:
            schema = {
                "type": "object",
                "properties": {KEY: {"type": "string", "enum": list(labels)}},
                "required": [KEY],
                "additionalProperties": False,
            }
            content = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": content}
        if self.logprobs:
            body |= {"logprobs": True, "top_logprobs": self.logprobs}
        return body

    def _answer(self, bodies: Sequence[Mapping[str, Any]]) -> list[Completion]:
        """Return the answer to each request; equal ones are asked once."""
        if not bodies:
            return []
        keys = [hash_request(body) for body in bodies]
        wanted = dict(zip(keys, bodies, strict=True))
        with open_answers() as store:
            found = store.find(wanted)
            for answer in found.values():
                self.usage.count(answer, is_new=False)
            missing = {key: body for key, body in wanted.items() if key not in found}
            if missing:
                count = f"{len(missing):,} of {len(wanted):,} answers of {self.served_model} are not kept"
                with find_endpoint(count) as endpoint:
                    for key, answer in endpoint.ask_all(missing):
                        store.add(key, answer)
                        found[key] = answer
                        self.usage.count(answer, is_new=True)
        return [found[key] for key in keys]


def _make_dict(row: Example, task: str) -> dict[str, str]:
    fields = {"text": row.text, "target": row.target, "speaker": row.speaker, "context": row.context}
    return {name: value for name, value in {**fields, task: row.gold(task)}.items() if value}


def _read_example(given: Mapping[str, Any], task: str, labels: Sequence[str]) -> Example:
    if not all(isinstance(value, str) for value in given.values()) or given[task] not in labels:
        raise ValueError(f"{_EXAMPLES} has an example without one of the labels {', '.join(labels)}")
    return make_example({"id": "", **given})
