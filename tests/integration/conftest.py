"""Experiments in this process, and MLflow stores that are made once."""

import io
import logging
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from janib.tracking import store

EXPERIMENTS = Path(__file__).parents[2] / "experiments"


@pytest.fixture(scope="session")
def run_script() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Do what ``run_process`` does in this process, where everything is imported already."""

    def run(folder: Path, script: str, *overrides: str) -> subprocess.CompletedProcess[str]:
        # MLflow keeps one open store for each address: a relative one would lead to the folder of another test.
        command = [str(EXPERIMENTS / f"{script}.py"), *overrides, f"tracking.uri=sqlite:///{folder}/mlflow.db"]
        out, err, code = io.StringIO(), io.StringIO(), 0
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        with pytest.MonkeyPatch.context() as patch, chdir(folder), redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", command)
            patch.setenv("HYDRA_FULL_ERROR", "1")  # which the script sets, and the patch takes back
            try:
                runpy.run_path(command[0], run_name="__main__")
            except SystemExit as left:
                code = int(left.code or 0)
            finally:
                for handler in root.handlers:
                    handler.close()
                root.handlers[:] = handlers
                root.setLevel(level)
        return subprocess.CompletedProcess(command, code, out.getvalue(), err.getvalue())

    return run


_make_store = store._make_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an MLflow store that holds no run."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with chdir(path.parent):  # where the artifacts of MLflow's default experiment will go
        _make_store(path)
    return path


@pytest.fixture(scope="module")
def copied_stores(empty_store: Path) -> Iterator[None]:
    """Let a new MLflow store be a copy of the empty one: MLflow takes a second and more to make it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "_make_store", lambda path: shutil.copyfile(empty_store, path))
        yield


@pytest.fixture
def new_stores(copied_stores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let MLflow make new stores itself, where this is tested."""
    monkeypatch.setattr(store, "_make_store", _make_store)
