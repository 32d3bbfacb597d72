"""Scores on the rows that training did not see."""

import csv
import gzip
import io
from pathlib import Path

import pytest

from janib.tables.control_results import ControlScore
from janib.tables.kept_predictions import KeptPredictions, write_clusters
from janib.tables.leaks import find_clean, score_clean
from janib.tables.planned_runs import plan_table

CONF = Path(__file__).parents[3] / "conf"
TRAIN = {
    "a": ("رحبت النقابة بقرار الوزارة ووصفته بأنه خطوة طال انتظارها", "الوزارة", "favor"),
    "b": ("انتقد المتحدث بشدة مشروع الميناء الجديد أمام الصحفيين", "الميناء", "against"),
    "c": ("اجتمع أعضاء اللجنة صباح أمس في مقر البلدية", "البلدية", "neutral"),
    "d": ("رحّبت النقابة بقرار الوزارة، ووصفته بأنه خطوة طال انتظارها!", "النقابة", "neutral"),
}
TEST = {
    "e": ("رحبت النقابة بقرار الوزارة ووصفته بأنه خطوة طال انتظارهـا", "الوزارة", "favor"),  # tatweel
    "f": ("رفض العمال عرض الشركة ودعوا إلى إضراب مفتوح", "الشركة", "against"),
    "g": ("أشاد الرئيس بجهود الفرق الطبية في المستشفى", "الفرق", "favor"),
}


def write_rows(path, rows):
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "target", "stance"])
        writer.writerows([key, *row] for key, row in rows.items())


def write_predictions(folder, split, rows, predicted):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "target", "gold", "predicted", "p_against", "p_neutral", "p_favor"])
    writer.writerows([key, rows[key][1], rows[key][2], label, 0, 0, 0] for key, label in predicted.items())
    path = folder / "predictions" / f"row_seed0_{split}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.getvalue().encode()))


@pytest.fixture
def planned(tmp_path):
    write_rows(tmp_path / "train.csv", TRAIN)
    write_rows(tmp_path / "test.csv", TEST)
    overrides = ["data=csv", f"data.path={tmp_path}/train.csv", f"data.test_path={tmp_path}/test.csv", "task=stance"]
    overrides += ["model=majority", "split.by=targets", "split.parts=4", "split.used=4"]
    table = {"overrides": overrides, "rows": {"row": []}, "seeds": [0]}
    (planned,) = plan_table(table, {"uri": "", "artifacts": "", "experiment": "x"}, CONF).runs
    return planned


def test_copies_in_what_was_trained_on_do_not_count(planned, tmp_path):
    clean = find_clean(planned.experiment)
    assert clean == {"test": {"f", "g"}, "valid": {"b", "c"}}  # a and d are one text about two targets

    folder = tmp_path / "results"
    write_clusters(folder, {})
    write_predictions(folder, "test", TEST, {"e": "favor", "f": "against", "g": "neutral"})
    (score,) = score_clean(planned, clean, "accuracy", KeptPredictions(folder))
    assert score == ControlScore("without leaked rows", "test", 2, "accuracy", 0.5)
    write_predictions(folder, "valid", TRAIN, {"a": "favor", "b": "against", "c": "neutral", "d": "favor"})
    found = score_clean(planned, clean, "accuracy", KeptPredictions(folder))
    assert found == [score, ControlScore("without leaked rows", "valid", 2, "accuracy", 1.0)]


def test_a_split_without_copies_is_not_scored_again(planned, tmp_path):
    write_clusters(tmp_path, {})
    write_predictions(tmp_path, "test", TEST, {"e": "favor", "f": "against", "g": "neutral"})
    predictions = KeptPredictions(tmp_path)
    assert score_clean(planned, {"test": {"e", "f", "g"}}, "accuracy", predictions) == []
    assert score_clean(planned, {"test": set()}, "accuracy", predictions) == []  # nothing is left
