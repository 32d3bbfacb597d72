"""Typed configs of runs, and their hashes: today's and those of earlier versions."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from janib.errors import ConfigError
from janib.runs.experiment import Experiment, read_evaluation, read_experiment

ROOT = Path(__file__).parents[3]


def compose_config(name, *overrides):
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose(name, list(overrides))


def read(*overrides):
    return read_experiment(compose_config("train", *overrides))


def test_an_experiment_has_the_keys_of_its_config_and_writes_them_again():
    config = compose_config("train", "data=mawqif", "model=tfidf_svm", "seed=2")
    experiment = read_experiment(config)
    assert set(experiment.to_dict()) == set(config)
    assert experiment.to_yaml() == OmegaConf.to_yaml(config, resolve=True)
    assert read_experiment(OmegaConf.create(experiment.to_yaml())) == experiment


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["seed=-1"], "seed=-1: expected a whole number from 0 to 4294967295"),
        (["split.parts=2.5"], "split.parts=2.5: expected a whole number from 0 to 4294967295"),
        (["split.drop_leaks=false"], "split.drop_leaks=False: expected true, or null for no"),
        (["resume=maybe"], "resume=maybe: expected true or false"),
        (["split=null"], "split=None: expected keys with values"),
        (["ledger=null"], "ledger=None: expected a path"),
        (["data.train=mawqif"], "data.train=mawqif: expected a list, [mawqif]"),
        (["+splitseed=1"], "splitseed: no experiment reads such a key; did you mean 'split_seed'?"),
    ],
)
def test_a_wrong_value_is_named(overrides, message):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        read(*overrides)


def test_only_articles_are_scored_under_several_models():
    config = compose_config("evaluate", "saved=[one,two]")
    with pytest.raises(ConfigError, match=r"^saved=\['one', 'two'\]: expected one model"):
        read_evaluation(config)


def test_what_decides_no_number_changes_no_hash():
    experiment: Experiment = read("data=mawqif")
    assert replace(experiment, ledger="x.csv", resume=True, register=True).hash_run() == experiment.hash_run()
    assert replace(experiment, seed=1).hash_run() != experiment.hash_run()


def test_corpora_that_are_trained_on_are_read_too():
    experiment = read("data=statements", "data.train=[mawqif,statements]")
    assert experiment.list_corpora() == ["statements", "mawqif"]
    assert len(experiment.list_checksums()) > 1
    assert experiment.tasks == ["stance"]
    assert read("task=joint").tasks == ["stance", "sentiment"]


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


ROWS = "text,target,stance\nنرحّب بالقرار,المجلس,favor\nنرفض القرار,المجلس,against\n"
OTHER_ROWS = ROWS.replace("favor", "neutral")


def write_data(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read_own(path, *overrides):
    values = [f"data.path={str(path)!r}", *overrides]
    return read("data=csv", *values)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train/data.csv", "test/data.csv"),
        ("بيانات/آراء.csv", "اختبار/آراء.csv"),
        ("a/train (1).csv", "b/train (1).csv"),
        ("path", "test_path"),
    ],
)
def test_each_file_of_the_user_counts_by_its_content(tmp_path, train, test):
    first, second = write_data(tmp_path / train, ROWS), write_data(tmp_path / test, OTHER_ROWS)

    def find_hashes():
        return read_own(first, f"data.test_path={str(second)!r}").list_hashes()

    before = find_hashes()
    write_data(first, OTHER_ROWS)
    assert not set(before) & set(find_hashes())
    write_data(first, ROWS)
    write_data(second, ROWS)
    assert not set(before) & set(find_hashes())
    write_data(second, OTHER_ROWS)
    assert find_hashes() == before


def test_the_roles_of_two_files_count(tmp_path):
    one, other = write_data(tmp_path / "one.csv", ROWS), write_data(tmp_path / "other.csv", OTHER_ROWS)
    hashes = {
        read_own(train, f"data.test_path={test}").hash_run() for train, test in [(one, other), (other, one), (one, one)]
    }
    assert len({*hashes, read_own(one).hash_run()}) == 4


@pytest.mark.parametrize(
    "make_path",
    [
        lambda path: path.relative_to(Path.cwd()),
        lambda path: write_data(path.with_name("copy (2).csv"), ROWS),
        lambda path: path.parent / ".." / path.parent.name / path.name,
    ],
    ids=["relative", "renamed", "roundabout"],
)
def test_the_name_and_place_of_a_file_do_not_count(tmp_path, monkeypatch, make_path):
    path = write_data(tmp_path / "data" / "file.csv", ROWS)
    monkeypatch.chdir(tmp_path)
    assert read_own(make_path(path), "data.name=mine").hash_run() == read_own(path).hash_run()


def test_a_folder_of_data_counts_by_its_files(tmp_path):
    write_data(tmp_path / "data" / "train.jsonl", ROWS)
    before = read("data=arastance", f"data.path={tmp_path / 'data'}", "task=label").hash_run()
    write_data(tmp_path / "data" / "train.jsonl", OTHER_ROWS)
    assert read("data=arastance", f"data.path={tmp_path / 'data'}", "task=label").hash_run() != before


def test_a_member_of_an_ensemble_counts_beside_a_file_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = write_data(tmp_path / "data" / "a" / "janib.json", ROWS)
    member = write_data(tmp_path / "out" / "model" / "janib.json", "{}")

    def hash_ensemble():
        return read_own(data, "model=ensemble", "model.members=[./out/model]", "model.results=null").hash_run()

    before = hash_ensemble()
    write_data(member, '{"kind": "other"}')
    changed = hash_ensemble()
    assert changed != before
    write_data(data, OTHER_ROWS)
    assert hash_ensemble() not in (before, changed)


@pytest.mark.parametrize(
    "name", ["train (1).csv", "آراء (نسخة).csv", "rows&more.csv", "a,b.csv", "[x]{y}$z.csv", "a'b.csv"]
)
def test_no_name_of_the_user_is_a_key(tmp_path, name):
    experiment = replace(read("data=csv", "data.path=x"), data={"_target_": "x.read_own_file", "name": "csv"})
    path = write_data(tmp_path / name, ROWS)
    identity = replace(experiment, data={**experiment.data, "path": str(path)}).identify()
    assert identity["files"].keys() == {"path"}
    assert name not in str(identity)
