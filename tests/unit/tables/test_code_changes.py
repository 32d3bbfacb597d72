"""Code that changed since a run is noticed, in a small package of its own."""

import subprocess
from types import SimpleNamespace

import pytest

from janib.tables import code_changes as code

FILES = {
    "__init__.py": "",
    "metrics.py": '"""Scores."""\n\n\ndef score():\n    """Return one."""\n    return 1\n',
    "models/__init__.py": "",
    "models/made.py": "from janib import metrics\nfrom janib.text.cleaning import clean\n",
    "models/other.py": "SHARE = 0.5\n",
    "text/__init__.py": "",
    "text/cleaning.py": "def clean(text):\n    return text\n",
}


def ask_git(folder, *words):
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path, monkeypatch):
    root = tmp_path / "src" / "janib"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    ask_git(tmp_path, "init", "--quiet")
    ask_git(tmp_path, "add", ".")
    ask_git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "first")
    monkeypatch.setattr(code, "_PACKAGE", root)
    forget()
    yield root
    forget()


def forget():
    code._follow.cache_clear()
    code._list_changed.cache_clear()


def find(package, commit=None):
    forget()
    model = {"name": "made", "_target_": "janib.models.made.Made"}
    planned = SimpleNamespace(experiment=SimpleNamespace(model=model, list_corpora=list))
    return code.find_changes(planned, ask_git(package, "rev-parse", "HEAD") if commit is None else commit)


def test_a_change_below_the_model_is_noticed(package):
    assert find(package) == []
    (package / "text/cleaning.py").write_text("def clean(text):\n    return text.strip()\n", encoding="utf-8")
    (package / "models/other.py").write_text("SHARE = 0.25\n", encoding="utf-8")
    assert find(package) == ["text.cleaning"]
    (package / "models/made.py").write_text(FILES["models/made.py"] + "X = 1\n", encoding="utf-8")
    assert find(package) == ["models.made", "text.cleaning"]


def test_words_and_layout_are_no_change(package):
    text = '"""All scores."""\n\n# One.\ndef score():\n    """Return the number one."""\n\n    return (1)\n'
    (package / "metrics.py").write_text(text, encoding="utf-8")
    assert find(package) == []


def test_a_module_that_was_moved_is_no_change(package):
    (package / "scoring").mkdir()
    ask_git(package, "mv", "metrics.py", "scoring/metrics.py")
    text = FILES["models/made.py"].replace("janib import metrics", "janib.scoring import metrics")
    (package / "models/made.py").write_text(text, encoding="utf-8")
    assert find(package) == []
    moved = package / "scoring/metrics.py"
    moved.write_text(moved.read_text(encoding="utf-8").replace("return 1", "return 2"), encoding="utf-8")
    assert find(package) == ["scoring.metrics"]


@pytest.mark.parametrize("commit", ["", "0" * 40])
def test_of_an_unknown_commit_nothing_is_known(package, commit):
    assert find(package, commit) is None
