"""Commands that are killed at random moments and started again until they end.

What they leave must be what a run leaves that was let alone: nothing lost, nothing twice, no run that seems to go on.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
import shutil
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from tally import EXPERIMENTS, JANIB, NotRunError, Tally, find_log, read_log, start

from janib.io.files import hash_file
from janib.labels import STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example
from janib.tables.results_csv import COST

LONG = 1800  # seconds
WORDS = ["رحّب", "رفض", "أشاد", "ندّد", "المجلس", "القانون", "اليوم", "في العاصمة", "الـمـيناء", "😀", "خطوة", "وزير"]
STANCES = {"رحّب": "favor", "أشاد": "favor", "رفض": "against", "ندّد": "against", "اليوم": "neutral"}
RAN = {"run_id", "wall_seconds", "scorings", *COST}
"""Columns of results.csv that may differ: a killed run may look at test twice, and the list says so."""


@dataclass(frozen=True)
class Command:
    """A command that goes on after a kill.

    Attributes
    ----------
    words
        Python's command line.
    resume
        Further words of a run that may go on with another's work.
    prepare
        Writes what the command needs to a folder.
    read
        Returns what a folder holds after the command, but for times and ids.
    has_ended
        Tells whether a folder holds the whole result, though the process may have been killed.
    kept
        Pattern of the files with which a run goes on.
    moments
        Between which shares of the seconds of a run that is let alone it is killed.
    """

    words: tuple[str, ...]
    resume: tuple[str, ...]
    prepare: Callable[[Path], object]
    read: Callable[[Path], Any]
    has_ended: Callable[[Path], bool] = lambda folder: False
    kept: str = ""
    moments: tuple[float, float] = (0.2, 0.9)

    @property
    def name(self) -> str:
        """The command as a person types it, with the words by which it goes on in brackets."""
        words = " ".join(self.words).replace(f"{EXPERIMENTS}/", "").replace("-m janib.cli", "janib")
        return f"{words} [{' '.join(self.resume)}]" if self.resume else words


@dataclass(frozen=True)
class Alone:
    """What a command that was let alone has left, and the seconds that it took."""

    folder: Path
    found: Any
    seconds: float


def run_alone(command: Command, place: Path) -> Alone:
    """Prepare a command's folder below ``place``, and run it there once."""
    inputs, folder = place / "inputs", place / "alone"
    inputs.mkdir(parents=True)
    command.prepare(inputs)
    shutil.copytree(inputs, folder)
    began = time.monotonic()
    if start(folder, command.words).wait(LONG):
        raise NotRunError(f"{command.name} fails when it is let alone: {read_log(folder).strip()[-300:]}")
    return Alone(folder, command.read(folder), time.monotonic() - began)


def kill_and_resume(command: Command, place: Path, kills: int, alone: Alone | None = None) -> Tally:
    """Run a command until it was killed so often and has ended; count the kills after which all was as alone."""
    alone = alone or run_alone(command, place)
    draw = random.Random(" ".join(command.words))
    tally = Tally(command.name)
    folder = place / "killed"
    open_kills, ended = 0, True
    while tally.trials < kills or not ended:
        if ended:  # the one before has ended: begin anew
            shutil.rmtree(folder, ignore_errors=True)
            find_log(folder).unlink(missing_ok=True)
            shutil.copytree(alone.folder.with_name("inputs"), folder)
            open_kills = 0
        # Once there were enough kills, it may end.
        moment = draw.uniform(*command.moments) * alone.seconds if tally.trials < kills else LONG
        code = wait_or_kill(start(folder, command.words + command.resume), moment)
        if code is None:
            tally.trials += 1
            tally.kept += any(folder.glob(command.kept))
            open_kills += 1
        ended = code is not None or command.has_ended(folder)
        if ended:
            faults = find_faults(command, folder, alone, code)
            tally.faults += faults
            tally.equal += 0 if faults else open_kills
    return tally


def wait_or_kill(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Return a process's exit status, or None if it did not end within so many seconds and was killed."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def find_faults(command: Command, folder: Path, alone: Alone, code: int | None) -> list[str]:
    """Return what is wrong with the folder of a command that has ended, by itself or by a kill after its work."""
    log = read_log(folder)
    if code:
        return [f"exit status {code}: {log[-500:]}"]
    faults = ["a traceback in the log"] * ("Traceback" in log)
    found = command.read(folder)
    if found != alone.found:
        faults.append(f"not as alone: {describe_difference(found, alone.found)}")
    if code == 0 and (left := list_left(folder)):
        faults.append(f"left behind: {', '.join(left)}")
    return faults


def describe_difference(found: Any, expected: Any) -> str:
    """Return the keys by which two mappings differ, or the two values."""
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        return ", ".join(str(key) for key in {**found, **expected} if found.get(key) != expected.get(key))
    return f"{found!r} and {expected!r}"[:500]


def list_left(folder: Path) -> list[str]:
    """Return the unfinished files and folders below a folder.

    A logged model brings Janib's own modules, whose names are no leavings.
    """
    left = (path for path in folder.rglob("*") if re.search(r"partial|checkpoint|\.old$", path.name))
    return sorted(path.relative_to(folder).as_posix() for path in left if path.suffix != ".py")


def read_files(folder: Path, *patterns: str) -> dict[str, str]:
    """Return the sha256 of the files of some patterns, by their names in the folder.

    Of a workbook, that of its parts but the one that says when it was made.
    """
    found = sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hash_parts(path) if path.suffix == ".xlsx" else hash_file(path)
        for path in found
    }


def hash_parts(workbook: Path) -> str:
    """Return the sha256 of a workbook's parts."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(workbook) as archive:
        for name in sorted(set(archive.namelist()) - {"docProps/core.xml"}):
            digest.update(name.encode() + archive.read(name))
    return digest.hexdigest()


# --- predict ---


def train_tfidf() -> TfidfModel:
    """Return a TF-IDF model of a few invented words."""
    draw = random.Random(0)
    rows = [
        Example(str(number), " ".join([word, *draw.sample(WORDS, 4)]), "المجلس", stance=stance)
        for number, (word, stance) in enumerate(list(STANCES.items()) * 10)
    ]
    options = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 4], "min_df": 1, "target": "ignored"}
    return TfidfModel(labels={"stance": STANCE_LABELS}, seed=0, classifier={"name": "logreg"}, **options).fit(rows, [])


def write_statements(path: Path, count: int) -> None:
    """Write rows of invented words, some of several lines, some blank."""
    draw = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "target"])
        for number in range(count):
            text = draw.choice([" ", "\n", "، "]).join(draw.sample(WORDS, 6))
            writer.writerow([number, "" if number % 997 == 0 else f"{text} {number}", "المجلس"])


def predict(suffix: str, rows: int = 20_000, workers: int = 1) -> Command:
    """Return a ``janib predict`` of a TF-IDF model that writes one format."""

    def prepare(folder: Path) -> None:
        save_model(train_tfidf(), folder / "model", {"target_is_given": True}, "# Card\n")
        write_statements(folder / "in.csv", rows)

    return Command(
        (*JANIB, "predict", "--model", "model", "in.csv", f"out.{suffix}"),
        ("--resume", "--workers", str(workers)),
        prepare,
        lambda folder: read_files(folder, f"out.{suffix}"),
        lambda folder: (folder / f"out.{suffix}").exists(),
        f"out.{suffix}.partial/progress.json",
        (0.4, 0.95),
    )


# --- analyse ---


def write_articles(path: Path, count: int) -> None:
    """Write the invented articles of ``articles/dev`` again and again, each numbered, some blank."""
    read = [
        json.loads(one.read_text(encoding="utf-8")) for one in sorted((EXPERIMENTS / "articles/dev").glob("*.json"))
    ]
    with path.open("w", encoding="utf-8") as stream:
        for number, one in enumerate(islice(cycle(read), count)):
            text = " " if number % 31 == 7 else f"{one['text'][:700]}\n{number} 🙂"
            row = {"id": f"a{number}", "text": text, "outlet": one["outlet"], "date": one["date"]}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def analyse(articles: int = 40) -> Command:
    """Return a ``janib analyse`` with the models that ship."""
    return Command(
        (*JANIB, "analyse", "in.jsonl", "-o", "out", "--also", "edges"),
        ("--resume", "--workers", "2"),
        lambda folder: write_articles(folder / "in.jsonl", articles),
        lambda folder: read_files(folder, "out/**/*"),
        lambda folder: (folder / "out").exists(),
        "out.partial/progress.json",
    )


# --- export ---


def export() -> Command:
    """Return a ``janib export`` of a tiny encoder."""

    def prepare(folder: Path) -> None:
        from janib.models.transformer.model import TransformerModel

        rows = [
            Example(str(number), f"{word} القرار", "القرار", stance=stance)
            for number, (word, stance) in enumerate(STANCES.items())
        ]
        model = TransformerModel(labels={"stance": STANCE_LABELS}, encoder="tiny", training={"epochs": 1})
        save_model(model.fit(rows, []), folder / "model", {"target_is_given": True}, "# Card\n")

    return Command(
        (*JANIB, "export", "model", "out"),
        (),
        prepare,
        lambda folder: read_files(folder, "out/**/*"),
        lambda folder: (folder / "out").exists(),
        ".*.partial/*",
    )


# --- runs and tables ---


def write_labelled(folder: Path) -> None:
    """Write ``in.csv`` with texts, targets and labels, and a model."""
    save_model(train_tfidf(), folder / "model", {"target_is_given": True}, "# Card\n")
    with (folder / "in.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "target", "stance"])
        for number in range(120):
            word, stance = (("رحّب", "favor"), ("رفض", "against"), ("اجتمع", "neutral"))[number % 3]
            writer.writerow([number, f"{word} المجلس بالقرار {number} في العاصمة {number * 7 % 31}", "المجلس", stance])


def read_statuses(folder: Path) -> list[tuple[str, str]]:
    """Return config hash and status of every run of a folder's MLflow store."""
    found = "select value, status from runs join tags on runs.run_uuid = tags.run_uuid where key = 'config_hash'"
    with sqlite3.connect(folder / "mlflow.db") as store:
        untagged = (
            "select '', status from runs where run_uuid not in (select run_uuid from tags where key = 'config_hash')"
        )
        return sorted([*store.execute(found), *store.execute(untagged)])


def train() -> Command:
    """Return a training of a tiny encoder with checkpoints, of which half the time is epochs."""
    results = "outputs/in/stance/tiny/*/metrics.json"
    unfinished = Path("outputs/unfinished")

    def read(folder: Path) -> dict[str, Any]:
        (metrics,) = folder.glob(results)
        # A process that was killed while it was still importing leaves what Hydra had written by then, or less.
        inner = ({one.name for one in path.iterdir()} for path in metrics.parents[1].iterdir())
        return {
            "metrics": json.loads(metrics.read_text(encoding="utf-8")),
            "weights": hash_file(metrics.parent / "model/model.safetensors"),
            "statuses": [status for _, status in read_statuses(folder)],
            "folders": sum(bool(names - {"train.log", ".hydra"}) for names in inner),
            "unfinished": [path.name for path in (folder / unfinished).iterdir()],
        }

    def has_ended(folder: Path) -> bool:
        # Its place among the unfinished goes at the very end.
        return any(folder.glob(results)) and (folder / unfinished).is_dir() and not any((folder / unfinished).iterdir())

    own = ("data=csv", "data.path=in.csv", "split.parts=3", "split.used=2", "ledger=scorings.csv")
    small = ("model=tiny", "model.training.epochs=12", "model.training.checkpoint_steps=10")
    return Command(
        (f"{EXPERIMENTS}/train.py", *own, *small),
        ("resume=true",),
        write_labelled,
        read,
        has_ended,
        f"{unfinished}/*/*",
        (0.1, 0.9),
    )


def table() -> Command:
    """Return the table ``smoke``, of twelve cheap runs."""
    results = Path("outputs/tables/smoke")
    patterns = ["*.md", "*.tex", "*.svg", "*.png", "comparisons.csv", "clusters.csv.gz", "configs/*", "predictions/*"]

    def read(folder: Path) -> dict[str, Any]:
        page = (folder / results / "README.md").read_text(encoding="utf-8")
        with (folder / results / "results.csv").open(encoding="utf-8", newline="") as stream:
            lines = [{key: value for key, value in one.items() if key not in RAN} for one in csv.DictReader(stream)]
        return {
            **read_files(folder / results, *patterns),
            "README.md": re.sub(r"12 runs, .*|(?s:## Cost.*)", "", page),
            "results.csv": sorted(lines, key=str),  # several processes write in the order of their ending
            "statuses": read_statuses(folder),
        }

    return Command(
        (f"{EXPERIMENTS}/table.py", "table=smoke"),
        (),
        lambda folder: None,
        read,
        lambda folder: False,
        str(results),
        (0.1, 0.5),
    )


COMMANDS: dict[str, tuple[Callable[[], Command], int]] = {
    "kill_table": (table, 20),
    "kill_training": (train, 10),
    "kill_predict_csv": (lambda: predict("csv"), 10),
    "kill_predict_jsonl": (lambda: predict("jsonl", workers=2), 10),
    "kill_predict_parquet": (lambda: predict("parquet"), 10),
    "kill_predict_xlsx": (lambda: predict("xlsx"), 10),
    "kill_analyse": (analyse, 10),
    "kill_export": (export, 5),
}
"""Parts of the campaign: the command, and how often it is killed."""
