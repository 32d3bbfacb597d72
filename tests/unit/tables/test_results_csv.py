"""``results.csv`` and ``failed.csv``: numbers in memory, the same bytes on disk."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from janib.errors import DataError
from janib.tables.results_csv import (
    RunUsage,
    add_failure,
    add_run,
    drop_failure,
    read_failures,
    read_results,
    write_results,
)

RESULTS = Path(__file__).parents[3] / "experiments" / "results"
TABLES = sorted(path.parent for path in RESULTS.glob("*/results.csv"))


@pytest.mark.parametrize("folder", TABLES, ids=lambda path: path.name)
def test_committed_results_are_written_as_they_were_read(folder, tmp_path):
    shutil.copy(folder / "results.csv", tmp_path)
    write_results(tmp_path, read_results(folder))
    assert (tmp_path / "results.csv").read_bytes() == (folder / "results.csv").read_bytes()


def test_a_new_run_follows_and_an_older_one_of_its_key_goes(tmp_path):
    folder = tmp_path / "ans"
    folder.mkdir()
    shutil.copy(RESULTS / "ans" / "results.csv", folder)
    before = read_results(folder)
    changed = replace(before[0], scores={**before[0].scores, "test/new": 0.5}, scorings=None)
    add_run(folder, changed)
    assert read_results(folder) == [*before[1:], changed]
    header = (folder / "results.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == f"{(RESULTS / 'ans' / 'results.csv').read_text(encoding='utf-8').splitlines()[0]},test/new"


def test_runs_without_costs_get_columns_of_costs_when_one_has_them(tmp_path):
    shutil.copy(RESULTS / "demo" / "results.csv", tmp_path)
    (with_cost, *_) = (run for run in read_results(RESULTS / "ans") if run.cost)
    assert all(run.cost is None for run in read_results(tmp_path))
    write_results(tmp_path, [*read_results(tmp_path), with_cost])
    assert read_results(tmp_path)[-1] == with_cost
    assert read_results(tmp_path)[0] == read_results(RESULTS / "demo")[0]


def test_what_a_language_model_used_has_columns_where_there_is_one(tmp_path):
    shutil.copy(RESULTS / "demo" / "results.csv", tmp_path)
    before = read_results(tmp_path)
    runs = [replace(before[0], usage=RunUsage(1_000, 50, 2, 0, price)) for price in (0.25, None)]
    write_results(tmp_path, [*before[1:], *runs])
    assert read_results(tmp_path) == [*before[1:], *runs]
    header = (tmp_path / "results.csv").read_text(encoding="utf-8").splitlines()[0]
    assert "chosen_by,tokens_asked,tokens_said,refused,unreadable,price,valid/" in header


def test_failures_are_added_and_dropped(tmp_path):
    folder = tmp_path / "mawqif_stance"
    folder.mkdir()
    shutil.copy(RESULTS / "mawqif_stance" / "failed.csv", folder)
    failures = read_failures(folder)
    add_failure(folder, failures[-1])
    assert (folder / "failed.csv").read_bytes() == (RESULTS / "mawqif_stance" / "failed.csv").read_bytes()
    for failure in failures:
        drop_failure(folder, failure.key)
    assert not (folder / "failed.csv").exists()


@pytest.mark.parametrize("text", ["many", ""])
def test_a_damaged_number_is_named(tmp_path, text):
    damaged = (RESULTS / "demo" / "results.csv").read_text(encoding="utf-8").replace("majority,0", f"majority,{text}")
    (tmp_path / "results.csv").write_text(damaged, encoding="utf-8")
    with pytest.raises(DataError, match=r"results.csv, line 2: invalid literal for int.*; restore the file$"):
        read_results(tmp_path)
