import subprocess
from pathlib import Path

import pytest

from janib import provenance


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository whose code lies two folders down, as ours does."""
    module = tmp_path / "src" / "janib" / "provenance.py"
    module.parent.mkdir(parents=True)
    module.write_text("")
    for words in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "first"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.setattr(provenance, "__file__", str(module))
    return tmp_path


def test_results_do_not_make_the_code_dirty(checkout):
    described = provenance.describe_commit()
    assert len(described["commit"]) == 40
    assert described["dirty"] == "false"
    results = checkout / "experiments" / "results"
    results.mkdir(parents=True)
    (results / "results.csv").write_text("model\n")
    assert provenance.describe_commit()["dirty"] == "false"
    (checkout / "src" / "new.py").write_text("")
    assert provenance.describe_commit()["dirty"] == "true"


def test_what_git_cannot_tell_is_dirty(checkout, monkeypatch):
    ask = provenance._ask_git
    monkeypatch.setattr(provenance, "_ask_git", lambda here, *words: None if "status" in words else ask(here, *words))
    assert provenance.describe_commit()["dirty"] == "true"


def test_outside_a_checkout_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    assert provenance.describe_commit() == {"commit": "", "dirty": "false"}


def test_hash_reads_values_and_no_order():
    one = provenance.hash_config({"a": 1, "b": {"c": [1, 2]}})
    assert one == provenance.hash_config({"b": {"c": [1, 2]}, "a": 1})
    assert one != provenance.hash_config({"a": 1, "b": {"c": [2, 1]}})
    assert len(one) == 12


def test_requirements_are_the_base_installation_the_extras_and_mlflow():
    base = provenance.list_requirements([])
    assert all("==" in line for line in base)
    assert {"numpy", "mlflow", "pandas"} < {line.split("==")[0] for line in base}
    assert not {"janib", "torch", "pytest"} & {line.split("==")[0] for line in base}
    assert {"torch", "transformers"} < {line.split("==")[0] for line in provenance.list_requirements(["transformers"])}


def test_a_changed_model_has_another_version():
    manifest = {"kind": "tfidf", "labels": {"stance": ("a", "b")}, "files": {"tfidf.npz": "0"}}
    assert provenance.name_version(manifest).startswith("tfidf-")
    assert provenance.name_version(manifest) != provenance.name_version(manifest | {"files": {"tfidf.npz": "1"}})


def test_what_runs_write_does_not_make_the_code_dirty(checkout, monkeypatch):
    folder = checkout / "experiments"
    folder.mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    (folder / "led.csv").write_text("line\n")
    (folder / "store").mkdir()
    (folder / "store" / "runs.sqlite").touch()
    assert provenance.describe_commit()["dirty"] == "true"
    written = [Path("led.csv"), folder / "store", Path("/elsewhere"), checkout]
    assert provenance.describe_commit(written)["dirty"] == "false"
    monkeypatch.chdir(checkout / "src")
    (folder / "link").symlink_to(folder)
    linked = [Path("../experiments/led.csv"), Path("../experiments/link/store"), Path("../experiments/link")]
    assert provenance.describe_commit(linked)["dirty"] == "false"
    assert provenance.describe_commit([*linked[:1], Path("../../led.csv")])["dirty"] == "true"


def test_new_files_of_the_user_are_no_code(checkout):
    (checkout / "آراء.csv").write_text("النص\n")
    (checkout / "outcome").mkdir()
    (checkout / "outcome" / "table.md").write_text("|\n")
    assert provenance.describe_commit()["dirty"] == "false"
    (checkout / "conf").mkdir()
    (checkout / "conf" / "mine.yaml").write_text("a: 1\n")
    assert provenance.describe_commit()["dirty"] == "true"
