import csv
import gzip
import zipfile
from types import SimpleNamespace

import pytest

from janib.errors import ConfigError
from janib.schema import Example
from janib.tables import submission
from janib.tables.kept_predictions import KeptPredictions, write_clusters
from janib.tables.submission import write_submissions

IDS = ["9", "2", "40", "7"]


def make_planned(data="mawqif", task="stance"):
    return SimpleNamespace(experiment=SimpleNamespace(data={"name": data}), task=task)


def write(folder, out, *about):
    return write_submissions(make_planned(*about), RUNS, KeptPredictions(folder), out)


@pytest.fixture(autouse=True)
def tweets(monkeypatch):
    rows = [Example(key, f"نص\t{key}\r\nآخر\u2028له") for key in sorted(IDS)]
    monkeypatch.setattr(submission, "read_corpus", lambda name: (None, {"test": rows}))


@pytest.fixture
def folder(tmp_path):
    predicted = {"svm": ["favor", "neutral", "against", "favor"], "both": ["against"] * 4}
    (tmp_path / "predictions").mkdir()
    for row, labels in predicted.items():
        path = tmp_path / "predictions" / f"{row}_seed0_test.csv.gz"
        with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "target", "gold", "predicted", "p_against", "p_neutral", "p_favor"])
            writer.writerows([key, "t", "favor", label, 0, 0, 1] for key, label in zip(IDS, labels, strict=True))
    write_clusters(tmp_path, {"test": [Example(key, "نص") for key in IDS]})
    return tmp_path


RUNS = [SimpleNamespace(key=(row, 0)) for row in ("svm", "both", "not run")]


def test_a_submission_is_a_zip_of_labels_in_the_rows_order(folder, tmp_path):
    paths = write(folder, tmp_path / "out")
    assert [path.name for path in paths] == ["svm_seed0.zip", "svm_seed0.tsv", "both_seed0.zip", "both_seed0.tsv"]
    with zipfile.ZipFile(paths[0]) as archive:
        (name,) = archive.namelist()
        assert name.endswith(".txt")
        assert archive.read(name).decode().splitlines() == ["Favor", "None", "Against", "Favor"]
    before = paths[0].read_bytes()
    assert write(folder, tmp_path / "out")[0].read_bytes() == before


def test_of_2024_tweets_stand_in_it_too(folder, tmp_path):
    path = write(folder, tmp_path / "out")[1]
    with path.open(encoding="utf-8") as stream:  # as its scorer reads it
        header, *lines = [line.strip() for line in stream]
    assert header == "ID\tTarget\tTweet\tStance"
    answers = zip(IDS, ["FAVOR", "NONE", "AGAINST", "FAVOR"], strict=True)
    assert [line.split("\t") for line in lines] == [[key, "t", f"نص {key} آخر له", label] for key, label in answers]


def test_of_the_unseen_target_there_was_none_in_2024(folder, tmp_path):
    paths = write(folder, tmp_path / "out", "mawqif_unseen")
    assert [path.name for path in paths] == ["svm_seed0.zip", "both_seed0.zip"]


@pytest.mark.parametrize(("data", "task"), [("statements", "stance"), ("mawqif", "sentiment")])
def test_what_stanceeval_does_not_take_is_said(folder, tmp_path, data, task):
    with pytest.raises(ConfigError) as caught:
        write(folder, tmp_path / "out", data, task)
    assert str(caught.value) == (
        f"action=submission: this table is of {task} on {data}, and StanceEval takes stance on mawqif or "
        "mawqif_unseen; choose table=mawqif_stance or table=mawqif_unseen"
    )
    assert not (tmp_path / "out").exists()
