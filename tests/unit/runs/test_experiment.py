"""A run is known by its hash, today's and those of earlier versions."""

import csv
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from janib.runs.experiment import read_experiment

ROOT = Path(__file__).parents[3]


def read(*overrides):
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return read_experiment(compose("train", list(overrides)))


@pytest.mark.parametrize(
    ("overrides", "hashed_by_version_0_1"),
    [
        (
            [
                "data=csv",
                "data.path=examples/own.csv",
                "data.columns.text=tweet",
                "data.columns.target=party",
                "seed=3",
            ],
            "2b1e7b92247c",
        ),
        (["data=arastance", "data.path=/nowhere", "task=label"], "6fa903e0aad2"),
        (["data=mawqif", "model=e5_small_ar", "task=joint"], "522d45815fb7"),
    ],
)
def test_hashes_of_the_first_version_are_known(monkeypatch, overrides, hashed_by_version_0_1):
    monkeypatch.chdir(ROOT)
    today, *earlier = read(*overrides).list_hashes()
    assert hashed_by_version_0_1 in earlier
    assert today not in earlier


def test_a_hash_holds_no_import_path():
    identity = read("data=mawqif", "model=tfidf_logreg").identify()
    assert identity["model"]["kind"] == "tfidf"
    assert "_target_" not in identity["model"]
    assert "_target_" not in identity["data"]


@pytest.mark.parametrize(
    ("table", "row", "overrides"),
    [
        ("mawqif_stance", "tfidf_logreg", ["data=mawqif", "task=stance", "model=tfidf_logreg"]),
        ("mawqif_unseen", "probe", ["data=mawqif_unseen", "task=stance", "model=probe", "model.c=1.0e-5"]),
    ],
)
def test_committed_results_have_these_hashes(table, row, overrides):
    with (ROOT / "experiments/results" / table / "results.csv").open(encoding="utf-8", newline="") as stream:
        committed = {line["config_hash"] for line in csv.DictReader(stream) if line["model"] == row}
    assert len(committed) == 1
    assert committed <= set(read(*overrides).list_hashes())
