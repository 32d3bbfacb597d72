"""A newcomer's three hundred rows: one command, in a time that one waits for, and nothing is trained twice."""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import janib

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow

MOST_SECONDS = 90  # of the processor, so that a busy machine changes nothing


def run(folder, *command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "COLUMNS": "100", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_newcomer_compares_models_on_her_file(tmp_path, monkeypatch):
    run(tmp_path, ROOT / "examples/make_opinions.py", ".")
    assert (tmp_path / "آراء.csv").read_bytes().startswith("\ufeffالرقم,النص,الجهة,الموقف\r\n".encode())
    command = ["-m", "janib.cli", "compare", "آراء.csv", "--test", "اختبار.csv"]
    done, seconds = run(tmp_path, *command)
    assert seconds < MOST_SECONDS
    assert "مؤيد is read as favor, معارض is read as against" in done.stderr
    assert "split." not in done.stderr + done.stdout
    again, seconds = run(tmp_path, *command)
    assert again.stdout == done.stdout
    assert again.stderr.count("has run already") == 7
    (use,) = re.findall(r"janib (explain .*)$", done.stdout, flags=re.MULTILINE)
    run(tmp_path, "-m", "janib.cli", *use.replace("'", "").split(), "explained.jsonl")
    assert (tmp_path / "explained.jsonl").read_text(encoding="utf-8").count("\n") == 240
    monkeypatch.chdir(tmp_path)
    model = janib.load("models:/janib-آراء-stance@champion")
    assert model.predict(["كفى عبثاً من البلدية"], ["البلدية"])[0].label == "against"


def test_a_moved_file_of_the_same_rows_is_not_trained_again(tmp_path):
    run(tmp_path, ROOT / "examples/make_opinions.py", "قديم")
    quick = ["--models", "majority,tfidf_nb", "--folds", "2", "--name", "آراء"]
    run(tmp_path, "-m", "janib.cli", "compare", "قديم/آراء.csv", *quick)
    (tmp_path / "قديم").rename(tmp_path / "جديد (1)")
    done, _ = run(tmp_path, "-m", "janib.cli", "compare", "جديد (1)/آراء.csv", *quick)
    assert done.stderr.count("has run already") == 2
