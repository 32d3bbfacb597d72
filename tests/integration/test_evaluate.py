"""Rescoring through ``experiments/evaluate.py``: the numbers of the run, without training."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(folder, script, *overrides):
    return subprocess.run(
        [sys.executable, str(ROOT / "experiments" / f"{script}.py"), *overrides],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    done = run(folder, "train", "model=majority", "hydra.run.dir=out", "ledger=scorings.csv")
    assert done.returncode == 0, done.stderr
    return folder


def test_rescoring_gives_the_run_s_numbers(trained):
    done = run(trained, "evaluate", "saved=out/model", "hydra.run.dir=again", "ledger=scorings.csv")
    assert done.returncode == 0, done.stderr
    before = json.loads((trained / "out/metrics.json").read_text())
    after = json.loads((trained / "again/metrics.json").read_text())
    assert after == {key: value for key, value in before.items() if not key.startswith("valid/")}
    assert len((trained / "scorings.csv").read_text().splitlines()) == 1 + 2 + 2


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["saved=gone"], "error: gone does not exist; expected a model folder, one that holds janib.json\n"),
        (
            ["saved=out/model", "task=sentiment"],
            "error: out/model answers {'stance': ('against', 'neutral', 'favor')}, but statements asks for sentiment "
            "as ('negative', 'neutral', 'positive'); choose a model or a task that fits\n",
        ),
        ([], "error: saved has no value; give it one: saved=…\n"),
    ],
)
def test_wrong_model_is_one_error(trained, overrides, message):
    done = run(trained, "evaluate", *overrides, "hydra.run.dir=wrong", "ledger=scorings.csv")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
