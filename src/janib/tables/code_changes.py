"""Code that has changed since a run.

A run is identified by its config and its data, so changed code does not repeat it. The modules that decide its numbers
are compared with the commit that it ran at, and the user decides.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from janib.corpora import get_corpus
from janib.models.store import name_class
from janib.provenance import list_changes, read_at_commit
from janib.tables.planned_runs import PlannedRun

_PACKAGE = Path(__file__).parents[1]

_ALWAYS = ("janib.scoring.metrics", "janib.corpora.folds", "janib.corpora.mixture")
_ALONE = ("janib.runs.experiment", "janib.runs.run")
"""Modules that decide numbers too, but import some that do not, such as tracking."""


def find_changes(planned: PlannedRun, commit: str) -> list[str] | None:
    """Return the modules that decide a run's numbers and have changed since a commit, without ``janib.``.

    These are its model's and its corpora's, which come first, those that cut and score, and all that they import. A
    module that was moved is compared with its old place; comments, docstrings, layout and import statements do not
    count. None outside a checkout that has the commit.
    """
    readers = [get_corpus(name).read.__module__ for name in planned.experiment.list_corpora()]
    roots = (name_class(planned.experiment.model).rpartition(".")[0], *readers, *_ALWAYS)
    modules = dict.fromkeys([*roots, *_ALONE, *sorted(_follow(roots))])
    changed = _list_changed(commit)
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
    """Return the files of the package whose code differs from a commit; a moved file is compared with its old place."""
    changes = list_changes(_PACKAGE, commit)
    if changes is None:
        return None
    return frozenset(
        _PACKAGE / name
        for name, before in changes.items()
        if name.endswith(".py")
        and (_PACKAGE / name).is_file()
        and _strip(read_at_commit(_PACKAGE, before, commit)) != _strip((_PACKAGE / name).read_text("utf-8"))
    )


def _strip(text: str) -> str:
    """Return a module's code without comments, docstrings, layout and import statements."""
    return ast.dump(_Stripper().visit(ast.parse(text)))


class _Stripper(ast.NodeTransformer):
    """Removal of what changes no number: docstrings, and imports, which change where a module is moved."""

    def visit_Import(self, node: ast.Import) -> None:
        """Remove the statement."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Remove the statement."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Remove a docstring."""
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node

    def visit_If(self, node: ast.If) -> ast.If | None:
        """Remove a block that had nothing but imports, such as that of ``TYPE_CHECKING``."""
        self.generic_visit(node)
        return node if node.body or node.orelse else None
