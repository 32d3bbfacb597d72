"""``janib predict`` killed at random moments and resumed each time writes the bytes of one that was left alone."""

import csv
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example

KILLS = {"csv": 10, "jsonl": 5, "parquet": 5}
ROWS = 20_000
WORDS = ["رحّب", "رفض", "أشاد", "ندّد", "المجلس", "القانون", "اليوم", "في العاصمة", "الـمـيناء", "😀", "خطوة", "وزير"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a TF-IDF model and a file, some of whose rows are bad, some of several lines."""
    folder = tmp_path_factory.mktemp("kill")
    draw = random.Random(0)
    stances = {"رحّب": "favor", "أشاد": "favor", "رفض": "against", "ندّد": "against", "اليوم": "neutral"}
    train = [
        Example(str(number), " ".join([word, *draw.sample(WORDS, 4)]), "المجلس", stance=stance)
        for number, (word, stance) in enumerate(list(stances.items()) * 10)
    ]
    model = TfidfModel(
        labels={"stance": ("against", "neutral", "favor")},
        seed=0,
        cleaning=["tfidf"],
        words=[1, 2],
        chars=[2, 4],
        min_df=1,
        classifier={"name": "logreg"},
        target="ignored",
    ).fit(train, [])
    save_model(model, folder / "model", {"target_is_given": True}, "# Card\n")
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "target"])
        for number in range(ROWS):
            text = draw.choice([" ", "\n", "، "]).join(draw.sample(WORDS, 6))
            writer.writerow([number, "" if number % 997 == 0 else f"{text} {number}", "المجلس"])
    return folder


def start(folder, source, target, *options):
    command = [sys.executable, "-m", "janib.cli", "predict", "--model", "model", source, target, *options]
    with (folder / "log").open("w") as log:
        return subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)


@pytest.mark.parametrize(("suffix", "workers"), [("csv", 1), ("jsonl", 2), ("parquet", 1)])
def test_kill_it_and_go_on(work, run_or_kill, suffix, workers):
    began = time.monotonic()
    assert run_or_kill(start(work, "in.csv", f"whole.{suffix}"), work / "log")
    seconds = time.monotonic() - began
    whole = (work / f"whole.{suffix}").read_bytes()

    moments = random.Random(suffix)
    out, partial = work / f"out.{suffix}", work / f"out.{suffix}.partial"
    kills = finished = went_on = 0
    while kills < KILLS[suffix] or not finished:
        went_on += (partial / "progress.json").exists()
        process = start(work, "in.csv", out.name, "--resume", "--workers", str(workers))
        # Once there were enough kills, it may end.
        moment = (moments.uniform(0.4, 0.9) * seconds,) if kills < KILLS[suffix] else ()
        ended = run_or_kill(process, work / "log", *moment)
        kills += not ended
        if not (ended or out.exists()):
            continue
        assert out.read_bytes() == whole
        if ended:
            assert not partial.exists()
        finished += 1
        out.unlink()
        shutil.rmtree(partial, ignore_errors=True)
    assert went_on


def test_workers_do_not_outlive_a_parent_that_is_killed(work):
    process = start(work, "in.csv", "orphans.csv", "--workers", "2")
    found = []
    while len(found) < 2:
        assert process.poll() is None, (work / "log").read_text()
        time.sleep(0.1)
        found = [child for child in list_children(process.pid) if "spawn_main" in read_command(child)]
    process.kill()
    process.wait()
    for _ in range(100):
        if not any("spawn_main" in read_command(child) for child in found):
            break
        time.sleep(0.1)
    else:
        pytest.fail("workers are still there ten seconds later")


def list_children(pid):
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def read_command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
