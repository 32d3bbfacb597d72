import subprocess

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


def test_outside_a_checkout_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "provenance.py"))
    assert provenance.describe_commit() == {"commit": "", "dirty": "false"}


def test_hash_reads_values_and_no_order():
    one = provenance.hash_config({"a": 1, "b": {"c": [1, 2]}})
    assert one == provenance.hash_config({"b": {"c": [1, 2]}, "a": 1})
    assert one != provenance.hash_config({"a": 1, "b": {"c": [2, 1]}})
    assert len(one) == 12


def test_versions_pin_what_is_installed():
    assert f"janib=={provenance.describe_versions()['janib']}" in provenance.list_requirements()
    assert not any(line.startswith("python==") for line in provenance.list_requirements())
