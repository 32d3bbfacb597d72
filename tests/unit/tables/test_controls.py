"""Controls show what they are made to show, on a corpus that is made for it."""

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from janib.schema import Example
from janib.tables.cells import make_cells
from janib.tables.controls import (
    _shuffle,
    describe_controls,
    is_blind,
    knows_more_than_chance,
    read_controls,
    run_controls,
)
from janib.tables.kept_predictions import write_clusters

CONF = Path(__file__).parents[3] / "conf"


@pytest.fixture
def controlled(tmp_path):
    """A word means favor of one target and against of the other, so that only a model that heeds the target knows."""
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
        "rows": {"heeds": [], "blind": ["model.target=ignored", "split.used=0"]},  # chosen beforehand
        "seeds": [0],
        "compared": ["valid/favg2"],
        "controls": ["heeds", "blind"],
    }
    folder = tmp_path / "results"
    cells = make_cells(table, {"uri": "", "artifacts": "", "experiment": "x"}, CONF)
    write_clusters(folder, {})
    run_controls(table, cells, folder)
    return table, cells, folder


def test_controls_tell_a_model_that_heeds_the_target_from_one_that_does_not(controlled):
    table, cells, folder = controlled
    lines = read_controls(folder)
    own = {row: {line["control"]: line for line in lines if line["model"] == row} for row in ("heeds", "blind")}
    value = {row: {name: float(line["value"]) for name, line in those.items()} for row, those in own.items()}
    assert value["heeds"]["as it is"] > 0.8
    assert value["heeds"]["target exchanged"] < 0.3  # the very opposite
    assert value["heeds"]["text without target"] < 0.7
    assert float(own["blind"]["target exchanged"]["changed"]) == 0
    assert not is_blind(list(own["heeds"].values()))
    assert is_blind(list(own["blind"].values()))
    for row in own:
        assert not knows_more_than_chance(list(own[row].values()))
    assert value["heeds"]["labels shuffled"] < 0.7
    assert value["heeds"]["50 % of the training rows"] <= value["heeds"]["as it is"]
    said = "\n".join(describe_controls(folder))
    assert "Target-blind, that is, not shown to heed the target: blind. With labels shuffled, all fall" in said

    before = (folder / "controls.csv").read_bytes()
    run_controls(table, cells, folder)  # nothing is done twice
    assert (folder / "controls.csv").read_bytes() == before


def test_scores_without_leaked_rows_have_a_table_of_their_own(tmp_path):
    lines = ["model,control,split,rows,metric,value,changed,moved,p"]
    lines.append("mine,without leaked rows,test,12,macro_f1,0.516476,,,")
    (tmp_path / "controls.csv").write_text("\n".join(lines), encoding="utf-8")
    title, said, table = describe_controls(tmp_path)
    assert title == "## Controls"
    assert said.startswith("Without leaked rows: ")
    assert table == "| model | split | rows | macro_f1 |\n|---|---|---|---|\n| mine | test | 12 | 51.65 |"


def test_shuffled_labels_of_two_tasks_stay_together():
    sides = {"favor": "positive", "against": "negative", "neutral": "neutral"}
    rows = [
        Example(str(n), "نص", "هدف", stance=stance, sentiment=sides[stance]) for n, stance in enumerate([*sides] * 9)
    ]
    shuffled = _shuffle(rows, ["stance", "sentiment"], np.random.default_rng(0))
    assert [row.stance for row in shuffled] != [row.stance for row in rows]
    assert all(row.sentiment == sides[row.stance] for row in shuffled)
    assert [row.id for row in shuffled] == [row.id for row in rows]
