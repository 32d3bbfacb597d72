"""Experiments through their own door: ``experiments/train.py``."""

import csv
import json
import sqlite3
from contextlib import chdir

import pytest
from huggingface_hub import ModelCard

import janib

pytestmark = pytest.mark.usefixtures("copied_stores")

HEADER = ["id", "text", "target", "stance"]
PEOPLE = ["المجلس", "الوزارة", "النقابة", "الشركة"]


def write_corpus(path, rows=80, labels=("favor", "against", "neutral")):
    words = {"favor": "رحبت بقرار", "against": "أدانت موقف", "neutral": "اجتمعت في مقر"}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for i in range(rows):
            label = labels[i % len(labels)]
            target = PEOPLE[i // 3 % len(PEOPLE)]
            # Rows differ by more than a number, or they would count as near-duplicates.
            filler = " ".join(f"كلمة{i * 7 + k}" for k in range(6))
            writer.writerow([i, f"{filler} {words.get(label, 'قالت')} {target}", target, label])
    return path


def write_data(folder):
    """Write 80 rows for training and 30 for the test; return the overrides that name them."""
    train, test = write_corpus(folder / "train.csv"), write_corpus(folder / "test.csv", rows=30)
    return ["data=csv", f"data.path={train}", f"data.test_path={test}"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory, run_process):
    folder = tmp_path_factory.mktemp("run")
    overrides = ["model=tfidf_logreg", "hydra.run.dir=out", "ledger=scorings.csv", "register=true"]
    done = run_process(folder, "train", *write_data(folder), *overrides)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_run_leaves_what_it_promises(finished):
    folder, _ = finished
    out = folder / "out"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names >= {
        "config.yaml",
        "metrics.json",
        "intervals.json",
        "confusion_valid.png",
        "confusion_test.png",
        "predictions/valid.csv",
        "predictions/test.csv",
        "model/janib.json",
        "model/README.md",
    }
    metrics = json.loads((out / "metrics.json").read_text())
    for key in ("f_avg_by_target", "favg2", "favg3", "accuracy", "macro_f1"):
        assert 0 <= metrics[f"test/{key}"] <= 1
        assert 0 <= metrics[f"valid/{key}"] <= 1


def test_run_says_where_things_are(finished):
    folder, done = finished
    said = done.stderr
    assert f"folder      {folder / 'out'}" in said
    assert "MLflow run  " in said
    assert f"model       {folder / 'out' / 'model'}" in said


def test_a_hub_reads_the_card_with_the_run_s_numbers(finished):
    folder, _ = finished
    card = ModelCard.load(folder / "out/model/README.md")
    metrics = json.loads((folder / "out/metrics.json").read_text())
    found = {f"{one.dataset_split}/{one.metric_name}": one.metric_value for one in card.data.eval_results}
    assert set(found) == set(json.loads((folder / "out/intervals.json").read_text()))
    assert found == {key: pytest.approx(metrics[key], abs=1e-6) for key in found}


def test_predictions_hold_ids_and_no_texts(finished):
    folder, _ = finished
    with (folder / "out/predictions/test.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["id", "target", "gold", "predicted", "p_against", "p_neutral", "p_favor"]
    assert [row["id"] for row in rows] == [str(i) for i in range(30)]
    for row in rows:
        shares = [float(row[f"p_{label}"]) for label in ("against", "neutral", "favor")]
        assert sum(shares) == pytest.approx(1, abs=1e-5)


def test_saved_model_gives_the_run_s_predictions(finished):
    folder, _ = finished
    classifier = janib.load(folder / "out/model")
    with (folder / "test.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = classifier.predict([row["text"] for row in rows], [row["target"] for row in rows])
    with (folder / "out/predictions/test.csv").open(newline="") as stream:
        assert [row["predicted"] for row in csv.DictReader(stream)] == [one.label for one in found]


def test_mlflow_holds_the_run(finished, monkeypatch):
    folder, _ = finished
    with sqlite3.connect(folder / "mlflow.db") as store:
        tags = dict(store.execute("select key, value from tags").fetchall())
        metrics = {key for (key,) in store.execute("select key from latest_metrics")}
        (status,) = store.execute("select status from runs").fetchone()
    assert status == "FINISHED"
    wanted = {"commit", "dirty", "config_hash", "data_sha256", "versions", "seed", "split_seed"}
    assert wanted | {"machine", "mlflow.note.content", "mlflow.source.name"} <= set(tags)
    assert {"cost/wall_seconds", "cost/peak_mib", "cost/parameters", "test/macro_f1"} <= metrics
    monkeypatch.chdir(folder)
    by_alias = janib.load("models:/janib-train-stance@champion")
    by_folder = janib.load("out/model")
    text = ["رحبت بقرار المجلس"]
    assert by_alias.predict(text, "المجلس") == by_folder.predict(text, "المجلس")


def test_each_test_scoring_is_listed(finished):
    folder, _ = finished
    with (folder / "scorings.csv").open(newline="") as stream:
        (line,) = csv.DictReader(stream)
    metrics = json.loads((folder / "out/metrics.json").read_text())
    assert (line["data"], line["split"], line["model"], line["seed"]) == ("train", "test", "tfidf_logreg", "0")
    assert float(line["value"]) == pytest.approx(metrics["test/macro_f1"], abs=1e-6)


WRONG = [
    (
        ["dta=mawqif"],
        "error: dta: the config has no such key; did you mean 'data'?\n",
    ),
    (["tracking.urri=x"], "did you mean 'tracking.uri'?"),
    (["model=tfidf_logregg"], "did you mean 'tfidf_logreg'?"),
    (["experiment=mawqif/tfidf_logregg"], "did you mean 'mawqif/tfidf_logreg'?"),
    (["data=csv", "model=majority"], "error: data.path has no value; give it one: data.path=…\n"),
    (["data=csv", "data.path=gone.csv", "model=majority"], "error: gone.csv does not exist; check the path\n"),
    (
        ["model.clasifier.c=1"],
        "error: model.clasifier: the config has no such key; did you mean 'model.classifier'?",
    ),
    (["seed=abc"], "error: seed=abc: expected a whole number from 0 to 4294967295\n"),
    (["test=maybe"], "error: test=maybe: expected true or false\n"),
    (["split.drop_leaks=false"], "error: split.drop_leaks=False: expected true, or null for no\n"),
    (["split.refit=true"], "error: split.refit=True: expected false, or null for yes\n"),
    (
        ["model=majority", "split.refit=false", "split.used=2"],
        "error: split.refit=false with 2 folds: expected one; set split.used=1, or refit\n",
    ),
    (["+seeed=1"], "error: seeed: no experiment reads such a key; did you mean 'seed'?\n"),
    (["model=majority", "split.parts=1"], "error: split.parts=1 split.used=1: expected at least 2 parts"),
    (["data=csv", "data.columns.text=النص"], "error: data.path has no value; give it one: data.path=…\n"),
    (["data=csv", "data.path=آراء (1).csv"], "error: آراء (1).csv does not exist; check the path\n"),
    (["data=csv", "data.path=[a]"], "error: data.path=['a']: expected the path of one file\n"),
    (
        ["data=csv", "data.path=x.csv", "data.name=mawqif"],
        "error: data.name=mawqif: a corpus has this name; give your file",
    ),
    (["data=csv", "data.path=x.csv", "data.name=أ/ب"], "error: data.name=أ/ب: expected at most 80 letters, digits"),
    (["data=csv", "data.path=x.csv", "data.column.text=النص"], "did you mean 'data.columns'?"),
    (["data=csv", "data.path=x.csv", "+data.encoding=cp1256"], "error: data.encoding: the config has no such key\n"),
    (
        ["data=csv", "data.path=x.csv", "+data.column=النص"],
        "data.column: the config has no such key; did you mean 'columns'?",
    ),
    (["+model.foo=3"], "error: model.foo: the config has no such key\n"),
    (["++model.class_weight=balanced"], "error: model.class_weight: the config has no such key"),
    (["model=majority", "+model.min_df=2"], "error: model.min_df: the config has no such key\n"),
    (["model=lexicon", "+model.reech=2"], "error: model.reech: the config has no such key; did you mean 'reach'?\n"),
    (["model=tiny", "+model.cleanings=[x]"], "model.cleanings: the config has no such key; did you mean 'cleaning'?"),
    (["model=tiny", "+model.training.epoch=1"], "did you mean 'epochs'?"),
    (["+model.classifier.foo=3"], "foo"),
    (["+split.part=3"], "error: split.part: the config has no such key; did you mean 'parts'?\n"),
    (["+task.nam=x"], "error: task.nam: the config has no such key; did you mean 'name'?\n"),
    (["+tracking.artifact=x"], "error: tracking.artifact: the config has no such key; did you mean 'artifacts'?\n"),
    (["data.columns.text=a"], "data.columns"),
    (["seed=0,1"], "to run each in turn: -m seed=0,1\n"),
    (["رأي.csv"], "error: رأي.csv: expected key=value, as data.path='رأي.csv'\n"),
]


def expect_one_error(done, message, folder):
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines(keepends=True) if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in done.stderr
    assert list(folder.rglob("model")) == []


@pytest.mark.parametrize(("overrides", "message"), WRONG)
def test_wrong_command_is_one_error(tmp_path, run_script, overrides, message):
    expect_one_error(run_script(tmp_path, "train", *overrides), message, tmp_path)


@pytest.mark.parametrize("key", ["data.name", "model.name"])
@pytest.mark.parametrize("script", ["train", "table"])
def test_a_name_that_leads_elsewhere_is_refused_and_makes_no_folder(tmp_path, run_script, script, key):
    folder = tmp_path / "here"
    folder.mkdir()
    choice = {"train": "data=csv", "table": "table=own"}[script]
    rows = write_corpus(folder / "rows.csv")
    done = run_script(folder, script, choice, f"data.path={rows}", f"{key}=../../../../away")
    expect_one_error(done, "error: ", folder)
    assert [path.name for path in tmp_path.rglob("*away*") if not path.is_relative_to(folder)] == []


@pytest.mark.parametrize(("overrides", "message"), [WRONG[0], WRONG[5]], ids=["config", "data"])
def test_wrong_command_ends_a_process_with_status_2(tmp_path, run_process, overrides, message):
    expect_one_error(run_process(tmp_path, "train", *overrides), message, tmp_path)


def test_without_a_test_file_nothing_but_validation_is_scored(tmp_path, run_script):
    train = write_corpus(tmp_path / "train.csv")
    nowhere = ["test=false", f"ledger={train}/scorings.csv"]  # which cannot be written, and is not
    overrides = ["model=majority", "hydra.run.dir=out", *nowhere]
    done = run_script(tmp_path, "train", "data=csv", f"data.path={train}", *overrides)
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "out/metrics.json").read_text())
    assert {key.split("/")[0] for key in metrics} == {"valid"}
    assert not list(tmp_path.rglob("*scorings.csv"))


@pytest.mark.parametrize("others", [[], ["data.train=[statements]"]])
def test_without_validation_the_test_split_alone_is_scored(tmp_path, run_script, others):
    overrides = ["model=majority", "split.used=0", "hydra.run.dir=out", "ledger=scorings.csv", *others]
    done = run_script(tmp_path, "train", *write_data(tmp_path), *overrides)
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert {key.split("/")[0] for key in metrics} == {"test"}


@pytest.mark.parametrize(("own", "counts"), [(["statements"], (1502, 80)), (["csv", "statements"], (1570, 12))])
def test_other_corpora_are_trained_on(tmp_path, run_script, own, counts):
    overrides = [f"data.train=[{','.join(own)}]", "model=majority", "hydra.run.dir=out", "ledger=scorings.csv"]
    done = run_script(tmp_path, "train", *write_data(tmp_path), *overrides)
    assert done.returncode == 0, done.stderr
    assert "training too on statements 1,502; 0 rows left out whose text is in a test split" in done.stderr
    fitted, validated = counts
    assert f"fitting on {fitted} rows, validating on {validated}" in done.stderr


def test_three_heads_of_an_own_file_and_rows_without_one(tmp_path, run_script, run_janib):
    with write_corpus(tmp_path / "two.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    tones = {"favor": "إيجابي", "against": "سلبي", "neutral": "محايد"}
    for number, row in enumerate(rows):
        row["tone"], row["sarcasm"] = tones[row["stance"]], ["نعم", "لا", ""][number // 3 % 3]
    with (tmp_path / "three.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    overrides = ["data=csv", "data.path=three.csv", "data.columns.sentiment=tone", "data.metric=macro_f1", "test=false"]
    overrides += ["task=joint_sarcasm", "model=tiny", "model.training.epochs=1", "split.refit=false"]
    done = run_script(tmp_path, "train", *overrides, "hydra.run.dir=out")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics.keys() >= {"valid/macro_f1", "sentiment/valid/f_pn", "sarcasm/valid/f1/sarcastic"}
    with (tmp_path / "out" / "predictions" / "sarcasm" / "valid.csv").open(encoding="utf-8") as stream:
        assert {row["gold"] for row in csv.DictReader(stream)} <= {"sarcastic", "not_sarcastic"}
    code, _, error = run_janib(
        "predict", tmp_path / "two.csv", tmp_path / "out.jsonl", "--model", tmp_path / "out/model"
    )
    assert code == 0, error
    first = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert first["sarcasm_predicted"] in ("sarcastic", "not_sarcastic")
    assert first["sarcasm_p_sarcastic"] + first["sarcasm_p_not_sarcastic"] == pytest.approx(1)


def test_sarcasm_alone_as_upstream_writes_it(tmp_path, run_script):
    write_corpus(tmp_path / "in.csv", labels=("TRUE", "FALSE"))
    overrides = ["data=csv", "data.path=in.csv", "data.columns.sarcasm=stance", "data.columns.target=false"]
    done = run_script(tmp_path, "train", *overrides, "task=sarcasm", "model=tfidf_logreg", "hydra.run.dir=out")
    assert done.returncode == 0, done.stderr
    assert janib.load(tmp_path / "out" / "model").predict(["يا سلام"])[0].label in ("sarcastic", "not_sarcastic")


def test_without_a_refit_the_model_that_validated_is_kept(tmp_path, run_script):
    overrides = ["model=tfidf_logreg", "hydra.run.dir=out", "ledger=scorings.csv", "split.refit=false"]
    done = run_script(tmp_path, "train", *write_data(tmp_path), *overrides)
    assert done.returncode == 0, done.stderr
    assert "fitting on 68 rows, validating on 12" in done.stderr
    assert "refitting" not in done.stderr
    model = janib.load(tmp_path / "out" / "model")
    with (tmp_path / "out" / "predictions" / "valid.csv").open(encoding="utf-8") as stream:
        kept = {row["id"]: row["predicted"] for row in csv.DictReader(stream)}
    with (tmp_path / "train.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row[HEADER[0]] in kept]
    found = model.predict([row[HEADER[1]] for row in rows], [row[HEADER[2]] for row in rows])
    assert [one.label for one in found] == [kept[row[HEADER[0]]] for row in rows]


def test_a_sweep_goes_on_and_tells_every_job_that_failed(tmp_path, run_script):
    good, bad = write_corpus(tmp_path / "آراء الناس.csv", rows=40), tmp_path / "bad.csv"
    bad.write_text(good.read_text(encoding="utf-8").replace("neutral", "?"), encoding="utf-8")
    paths = f"data.path={good},gone.csv,{bad}"
    done = run_script(tmp_path, "train", "-m", "data=csv", paths, "model=majority", "test=false", "hydra.sweep.dir=out")
    assert done.returncode == 2
    assert "job 1 failed: gone.csv does not exist; check the path\n" in done.stderr  # at once, in the log
    error = done.stderr[done.stderr.index("error: ") :].splitlines()
    assert error[:2] == [
        "error: 2 of 3 jobs failed; mend them and run them again",
        "job 1 (data.path=gone.csv): gone.csv does not exist; check the path",
    ]
    assert error[2].startswith(f"job 2 (data.path={bad}): {bad}, row 3 (line 4) and 12 more: label '?' is unknown")
    assert "Traceback" not in done.stderr
    assert len(list(tmp_path.glob("out/*/metrics.json"))) == 1
    jobs = [json.loads(line) for line in (tmp_path / "out/jobs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [job["error"] is None for job in jobs] == [True, False, False]


def test_the_champion_is_the_best_on_validation_of_the_same_rows(tmp_path, run_script):
    write_data(tmp_path)
    other = write_corpus(tmp_path / "other.csv", rows=60)
    own = ["data=csv", "register=true", "test=false", "data.name=رأيي"]
    said = []
    for overrides in (
        [f"data.path={tmp_path}/train.csv", "model=tfidf_nb"],
        [f"data.path={tmp_path}/train.csv", "model=majority"],  # worse
        [f"data.path={other}", "model=majority"],  # other rows
        [f"data.path={other}", "model=majority", "split.used=0"],
        [f"data.path={tmp_path}/train.csv", "model=tfidf_nb", "seed=1"],  # as good
    ):
        done = run_script(tmp_path, "train", *own, *overrides)
        assert done.returncode == 0, done.stderr
        said.append(
            next(line for line in done.stderr.splitlines() if "registered  " in line).partition("registered  ")[2]
        )
    model = "models:/janib-رأيي-stance"
    assert said[0] == f"{model}@champion"
    assert said[1].startswith(f"{model}/2 (version 1 stays @champion: its valid/macro_f1 is ")
    assert "validated on other rows, so the scores cannot be compared" in said[2]
    assert said[3].endswith("(version 1 stays @champion: this one was not validated)")
    assert said[4].startswith(f"{model}/5 (version 1 stays")
    with chdir(tmp_path), pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
        assert janib.load(f"{model}@champion").manifest["kind"] == "tfidf"
        assert janib.load(f"{model}/latest").manifest["provenance"]["seed"] == 1


def test_leaks_are_left_out_of_training_if_asked(tmp_path, run_script):
    overrides = ["model=majority", "split.drop_leaks=true", "hydra.run.dir=out"]
    done = run_script(tmp_path, "train", *write_data(tmp_path), *overrides)
    assert done.returncode == 0, done.stderr
    assert "30 of 80 training rows left out whose text is scored" in done.stderr
