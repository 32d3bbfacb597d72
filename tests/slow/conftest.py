"""What several slow tests need: a model, environments."""

import os
import subprocess
import venv
from pathlib import Path

import pytest

from janib.corpora import read_corpus
from janib.labels import STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"


@pytest.fixture(scope="session")
def statements_model(tmp_path_factory):
    """The folder of a TF-IDF model that was trained on the Janib statements."""
    rows = read_corpus("statements")[1]["train"]
    settings = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 5], "min_df": 1, "classifier": {"name": "logreg"}}
    model = TfidfModel(labels={"stance": STANCE_LABELS}, seed=0, target="ignored", **settings).fit(rows, [])
    folder = tmp_path_factory.mktemp("statements") / "model"
    save_model(model, folder, {"target_is_given": True}, "# Card\n")
    return folder


@pytest.fixture(scope="session")
def make_environment():
    """Make a virtual environment in a folder and install what pip's arguments name, at the versions of the project."""

    def make(folder, *arguments):
        venv.create(folder, with_pip=True)
        # pip would compile all modules, which takes longer than the rest; Python compiles those that are imported.
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PIP_COMPILE": "0"}
        command = [folder / "bin" / "pip", "install", "--quiet", "--constraint", CONSTRAINTS, *arguments]
        subprocess.run(command, check=True, env=variables)
        return folder

    return make
