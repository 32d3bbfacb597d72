"""A table of two processes, or killed at random moments and started again, is to the byte that of one left alone."""

import pytest
from kills import kill_and_resume, run_alone, table
from tally import read_log, start

KILLS = 3

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The table of one process that was let be."""
    return run_alone(table(), tmp_path_factory.mktemp("alone"))


@pytest.mark.parametrize("launcher", ["joblib", "submitit_local"])
def test_two_processes_make_the_table_of_one(tmp_path, alone, launcher):
    overrides = ("worker=range(2)", f"hydra/launcher={launcher}", "-m")  # it takes what stands before it, or after
    folder = tmp_path / "two"
    folder.mkdir()
    assert start(folder, (*table().words, *overrides)).wait(600) == 0, read_log(folder)
    assert table().read(folder) == alone.found


def test_a_killed_table_ends_as_one_left_alone(tmp_path, alone):
    tally = kill_and_resume(table(), tmp_path, KILLS, alone)
    assert tally.faults == []
    assert tally.kept > 0
    assert len(alone.found["results.csv"]) == 12
    assert len([name for name in alone.found if name.startswith("predictions/")]) == 36
    # Ensembles of seeds are the same predictions under several configs, but each row and seed has one run of its own.
    hashes = sorted((line["config_hash"], "FINISHED") for line in alone.found["results.csv"])
    assert alone.found["statuses"] == hashes

    # Without the store, the table still comes out of its results.
    killed = tmp_path / "killed"
    (killed / "mlflow.db").unlink()
    assert start(killed, (*table().words, "action=check")).wait(600) == 0, read_log(killed)
    assert not (killed / "mlflow.db").exists()
