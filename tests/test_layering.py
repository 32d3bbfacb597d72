"""The house's rule: a room imports only from rooms below it, and one package imports mlflow."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "janib"

# Ground floor first. A package is one room.
FLOORS = [
    ["errors"],
    ["labels", "files", "markdown"],
    ["schema", "records", "partial"],
    ["parquet"],
    ["text"],
    ["corpora"],
    ["metrics", "provenance"],
    ["models"],
    ["significance", "splits", "figures", "costs"],
    ["tracking", "label_noise"],
    ["classifier"],
    ["explanation"],
    ["article"],
    ["workers", "commandline"],
    ["rows"],
    ["predictions", "explained"],
    ["results", "unfinished", "counterfactual"],
    ["pipeline", "articles"],
    ["tables"],
    ["cli"],
    ["__init__"],
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}

# MLflow runs this file in a process of its own, as a user of the package.
OUTSIDE = {"tracking/pyfunc.py"}


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


def test_every_module_has_a_floor():
    assert {room for _, room, _ in list_modules()} == set(LEVEL)


def test_modules_import_only_from_lower_floors():
    wrong = [
        f"{name} imports {imported}"
        for name, room, imports in list_modules()
        for imported in imports
        if imported.startswith("janib.")
        and imported.split(".")[1] != room
        and LEVEL[imported.split(".")[1]] >= LEVEL[room]
    ]
    assert wrong == []


def test_only_tracking_imports_mlflow():
    assert {room for _, room, imports in list_modules() if any(name.startswith("mlflow") for name in imports)} == {
        "tracking"
    }


def test_models_know_neither_config_nor_tracking():
    wrong = [
        name
        for name, room, imports in list_modules()
        if room in ("models", "metrics", "text", "corpora")
        and any(module.split(".")[0] in ("hydra", "omegaconf", "mlflow") for module in imports)
    ]
    assert wrong == []
