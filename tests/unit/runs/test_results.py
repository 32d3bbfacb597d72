import csv
from dataclasses import replace

import numpy as np
import pytest

from janib.corpora.base import Corpus
from janib.labels import STANCE_LABELS
from janib.runs.cost import Cost
from janib.runs.results import Result, score_rows, write_result
from janib.schema import Example

CORPUS = Corpus(
    name="made",
    title="Made",
    homepage="",
    licence="",
    citation="",
    read=lambda _: {},
    metrics={"stance": "favg2"},
)
ROWS = [Example(str(i), "نص", f"هدف {i % 2}", stance=STANCE_LABELS[i % 3]) for i in range(12)]
ABOUT = {"task": "stance", "model": "made", "seed": 0, "commit": "", "dirty": "false", "config_hash": "0"}


@pytest.fixture
def scored():
    return score_rows(CORPUS, "stance", ROWS, np.eye(3)[[i % 3 for i in range(12)]] * 0.7 + 0.1)


def write(folder, corpus, scored):
    result = Result(folder, "run", {"stance": {"test": scored}}, ABOUT, {"stance": "valid/favg2"}, Cost())
    write_result(result, corpus, "config")
    with (folder / "predictions/test.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_predictions_hold_ids_and_targets(tmp_path, scored):
    rows = write(tmp_path, CORPUS, scored)
    assert [row["target"] for row in rows] == [row.target for row in ROWS]
    assert rows[0] == {
        **{"id": "0", "target": "هدف 0", "gold": "against", "predicted": "against"},
        **{"p_against": "0.800000", "p_neutral": "0.100000", "p_favor": "0.100000"},
    }


def test_targets_that_are_the_authors_sentences_are_not_repeated(tmp_path, scored):
    rows = write(tmp_path, replace(CORPUS, target_is_text=True), scored)
    assert {row["target"] for row in rows} == {""}


def test_metrics_and_intervals_carry_their_split(tmp_path, scored):
    scores = {"stance": {"test": scored}, "sentiment": {"test": scored}}
    result = Result(tmp_path, "run", scores, ABOUT, {"stance": "valid/favg2"}, Cost())
    assert result.metrics["test/favg2"] == result.metrics["sentiment/test/favg2"] == 1
    assert result.intervals["test/favg2"] == result.intervals["sentiment/test/favg2"] == (1, 1)


@pytest.mark.parametrize(("n_targets", "are_told"), [(1, False), (2, True), (40, True), (41, False)])
def test_means_over_targets_are_told_where_they_say_something(tmp_path, n_targets, are_told):
    rows = [replace(row, target=f"هدف {i % n_targets}") for i, row in enumerate(ROWS * 4)]
    scored = score_rows(CORPUS, "stance", rows, np.eye(3)[[i % 3 for i in range(48)]] * 0.7 + 0.1)

    def log(chosen_by):
        return Result(
            tmp_path, "run", {"stance": {"test": scored}}, ABOUT, {"stance": chosen_by}, Cost()
        ).telling_metrics

    assert "f_avg_by_target" in scored.metrics  # the run's own files have them all
    assert ("test/f_avg_by_target" in log("valid/favg2")) == are_told
    assert "test/f_avg_by_target" in log("valid/f_avg_by_target")
    assert "test/favg2" in log("valid/favg2")
