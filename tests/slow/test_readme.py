"""A stranger's hour: a fresh clone, an empty environment, and every command of README and guides in order."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = "README.md"
PAGES = [README, *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/guides/*.md"))]
# Commands and Python, each with the output that the page shows right below it.
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.slow


def read_blocks(page):
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


def run(clone, kind, code):
    # Of the caller's environment only what a stranger has too, and the mirrors where they are set.
    kept = ("PATH", "HOME", "LANG", "JANIB_DATA_MIRROR", "JANIB_MODEL_MIRROR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # pip would compile all modules of torch and transformers; Python compiles those that are imported.
    environment["PIP_COMPILE"] = "0"
    command = ["bash", "-euc", code] if kind == "sh" else [clone / ".venv/bin/python", "-c", code]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=1200)


def find_missing(sample, printed):
    """Return the lines of a sample that were not printed. In it, … is any text, and no Unicode isolates are shown."""
    lines = {re.sub("[\u2068\u2069]", "", line).strip() for line in printed.splitlines()}
    patterns = [re.escape(line.strip()).replace("…", ".*") for line in sample.splitlines()]
    return [pattern for pattern in patterns if not any(re.fullmatch(pattern, line) for line in lines)]


def check(clone, page):
    for kind, code, sample in read_blocks(page):
        if "mawqif" in code and "JANIB_DATA_MIRROR" not in os.environ:
            continue  # needs its authors' files: the mirror's variable is not set
        done = run(clone, kind, code)
        assert done.returncode == 0, f"{page}: {code}\n{done.stdout}\n{done.stderr}"
        assert find_missing(sample, done.stdout + done.stderr) == [], f"{page}: {code}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone in which all that README says was done: what the other pages start from."""
    folder = tmp_path_factory.mktemp("stranger") / "janib"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    check(folder, README)
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_every_command_works_in_order(clone, page):
    if page != README:
        check(clone, page)


def test_readme_installs_first_and_shows_what_is_printed():
    blocks = read_blocks(README)
    assert blocks[0][1].startswith("python3 -m venv .venv\n")
    assert sum(bool(sample) for _, _, sample in blocks) >= 2
    assert {kind for kind, _, _ in blocks} == {"sh", "python"}


def test_the_demo_table_is_the_committed_one():
    demo = (ROOT / "experiments" / "results" / "demo" / "table.md").read_text(encoding="utf-8")
    (shown,) = (sample for _, code, sample in read_blocks("docs/guides/experiments.md") if "table=demo" in code)
    assert [number for number in re.findall(r"\d+\.\d+", demo) if number not in shown] == []


def test_make_help_lists_every_verb():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    verbs = set(re.findall(r"^  make (\S+)", done.stdout, flags=re.MULTILINE))
    assert {"help", "demo", "test", "test-slow", "ui"} <= verbs
