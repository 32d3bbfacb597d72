"""A loaded model as its users meet it: texts and targets in, labels and probabilities out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from janib.errors import DataError, suggest
from janib.models.base import Model
from janib.models.store import load_model
from janib.schema import Example, Prediction, check_text


class Classifier:
    """A model and what is known of it; made by :func:`janib.load`.

    Attributes
    ----------
    model
        The model itself, for arrays of probabilities.
    manifest
        ``janib.json``: kind, labels, settings and provenance.
    """

    def __init__(self, model: Model, manifest: dict[str, Any]) -> None:
        self.model = model
        self.manifest = manifest

    @property
    def tasks(self) -> tuple[str, ...]:
        """Tasks that the model answers; the first is its main one."""
        return tuple(self.model.labels)

    @property
    def needs_target(self) -> bool:
        """Whether the model was trained on statements about targets, and so must be told one."""
        return bool(self.manifest["provenance"].get("target_is_given"))

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
            Who speaks and what is answered to, for models that read them.
        task
            Which task; by default the model's main one.

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
        task = task or self.tasks[0]
        if task not in self.tasks:
            raise DataError(f"the model has no task {task!r}, only {', '.join(self.tasks)}{suggest(task, self.tasks)}")
        if self.needs_target and targets is None:
            raise DataError("the model judges statements towards a target; pass targets=, one a text or one for all")
        columns: dict[str, Sequence[str | None]] = {"texts": list(texts)}
        count = len(columns["texts"])
        for name, values in (("targets", targets), ("speakers", speakers), ("contexts", contexts)):
            columns[name] = [values] * count if values is None or isinstance(values, str) else list(values)
            if len(columns[name]) != count:
                raise DataError(f"there are {count} texts and {len(columns[name])} {name}; expected as many")
        for name in ("texts", "targets") if self.needs_target else ("texts",):
            for number, value in enumerate(columns[name]):
                problem = check_text(value, f"{name}[{number}]")
                if problem:
                    raise DataError(problem)
        rows = [
            Example(str(number), text or "", target=target or "", speaker=speaker, context=context)
            for number, (text, target, speaker, context) in enumerate(zip(*columns.values(), strict=True))
        ]
        return self.predict_rows(rows)[task]

    def predict_rows(self, rows: Sequence[Example]) -> dict[str, list[Prediction]]:
        """Label rows for every task of the model; the order is kept."""
        if not rows:
            return {task: [] for task in self.tasks}
        probabilities = self.model.predict_proba(rows)
        return {
            task: list(make_predictions(self.model.labels[task], probabilities[task].tolist())) for task in self.tasks
        }


def make_predictions(labels: Sequence[str], rows: Iterable[Sequence[float]]) -> Iterable[Prediction]:
    """Turn rows of probabilities, in label order, into predictions; the first of equals wins."""
    for row in rows:
        yield Prediction(labels[max(range(len(row)), key=row.__getitem__)], dict(zip(labels, row, strict=True)))


def load_classifier(source: str | Path) -> Classifier:
    """Load a model folder, or an MLflow address (``runs:/…``, ``models:/…``).

    Raises
    ------
    ModelError
        If there is no model, or it cannot be used.
    """
    text = str(source)
    if text.startswith(("runs:/", "models:/")):
        from janib.tracking import download_model  # mlflow only where it is asked for

        folder = download_model(text)
    else:
        folder = Path(source)
    return Classifier(*load_model(folder))
