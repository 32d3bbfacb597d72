"""Many trainings at once, each config twice, on one new MLflow store and one folder of results."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from kills import LONG, Command, read_statuses, run_alone, wait_or_kill
from tally import EXPERIMENTS, Tally, read_log, start

WORDS = (f"{EXPERIMENTS}/train.py", "data=statements", "model=tfidf_nb", "model.target=ignored", "ledger=led.csv")


def count_scorings(folder: Path) -> int:
    """Return how many scorings of a test set the ledger lists."""
    with (folder / "led.csv").open(encoding="utf-8", newline="") as stream:
        return len(list(csv.DictReader(stream)))


def read_metrics(folder: Path) -> list[tuple[str, Any]]:
    """Return seed and metrics of every run that has left results."""
    found = sorted(folder.glob("outputs/statements/*/tfidf_nb/*/metrics.json"))
    seeds = (json.loads(path.with_name("provenance.json").read_text(encoding="utf-8"))["seed"] for path in found)
    return [(str(seed), json.loads(path.read_text(encoding="utf-8"))) for seed, path in zip(seeds, found, strict=True)]


def run_together(place: Path, count: int) -> Tally:
    """Start so many trainings at once; count those that left what one that was let alone leaves."""
    alone = run_alone(Command((*WORDS, "seed=0"), (), lambda folder: None, read_metrics), place)
    expected = dict(alone.found)
    folder = place / "together"
    folder.mkdir()
    tally = Tally(f"{count} x {WORDS[0].rpartition('/')[2]} {' '.join(WORDS[1:])}, two a seed", trials=count)
    processes = [start(folder, (*WORDS, f"seed={number // 2}")) for number in range(count)]
    codes = [wait_or_kill(process, LONG) for process in processes]
    log = read_log(folder)
    if any(codes) or "Traceback" in log:
        tally.faults.append(f"exit status {codes}: {log[-1500:]}")
    for seed, metrics in read_metrics(folder):
        if expected.setdefault(seed, metrics) == metrics:
            tally.equal += 1
        else:
            tally.faults.append(f"a run of seed {seed} has other metrics than its twin")
    statuses = [status for _, status in read_statuses(folder)]
    if statuses != ["FINISHED"] * count:
        tally.faults.append(f"the store's runs are {statuses}")
    scorings = (count_scorings(folder), count * count_scorings(alone.folder))
    if len(set(scorings)) > 1:
        tally.faults.append(f"the ledger has {scorings[0]} lines, expected {scorings[1]}")
    return tally
