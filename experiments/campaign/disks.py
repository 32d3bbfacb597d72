"""Commands on a disk that becomes full: one clear error, nothing half written; with some space freed they go on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kills import (
    Alone,
    Command,
    read_files,
    read_statuses,
    run_alone,
    wait_or_kill,
    write_articles,
    write_labelled,
)
from kills import export as make_export
from kills import predict as make_predict
from tally import EXPERIMENTS, JANIB, NotRunError, Tally, find_log, read_log, start

PARTS = (0.0, 0.6)
"""Shares of what a command writes for which there is room."""

SPARE = 64 * 2**20
"""Bytes that are free once the space was freed."""

SECONDS = 900


def write_analysis(folder: Path) -> None:
    """Write a finished analysis to ``found``."""
    write_articles(folder / "in.jsonl", 3)
    if start(folder, (*JANIB, "analyse", "in.jsonl", "-o", "found")).wait(SECONDS):
        raise NotRunError(f"no analysis could be made: {read_log(folder).strip()[-300:]}")


def write_readings(folder: Path) -> None:
    """Write ``in.csv`` with predictions beside the labels."""
    write_labelled(folder)
    words = (*JANIB, "predict", "--model", "model", "in.csv", "out.csv")
    if start(folder, words).wait(SECONDS):
        raise NotRunError(f"nothing could be predicted: {read_log(folder).strip()[-300:]}")
    (folder / "out.csv").replace(folder / "in.csv")


def read_run(folder: Path) -> dict[str, Any]:
    """Return the metrics of a run, and whether the store says that one still runs."""
    (metrics,) = folder.glob("outputs/**/metrics.json")
    runs = any(status == "RUNNING" for _, status in read_statuses(folder))
    return {"metrics": json.loads(metrics.read_text(encoding="utf-8")), "runs": runs}


def read_table(folder: Path) -> dict[str, Any]:
    """Return the predictions and pages of a table's runs, and whether the store says that one still runs."""
    runs = any(status == "RUNNING" for _, status in read_statuses(folder))
    results = "outputs/tables/smoke"
    return {**read_files(folder, *(f"{results}/{name}" for name in ("predictions/*", "*.tex", "*.svg"))), "runs": runs}


def read_comparison(folder: Path) -> dict[str, Any]:
    """Return the files of a comparison but those that hold times."""
    runs = any(status == "RUNNING" for _, status in read_statuses(folder))
    return {**read_files(folder, "out/predictions/*", "out/table.*", "out/comparisons.csv"), "runs": runs}


OWN = ("data=csv", "data.path=in.csv", "split.parts=3", "ledger=led.csv")
COMMANDS = {
    **{f"predict {suffix}": make_predict(suffix, 3000) for suffix in ("csv", "jsonl", "parquet", "xlsx")},
    "explain": Command(
        (*JANIB, "explain", "--model", "model", "in.csv", "out.jsonl"),
        (),
        write_labelled,
        lambda folder: read_files(folder, "out.jsonl"),
    ),
    "analyse": Command(
        (*JANIB, "analyse", "in.jsonl", "-o", "out", "--also", "excel,graphml,gexf,edges"),
        ("--resume",),
        lambda folder: write_articles(folder / "in.jsonl", 3),
        lambda folder: read_files(folder, "out/**/*"),
    ),
    "convert": Command(
        (*JANIB, "convert", "found", "excel", "graphml", "gexf", "edges", "-o", "out"),
        (),
        write_analysis,
        lambda folder: read_files(folder, "out/**/*"),
    ),
    "sample": Command(
        (*JANIB, "sample", "found", "out.csv"), (), write_analysis, lambda folder: read_files(folder, "out.csv")
    ),
    "agree": Command(
        (*JANIB, "agree", "in.csv", "--output", "out.csv"),
        (),
        write_readings,
        lambda folder: read_files(folder, "out.csv"),
    ),
    "describe": Command(
        (*JANIB, "data", "describe", "in.csv", "--out", "out.md"),
        (),
        write_labelled,
        lambda folder: read_files(folder, "out.md"),
    ),
    "audit": Command(
        (*JANIB, "data", "audit", "in.csv", "--quick", "--out", "out"),
        (),
        write_labelled,
        lambda folder: read_files(folder, "out/**/*"),
    ),
    "export": make_export(),
    "counterfactual": Command(
        (f"{EXPERIMENTS}/counterfactual.py", "saved=model", "splits=[test]", "each=1", "results=out"),
        (),
        write_labelled,
        lambda folder: read_files(folder, "out/*"),
    ),
}
TRAININGS = {
    "train": Command((f"{EXPERIMENTS}/train.py", *OWN, "model=tfidf_nb"), ("resume=true",), write_labelled, read_run),
    "evaluate": Command(
        (f"{EXPERIMENTS}/evaluate.py", "saved=model", "data=csv", "data.path=in.csv", "ledger=led.csv"),
        (),
        write_labelled,
        read_run,
    ),
    "compare": Command(
        (*JANIB, "compare", "in.csv", "--out", "out", "--folds", "3", "--models", "majority,tfidf_nb"),
        (),
        write_labelled,
        read_comparison,
    ),
    "table": Command(
        (f"{EXPERIMENTS}/table.py", "table=smoke", "only=[majority,tfidf_nb]", "table.seeds=[0]"),
        (),
        lambda folder: None,
        read_table,
    ),
    "train an encoder": Command(
        (f"{EXPERIMENTS}/train.py", *OWN, "model=tiny", "model.training.epochs=1", "model.training.checkpoint_steps=5"),
        ("resume=true",),
        write_labelled,
        read_run,
    ),
}


@contextmanager
def mount_disk(place: Path, size: int) -> Iterator[Path | None]:
    """Yield a folder that is a disk of its own, in memory; None where nothing may be mounted."""
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True)
    try:
        yield None if done.returncode else place
    finally:
        if not done.returncode:
            subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk: Path, room: int) -> Path:
    """Fill a disk but for so many bytes; return the file that fills it."""
    filler = disk / "filler"
    found = os.statvfs(disk)
    with filler.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, found.f_bavail * found.f_frsize - room)
    return filler


def measure(folder: Path) -> int:
    """Return the bytes of a folder's files, in whole pages."""
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file())


def fill_disks(commands: Mapping[str, Command], place: Path, share: float) -> Tally:
    """Run each command, or the first of them, on disks with too little room, then with enough."""
    names = list(commands)[: max(1, round(share * len(commands)))]
    tally = Tally(", ".join(names))
    for name in names:
        alone = run_alone(commands[name], place / name)
        written = measure(alone.folder) - measure(alone.folder.with_name("inputs"))
        for part in PARTS:
            with mount_disk(place / name / f"disk {part}", 2 * measure(alone.folder) + SPARE) as disk:
                if disk is None:
                    raise NotRunError("no disk may be mounted here; try it under unshare -rm")
                tally.trials += 1
                faults = try_disk(commands[name], disk, int(part * written), alone, tally)
            tally.faults += [f"{name}, room for {part:.0%}: {fault}" for fault in faults]
    return tally


def try_disk(command: Command, disk: Path, room: int, alone: Alone, tally: Tally) -> list[str]:
    """Run a command with too little room, then again with enough; return what was wrong."""
    folder, temporary = disk / "work", disk / "tmp"
    shutil.copytree(alone.folder.with_name("inputs"), folder)
    temporary.mkdir()
    filler = fill(disk, room)
    log = disk.with_name(f"{disk.name}.log")
    find_log(folder).symlink_to(log)  # there is no room for it on the disk
    faults = []
    code = wait_or_kill(start(folder, command.words, TMPDIR=str(temporary)), SECONDS)
    if code:
        if problem := judge(code, log.read_text(encoding="utf-8")):
            faults.append(problem)
        else:
            tally.clear_errors += 1
        filler.unlink()
        log.write_text("")
        code = wait_or_kill(start(folder, command.words + command.resume, TMPDIR=str(temporary)), SECONDS)
    if code:
        return [*faults, f"exit status {code} with enough room: {read_log(folder)[-500:]}"]
    if (found := command.read(folder)) != alone.found:
        return [*faults, f"not as with enough room: {found!r} and {alone.found!r}"[:1000]]
    tally.equal += 1
    return faults


def judge(code: int | None, log: str) -> str:
    """Return what is wrong with the end of a command that a full disk has ended; empty if nothing is."""
    errors = [line for line in log.splitlines() if line.startswith("error: ")]
    if code not in (1, 2) or "Traceback" in log or len(errors) != 1 or not re.search("full|larger than", errors[0]):
        return f"exit status {code}: {log[-1500:]}"
    return ""
