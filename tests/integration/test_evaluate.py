"""Rescoring through ``experiments/evaluate.py``: the numbers of the run, without training."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("copied_stores")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, run_script):
    folder = tmp_path_factory.mktemp("trained")
    done = run_script(folder, "train", "model=majority", "hydra.run.dir=out", "ledger=scorings.csv")
    assert done.returncode == 0, done.stderr
    return folder


def test_rescoring_gives_the_run_s_numbers(trained, run_script):
    done = run_script(trained, "evaluate", "saved=out/model", "hydra.run.dir=again", "ledger=scorings.csv")
    assert done.returncode == 0, done.stderr
    before = json.loads((trained / "out/metrics.json").read_text())
    after = json.loads((trained / "again/metrics.json").read_text())
    assert after == {key: value for key, value in before.items() if not key.startswith("valid/")}
    assert len((trained / "scorings.csv").read_text().splitlines()) == 1 + 2 + 2


WRONG = [
    (["saved=gone"], "error: gone does not exist; expected a model folder, one that holds janib.json\n"),
    (
        ["saved=out/model", "task=sentiment"],
        "error: out/model has the labels {'stance': ('against', 'neutral', 'favor')}, but sentiment of statements "
        "has ('negative', 'neutral', 'positive'); choose a model or a task that fits\n",
    ),
    ([], "error: saved has no value; give it one: saved=…\n"),
]


def expect_error(done, message):
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("overrides", "message"), WRONG)
def test_wrong_model_is_one_error(trained, run_script, overrides, message):
    expect_error(run_script(trained, "evaluate", *overrides, "hydra.run.dir=wrong", "ledger=scorings.csv"), message)


def test_wrong_model_ends_a_process_with_status_2(tmp_path, run_process):
    overrides, message = WRONG[0]
    expect_error(run_process(tmp_path, "evaluate", *overrides), message)
