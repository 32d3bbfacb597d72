import subprocess
import sys
from pathlib import Path

import pytest

from janib.runs.config_help import describe_config

ROOT = Path(__file__).parents[3]

TRAIN = """\
# One run: train.py model=small
defaults:
  - _self_
  - model: small
  - extra: null
  - optional local: default
  - override hydra/launcher: workers

seed: 0 # of the model
split: # how rows are cut
  parts: 7 # how many

hydra:
  run: {dir: outputs}
"""


@pytest.fixture
def conf(tmp_path):
    for name, text in {
        "train": TRAIN,
        "model/small": "# How it was chosen.\nname: small\nwidth: 32 # of a layer\n",
        "model/large": "defaults:\n  - small\n  - _self_\n\nname: large\nwidth: 64\n",
        "extra/a/one": "x: 1\n",
    }.items():
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_keys_are_shown_with_their_comments(conf):
    shown = describe_config(conf, "train")
    assert shown.startswith("One run: train.py model=small\n")
    assert "\nseed: 0 # of the model\nsplit: # how rows are cut\n  parts: 7 # how many\n" in shown
    assert shown.endswith("\n\nmodel=small, one of: large, small\n  width: 32 # of a layer\n\nextra=…, one of: a/one\n")


def test_the_choice_on_the_command_line_is_shown_with_what_it_differs_from(conf):
    shown = describe_config(conf, "train", ["--help", "model=large", "seed=1"])
    assert "\n  width: 64\n  and of small, from which it differs:\n  width: 32 # of a layer\n" in shown
    assert "model=nothing, one of: large, small\n\nextra" in describe_config(conf, "train", ["model=nothing"])


@pytest.mark.parametrize("name", ["train", "table", "evaluate", "counterfactual"])
def test_each_script_has_help_and_does_nothing_else(name, tmp_path):
    script = ROOT / "experiments" / f"{name}.py"
    done = subprocess.run([sys.executable, script, "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (0, "", [])
    assert done.stdout == describe_config(ROOT / "conf", name)
