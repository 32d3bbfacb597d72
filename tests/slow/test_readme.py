"""A stranger's hour: a fresh clone, an empty environment, and every command of the README in order."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
SAMPLES = dict(re.findall(r"```sh\n([^`]*)```[^`]*(?:`[^`]+`[^`]*)*```text\n([^`]*━[^`]*)```", README))
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stranger") / "janib"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def run(clone, command):
    # Of the caller's environment only what a stranger has too, and the mirrors where they are set.
    kept = ("PATH", "HOME", "LANG", "JANIB_DATA_MIRROR", "JANIB_MODEL_MIRROR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # pip would compile all modules of torch and transformers; Python compiles those that are imported.
    environment["PIP_COMPILE"] = "0"
    return subprocess.run(
        ["bash", "-euc", command], cwd=clone, env=environment, capture_output=True, text=True, timeout=1200
    )


def find_missing(sample, printed):
    """Return the lines of a sample that were not printed; Unicode's isolates around names are not shown in it."""
    lines = {re.sub("[\u2068\u2069]", "", line).strip() for line in printed.splitlines()}
    return [line for line in map(str.strip, sample.splitlines()) if line not in {*lines, "…"}]


def test_every_command_works_in_order(clone):
    assert COMMANDS[0] == "make demo\n"
    assert len(SAMPLES) == 2  # tables that a command prints
    for command in COMMANDS:
        if "mawqif" in command and "JANIB_DATA_MIRROR" not in os.environ:
            continue  # needs its authors' files: the mirror's variable is not set
        done = run(clone, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert find_missing(SAMPLES.get(command, ""), done.stdout) == []
    for code in PYTHON:
        done = subprocess.run(
            [clone / ".venv/bin/python", "-c", code], cwd=clone, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, f"{code}\n{done.stderr}"


def test_links_lead_somewhere():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_results_are_the_committed_table():
    table = (ROOT / "experiments" / "results" / "mawqif_stance" / "table.md").read_text(encoding="utf-8")
    assert f"<!-- table mawqif_stance -->\n{table}<!-- end -->" in README
    demo = (ROOT / "experiments" / "results" / "demo" / "table.md").read_text(encoding="utf-8")
    shown = README.split("```text")[1]
    for number in re.findall(r"\d+\.\d+", demo):
        assert number in shown


def test_make_help_lists_every_verb():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    verbs = set(re.findall(r"^  make (\S+)", done.stdout, flags=re.MULTILINE))
    assert {"help", "demo", "test", "test-slow", "ui"} <= verbs
