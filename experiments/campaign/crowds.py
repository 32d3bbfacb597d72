"""Many trainings at once on one new MLflow store and one folder of results; two of them have the same config."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from kills import LONG, Command, read_statuses, run_alone, wait_or_kill
from tally import EXPERIMENTS, Tally, read_log, start

TRAIN = Command(
    (f"{EXPERIMENTS}/train.py", "data=statements", "model=tfidf_nb", "model.target=ignored", "ledger=led.csv"),
    (),
    lambda folder: None,
    lambda folder: read_metrics(folder),
)
"""A training without chance: it leaves the same metrics whatever its seed."""

REFUSED = "error: another process runs the same config at this moment"


def count_scorings(folder: Path) -> int:
    """Return how many scorings of a test set the ledger lists."""
    with (folder / "led.csv").open(encoding="utf-8", newline="") as stream:
        return len(list(csv.DictReader(stream)))


def read_metrics(folder: Path) -> list[Any]:
    """Return the metrics of every run that has left results."""
    found = sorted(folder.glob("outputs/statements/*/tfidf_nb/*/metrics.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in found]


def run_together(place: Path, count: int) -> Tally:
    """Start so many trainings and a twin of the first; count those that left what one leaves that was let alone."""
    alone = run_alone(TRAIN, place)
    folder = place / "together"
    folder.mkdir()
    tally = Tally(f"{count} x {TRAIN.name} seed=N, and one of them twice", trials=count + 1)
    processes = [start(folder, (*TRAIN.words, f"seed={seed}")) for seed in [*range(count), 0]]
    codes = [wait_or_kill(process, LONG) for process in processes]
    log = read_log(folder)
    tally.equal = sum(metrics == alone.found[0] for metrics in read_metrics(folder))
    tally.clear_errors = log.count(REFUSED)  # the twin, unless it began after the other had ended
    if codes.count(0) != tally.equal or codes.count(2) != tally.clear_errors or "Traceback" in log:
        tally.faults.append(f"exit status {codes}: {log[-1500:]}")
    if tally.equal + tally.clear_errors != tally.trials or tally.clear_errors > 1:
        tally.faults.append(f"{tally.equal} are as alone, {tally.clear_errors} were refused")
    statuses = [status for _, status in read_statuses(folder)]
    if statuses != ["FINISHED"] * tally.equal:
        tally.faults.append(f"the store's runs are {statuses}")
    scorings = (count_scorings(folder), tally.equal * count_scorings(alone.folder))
    if len(set(scorings)) > 1:
        tally.faults.append(f"the ledger has {scorings[0]} lines, expected {scorings[1]}")
    return tally
