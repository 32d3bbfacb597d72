"""A sweep in two joblib workers on one new SQLite store: every run is there once."""

import csv
import sqlite3

import pytest

pytestmark = pytest.mark.slow


def test_two_workers_share_a_new_store(tmp_path, run_process):
    overrides = ["seed=0,1,2,3", "model=majority,tfidf_nb", "hydra.launcher.n_jobs=2", "ledger=scorings.csv"]
    done = run_process(tmp_path, "train", "-m", *overrides)
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "mlflow.db") as store:
        statuses = [status for (status,) in store.execute("select status from runs")]
        names = [name for (name,) in store.execute("select name from runs")]
        experiments = [name for (name,) in store.execute("select name from experiments where experiment_id != 0")]
    assert statuses == ["FINISHED"] * 8
    models = ("majority", "tfidf_nb")
    assert sorted(names) == sorted(f"{model}-seed{seed}" for model in models for seed in range(4))
    assert experiments == ["janib-statements-stance"]
    assert len(list(tmp_path.glob("outputs/sweeps/*/*/metrics.json"))) == 8
    with (tmp_path / "scorings.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 16  # two test splits a run
