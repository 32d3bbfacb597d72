"""Every notebook runs from top to bottom, and its committed outputs are what it gives."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Jupyter's own affairs
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def list_texts(notebook):
    return [
        "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    ]


@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs(name):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    path = NOTEBOOKS / f"{name}.ipynb"
    committed = list_texts(json.loads(path.read_text(encoding="utf-8")))
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": NOTEBOOKS}}).execute()
    assert list_texts(notebook) == committed


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_small_and_has_a_chart(name):
    written = (NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")
    assert len(written.encode()) <= 200_000
    assert '"image/png"' in written


def test_notebooks_are_there():
    assert NAMES == ["01-corpora", "02-tables", "03-errors", "04-positions", "05-your-own"]


@pytest.mark.parametrize("name", NAMES)
def test_notebook_defines_nothing_but_the_model_it_shows(name):
    notebook = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    defined = [line for line in code.splitlines() if line.startswith(("def ", "class "))]
    assert defined == (["class FirstWord:"] if name == "05-your-own" else [])
