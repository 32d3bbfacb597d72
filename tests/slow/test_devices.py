"""Two processes that torchrun starts train what one does, and leave what one leaves."""

import csv
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAIN = [
    *(str(ROOT / "experiments" / "train.py"), "data=statements", "task=joint", "model=tiny", "model.dropout=0.0"),
    *("model.training.precision=fp32", "model.class_weights=label", "split.parts=3", "ledger=scorings.csv"),
    "hydra.run.dir=out/${now:%H-%M-%S_%f}",
]

pytestmark = pytest.mark.slow


def run(folder, *command):
    folder.mkdir()
    done = subprocess.run([*command, *TRAIN], cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    (found,) = (folder / "out").iterdir()  # of one process alone
    with sqlite3.connect(folder / "mlflow.db") as store:
        assert [status for (status,) in store.execute("select status from runs")] == ["FINISHED"]
    with (folder / "scorings.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 4  # two tasks, two test splits
    assert list((folder / "outputs" / "unfinished").iterdir()) == []
    return json.loads((found / "metrics.json").read_text(encoding="utf-8"))


def test_two_processes_give_the_metrics_of_one(tmp_path):
    one = run(tmp_path / "one", sys.executable)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    two = run(tmp_path / "two", *torchrun)
    assert two == pytest.approx(one, abs=1e-4)  # sums of floats in another order
