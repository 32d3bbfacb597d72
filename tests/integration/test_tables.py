"""Tables: each run once, results are kept, the best model is registered."""

import csv
import gzip
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from rich.console import Console

from janib.errors import ConfigError, DataError, IncompleteError, JanibError, ModelError, report_errors
from janib.labels import STANCE_LABELS
from janib.models.llm.address import get_answers_path
from janib.runs import run as pipeline
from janib.runs.resume import claim, open_unfinished
from janib.tables import status
from janib.tables.actions import act
from janib.tables.evidence import RowEvidence
from janib.tables.execution import register_best, run_table
from janib.tables.forecast import forecast
from janib.tables.pages.content import TableContent
from janib.tables.pages.table import show_table
from janib.tables.planned_runs import plan_table
from janib.tables.results_csv import read_failures, read_results, write_results
from janib.tables.statistics import Statistics

CONF = Path(__file__).parents[2] / "conf"

pytestmark = pytest.mark.usefixtures("copied_stores")


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


def make_rows(folder):
    """Two rows, and one that combines them."""
    both = ["model=ensemble", "model.members=[floor,bayes]", f"model.results={folder}"]
    return {"floor": ["model=majority"], "bayes": ["model=tfidf_nb"], "both": both}


def read_predictions(path):
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rows_run_once_and_their_results_are_kept(tmp_path, table, tracking):
    folder = tmp_path / "results"
    runs = run_table(plan_table(table, tracking, CONF), folder, tmp_path / "runs")
    assert [run.key for run in runs] == [("floor", 0), ("floor", 1)]
    before = (folder / "results.csv").read_bytes()
    assert run_table(plan_table(table, tracking, CONF), folder, tmp_path / "again") == runs
    assert not (tmp_path / "again").exists()
    assert (folder / "results.csv").read_bytes() == before
    assert len(read_rows(tmp_path / "scorings.csv")) == 2
    assert (tmp_path / "mlflow.db").exists()

    (line, _) = read_rows(folder / "results.csv")
    assert 0 < float(line["test/macro_f1"]) < 1
    parts = [read_predictions(folder / f"predictions/floor_seed0_{split}.csv.gz") for split in ("valid", "test")]
    assert int(line["predict_rows"]) == sum(map(len, parts))
    assert line["parameters"] == "3"  # a share each
    assert float(line["peak_mib"]) > 10
    assert float(line["train_seconds"]) + float(line["predict_seconds"]) < float(line["wall_seconds"])
    assert line["chosen_by"] == "valid/macro_f1"
    with gzip.open(folder / "predictions" / "floor_seed0_test.csv.gz", "rt", encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["id", "target", "gold", "predicted", "p_against", "p_neutral", "p_favor"]
    assert (folder / "configs" / "floor_seed1.yaml").exists()


def test_a_new_seed_runs_alone(tmp_path, table, tracking):
    run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "runs")
    table.seeds = [0, 1, 2]
    runs = run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "more")
    assert [run.seed for run in runs] == [0, 1, 2]
    assert [path.name for path in (tmp_path / "more").iterdir()] == ["floor_seed2"]


def test_a_table_whose_store_is_gone_runs_again_where_its_best_is_registered(tmp_path, table, tracking):
    table.register = "janib-test"
    (first, _) = run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "runs")
    tracking["uri"] = f"sqlite:///{tmp_path}/another.db"
    (again, other) = run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "more")
    assert again.run_id != first.run_id
    assert again.scores["test/macro_f1"] == first.scores["test/macro_f1"]
    assert read_results(tmp_path / "results") == [again, other]
    best, registered = register_best([again, other], tracking["uri"], "janib-test")
    assert (best, str(registered)) == (again, "models:/janib-test@champion")


def test_a_changed_config_takes_the_place_of_its_row(tmp_path, table, tracking):
    table.seeds = [0]
    (first,) = run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "runs")
    table.rows.floor = ["model=majority", "split.parts=5"]
    (second,) = run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "more")
    assert second.config_hash != first.config_hash
    assert read_results(tmp_path / "results") == [second]


def test_an_ensemble_runs_after_its_members_and_again_when_they_change(tmp_path, table, tracking):
    folder = tmp_path / "results"
    table.seeds = [0]
    table.rows = make_rows(folder)
    (_, bayes, both) = run_table(plan_table(table, tracking, CONF), folder, tmp_path / "runs")
    assert run_table(plan_table(table, tracking, CONF), folder, tmp_path / "again")[2] == both
    parts = [read_predictions(folder / f"predictions/{row}_seed0_test.csv.gz") for row in ("floor", "bayes", "both")]
    for floor, other, mean in zip(*parts, strict=True):
        assert float(mean["p_favor"]) == pytest.approx(
            (float(floor["p_favor"]) + float(other["p_favor"])) / 2, abs=2e-6
        )

    table.rows.bayes = ["model=tfidf_nb", "model.classifier.smoothing=3"]
    (_, changed, again) = run_table(plan_table(table, tracking, CONF), folder, tmp_path / "more")
    assert changed.config_hash != bayes.config_hash
    assert again.config_hash != both.config_hash


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
    (stance,) = run_table(plan_table(table, tracking, CONF), tmp_path / "stance", tmp_path / "one")
    table.task = "sentiment"
    (sentiment,) = run_table(plan_table(table, tracking, CONF), tmp_path / "sentiment", tmp_path / "two")
    assert sentiment.run_id == stance.run_id
    assert stance.chosen_by == sentiment.chosen_by == "valid/macro_f1"
    assert "test/favg2" in stance.scores
    assert "test/f_pn" not in stance.scores
    assert "test/f_pn" in sentiment.scores
    assert not any(key.startswith("sentiment/") for key in stance.scores)
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
        run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "runs")
    assert path.read_text() == "garbage"


def test_a_failed_run_stops_no_other_and_is_tried_again(tmp_path, table, tracking):
    folder = tmp_path / "results"
    table.seeds = [0]
    table.rows = {
        "wrong": ["model=majority", "+splitseed=1"],
        "broken": ["model=tfidf_logreg", "model.min_df=1000"],
        "floor": ["model=majority"],
        "both": ["model=ensemble", "model.members=[broken,floor]", f"model.results={folder}"],
    }
    states = status.list_states(plan_table(table, tracking, CONF), folder, tmp_path / "unfinished")
    assert (states[0].word, states[0].note.partition(";")[0]) == (
        "missing",
        "splitseed: no experiment reads such a key",
    )
    runs = run_table(plan_table(table, tracking, CONF), folder, tmp_path / "runs")
    assert [run.row for run in runs] == ["floor"]
    assert (folder / "clusters.csv.gz").exists()
    failures = {failure.row: failure.reason for failure in read_failures(folder)}
    assert "no experiment reads such a key" in failures["wrong"]
    assert "lower min_df" in failures["broken"]
    assert "member 'broken' has no predictions" in failures["both"]

    states = status.list_states(plan_table(table, tracking, CONF), folder, tmp_path / "unfinished")
    assert [(state.row, state.word) for state in states] == [
        ("wrong", "failed"),
        ("broken", "failed"),
        ("floor", "done"),
        ("both", "failed"),
    ]
    table.rows.wrong = ["model=majority"]
    table.rows.broken = ["model=tfidf_logreg"]
    assert len(run_table(plan_table(table, tracking, CONF), folder, tmp_path / "more")) == 4
    assert not (folder / "failed.csv").exists()


def test_failures_come_last_and_as_one_error(tmp_path, table, tracking):
    table.seeds = [0]
    table.rows = {"broken": ["model=tfidf_logreg", "model.min_df=1000"], "floor": ["model=majority"]}
    more = {"folder": str(tmp_path / "results"), "title": "T", "columns": ["test/macro_f1"], "published": []}
    more |= {"name": "t", "protocol": "P", "baseline": None, "compared": ["test/macro_f1"], "controls": []}
    table = OmegaConf.merge(table, more)
    console = Console(width=80, record=True)
    with pytest.raises(JanibError, match=r"^1 run failed, the others are done \(broken, seed 0: .*lower min_df"):
        act(OmegaConf.create({"table": table, "tracking": tracking, "action": "run"}), CONF, tmp_path / "x/1", console)
    assert "floor" in console.export_text()


def test_a_run_that_another_process_has_is_left_to_it(tmp_path, table, tracking, caplog):
    folder = tmp_path / "results"
    table.seeds = [0]
    table.rows = make_rows(folder)
    more = {"folder": str(folder), "title": "T", "columns": ["test/macro_f1"], "published": []}
    more |= {"name": "t", "protocol": "P", "baseline": None, "compared": ["test/macro_f1"], "controls": []}
    config = OmegaConf.create({"table": OmegaConf.merge(table, more), "tracking": tracking, "action": "run"})
    bayes = plan_table(table, tracking, CONF).runs[1]
    with claim(tmp_path / "unfinished" / f"{bayes.config_hash}.lock"), caplog.at_level("INFO", "janib.tables"):
        act(config, CONF, tmp_path / "one", Console(quiet=True))
    assert "run 2 of 3: bayes, seed 0: another process runs it" in caplog.text
    assert "t: other processes have the runs that are left; the last of them writes the table" in caplog.text
    # What combines it must wait, and the table too.
    assert [run.row for run in read_results(folder)] == ["floor"]
    assert not (folder / "failed.csv").exists()
    assert not (folder / "table.md").exists()

    act(config, CONF, tmp_path / "two", Console(quiet=True))
    assert [run.row for run in read_results(folder)] == ["floor", "bayes", "both"]
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == ["bayes_seed0", "both_seed0"]
    assert (folder / "table.md").exists()
    assert list((tmp_path / "unfinished").iterdir()) == []


def test_an_encoder_that_is_not_to_be_had_is_said_and_never_filled_in(tmp_path, table, tracking, monkeypatch):
    pytest.importorskip("torch")
    monkeypatch.setenv("JANIB_MODEL_MIRROR", str(tmp_path))
    table.seeds = [0]
    table.rows = {"encoder": ["model=e5_small_ar", "model.encoder=nowhere"]}
    assert run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "runs") == []
    (failure,) = read_failures(tmp_path / "results")
    assert failure.reason == "weights not available"


def test_a_table_without_weights_says_what_to_fetch_and_rows_can_be_chosen(
    tmp_path, table, tracking, monkeypatch, caplog
):
    pytest.importorskip("torch")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    table.seeds = [0]
    encoder = ["model=arabert_v02", "model.encoder=owner/nobody-has-it"]
    table.rows = {"floor": ["model=majority"], "bayes": ["model=tfidf_nb"], "encoder": encoder}
    more = {
        "folder": str(tmp_path / "results"),
        "register": None,
        "published": [],
        "columns": ["test/macro_f1"],
        "title": "T",
    }
    more |= {"name": "t", "protocol": "P", "baseline": None, "compared": [], "controls": []}
    config = OmegaConf.create({"table": OmegaConf.merge(table, more), "tracking": tracking, "action": "run"})

    def go(only, place):
        act(OmegaConf.merge(config, {"only": only}), CONF, tmp_path / place, Console(quiet=True))

    caplog.set_level("INFO")
    go("floor", "one")
    assert caplog.messages[:2] == ["t: 1 run to do, 1 of rows that have not run yet", "run 1 of 3: floor, seed 0"]
    assert [run.row for run in read_results(tmp_path / "results")] == ["floor"]
    with pytest.raises(IncompleteError, match=r"^1 run of encoder .*janib encoder fetch owner/nobody-has-it;"):
        go(["encoder"], "two")
    go(["bayes"], "three")  # another row's fault stays noted, and is not its own
    assert [failure.row for failure in read_failures(tmp_path / "results")] == ["encoder"]
    with pytest.raises(ConfigError, match=r"only=flor: t has no such row.*did you mean 'floor'"):
        go("flor", "four")
    with pytest.raises(IncompleteError):
        go(None, "five")
    with pytest.raises(SystemExit) as left, report_errors():
        raise IncompleteError("weights are not here")
    assert left.value.code == 1


@pytest.fixture
def hub(monkeypatch):
    """A hub that knows the sizes of two encoders; the list is of the names that it was asked for."""
    hub = pytest.importorskip("janib.models.encoders.hub")
    sizes = {"aubmindlab/bert-base-arabertv02": 543_000_000, "UBC-NLP/MARBERTv2": 654_400_000}
    asked = []

    def plan_download(name, revision):
        asked.append(name)
        if name not in sizes:
            raise ModelError("the hub does not answer")
        return hub.Download(name, "c" * 40, "main", [], [], sizes[name])

    monkeypatch.setattr(hub, "plan_download", plan_download)
    monkeypatch.setattr(hub, "find_here", lambda name, revision: "here" if name == "owner/here" else None)
    return asked


def test_time_and_downloads_are_told_before_the_first_run(tmp_path, table, tracking, hub):
    folder = tmp_path / "results"
    table.rows = {"arabert": ["model=arabert_v02"], "marbert": ["model=marbert_v2"], "floor": ["model=majority"]}
    plan = plan_table(table, tracking, CONF)
    downloads = "UBC-NLP/MARBERTv2 (654 MB), aubmindlab/bert-base-arabertv02 (543 MB); 1,197 MB in all"
    assert forecast(plan, folder) == [
        "6 runs to do, 6 of rows that have not run yet",
        f"encoders that are not here, to download: {downloads}",
    ]
    assert forecast(plan, folder, ["floor"]) == ["2 runs to do, 2 of rows that have not run yet"]

    (run, other) = run_table(plan, folder, tmp_path / "runs", ["floor"])
    assert forecast(plan, folder, ["floor"]) == []
    write_results(folder, [replace(run, wall_seconds=3725)])
    assert forecast(plan, folder, ["floor", "arabert"]) == [
        "3 runs to do, about 1 h 2 min, as earlier runs of these rows took, 2 of rows that have not run yet",
        "encoders that are not here, to download: aubmindlab/bert-base-arabertv02 (543 MB)",
    ]
    # A row of that name in a table beside it tells the time too.
    (line, _) = forecast(plan, tmp_path / "another", ["floor", "marbert"])
    assert line.startswith("4 runs to do, about 2 h 4 min, ")
    assert other.key == ("floor", 1)


def test_a_hub_that_gives_no_size_is_asked_once(tmp_path, table, tracking, hub):
    rows = ["owner/lost", "owner/other", "owner/here", "e5_small_ar"]
    table.rows = {f"row{i}": ["model=arabert_v02", f"model.encoder={name}"] for i, name in enumerate(rows)}
    (_, line) = forecast(plan_table(table, tracking, CONF), tmp_path / "results")
    assert line.endswith("to download: owner/lost (the hub gives no size), owner/other (the hub gives no size)")
    assert hub == ["owner/lost"]


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_language_model_without_an_endpoint_is_said_and_fails_no_table(
    tmp_path, table, tracking, monkeypatch, is_kept
):
    """Whether or not answers to other questions are kept."""
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path))
    if is_kept:
        pytest.importorskip("httpx2")
        get_answers_path().touch()
    monkeypatch.delenv("JANIB_LLM_URL", raising=False)
    table.seeds = [0]
    table.rows = {"llm": ["model=llm"]}
    assert run_table(plan_table(table, tracking, CONF), tmp_path / "results", tmp_path / "runs") == []
    (failure,) = read_failures(tmp_path / "results")
    assert failure.reason == "endpoint not at hand"


def test_an_edited_conf_is_noticed(tmp_path, table, tracking, monkeypatch):
    conf = tmp_path / "conf"
    shutil.copytree(CONF, conf)
    table.rows = {"floor": ["model=majority"], "bayes": ["model=tfidf_nb"]}
    table.seeds = [0]

    def run_and_edit(experiment, folder):
        path = conf / "model" / "tfidf_nb.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("min_df: 2", "min_df: 3"), encoding="utf-8")
        return pipeline.run(experiment, folder)

    with monkeypatch.context() as patched:
        patched.setattr("janib.tables.execution.run", run_and_edit)
        with pytest.raises(ConfigError, match=r"the config of bayes was edited \(min_df: 3\) while the table runs"):
            run_table(plan_table(table, tracking, conf), tmp_path / "results", tmp_path / "runs")
    assert [run.row for run in read_results(tmp_path / "results")] == ["floor"]
    assert len(run_table(plan_table(table, tracking, conf), tmp_path / "results", tmp_path / "more")) == 2


def test_status_sees_what_runs_and_what_is_left(tmp_path, table, tracking):
    folder, unfinished = tmp_path / "results", tmp_path / "unfinished"
    states = status.list_states(plan_table(table, tracking, CONF), folder, unfinished)
    assert [state.word for state in states] == ["missing", "missing"]
    assert status.sum_seconds_left(states) == (0, 2)
    assert not (tmp_path / "mlflow.db").exists()
    run_table(plan_table(table, tracking, CONF), folder, tmp_path / "runs")
    table.seeds = [0, 1, 2]
    third = plan_table(table, tracking, CONF).runs[2]
    with open_unfinished(unfinished / third.config_hash, resume=True):
        states = status.list_states(plan_table(table, tracking, CONF), folder, unfinished)
    assert [state.word for state in states] == ["done", "done", "running"]
    took = [run.wall_seconds for run in read_results(folder)]
    assert status.sum_seconds_left(states) == (pytest.approx(sum(took) / 2), 0)
    console = Console(width=100, record=True)
    console.print(status.show_states("Title", states))
    assert "2 of 3 done; left: " in console.export_text()


def test_other_data_under_the_same_config_is_another_run(tmp_path, table, tracking):
    table.seeds = [0]
    folder = tmp_path / "results"
    (run,) = run_table(plan_table(table, tracking, CONF), folder, tmp_path / "runs")
    write_results(folder, [replace(run, data_sha="0")])
    assert [state.word for state in status.list_states(plan_table(table, tracking, CONF), folder, tmp_path)] == [
        "missing"
    ]
    write_results(folder, [replace(run, data_sha="")])  # as the first version wrote it
    assert [state.word for state in status.list_states(plan_table(table, tracking, CONF), folder, tmp_path)] == ["done"]


def test_shown_table_has_mean_and_spread():
    scores = {"one": [{"test/accuracy": 0.5}, {"test/accuracy": 0.7}], "two": [{"test/accuracy": 0.25}]}
    console = Console(width=80, record=True)
    table = {"title": "Title", "columns": ["test/accuracy"]}
    statistics = Statistics({}, [], {}, {}, {"two": RowEvidence(1, True, "chosen late")})
    notes = ["Post hoc: two."]
    console.print(show_table(TableContent(table, scores, {}, statistics, "", "", notes=notes)))
    shown = console.export_text()
    assert "60.00 ± 14.14" in shown
    assert "25.00" in shown
    assert "two (post hoc)" in shown
    assert "Post hoc: two." in shown
