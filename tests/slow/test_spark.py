"""Spark labels what ``janib predict`` labels, row by row, and leaves alone what is done."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="needs the extra spark")

import pyarrow
import pyarrow.parquet
from rich.console import Console

import janib
from janib.errors import DataError
from janib.inference.predict_file import predict_file
from janib.inference.rows import Columns
from janib.io.files import hash_file
from janib.labels import STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example
from janib.tracking.store import register_model, track_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="needs Java"),
]

SCRIPT = Path(__file__).parents[2] / "experiments" / "score_spark.py"
TOLD = {"favor": "نؤيد القرار", "against": "نرفض القرار", "neutral": "اجتمع المجلس"}
CHAMPION = "models:/janib-test@champion"
NOT_UTF8 = pyarrow.Array.from_buffers(pyarrow.string(), 1, pyarrow.array(["نص".encode("cp1256")]).buffers())


def register(folder, names, count):
    """Register a TF-IDF model of so many rows under these names."""
    told = list(TOLD.items())
    rows = [Example(str(n), f"{told[n % 3][1]} {n % 7}", f"هدف {n % 2}", stance=told[n % 3][0]) for n in range(count)]
    settings = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 4], "min_df": 1, "classifier": {"name": "logreg"}}
    model = TfidfModel(labels={"stance": STANCE_LABELS}, seed=0, target="per_target", **settings).fit(rows)
    save_model(model, folder / names[0], {"target_is_given": True}, "# Card\n")
    uri = f"sqlite:///{folder}/mlflow.db"
    with track_run(uri, folder / "artifacts", "test", "run", {}) as run:
        run.log_model(folder / names[0], {"text": "رحبت الوزارة بقرار المجلس", "target": "المجلس"})
    for name in names:
        register_model(uri, run.id, name, "valid/macro_f1")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with two registered models and a folder of Parquet files; some rows are bad, some files hidden."""
    folder = tmp_path_factory.mktemp("spark")
    register(folder, ["janib-test", "janib-again"], 120)
    register(folder, ["janib-other"], 90)
    (folder / "in").mkdir()
    told = list(TOLD.values())
    for name in ("a", "b"):
        rows = [
            {"id": n, "text": None if n % 50 == 7 else f"{told[n % 3]} {name} {n}", "target": f"هدف {n % 3}"}
            for n in range(200)
        ]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "in" / f"{name}.parquet")
    odd = {  # names that mean something to Spark, and columns that are no texts
        "id": range(4),
        "text": [10**16, -5, None, 0],
        "target": [True, None, False, True],
        "speaker": pyarrow.nulls(4),
        "user.name": ["س"] * 4,
        "_found": [1.5, float("nan"), None, 1e16],
        "when": [datetime(1890, 2, 3, 4, 5, 6, 789, UTC)] * 4,
    }
    pyarrow.parquet.write_table(pyarrow.table(odd), folder / "in" / "c[bold]{1}*.parquet")
    for name in ("._a.parquet", "_x.parquet"):
        (folder / "in" / name).write_text("neither read")
    return folder


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("score_spark", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def spark(script):
    """One session for all that needs no command line: a start takes half a minute."""
    with script.open_session("local[1]") as session:
        yield session


def score(folder, *arguments):
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    command = [sys.executable, str(SCRIPT), CHAMPION, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def read(path):
    rows = sorted(pyarrow.parquet.read_table(path).to_pylist(), key=lambda row: row["id"])
    return [{name: repr(value) for name, value in row.items()} for row in rows]  # NaN is equal too


def write(path, columns):
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    return path


def test_equal_to_predict_row_by_row_and_restarted(work):
    done = score(work, "in", "out")
    assert done.returncode == 0, done.stderr
    classifier = janib.load(work / "janib-test")
    names = ["a", "b", "c[bold]{1}*"]
    assert sorted(path.name for path in (work / "out").iterdir()) == names
    for name in names:
        target = work / f"{name}.parquet"
        predict_file(classifier, work / "in" / f"{name}.parquet", target, Columns(), None, Console(stderr=True))
        assert read(work / "out" / name) == read(target)
    before = {path: path.stat().st_mtime_ns for name in ("a", names[2]) for path in (work / "out" / name).iterdir()}
    (work / "out" / "b" / "_janib.json").unlink()  # as if it had been killed at the second file, just after Spark
    done = score(work, "in", "out")
    assert done.returncode == 0, done.stderr
    for told in ("1 of 3: out/a is there already\n", "2 of 3: out/b\n", "3 of 3: out/c[bold]{1}* is there already\n"):
        assert told in done.stderr
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert read(work / "out" / "b") == read(work / "b.parquet")
    assert (work / "out" / "b" / "_janib.json").exists()


def test_what_spark_cannot_read_is_one_line_and_exit_2(work):
    write(work / "nano.parquet", {"text": ["نص"], "target": ["أ"], "at": pyarrow.array([1], pyarrow.timestamp("ns"))})
    done = score(work, "nano.parquet", "none")
    assert done.returncode == 2
    assert "\nerror: nano.parquet cannot be labelled with Spark ([PARQUET_TYPE_ILLEGAL]" in done.stderr
    assert done.stderr.endswith("; mend that, or label it with janib predict\n")
    assert "Traceback" not in done.stderr
    assert "\tat " not in done.stderr
    assert not (work / "none").exists()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"txt": ["نص"], "target": ["أ"]}, "has no column 'text', only txt, target; rename the right one"),
        ({"text": ["نص"], "target": [float("nan")]}, "has the column 'target' as double, expected text"),
        ({"text": [["نص"]], "target": ["أ"]}, "has the column 'text' as array<string>, expected text"),
        ({"text": ["نص"], "target": [date(2026, 1, 1)]}, "has the column 'target' as date, expected text"),
        ({"text": ["نص"], "target": ["أ"], "Error": [1]}, "has a column 'Error' already, which the prediction would"),
        ({"text": ["نص"], "Text": ["نص"], "target": ["أ"]}, "cannot be labelled with Spark ([COLUMN_ALREADY_EXISTS]"),
        (b"no Parquet", "refused.parquet is not a Parquet file"),
        ({"text": NOT_UTF8, "target": ["أ"]}, "cannot be labelled with Spark (pyarrow.lib.ArrowException: "),
    ],
    ids=["missing", "float", "list", "date", "clash", "double", "no-parquet", "not-utf8"],
)
def test_a_file_that_cannot_be_labelled_as_predict_does_is_refused(work, script, spark, monkeypatch, columns, message):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{work}/mlflow.db")
    path = work / "refused.parquet"
    if isinstance(columns, bytes):
        path.write_bytes(columns)
    else:
        write(path, columns)
    with pytest.raises(DataError) as caught:
        script.label_files(spark, CHAMPION, [path], work / "none")
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not [place for place in (work / "none").rglob("*") if place.is_file()]


def test_rows_of_another_model_or_file_do_not_pass_as_done(work, script, spark, monkeypatch, capsys):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{work}/mlflow.db")
    path, output = write(work / "one.parquet", {"text": ["نؤيد القرار"], "target": ["هدف 1"]}), work / "made"
    script.label_files(spark, CHAMPION, [path], output)
    version, sha256 = janib.load(work / "janib-test").version, hash_file(path)
    assert json.loads((output / "one" / "_janib.json").read_text()) == {"model": version, "sha256": sha256}
    before = {path.name: path.read_bytes() for path in (output / "one").iterdir()}
    script.label_files(spark, "models:/janib-again@champion", [path], output)  # the same under another name
    assert capsys.readouterr().err.endswith("one is there already\n")
    with pytest.raises(DataError, match=rf"one was made by the model {version}, not tfidf-\w+; remove it, or name"):
        script.label_files(spark, "models:/janib-other@champion", [path], output)
    write(path, {"text": ["نرفض القرار"], "target": ["هدف 1"]})
    with pytest.raises(DataError, match=r"one was made from other rows than .*one\.parquet has; remove it, or name"):
        script.label_files(spark, CHAMPION, [path], output)
    assert {path.name: path.read_bytes() for path in (output / "one").iterdir()} == before
    theirs = work / "theirs" / "one" / "notes.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("kept")
    with pytest.raises(DataError, match=r"notes\.txt would be overwritten; name another output"):
        script.label_files(spark, CHAMPION, [path], work / "theirs")
    assert theirs.read_text() == "kept"


def test_what_is_no_parquet_file_is_said_before_spark_starts(script, tmp_path):
    with pytest.raises(DataError, match=r"missing does not exist, or holds no \.parquet file; check the path"):
        script.list_files(tmp_path / "missing")
    with pytest.raises(DataError, match=r"holds no \.parquet file"):
        script.list_files(tmp_path)
    for folder in ("part=1", "whole.parquet"):
        place = tmp_path / folder
        place.mkdir()
        with pytest.raises(DataError, match=f"{folder} is a folder, expected a file; to label the files in it"):
            script.list_files(tmp_path)
        place.rmdir()
    hidden = write(tmp_path / "_x.parquet", {"text": ["نص"]})
    with pytest.raises(DataError, match=r"_x\.parquet is hidden from Spark, as its name begins with '_'; rename it"):
        script.list_files(hidden)
    shown = write(tmp_path / "x.parquet", {"text": ["نص"]})
    (tmp_path / "more").mkdir()
    assert script.list_files(tmp_path) == [shown]
