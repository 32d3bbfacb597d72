"""Tables: cells run once, results are kept, the best model is registered."""

import csv
import gzip
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from rich.console import Console

from janib import tables
from janib.errors import DataError
from janib.labels import STANCE_LABELS

CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture
def table(tmp_path):
    for name, count in (("train", 60), ("test", 12)):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["text", "target", "stance"])
            for i in range(count):
                text = " ".join(f"كلمة{i * 11 + k}" for k in range(8))
                writer.writerow([text, f"طرف{i % 2}", STANCE_LABELS[i % 3]])
    overrides = ["data=csv", f"data.path={tmp_path}/train.csv", f"data.test_path={tmp_path}/test.csv", "task=stance"]
    overrides += [f"ledger={tmp_path}/scorings.csv"]
    return OmegaConf.create(
        {"overrides": overrides, "rows": {"floor": ["model=majority"]}, "seeds": [0, 1], "register": None}
    )


@pytest.fixture
def tracking(tmp_path):
    return {"uri": f"sqlite:///{tmp_path}/mlflow.db", "artifacts": f"{tmp_path}/artifacts", "experiment": "janib"}


def read_predictions(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_cells_run_once_and_their_results_are_kept(tmp_path, table, tracking):
    folder = tmp_path / "results"
    lines = tables.run_table(table, tracking, CONF, folder, tmp_path / "runs")
    assert [(line["model"], line["seed"]) for line in lines] == [("floor", "0"), ("floor", "1")]
    before = (folder / "results.csv").read_bytes()
    assert tables.run_table(table, tracking, CONF, folder, tmp_path / "again") == lines
    assert not (tmp_path / "again").exists()
    assert (folder / "results.csv").read_bytes() == before
    assert len(read_rows(tmp_path / "scorings.csv")) == 2
    assert (tmp_path / "mlflow.db").exists()

    (line, _) = read_rows(folder / "results.csv")
    assert 0 < float(line["test/macro_f1"]) < 1
    assert line["chosen_by"] == "valid/macro_f1"
    with gzip.open(folder / "predictions" / "floor_seed0_test.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["id", "target", "gold", "predicted", "p_against", "p_neutral", "p_favor"]
    assert (folder / "configs" / "floor_seed1.yaml").exists()


def test_a_new_seed_runs_alone(tmp_path, table, tracking):
    tables.run_table(table, tracking, CONF, tmp_path / "results", tmp_path / "runs")
    table.seeds = [0, 1, 2]
    lines = tables.run_table(table, tracking, CONF, tmp_path / "results", tmp_path / "more")
    assert [line["seed"] for line in lines] == ["0", "1", "2"]
    assert [path.name for path in (tmp_path / "more").iterdir()] == ["floor_seed2"]


def test_a_table_whose_store_is_gone_runs_again_where_its_best_is_registered(tmp_path, table, tracking):
    table.register = "janib-test"
    (first, _) = tables.run_table(table, tracking, CONF, tmp_path / "results", tmp_path / "runs")
    tracking["uri"] = f"sqlite:///{tmp_path}/another.db"
    (again, other) = tables.run_table(table, tracking, CONF, tmp_path / "results", tmp_path / "more")
    assert again["run_id"] != first["run_id"]
    assert again["test/macro_f1"] == first["test/macro_f1"]
    assert tables.read_results(tmp_path / "results") == [again, other]
    assert tables.register_best([again, other], tracking["uri"], "janib-test") == "models:/janib-test@champion"


def test_a_changed_config_takes_the_place_of_its_row(tmp_path, table, tracking):
    table.seeds = [0]
    (first,) = tables.run_table(table, tracking, CONF, tmp_path / "results", tmp_path / "runs")
    table.rows.floor = ["model=majority", "split.parts=5"]
    (second,) = tables.run_table(table, tracking, CONF, tmp_path / "results", tmp_path / "more")
    assert second["config_hash"] != first["config_hash"]
    assert tables.read_results(tmp_path / "results") == [second]


def test_an_ensemble_runs_after_its_members_and_again_when_they_change(tmp_path, table, tracking):
    folder = tmp_path / "results"
    table.seeds = [0]
    table.rows = {
        "floor": ["model=majority"],
        "bayes": ["model=tfidf_nb"],
        "both": ["model=ensemble", "model.members=[floor,bayes]", f"model.results={folder}"],
    }
    (_, bayes, both) = tables.run_table(table, tracking, CONF, folder, tmp_path / "runs")
    assert tables.run_table(table, tracking, CONF, folder, tmp_path / "again")[2] == both
    parts = [read_predictions(folder / f"predictions/{row}_seed0_test.csv.gz") for row in ("floor", "bayes", "both")]
    for floor, other, mean in zip(*parts, strict=True):
        assert float(mean["p_favor"]) == pytest.approx(
            (float(floor["p_favor"]) + float(other["p_favor"])) / 2, abs=2e-6
        )

    table.rows.bayes = ["model=tfidf_nb", "model.classifier.smoothing=3"]
    (_, changed, again) = tables.run_table(table, tracking, CONF, folder, tmp_path / "more")
    assert changed["config_hash"] != bayes["config_hash"]
    assert again["config_hash"] != both["config_hash"]


def test_one_run_of_two_tasks_serves_both_tables(tmp_path, table, tracking):
    for name in ("train", "test"):
        rows = read_rows(tmp_path / f"{name}.csv")
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, [*rows[0], "sentiment"])
            writer.writeheader()
            tones = ("negative", "neutral", "positive", "")
            writer.writerows({**row, "sentiment": tones[i % 4]} for i, row in enumerate(rows))
    table.seeds = [0]
    table.rows = {"joint": ["model=majority", "task=joint"]}
    (stance,) = tables.run_table(table, tracking, CONF, tmp_path / "stance", tmp_path / "one")
    table.task = "sentiment"
    (sentiment,) = tables.run_table(table, tracking, CONF, tmp_path / "sentiment", tmp_path / "two")
    assert sentiment["run_id"] == stance["run_id"]
    assert stance["chosen_by"] == sentiment["chosen_by"] == "valid/macro_f1"
    assert "test/favg2" in stance
    assert "test/f_pn" not in stance
    assert "test/f_pn" in sentiment
    assert not any(key.startswith("sentiment/") for key in stance)
    with gzip.open(tmp_path / "sentiment/predictions/joint_seed0_test.csv.gz", "rt", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["gold"] for row in rows} == {"negative", "neutral", "positive"}
    assert len(rows) == 9  # those with a label
    assert len(read_rows(tmp_path / "scorings.csv")) == 2


def test_a_damaged_file_of_results_is_not_overwritten(tmp_path, table, tracking):
    path = tmp_path / "results" / "results.csv"
    path.parent.mkdir()
    path.write_text("garbage")
    with pytest.raises(DataError, match="lacks the columns model, seed"):
        tables.run_table(table, tracking, CONF, tmp_path / "results", tmp_path / "runs")
    assert path.read_text() == "garbage"


def test_shown_table_has_mean_and_spread():
    lines = [
        {"model": "one", "test/accuracy": "0.5"},
        {"model": "one", "test/accuracy": "0.7"},
        {"model": "two", "test/accuracy": "0.25"},
    ]
    console = Console(width=80, record=True)
    console.print(tables.show_table("Title", lines, ["test/accuracy"]))
    shown = console.export_text()
    assert "60.00 ± 14.14" in shown
    assert "25.00" in shown


def test_markdown_sets_published_rows_beside_ours(tmp_path):
    lines = [{"model": "one", "test/favg2": "0.5"}]
    published = [{"model": "other", "source": "somewhere 2026", "test/favg2": 60}]
    tables.write_markdown({"columns": ["valid/favg2", "test/favg2"], "published": published}, lines, tmp_path)
    assert (tmp_path / "table.md").read_text(encoding="utf-8") == (
        "| model | seeds | valid/favg2 | test/favg2 | source |\n"
        "|---|---|---|---|---|\n"
        "| one | 1 |  | 50.00 | this repository |\n"
        "| other | |  | 60.00 | somewhere 2026 |\n"
    )
