"""The package's rooms: each imports only from those before it, and each public name is defined once."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "janib"

# A line a room, in the order in which they may import. A room is a folder or one of the few modules beside the folders.
ROOMS = """
errors      the errors that a user can mend
labels      stance, sentiment and sarcasm
provenance  commit, versions and hashes of a result
schema      a row, a prediction, and the checks they must pass
io          tables of every format, resumable output, Markdown, pictures
text        Arabic letters, spelling, cleaning
scoring     metrics, intervals, tests, the ledger of test scorings
corpora     real corpora and a user's own files, folds, audits
models      TF-IDF, encoders, ensembles, a cue lexicon; saving and export
tracking    the MLflow store
inference   labels and explanations for lists, streams and files
studies     controlled studies of trained models
articles    sentences, parties, speakers, positions, report
app         the local page of janib app, and its server
runs        one run, from its config to its result
tables      many runs, their statistics and pages
cli         the command janib
former      two modules by their former names, for models logged by version 0.1
__init__    the package's face
"""
ORDER = [line.split()[0] for line in ROOMS.strip().splitlines()]

# MLflow runs this file in a process of its own, as a user of the package.
OUTSIDE = {"tracking/pyfunc.py"}


def test_the_page_for_contributors_shows_the_rooms():
    page = (SOURCE.parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"```text{ROOMS}```" in page


def list_imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "janib":
                yield from (f"janib.{alias.name}" for alias in node.names)
            else:
                yield node.module


def list_modules():
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name not in OUTSIDE:
            yield name, name.split("/")[0].removesuffix(".py"), list(list_imports(path))


def test_every_module_is_in_a_room():
    assert {room for _, room, _ in list_modules()} == set(ORDER)


def test_modules_import_only_from_rooms_before_their_own():
    wrong = [
        f"{name} imports {imported}"
        for name, room, imports in list_modules()
        for imported in imports
        if imported.startswith("janib.")
        and imported.split(".")[1] != room
        and ORDER.index(imported.split(".")[1]) >= ORDER.index(room)
    ]
    assert wrong == []


def test_only_tracking_imports_mlflow():
    assert {room for _, room, imports in list_modules() if any(name.startswith("mlflow") for name in imports)} == {
        "tracking"
    }


@pytest.mark.parametrize("room", ["io", "text", "scoring", "corpora", "models"])
def test_what_comes_before_tracking_knows_neither_config_nor_tracking(room):
    wrong = [
        name
        for name, own, imports in list_modules()
        if own == room and any(module.split(".")[0] in ("hydra", "omegaconf", "mlflow") for module in imports)
    ]
    assert wrong == []


def list_public_names(path):
    """Yield the functions, classes, types and constants that a module defines for others."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_one_public_name_is_defined_in_one_place():
    places = defaultdict(set)
    for path in SOURCE.rglob("*.py"):
        name = path.relative_to(SOURCE).as_posix()
        if name not in OUTSIDE:
            for public in list_public_names(path):
                if not public.startswith("_") and public != "log":
                    places[public].add(name)
    assert {public: sorted(names) for public, names in places.items() if len(names) > 1} == {}
