"""The rows of a run as MLflow's datasets: number, labels, content and source of each split."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from mlflow.entities import Dataset, DatasetInput, InputTag

from janib.corpora.base import Corpus, Splits
from janib.schema import Example

_CONTEXTS = {"train": "training", "valid": "validation"}
"""MLflow's words for splits; the others test."""

_COLUMNS = ("text", "target", "speaker", "context")


def list_datasets(corpus: Corpus, splits: Splits, tasks: Sequence[str], path: str = "") -> list[DatasetInput]:
    """Return an MLflow dataset for each split; its digest is of the rows, so that the name of a file does not count.

    ``path`` is a user's own file; otherwise the source is the corpus's homepage.
    """
    source = {"uri": path} if path else {"url": corpus.homepage}
    found = []
    for split, rows in splits.items():
        labels = {task: Counter(filter(None, (row.gold(task) for row in rows))) for task in tasks}
        columns = [name for name in _COLUMNS if any(getattr(row, name) for row in rows)]
        dataset = Dataset(
            name=f"{corpus.name} {split}",
            digest=hash_rows(rows),
            source_type="local" if path else "http",
            source=json.dumps(source, ensure_ascii=False),
            schema=json.dumps({"mlflow_colspec": [{"type": "string", "name": name} for name in (*columns, *tasks)]}),
            profile=json.dumps({"num_rows": len(rows), **labels}, ensure_ascii=False),
        )
        found.append(DatasetInput(dataset, [InputTag("mlflow.data.context", _CONTEXTS.get(split, "testing"))]))
    return found


def hash_rows(rows: Sequence[Example]) -> str:
    """Return the first 12 hexadecimal digits of the sha256 of rows, in their order."""
    digest = sha256()
    for row in rows:
        digest.update(repr(row).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:12]
