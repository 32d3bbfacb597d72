"""The MLflow face of a model, logged as code: MLflow runs this file when it loads the model; nothing is pickled."""

from __future__ import annotations

from typing import Any

import mlflow
import pandas as pd

import janib


class JanibModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
    """Columns ``text`` and, where the task asks for one, ``target`` in; labels and probabilities out."""

    def load_context(self, context: Any) -> None:
        """Load the model folder that was logged as an artifact."""
        self.classifier = janib.load(context.artifacts["model"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return a row for each row: ``predicted`` and ``p_<label>`` columns of the model's main task."""
        targets = model_input["target"].fillna("").tolist() if "target" in model_input else None
        predictions = self.classifier.predict(model_input["text"].tolist(), targets)
        return pd.DataFrame(
            [
                {"predicted": found.label, **{f"p_{label}": p for label, p in found.probabilities.items()}}
                for found in predictions
            ],
            index=model_input.index,
        )


mlflow.models.set_model(JanibModel())
