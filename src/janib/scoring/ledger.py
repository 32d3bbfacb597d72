"""The ledger of test scorings: each look at a test set is one line, so that nobody can choose a model by it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from janib.io.files import read_csv


def append_scoring(
    ledger: Path, data: str, split: str, provenance: Mapping[str, Any], metric: str, value: float
) -> None:
    """Append one score of a test set.

    Parameters
    ----------
    ledger
        A CSV file; made if it does not exist.
    data, split
        The corpus and its split.
    provenance
        With ``task``, ``model``, ``seed``, ``commit``, ``dirty`` and ``config_hash``.
    metric, value
        The score, a fraction of 1.
    """
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": data,
        "split": split,
        **{name: provenance[name] for name in ("task", "model", "seed", "commit", "dirty", "config_hash")},
        "metric": metric,
        "value": f"{value:.6f}",
    }
    ledger.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{ledger}.lock"):
        is_new = not ledger.exists()
        with ledger.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(entry), lineterminator="\n")
            if is_new:
                writer.writeheader()
            writer.writerow(entry)


def count_scorings(ledger: Path, data: str, task: str) -> int:
    """Count how often the test splits of a corpus have been scored for a task; 0 where there is no ledger."""
    return sum((line["data"], line["task"]) == (data, task) for line in read_csv(ledger, ("data", "task")))
