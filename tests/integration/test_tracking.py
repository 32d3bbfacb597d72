"""The MLflow store: what is logged can be loaded, and a store that cannot be used is one clear error."""

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from io import StringIO
from pathlib import Path
from unittest.mock import Mock

import mlflow
import pandas as pd
import pytest
from mlflow.pyfunc.scoring_server import predictions_to_json

import janib
from janib.corpora import read_corpus
from janib.errors import ModelError, TrackingError
from janib.labels import STANCE_LABELS
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.schema import Example
from janib.tracking.datasets import hash_rows, list_datasets
from janib.tracking.store import download_model, register_model, track_run

pytestmark = pytest.mark.usefixtures("copied_stores")

ROWS = [Example(str(i), f"نص {i}", "المجلس", stance=STANCE_LABELS[i % 3]) for i in range(9)]


@pytest.fixture
def model_folder(tmp_path):
    model = MajorityModel(labels={"stance": STANCE_LABELS}, seed=0).fit(ROWS, [])
    save_model(model, tmp_path / "model", {"target_is_given": True}, "card")
    return tmp_path / "model"


def open_run(folder, name="run"):
    return track_run(f"sqlite:///{folder}/mlflow.db", folder / "artifacts", "test", name, {"commit": "abc"})


def start_one(folder):
    with open_run(folder) as run:
        run.log_metrics({"valid/accuracy": 0.5})
    return run.id


def test_logged_model_loads_through_every_door(tmp_path, model_folder, monkeypatch):
    with open_run(tmp_path) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    expected = janib.load(model_folder).predict(["نص"], "المجلس")
    assert janib.load(f"runs:/{run.id}/model").predict(["نص"], "المجلس") == expected
    address = register_model(uri, run.id, "janib-test", "valid/macro_f1").address
    assert address == "models:/janib-test@champion"
    assert janib.load(address).predict(["نص"], "المجلس") == expected
    model = mlflow.pyfunc.load_model(address)
    answer = model.predict(pd.DataFrame({"text": ["نص", " "], "target": ["المجلس", "المجلس"]}))
    version = janib.load(address).version
    assert json.loads(answer.to_json(orient="records")) == [
        {
            "predicted": expected[0].label,
            **{f"p_{label}": round(p, 6) for label, p in expected[0].probabilities.items()},
        }
        | {"error": "", "model_version": version},
        {"predicted": "", **{f"p_{label}": None for label in STANCE_LABELS}}
        | {"error": "text is blank; every row needs one", "model_version": version},
    ]
    body = StringIO()
    predictions_to_json(answer, body)  # as a server answers
    served = json.loads(body.getvalue(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert served["predictions"] == json.loads(answer.to_json(orient="records"))
    client = mlflow.MlflowClient(uri)
    assert client.get_run(run.id).data.tags["model_version"] == version
    with pytest.raises(mlflow.exceptions.MlflowException, match="text"):
        model.predict(pd.DataFrame({"txt": ["نص"], "target": ["المجلس"]}))


@pytest.mark.filterwarnings("ignore:.* is ill-defined")  # the model predicts one label alone
def test_evaluate_scores_what_was_logged(tmp_path, model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a run of its own goes to mlruns/ where the command runs
    with open_run(tmp_path) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    table = pd.DataFrame([{"text": row.text, "target": row.target, "stance": row.stance} for row in ROWS])
    model = mlflow.pyfunc.load_model(f"runs:/{run.id}/model")
    found = mlflow.models.evaluate(
        lambda rows: model.predict(rows)["predicted"], table, targets="stance", model_type="classifier"
    )
    assert found.metrics["accuracy_score"] == pytest.approx(1 / 3)


def test_a_model_that_version_0_1_logged_is_loaded(tmp_path, model_folder):
    with open_run(tmp_path) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    (code,) = (path for path in (tmp_path / "artifacts").rglob("pyfunc.py") if "code" not in path.parts)
    text = code.read_text(encoding="utf-8")
    older = text.replace("janib.inference.rows", "janib.rows").replace("janib.io.text_tables", "janib.records")
    assert older.count("from janib.rows import") == older.count("from janib.records import") == 1
    code.write_text(older, encoding="utf-8")
    model = mlflow.pyfunc.load_model(str(code.parent))
    expected = janib.load(model_folder).predict(["نص"], "المجلس")[0].label
    assert model.predict(pd.DataFrame({"text": ["نص"], "target": ["المجلس"]}))["predicted"].tolist() == [expected]


def test_the_model_brings_its_code_and_requirements_but_no_corpus(tmp_path, model_folder):
    with open_run(tmp_path) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    (folder,) = (path.parent for path in (tmp_path / "artifacts").rglob("MLmodel"))
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    assert all("==" in line for line in lines)
    assert {"numpy", "mlflow"} < {line.split("==")[0] for line in lines}
    carried = {path.relative_to(folder / "code" / "janib").as_posix() for path in (folder / "code").rglob("*.py")}
    assert {"__init__.py", "tracking/pyfunc.py", "models/majority.py"} < carried
    assert (folder / "code" / "janib" / "data" / "lexicon.txt").exists()
    assert not (folder / "code" / "janib" / "data" / "statements").exists()


def test_nothing_is_pickled(tmp_path, model_folder):
    with open_run(tmp_path) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    written = [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if path.suffix in (".pkl", ".pickle") or path.read_bytes()[:1] == b"\x80"]


def test_code_of_a_logged_folder_is_not_run(tmp_path, model_folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", StringIO("y\ny\n"))
    (model_folder / "evil.py").write_text("open('canary', 'w').close()", encoding="utf-8")
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with open_run(tmp_path) as run:
        with pytest.raises(ModelError, match=r"evil\.py is no file of a model"):
            run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
        run.log_folder(model_folder, "model")  # as another program may
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(ModelError, match=r"evil\.py is no file of a model"):
        janib.load(f"runs:/{run.id}/model")
    assert not (tmp_path / "canary").exists()


def test_a_run_whose_process_died_is_marked_as_killed(tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = mlflow.MlflowClient(uri)
    finished = start_one(tmp_path)
    experiment = client.get_experiment_by_name("test").experiment_id
    dead = client.create_run(experiment).info.run_id
    with open_run(tmp_path) as run:
        for other in (dead, finished, "none"):
            run.end_other(other)
    assert [client.get_run(one).info.status for one in (dead, finished)] == ["KILLED", "FINISHED"]


def test_run_ends_as_failed_when_its_block_does(tmp_path):
    with pytest.raises(RuntimeError), open_run(tmp_path):
        raise RuntimeError
    with sqlite3.connect(tmp_path / "mlflow.db") as store:
        assert store.execute("select status from runs").fetchall() == [("FAILED",)]


def test_environment_names_no_other_run(tmp_path, monkeypatch, model_folder):
    first = start_one(tmp_path)
    monkeypatch.setenv("MLFLOW_RUN_ID", first)
    with open_run(tmp_path) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    assert run.id != first


def test_a_run_leaves_the_process_its_own_store(tmp_path, model_folder, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with open_run(tmp_path) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    assert "MLFLOW_TRACKING_URI" not in os.environ


@pytest.mark.usefixtures("new_stores")
def test_two_processes_initialise_one_store(tmp_path):
    with ProcessPoolExecutor(2) as pool:
        ids = list(pool.map(start_one, [tmp_path] * 2))
    assert len(set(ids)) == 2


@pytest.mark.usefixtures("new_stores")
def test_a_store_is_made_whole_or_not_at_all(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        # As if killed between MLflow's first tables and the steps that bring them up to date.
        patched.setattr("mlflow.store.db.utils._upgrade_db", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            start_one(tmp_path)
    assert not (tmp_path / "mlflow.db").exists()
    assert start_one(tmp_path)


@pytest.mark.slow  # MLflow tries for 20 seconds
def test_locked_store_is_one_error(tmp_path):
    start_one(tmp_path)
    holder = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    holder.execute("begin exclusive")
    try:
        with pytest.raises(TrackingError) as caught, open_run(tmp_path):
            pass
    finally:
        holder.close()
    assert str(caught.value) == (
        f"the MLflow store sqlite:///{tmp_path}/mlflow.db cannot be used: another program holds its lock; "
        "wait for that program or end it, or name another with tracking.uri="
    )


def test_read_only_store_is_one_error(tmp_path, monkeypatch):
    start_one(tmp_path)
    monkeypatch.chdir(tmp_path)  # MLflow takes such a uri for a path, and makes its folders here
    # The file's mode does not stop root, SQLite's own switch does.
    uri = f"sqlite:///file:{tmp_path}/mlflow.db?mode=ro&uri=true"
    with pytest.raises(TrackingError) as caught, track_run(uri, tmp_path / "artifacts", "test", "run", {}):
        pass
    assert str(caught.value) == (
        f"the MLflow store {uri} cannot be used: it is read-only; make it writable, or name another with tracking.uri="
    )


def test_unwritable_folder_is_one_error(tmp_path, monkeypatch):
    def refuse(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "touch", refuse)  # a folder's mode does not stop root
    with pytest.raises(TrackingError) as caught, open_run(tmp_path):
        pass
    assert str(caught.value) == (
        f"the MLflow store sqlite:///{tmp_path}/mlflow.db cannot be used: permission denied for "
        f"{tmp_path}/mlflow.db-lock; make it writable, or name another with tracking.uri="
    )


def test_missing_store_and_model_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(ModelError) as caught:
        download_model("models:/nothing@champion")
    assert str(caught.value) == (
        "models:/nothing@champion: there is no MLflow store at sqlite:///mlflow.db; name it in MLFLOW_TRACKING_URI"
    )
    start_one(tmp_path)
    with pytest.raises(ModelError, match=r"^models:/nothing@champion cannot be loaded from sqlite:///mlflow\.db: "):
        download_model("models:/nothing@champion")


@pytest.fixture
def project(tmp_path, model_folder):
    """A project folder with a store and a registered model; its artifacts lie beside the store."""
    folder = tmp_path / "مشروع اول"
    folder.mkdir()
    with log_into(folder) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
        run.log_file(model_folder / "README.md")
    register_model(f"sqlite:///{folder}/mlflow.db", run.id, "janib-test", "valid/macro_f1")
    return folder


def log_into(folder):
    return track_run(f"sqlite:///{folder}/mlflow.db", folder / "mlartifacts", "test", "run", {})


def load_from(folder, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
    folders = [download_model(address) for address in ("models:/janib-test@champion", "models:/janib-test/1")]
    assert janib.load("models:/janib-test@champion").predict(["نص"], "المجلس")
    return folders


def test_a_moved_project_finds_its_models_and_logs_beside_them(tmp_path, project, monkeypatch):
    moved = tmp_path / "elsewhere" / "moved (1)"
    moved.parent.mkdir()
    project.rename(moved)
    assert all(found.is_relative_to(moved) for found in load_from(moved, monkeypatch))
    with log_into(moved) as run:
        run.log_file(moved / "mlflow.db-lock")
    assert (moved / "mlartifacts" / run.id / "artifacts" / "mlflow.db-lock").exists()
    assert not project.exists()


@pytest.mark.parametrize("original_goes", [False, True])
def test_a_copied_project_uses_its_own_files(tmp_path, project, monkeypatch, original_goes):
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    before = sorted(project.rglob("*"))
    if original_goes:
        shutil.rmtree(project)
    assert all(found.is_relative_to(copy) for found in load_from(copy, monkeypatch))
    with log_into(copy) as run:
        run.log_file(copy / "mlflow.db-lock")
    assert list(copy.rglob(f"{run.id}/artifacts/mlflow.db-lock"))
    if not original_goes:
        assert sorted(project.rglob("*")) == before
        assert all(found.is_relative_to(project) for found in load_from(project, monkeypatch))


def test_a_store_that_was_moved_alone_says_where_its_files_were(tmp_path, project, monkeypatch):
    alone = tmp_path / "alone"
    alone.mkdir()
    project.joinpath("mlflow.db").rename(alone / "mlflow.db")
    project.rename(tmp_path / "gone")
    with pytest.raises(ModelError) as caught:
        load_from(alone, monkeypatch)
    assert str(caught.value) == (
        f"models:/janib-test@champion cannot be loaded from sqlite:///{alone}/mlflow.db: the store has its files in "
        f"{project}/mlartifacts, which is gone; put the folder mlartifacts into {alone}"
    )
    (tmp_path / "gone" / "mlartifacts").rename(alone / "mlartifacts")
    load_from(alone, monkeypatch)


def test_artifacts_in_a_folder_of_ones_own_stay_where_they_are(tmp_path, model_folder, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    with track_run(f"sqlite:///{home}/mlflow.db", tmp_path / "disk", "test", "run", {}) as run:
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    home.rename(tmp_path / "new")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/new/mlflow.db")
    assert download_model(f"runs:/{run.id}/model").is_dir()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("models:/janib-test", "models:/janib-test names no version; expected models:/janib-test@champion"),
        ("s3://bucket/model", "s3://bucket/model: expected a model folder, runs:/"),
        ("file:///no/such%20place", "/no/such place does not exist"),
        ("~/no-such-place", f"{Path.home()}/no-such-place does not exist"),
    ],
)
def test_an_address_of_another_kind_is_one_error(tmp_path, address, said, monkeypatch):
    start_one(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(ModelError) as caught:
        janib.load(address)
    assert said in str(caught.value)


def test_a_model_is_loaded_by_any_name_of_its_folder(model_folder, monkeypatch):
    monkeypatch.setenv("HOME", str(model_folder.parent))
    expected = janib.load(model_folder).version
    assert janib.load("~/model").version == janib.load(model_folder.as_uri()).version == expected


def test_a_dead_process_leaves_no_run_that_is_running(tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    start_one(tmp_path)
    script = (
        "import os\nfrom pathlib import Path\nfrom janib.tracking.store import track_run\n"
        f"with track_run({uri!r}, Path({str(tmp_path)!r}) / 'artifacts', 'other', 'run', {{}}): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 9
    client = mlflow.MlflowClient(uri)
    other = client.get_experiment_by_name("other").experiment_id
    elsewhere = client.create_run(other, tags={"process": "another-machine 0 1 1"}).info.run_id
    with open_run(tmp_path) as alive:
        with open_run(tmp_path):
            pass
        found = {run.info.run_id: run.info.status for run in client.search_runs([other])}
        assert client.get_run(alive.id).info.status == "RUNNING"
    assert found.pop(elsewhere) == "RUNNING"
    assert list(found.values()) == ["KILLED"]


def test_a_run_and_its_model_describe_themselves(tmp_path, model_folder):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    corpus, splits = read_corpus("statements")
    with track_run(uri, tmp_path / "artifacts", "test", "run", {"seed": 0}, about="The statements") as run:
        run.log_datasets(list_datasets(corpus, splits, ["stance"]))
        run.log_note("- valid: macro_f1 0.5")
        run.log_model(model_folder, {"text": "نص", "target": "المجلس"})
    register_model(uri, run.id, "janib-test", "valid/macro_f1")
    client = mlflow.MlflowClient(uri)
    found = client.get_run(run.id)
    datasets = {part.dataset.name: part for part in found.inputs.dataset_inputs}
    assert list(datasets) == ["statements train", "statements test", "statements test_unseen"]
    assert [part.tags[0].value for part in datasets.values()] == ["training", "testing", "testing"]
    profile = json.loads(datasets["statements train"].dataset.profile)
    assert profile["num_rows"] == sum(profile["stance"].values()) == len(splits["train"])
    assert {"mlflow.user", "mlflow.source.name", "mlflow.source.type"} <= found.data.tags.keys()
    assert client.get_registered_model("janib-test").description == "The statements"
    assert client.get_model_version("janib-test", "1").description == "- valid: macro_f1 0.5"


def test_the_digest_of_rows_is_of_their_content_and_order():
    digests = {hash_rows(rows) for rows in (ROWS, ROWS[::-1], ROWS[:8], [*ROWS[:8], replace(ROWS[8], text="نص")])}
    assert len(digests) == 4
    assert hash_rows(ROWS) == hash_rows(list(ROWS))
