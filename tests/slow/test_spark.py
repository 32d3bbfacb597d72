"""Spark labels what ``janib predict`` labels, row by row, and leaves alone what is done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyspark", reason="needs the extra spark")

import pyarrow
import pyarrow.parquet
from rich.console import Console

import janib
from janib.labels import STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf import TfidfModel
from janib.predictions import predict_file
from janib.rows import Columns
from janib.schema import Example
from janib.tracking import register_model, track_run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("java") is None and "JAVA_HOME" not in os.environ, reason="needs Java"),
]

SCRIPT = Path(__file__).parents[2] / "experiments" / "score_spark.py"
TOLD = {"favor": "نؤيد القرار", "against": "نرفض القرار", "neutral": "اجتمع المجلس"}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a registered TF-IDF model and two Parquet files; some rows are bad."""
    folder = tmp_path_factory.mktemp("spark")
    told = list(TOLD.items())
    rows = [Example(str(n), f"{told[n % 3][1]} {n % 7}", f"هدف {n % 2}", stance=told[n % 3][0]) for n in range(120)]
    settings = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 4], "min_df": 1, "classifier": {"name": "logreg"}}
    model = TfidfModel(labels={"stance": STANCE_LABELS}, seed=0, target="per_target", **settings).fit(rows)
    save_model(model, folder / "model", {"target_is_given": True}, "# Card\n")
    uri = f"sqlite:///{folder}/mlflow.db"
    with track_run(uri, folder / "artifacts", "test", "run", {}) as run:
        run.log_model(folder / "model", {"text": "رحبت الوزارة بقرار المجلس", "target": "المجلس"})
    register_model(uri, run.id, "janib-test")
    (folder / "in").mkdir()
    for name in ("a", "b"):
        rows = [
            {"id": n, "text": None if n % 50 == 7 else f"{told[n % 3][1]} {name} {n}", "target": f"هدف {n % 3}"}
            for n in range(200)
        ]
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "in" / f"{name}.parquet")
    return folder


def score(folder, *arguments):
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db"}
    command = [sys.executable, str(SCRIPT), "models:/janib-test@champion", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600)


def read(path):
    return sorted(pyarrow.parquet.read_table(path).to_pylist(), key=lambda row: row["id"])


def test_equal_to_predict_row_by_row_and_restarted(work):
    done = score(work, "in", "out")
    assert done.returncode == 0, done.stderr
    classifier = janib.load(work / "model")
    for name in ("a", "b"):
        target = work / f"{name}.parquet"
        predict_file(classifier, work / "in" / f"{name}.parquet", target, Columns(), None, Console(stderr=True))
        assert read(work / "out" / name) == read(target)
    before = sorted(path.name for path in (work / "out" / "a").iterdir())
    (work / "out" / "b" / "_SUCCESS").unlink()  # as if it had been killed at the second file
    done = score(work, "in", "out")
    assert done.returncode == 0, done.stderr
    assert "1 of 2: out/a is there already" in done.stderr
    assert sorted(path.name for path in (work / "out" / "a").iterdir()) == before
    assert read(work / "out" / "b") == read(work / "b.parquet")


def test_a_missing_column_and_a_missing_file_are_one_error(work):
    pyarrow.parquet.write_table(pyarrow.table({"txt": ["نص"], "target": ["أ"]}), work / "other.parquet")
    done = score(work, "other.parquet", "none")
    assert done.returncode == 2
    assert done.stderr.endswith("other.parquet has no column 'text', only txt, target; rename the right one\n")
    done = score(work, "missing.parquet", "none")
    assert done.returncode == 2
    assert done.stderr.endswith("missing.parquet does not exist, or holds no .parquet file; check the path\n")
    assert not (work / "none").exists()
