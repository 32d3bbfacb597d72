"""MLflow's Python model, logged as code: MLflow runs this file when it loads the model; nothing is pickled."""

from __future__ import annotations

from itertools import chain
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from numpy.typing import NDArray

import janib
from janib.inference.rows import Columns, fill_columns, label_chunks, list_columns
from janib.io.text_tables import Record


class JanibModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
    """A model that takes columns ``text``, ``target``, ``speaker`` and ``context``.

    It returns the columns that ``janib predict`` adds, and ``model_version``. A row that cannot be labelled has no
    label and a reason in ``error``; the other rows are labelled.
    """

    def load_context(self, context: Any) -> None:
        """Load the model folder that was logged as an artifact."""
        self.classifier = janib.load(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return a row of predictions for each input row."""
        given = model_input.astype(object).where(model_input.notna(), None).to_dict("records")
        records = (Record(number, None, fields) for number, fields in enumerate(given, start=1))
        chunks = label_chunks(self.classifier, records, Columns(), workers=1)
        rows = [fill_columns(self.classifier, found, problem) for _, found, problem in chain.from_iterable(chunks)]
        kinds = list_columns(self.classifier)
        # An empty text for a missing label, as `janib predict` writes it: Spark would make "None" of None.
        columns = {
            name: _make_numbers([row[name] for row in rows]) if kind is float else [row[name] for row in rows]
            for name, kind in kinds.items()
        }
        predictions = pd.DataFrame(columns, index=model_input.index)
        return predictions.assign(model_version=self.classifier.version)


def _make_numbers(values: list[Any]) -> NDArray[Any]:
    """Make a column of numbers; a missing one is None, since a server would write NaN, which JSON does not have."""
    is_whole = "" not in values
    return np.array([None if value == "" else value for value in values], "float64" if is_whole else object)


mlflow.models.set_model(JanibModel())
