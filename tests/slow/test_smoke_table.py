"""A table of two processes, or killed at random moments and started again, is to the byte that of one left alone."""

import csv
import random
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from janib.tables.results_csv import COST

ROOT = Path(__file__).parents[2]
KILLS = 6
RAN = {"run_id", "wall_seconds", "scorings", *COST}  # a killed run may look at test twice, and the list says so

pytestmark = pytest.mark.slow


def start(folder, *overrides):
    command = [sys.executable, str(ROOT / "experiments" / "table.py"), "table=smoke", *overrides]
    with (folder / "log").open("a") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def read_table(folder):
    results = folder / "outputs" / "tables" / "smoke"
    names = ["*.md", "*.tex", "*.svg", "*.png", "comparisons.csv", "clusters.csv.gz", "configs/*", "predictions/*"]
    files = {path.relative_to(results).as_posix(): path.read_bytes() for name in names for path in results.glob(name)}
    files["README.md"] = re.sub(rb"12 runs, .*|(?s:## Cost.*)", b"", files["README.md"])
    with (results / "results.csv").open(encoding="utf-8", newline="") as stream:
        lines = [{key: value for key, value in line.items() if key not in RAN} for line in csv.DictReader(stream)]
    return files, lines


def count_finished(folder):
    """Config hash to finished runs."""
    found = "select value, count(*) from runs join tags on runs.run_uuid = tags.run_uuid "
    found += "where key = 'config_hash' and status = 'FINISHED' group by value"
    with sqlite3.connect(folder / "mlflow.db") as store:
        return dict(store.execute(found).fetchall())


@pytest.fixture(scope="module")
def alone(tmp_path_factory, run_or_kill):
    """The table of one process that was let be, and how long that took."""
    folder = tmp_path_factory.mktemp("alone")
    began = time.perf_counter()
    assert run_or_kill(start(folder), folder / "log")
    return folder, time.perf_counter() - began


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_two_processes_make_the_table_of_one(tmp_path, alone, run_or_kill, launcher):
    overrides = ("worker=range(2)", f"hydra/launcher={launcher}", "-m")  # it takes what stands before it, or after
    assert run_or_kill(start(tmp_path, *overrides), tmp_path / "log")
    files, lines = read_table(alone[0])
    found, own = read_table(tmp_path)
    assert sorted(own, key=str) == sorted(lines, key=str)  # in the order of their ending
    assert found == files
    assert count_finished(tmp_path) == {line["config_hash"]: 1 for line in lines}


def test_a_killed_table_ends_as_one_left_alone(tmp_path, alone, run_or_kill):
    (alone, seconds), killed = alone, tmp_path
    moments = random.Random(0)
    kills = 0
    moment = (moments.uniform(0.1, 0.5) * seconds,)
    while not run_or_kill(start(killed), killed / "log", *moment):
        kills += 1
        moment = (moments.uniform(0.1, 0.5) * seconds,) if kills < KILLS else ()
    assert kills >= 2

    files, lines = read_table(alone)
    assert len(lines) == 12
    assert len([name for name in files if name.startswith("predictions/")]) == 36
    assert read_table(killed)[1] == lines
    differing = [name for name, content in read_table(killed)[0].items() if files.get(name) != content]
    assert differing == []
    assert files.keys() == read_table(killed)[0].keys()
    # Ensembles of seeds are the same answers under several configs, but each row and seed has one run of its own.
    assert count_finished(killed) == count_finished(alone) == {line["config_hash"]: 1 for line in lines}

    # Without the store, the table still comes out of its results.
    (killed / "mlflow.db").unlink()
    assert run_or_kill(start(killed, "action=check"), killed / "log")
    assert not (killed / "mlflow.db").exists()
