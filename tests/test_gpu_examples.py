"""The notebook and the job script for a GPU name tables, rows, encoders and corpora that are there."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from janib.corpora import NAMES

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
ENCODERS = {path.stem: OmegaConf.load(path).get("encoder") for path in (ROOT / "conf" / "model").glob("*.yaml")}


def read_commands(name):
    """Return the commands of an example as lists of words, those of comments too."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    if name.endswith(".ipynb"):
        cells = json.loads(text)["cells"]
        assert all(cell.get("outputs", []) == [] for cell in cells)
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    return [shlex.split(part) for line in text.splitlines() for part in line.lstrip("#! ").split("&&")]


@pytest.mark.parametrize("name", ["gpu_colab.ipynb", "gpu_slurm.sh"])
def test_what_an_example_for_a_gpu_names_is_there(name):
    commands = read_commands(name)
    (corpora,) = [words[3:] for words in commands if words[1:3] == ["data", "fetch"]]
    (encoders,) = [words[3:] for words in commands if words[1:3] == ["encoder", "fetch"]]
    (overrides,) = [words[2:] for words in commands if words[1:2] == ["experiments/table.py"]]
    table = OmegaConf.load(ROOT / "conf" / "table" / f"{overrides[0].removeprefix('table=')}.yaml")
    rows = re.fullmatch(r"only=\[(.*)\]", overrides[1])[1].split(",")
    assert set(rows) <= set(table.rows)
    assert set(corpora) <= set(NAMES)
    assert table.overrides[0] == f"data={corpora[0]}"
    assert sorted(encoders) == sorted(ENCODERS[row.removesuffix("_joint")] for row in rows)


def test_the_job_script_is_one_that_bash_reads():
    subprocess.run(["bash", "-n", EXAMPLES / "gpu_slurm.sh"], check=True)
