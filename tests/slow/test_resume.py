"""A run killed at random moments and resumed each time ends as one that was left alone."""

import json
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from janib.io.files import hash_file

ROOT = Path(__file__).parents[2]
KILLS = 10

pytestmark = pytest.mark.slow


def start(folder, *overrides):
    command = [
        *(sys.executable, str(ROOT / "experiments" / "train.py"), "data=statements", "task=joint", "model=tiny"),
        *("split.parts=3", "split.used=2", "model.training.epochs=2", "model.training.checkpoint_steps=10"),
        *("ledger=scorings.csv", *overrides),
    ]
    with (folder / "log").open("a") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def describe(folder):
    """What must be the same: metrics and weights; what must be there once: run, files."""
    (metrics,) = folder.glob("outputs/statements/joint/tiny/*/metrics.json")
    with sqlite3.connect(folder / "mlflow.db") as store:
        runs = [status for (status,) in store.execute("select status from runs")]
    # A process that was killed while it was still importing leaves what Hydra had written by then, or less.
    folders = [
        path
        for path in folder.glob("outputs/statements/joint/tiny/*")
        if {inner.name for inner in path.iterdir()} - {"train.log", ".hydra"}
    ]
    # A logged model brings Janib's own modules, whose names are no leftovers.
    files = [path.name for path in folder.rglob("*") if path.suffix != ".py"]
    left = {name for name in files if "checkpoint" in name or "partial" in name}
    return {
        "metrics": json.loads(metrics.read_text(encoding="utf-8")),
        "weights": hash_file(metrics.parent / "model" / "model.safetensors"),
        "runs": runs,
        "folders": len(folders),
        "unfinished": [path.name for path in (folder / "outputs" / "unfinished").iterdir()],
        "left": left,
    }


def is_finished(folder):
    """Say whether a run was killed only after it had done everything."""
    unfinished = folder / "outputs" / "unfinished"
    has_result = any(folder.glob("outputs/statements/joint/tiny/*/metrics.json"))
    return has_result and unfinished.is_dir() and not any(unfinished.iterdir())


def test_kill_it_and_go_on(tmp_path, run_or_kill):
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    began = time.monotonic()
    assert run_or_kill(start(undisturbed), undisturbed / "log")
    seconds = time.monotonic() - began
    expected = describe(undisturbed)
    assert expected["runs"] == ["FINISHED"]
    assert (expected["folders"], expected["unfinished"], expected["left"]) == (1, [], set())

    moments = random.Random(0)
    kills = finished = 0
    while kills < KILLS or not finished:
        folder = tmp_path / "killed"
        folder.mkdir(exist_ok=True)
        # Once there were enough kills, the run may end.
        moment = (moments.uniform(0.1, 0.9) * seconds,) if kills < KILLS else ()
        if not run_or_kill(start(folder, "resume=true"), folder / "log", *moment):
            kills += 1
            if not is_finished(folder):
                continue
        assert describe(folder) == expected
        finished += 1
        shutil.rmtree(folder)
