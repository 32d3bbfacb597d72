"""The committed Mawqif results come out again, to the byte, from the authors' raw files."""

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "experiments" / "results"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("JANIB_DATA_MIRROR" not in os.environ, reason="JANIB_DATA_MIRROR is unset"),
]


def read_line(table, model, seed):
    with (RESULTS / table / "results.csv").open(encoding="utf-8", newline="") as stream:
        return next(line for line in csv.DictReader(stream) if (line["model"], line["seed"]) == (model, seed))


@pytest.mark.parametrize(("table", "model"), [("mawqif_stance", "tfidf_logreg"), ("mawqif_unseen", "tfidf_logreg")])
def test_committed_result_comes_out_again(tmp_path, table, model):
    data = {"mawqif_stance": "mawqif"}.get(table, table)
    done = subprocess.run(
        [
            *(sys.executable, str(ROOT / "experiments" / "train.py"), f"experiment={data}/{model}", "seed=0"),
            *("hydra.run.dir=out", "ledger=scorings.csv"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    line = read_line(table, model, "0")
    metrics = json.loads((tmp_path / "out/metrics.json").read_text(encoding="utf-8"))
    assert {key: f"{value:.6f}" for key, value in metrics.items()} == {key: line[key] for key in metrics}
    for split in ("valid", "test"):
        with gzip.open(RESULTS / table / "predictions" / f"{model}_seed0_{split}.csv.gz") as stream:
            assert (tmp_path / f"out/predictions/{split}.csv").read_bytes() == stream.read()
