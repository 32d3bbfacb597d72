"""Controls show what they are made to show, on a corpus that is made for it."""

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from janib.errors import DataError
from janib.schema import Example
from janib.tables.control_results import (
    AS_IT_IS,
    ControlRecord,
    ControlScore,
    is_blind,
    knows_more_than_chance,
    read_controls,
    write_controls,
)
from janib.tables.controls import _shuffle, run_controls
from janib.tables.kept_predictions import write_clusters
from janib.tables.pages.controls import describe_controls
from janib.tables.planned_runs import plan_table

CONF = Path(__file__).parents[3] / "conf"
RESULTS = Path(__file__).parents[3] / "experiments" / "results"


@pytest.fixture
def controlled(tmp_path):
    """A word means favor of one target and against of the other, so that only a model that uses the target knows."""
    draw = random.Random(0)
    path = tmp_path / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "target", "stance"])
        for i in range(240):
            word, target = draw.choice(["أيد", "رفض"]), draw.choice(["الميناء", "الجسر"])
            stance = "favor" if (word == "أيد") == (target == "الجسر") else "against"
            filler = " ".join(f"كلمة{draw.randrange(4000)}" for _ in range(4))
            writer.writerow([f"{word} {filler} {i}", target, stance])
    table = {
        "overrides": [
            "data=csv",
            f"data.path={path}",
            "task=stance",
            "model=tfidf_logreg",
            "split.parts=2",
            "split.used=1",
        ],
        "rows": {"uses": [], "blind": ["model.target=ignored", "split.used=0"]},  # chosen beforehand
        "seeds": [0],
        "compared": ["valid/favg2"],
        "controls": ["uses", "blind"],
    }
    folder = tmp_path / "results"
    planned = plan_table(table, {"uri": "", "artifacts": "", "experiment": "x"}, CONF).runs
    write_clusters(folder, {})
    run_controls(table, planned, folder)
    return table, planned, folder


def test_controls_tell_a_model_that_uses_the_target_from_one_that_does_not(controlled):
    table, planned, folder = controlled
    records = read_controls(folder)
    own = {row: {one.score.control: one.score for one in records if one.row == row} for row in ("uses", "blind")}
    value = {row: {name: score.value for name, score in scores.items()} for row, scores in own.items()}
    assert value["uses"]["as it is"] > 0.8
    assert value["uses"]["target exchanged"] < 0.3  # the very opposite
    assert value["uses"]["text without target"] < 0.7
    assert own["blind"]["target exchanged"].changed == 0
    assert not is_blind(list(own["uses"].values()))
    assert is_blind(list(own["blind"].values()))
    for row in own:
        assert not knows_more_than_chance(list(own[row].values()))
    assert value["uses"]["labels shuffled"] < 0.7
    assert value["uses"]["50 % of the training rows"] <= value["uses"]["as it is"]
    said = "\n".join(describe_controls(records))
    assert "Target-blind, that is, not shown to use the target: blind. With labels shuffled, all fall" in said

    before = (folder / "controls.csv").read_bytes()
    run_controls(table, planned, folder)  # nothing is done twice
    assert (folder / "controls.csv").read_bytes() == before


def test_scores_without_leaked_rows_have_a_table_of_their_own():
    score = ControlScore("without leaked rows", "test", 12, "macro_f1", 0.516476)
    title, said, table = describe_controls([ControlRecord("mine", "", "", False, score)])
    assert title == "## Controls"
    assert said.startswith("Without leaked rows: ")
    assert table == "| model | split | rows | macro_f1 |\n|---|---|---|---|\n| mine | test | 12 | 51.65 |"


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*/controls.csv")), ids=lambda path: path.parent.name)
def test_committed_controls_are_written_as_they_were_read(path, tmp_path):
    write_controls(tmp_path, read_controls(path.parent))
    assert (tmp_path / "controls.csv").read_bytes() == path.read_bytes()


def test_shuffled_labels_of_two_tasks_stay_together():
    sides = {"favor": "positive", "against": "negative", "neutral": "neutral"}
    rows = [
        Example(str(n), "نص", "هدف", stance=stance, sentiment=sides[stance]) for n, stance in enumerate([*sides] * 9)
    ]
    shuffled = _shuffle(rows, ["stance", "sentiment"], np.random.default_rng(0))
    assert [row.stance for row in shuffled] != [row.stance for row in rows]
    assert all(row.sentiment == sides[row.stance] for row in shuffled)
    assert [row.id for row in shuffled] == [row.id for row in rows]


def test_a_damaged_number_of_a_control_is_named(tmp_path):
    score = ControlScore(AS_IT_IS, "valid", 3, "macro_f1", 0.5)
    write_controls(tmp_path, [ControlRecord("floor", "h", "c", False, score)])
    path = tmp_path / "controls.csv"
    assert len(read_controls(tmp_path)) == 1
    path.write_text(path.read_text(encoding="utf-8").replace(",3,", ",many,"), encoding="utf-8")
    with pytest.raises(DataError, match=r"controls.csv, line 2: invalid literal for int"):
        read_controls(tmp_path)
