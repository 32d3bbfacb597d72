"""The ledger of test scorings: each look at a test set is one line, so that nobody can choose a model by it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from janib.errors import BusyError, ConfigError
from janib.io.files import read_csv

_COLUMNS = (
    *("time", "data", "split", "task", "model", "seed", "commit", "dirty", "config_hash"),
    *("metric", "value"),
)
_KEYS = _COLUMNS[3:9]
"""Columns that a run's provenance tells."""

_PATIENCE = 60.0
"""Seconds to wait for a ledger's lock, which its holder has for the writing of one line."""


def check_ledger(ledger: Path) -> None:
    """Make a ledger's folder and lock, so that a run of hours cannot fail at its end for want of them.

    Raises
    ------
    ConfigError
        If they cannot be made, the ledger cannot be written, or the file is something else, to which no line is added.
    """
    first = b""
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        Path(f"{ledger}.lock").touch()
        if ledger.exists():
            ledger.open("a").close()
            with ledger.open("rb") as stream:
                first = stream.readline(1000)
    except OSError as error:
        raise ConfigError(f"ledger={ledger} cannot be written: {error.strerror}; choose another place") from error
    if first and first.rstrip() != ",".join(_COLUMNS).encode():
        raise ConfigError(f"ledger={ledger} is no list of test scorings; name a new file")


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

    Raises
    ------
    BusyError
        If another process holds the ledger for a minute.
    ConfigError
        As :func:`check_ledger`.
    """
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "data": data,
        "split": split,
        **{name: provenance[name] for name in _KEYS},
        "metric": metric,
        "value": f"{value:.6f}",
    }
    check_ledger(ledger)
    try:
        with FileLock(f"{ledger}.lock", timeout=_PATIENCE):
            is_new = not ledger.exists() or not ledger.stat().st_size
            with ledger.open("a", encoding="utf-8", newline="") as stream:
                writer = csv.DictWriter(stream, _COLUMNS, lineterminator="\n")
                if is_new:
                    writer.writeheader()
                writer.writerow(entry)
    except Timeout as error:
        raise BusyError(f"another process has held {ledger}.lock for a minute; end it, and run again") from error


def count_scorings(ledger: Path, data: str, task: str) -> int:
    """Count how often the test splits of a corpus have been scored for a task; 0 where there is no ledger."""
    return sum((line["data"], line["task"]) == (data, task) for line in read_csv(ledger, ("data", "task")))
