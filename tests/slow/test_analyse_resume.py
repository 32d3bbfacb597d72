"""``janib analyse`` killed at random moments and resumed each time writes the bytes of one that was left alone."""

import json
import random
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import pytest

KILLS, ARTICLES = 10, 40
FOLDER = Path(__file__).parents[2] / "experiments" / "articles" / "dev"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a table of invented articles, each numbered, some of whose rows are bad."""
    folder = tmp_path_factory.mktemp("kill")
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    with (folder / "in.jsonl").open("w", encoding="utf-8") as stream:
        for number, one in enumerate(islice(cycle(read), ARTICLES)):
            text = " " if number % 31 == 7 else f"{one['text'][:700]}\n{number} 🙂"
            row = {"id": f"a{number}", "text": text, "outlet": one["outlet"], "date": one["date"]}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return folder


def start(folder, out, *options):
    command = [sys.executable, "-m", "janib.cli", "analyse", "in.jsonl", "-o", out, "--also", "edges", *options]
    with (folder / "log").open("w") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


def read(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_kill_it_and_go_on(work, run_or_kill):
    began = time.monotonic()
    assert run_or_kill(start(work, "whole"), work / "log")
    seconds = time.monotonic() - began
    whole = read(work / "whole")
    assert whole["left_out.txt"].count(b"\n") == 2

    moments, kills, went_on = random.Random(0), 0, 0
    out, partial = work / "out", work / "out.partial"
    while kills < KILLS or not out.exists():
        went_on += (partial / "progress.json").exists()
        workers = str(kills % 2 + 1)
        # Once there were enough kills, it may end.
        moment = (moments.uniform(0.2, 0.6) * seconds,) if kills < KILLS else ()
        ended = run_or_kill(start(work, "out", "--resume", "--workers", workers), work / "log", *moment)
        kills += not ended
        if out.exists():
            assert read(out) == whole
        if ended and kills < KILLS:
            for path in out.iterdir():
                path.unlink()
            out.rmdir()
    assert went_on
    assert not partial.exists()
    assert not [path.name for path in work.iterdir() if path.name.startswith(".")]
