"""Code that has changed since a cell ran: noticed, not held against the cell.

A cell's identity is its config and its data. Whether an edit changes numbers nobody can tell from the edit; so the
modules that decide them are compared with the commit that the cell ran at, and the user decides.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from janib.corpora import get_corpus
from janib.models.store import name_class
from janib.provenance import list_changes, read_at_commit
from janib.tables.cells import Cell
from janib.tables.results_csv import Line

_PACKAGE = Path(__file__).parents[1]

_ALWAYS = ("janib.scoring.metrics", "janib.corpora.folds", "janib.corpora.mixture")
_ALONE = ("janib.runs.experiment", "janib.runs.run")
"""Decide numbers too, but import what does not, such as tracking."""


def find_changes(cell: Cell, line: Line) -> list[str] | None:
    """Return the modules that decide a cell's numbers and are others than when it ran, without ``janib.``.

    These are its model's and its corpora's, which come first, those that cut and score, and all that they import.
    Comments, docstrings and layout do not count. None where nothing is known: outside a checkout that has the commit.
    """
    readers = [get_corpus(name).read.__module__ for name in cell.experiment.list_corpora()]
    roots = (name_class(cell.config.model).rpartition(".")[0], *readers, *_ALWAYS)
    modules = dict.fromkeys([*roots, *_ALONE, *sorted(_follow(roots))])
    changed = _list_changed(line["commit"])
    return None if changed is None else [name.removeprefix("janib.") for name in modules if _find(name) in changed]


@cache
def _follow(names: tuple[str, ...]) -> frozenset[str]:
    """Return the modules of these names and what they import of this package, and so on."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        path = _find(name)
        if path is not None and name not in found:
            found.add(name)
            left += _list_imports(path.read_text(encoding="utf-8"))
    return frozenset(found)


def _list_imports(text: str) -> Iterable[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("janib."))
        elif isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "janib":
            # What is imported may be a module itself.
            yield from (str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names))


def _find(name: str) -> Path | None:
    base = _PACKAGE.joinpath(*name.split(".")[1:])
    paths = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((path for path in paths if path.is_file()), None) if base != _PACKAGE else None


@cache
def _list_changed(commit: str) -> frozenset[Path] | None:
    """Return the files of the package whose code is another than at a commit."""
    changes = list_changes(_PACKAGE, commit)
    if changes is None:
        return None
    there = (path for path in changes if path.suffix == ".py" and path.is_file())
    return frozenset(path for path in there if _strip(read_at_commit(path, commit)) != _strip(path.read_text("utf-8")))


def _strip(text: str) -> str:
    """Return a module's code without comments, docstrings and layout."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
