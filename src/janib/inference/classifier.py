"""A loaded model for its users: labels and probabilities of texts and targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from janib.errors import ConfigError, DataError, ModelError, need_extra, suggest
from janib.models.base import Model, find_problems
from janib.models.folder import explain_damage
from janib.models.store import load_model
from janib.provenance import name_version
from janib.schema import Example, Prediction, check_text

SHIPPED = Path(__file__).parents[1] / "data" / "models" / "default"
"""The model that ships with the package."""

CHUNK = 1024
"""Number of rows that a model is given at once."""


class Classifier:
    """A model with its manifest; made by :func:`janib.load`.

    Attributes
    ----------
    model
        The model itself, which returns arrays of probabilities.
    manifest
        Kind, labels, settings and provenance, from ``janib.json``.
    folder
        The model's folder, from which other processes load it too; None for a model made in memory.
    """

    def __init__(self, model: Model, manifest: dict[str, Any], folder: Path | None = None) -> None:
        self.model = model
        self.manifest = manifest
        self.folder = folder

    @property
    def version(self) -> str:
        """The model's kind and a hash of its manifest, which no other model has."""
        return name_version(self.manifest)

    @property
    def tasks(self) -> tuple[str, ...]:
        """The model's tasks; the first is its main one."""
        return tuple(self.model.labels)

    @property
    def needs_target(self) -> bool:
        """Whether the model was trained on statements about targets, so that it needs one."""
        return bool(self.manifest["provenance"].get("target_is_given"))

    @property
    def needs_name(self) -> bool:
        """Whether the model marks the target's name in the text, so that it can say little where the name is not."""
        reader = self.manifest.get("settings", {}).get("reader", {})
        return self.needs_target and bool(reader.get("mark_target"))

    @property
    def side_threshold(self) -> float:
        """The probability below which a side should not be shown, as its training chose it; 0 if it chose none."""
        return float(self.manifest["provenance"].get("side_threshold", 0))

    def predict(
        self,
        texts: Sequence[str],
        targets: Sequence[str] | str | None = None,
        *,
        speakers: Sequence[str | None] | None = None,
        contexts: Sequence[str | None] | None = None,
        task: str | None = None,
    ) -> list[Prediction]:
        """Label statements.

        Parameters
        ----------
        texts
            Statements, untouched; the model cleans them itself.
        targets
            The party or topic of each statement, or one for all.
        speakers, contexts
            The speaker of each statement and the text that it answers, for models that read them.
        task
            By default the model's main one.

        Returns
        -------
        list of Prediction
            One for each text, in order.

        Raises
        ------
        DataError
            If a text is blank or damaged, the lengths differ, or the model has no such task.
        """
        if isinstance(texts, str):
            raise DataError("texts is one string, expected a list of strings; write [text]")
        return self._predict(texts, targets, speakers, contexts, task, 0)

    def stream(
        self,
        texts: Iterable[str],
        targets: Iterable[str] | str | None = None,
        *,
        task: str | None = None,
    ) -> Iterator[Prediction]:
        """Label an endless iterator of statements in order, in chunks of :data:`CHUNK`.

        Parameters
        ----------
        texts, targets, task
            As :meth:`predict` takes them; texts and targets may be endless.

        Yields
        ------
        Prediction
            One for each text.

        Raises
        ------
        DataError
            As :meth:`predict`; the chunks before the bad one have been labelled.
        """
        if isinstance(texts, str):
            raise DataError("texts is one string, expected strings one after another; write [text]")
        remaining = iter(texts)
        given = targets if targets is None or isinstance(targets, str) else iter(targets)
        start = 0
        while some := list(islice(remaining, CHUNK)):
            chosen = given if given is None or isinstance(given, str) else list(islice(given, len(some)))
            yield from self._predict(some, chosen, None, None, task, start)
            start += len(some)

    def predict_rows(self, rows: Sequence[Example]) -> dict[str, list[Prediction]]:
        """Label rows for every task of the model; the order is kept.

        Raises
        ------
        DataError
            If the model refuses a row, or what it gives for one is no probabilities.
        ModelError
            If the model fails, since its folder is damaged.
        """
        found = self.predict_each(rows)
        for row, one in zip(rows, found, strict=True):
            if isinstance(one, str):
                raise DataError(f"row {row.id!r}: {one}")
        return {task: [one[task] for one in found if not isinstance(one, str)] for task in self.tasks}

    def predict_each(self, rows: Sequence[Example]) -> list[dict[str, Prediction] | str]:
        """Return each row's predictions by task, or what is wrong with the numbers that the model gives for it.

        Raises
        ------
        DataError
            If the model refuses a row.
        ModelError
            If the model fails, since its folder is damaged.
        """
        if not rows:
            return []
        if self.folder is None:
            probabilities = self.model.predict_proba(rows)
        else:
            with explain_damage(f"the model in {self.folder} cannot label these rows"):
                probabilities = self.model.predict_proba(rows)
        problems: dict[int, str] = {}
        columns = []
        for task in self.tasks:
            shares = probabilities[task]
            problems |= {row: f"the {task} has the {problem}" for row, problem in find_problems(shares).items()}
            columns.append(make_predictions(self.model.labels[task], shares.tolist()))
        return [
            problems.get(row) or dict(zip(self.tasks, found, strict=True))
            for row, found in enumerate(zip(*columns, strict=True))
        ]

    def _predict(
        self,
        texts: Sequence[str],
        targets: Sequence[str] | str | None,
        speakers: Sequence[str | None] | None,
        contexts: Sequence[str | None] | None,
        task: str | None,
        start: int,
    ) -> list[Prediction]:
        """Label statements; messages number them from ``start``."""
        task = self.check_task(task)
        if self.needs_target and targets is None:
            raise DataError("the model judges statements towards a target; pass targets=, one a text or one for all")
        columns: dict[str, Sequence[str | None]] = {"texts": list(texts)}
        count = len(columns["texts"])
        for name, values in (("targets", targets), ("speakers", speakers), ("contexts", contexts)):
            columns[name] = [values] * count if values is None or isinstance(values, str) else list(values)
            if len(columns[name]) != count:
                raise DataError(f"there are {count} texts and {len(columns[name])} {name}; expected as many")
        for name in ("texts", "targets") if self.needs_target else ("texts",):
            for number, value in enumerate(columns[name], start):
                problem = check_text(value, f"{name}[{number}]")
                if problem:
                    raise DataError(problem)
        rows = [
            Example(str(number), text or "", target=target or "", speaker=speaker, context=context)
            for number, (text, target, speaker, context) in enumerate(zip(*columns.values(), strict=True))
        ]
        return self.predict_rows(rows)[task]

    def check_task(self, task: str | None) -> str:
        """Return the task, or the model's main one for None.

        Raises
        ------
        DataError
            If the model has no such task.
        """
        task = task or self.tasks[0]
        if task not in self.tasks:
            raise DataError(f"the model has no task {task!r}, only {', '.join(self.tasks)}{suggest(task, self.tasks)}")
        return task


def make_predictions(labels: Sequence[str], rows: Iterable[Sequence[float]]) -> Iterable[Prediction]:
    """Turn rows of probabilities, in label order, into predictions; of equal labels the first is predicted."""
    for row in rows:
        yield Prediction(labels[max(range(len(row)), key=row.__getitem__)], dict(zip(labels, row, strict=True)))


def load_classifier(source: str | Path | None = None, *, threads: int | None = None) -> Classifier:
    """Load a model folder, an MLflow address (``runs:/…``, ``models:/…``), or the model that ships with the package.

    Parameters
    ----------
    source
        The folder or address; None for the shipped model.
    threads
        Number of threads of an exported model; None for one on each processor core.

    Raises
    ------
    ConfigError
        If the number of threads is below 1, or the model cannot be given one.
    ModelError
        If there is no model, or it cannot be used.
    """
    folder = find_folder(source)
    classifier = Classifier(*load_model(folder), folder)
    if threads is not None:
        model: Any = classifier.model
        kind = model.kind
        if getattr(model, "threads", None) is None:
            raise ConfigError(f"a model of the kind {kind} does not choose its threads; leave threads out")
        if threads < 1:
            raise ConfigError(f"threads is {threads}, expected at least 1")
        model.threads = threads
    return classifier


def find_folder(source: str | Path | None) -> Path:
    """Return a model's folder: fetched from MLflow for an address, the shipped model's for None.

    A path may begin with ``~`` or be an address as ``file:///home/me/model``.

    Raises
    ------
    ModelError
        If MLflow has no such model, or the address is of another kind.
    MissingExtraError
        If MLflow is not installed.
    """
    if source is None:
        return SHIPPED
    text = str(source)
    if text.startswith(("runs:/", "models:/")):
        with need_extra(f"A model of MLflow ({text})", "experiments"):
            from janib.tracking.store import download_model  # mlflow is slow to import
        return download_model(text)
    if text.startswith("file:"):
        return Path(url2pathname(urlsplit(text).path))
    if "://" in text:
        raise ModelError(f"{text}: expected a model folder, runs:/… or models:/…; download the folder, and name it")
    return Path(source).expanduser()
