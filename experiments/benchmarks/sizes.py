"""How time and memory grow with the runs of a store, the cells of a table, parties, an article's length, and articles.

    python experiments/benchmarks/sizes.py               # all parts
    python experiments/benchmarks/sizes.py articles runs

Each size is measured in a process of its own, in CPU seconds, which other work on the machine hardly changes. Required:
the seconds for one thing more the same within 15 %, and memory flat. The smallest size is the start (imports, models,
lists), and is taken off the others. Results: ``sizes.csv`` (a line a measurement), ``sizes.md`` and a picture a part in
experiments/results/benchmarks. Needs the extras ``experiments`` and ``dev``.
"""

from __future__ import annotations

import gzip
import json
import resource
import sqlite3
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console
from turns import RESULTS, describe_machine

from janib.io.files import read_csv, write_csv, write_file, write_text
from janib.io.markdown import tabulate
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel
from janib.provenance import describe_commit, measure_peak_memory
from janib.schema import Example

ARTICLES = Path(__file__).parents[1] / "articles" / "dev"
COLUMNS = ("part", "size", "cpu_seconds", "peak_mib", "commit", "dirty")
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
RUNS, CHARACTERS, ROWS = 20, 2_000, 300
"""Runs that are added to a store; characters of each of many articles; rows that each run of a table predicts."""

Line = dict[str, Any]


# --- a store's runs ---


def add_runs(count: int, place: Path) -> float:
    """Add a few runs to a store that has ``count``; return the seconds."""
    from janib.tracking.store import find_finished, track_run

    uri = f"sqlite:///{place}/mlflow.db"

    def add(number: int) -> None:
        with track_run(uri, place / "artifacts", "test", f"run {number}", {"config_hash": f"{number:064x}"}) as run:
            run.log_params({f"key{one}": one for one in range(30)})
            for step in range(5):
                run.log_metrics({"loss": 1 / (step + 1)}, step)
        find_finished(uri, [f"{number:064x}"])

    add(0)
    with sqlite3.connect(place / "mlflow.db") as store:
        multiply_run(store, count)
    began = time.process_time()
    for number in range(RUNS):
        add(count + number)
    return time.process_time() - began


def multiply_run(store: sqlite3.Connection, count: int) -> None:
    """Copy the only run of a store, with all that is logged of it, until it has ``count``."""
    for table in ("runs", "params", "metrics", "latest_metrics", "tags"):
        names = [column[1] for column in store.execute(f"pragma table_info({table})")]
        wanted = ["'copy' || number" if name == "run_uuid" else f'"{name}"' for name in names]
        if table == "tags":
            wanted[names.index("value")] = "case key when 'config_hash' then 'copy' || number else value end"
        store.execute(
            f"with recursive numbers(number) as (select 1 union all select number + 1 from numbers where number < ?) "
            f"insert into {table} select {', '.join(wanted)} from {table}, numbers",
            [count - 1],
        )


# --- a table's cells ---


def render_table(rows: int, place: Path) -> float:
    """Compute and write the pages of a table of so many rows, with three seeds and two scores; return the seconds."""
    from janib.tables.kept_predictions import KeptPredictions
    from janib.tables.pages.render import render
    from janib.tables.pages.run_content import make_run_content
    from janib.tables.results_csv import FinishedRun

    draw = Random(0)
    names, seeds = [f"row{number}" for number in range(rows)], [0, 1, 2]
    write_predictions(place, names, seeds, draw)
    runs = [
        FinishedRun(
            *(name, seed, "abc", False, "abc", "abc", "cpu", "", "", 1.0, 1, "", None),
            scores={"test/macro_f1": draw.random(), "test/accuracy": draw.random()},
        )
        for name in names
        for seed in seeds
    ]
    table = {
        "name": "test",
        "title": "A test",
        "protocol": "",
        "command": "",
        "rows": dict.fromkeys(names),
        "seeds": seeds,
        "columns": ["test/macro_f1", "test/accuracy"],
        "baseline": names[0],
        "compared": ["test/macro_f1"],
        "published": [],
    }
    began = time.process_time()
    render(make_run_content(table, "stance", runs, [], KeptPredictions(place), []), place)
    return time.process_time() - began


def write_predictions(place: Path, names: Sequence[str], seeds: Sequence[int], draw: Random) -> None:
    """Write invented predictions of every run of a table, three fifths of them right."""
    gold = draw.choices(STANCE_LABELS, k=ROWS)
    (place / "predictions").mkdir()
    (place / "clusters.csv.gz").write_bytes(gzip.compress(b"id,cluster\n"))
    for name in names:
        for seed in seeds:
            lines = [",".join(["id,target,gold,predicted", *(f"p_{label}" for label in STANCE_LABELS)])]
            for number, label in enumerate(gold):
                predicted = label if draw.random() < 0.6 else draw.choice(STANCE_LABELS)
                shares = (f"{0.9 if one == predicted else 0.05}" for one in STANCE_LABELS)
                lines.append(",".join([f"{number},x,{label},{predicted}", *shares]))
            path = place / "predictions" / f"{name}_seed{seed}_test.csv.gz"
            path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))


# --- parties of an own list ---


def find_parties(count: int, place: Path) -> float:
    """Read a list of so many parties, and find them in a text; return the seconds."""
    from janib.articles.parties.gazetteer import Gazetteer
    from janib.articles.parties.mentions import find_mentions
    from janib.articles.sentences import split_sentences

    draw = Random(0)
    names = [" ".join("".join(draw.choices(LETTERS, k=5)) for _ in range(2)) for _ in range(count)]
    with (place / "own.jsonl").open("w", encoding="utf-8") as stream:
        for number, name in enumerate(names):
            entry = {"id": f"own{number}", "kind": "armed_group", "ar": f"حركة {name}"}
            stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
    text = " ".join(f"رحّبت حركة {name} بالقرار." for name in draw.choices(names, k=200))
    began = time.process_time()
    gazetteer = Gazetteer.load(place / "own.jsonl")
    found = find_mentions(text, split_sentences(text), gazetteer)
    spent = time.process_time() - began
    if len(found) < 200:
        raise SystemExit(f"{len(found)} parties found, expected 200")
    return spent


# --- articles ---


def cut_texts(count: int, characters: int) -> list[str]:
    """Return texts of so many characters: the invented articles of ``articles/dev`` again and again, numbered."""
    texts = [json.loads(path.read_text(encoding="utf-8"))["text"] for path in sorted(ARTICLES.glob("*.json"))]
    turns = cycle(texts)
    found = []
    for number in range(count):
        parts, held = [f"{number}"], 0
        while held < characters:
            parts.append(next(turns))
            held += len(parts[-1]) + 1
        found.append("\n".join(parts)[:characters])
    return found


def save_judge(folder: Path) -> None:
    """Write a TF-IDF model of stance and sentiment that has seen a few words."""
    seen = zip(("رفض", "اجتمع", "رحّب"), STANCE_LABELS, SENTIMENT_LABELS, strict=True)
    rows = [
        Example(f"{word}{number}", f"{word} المجلس بالقرار", "المجلس", stance=stance, sentiment=sentiment)
        for word, stance, sentiment in seen
        for number in range(5)
    ]
    labels = {"stance": STANCE_LABELS, "sentiment": SENTIMENT_LABELS}
    options: dict[str, Any] = {
        "cleaning": ["tfidf"],
        "words": [1, 2],
        "chars": [2, 4],
        "min_df": 1,
        "target": "ignored",
    }
    model = TfidfModel(labels=labels, seed=0, classifier={"name": "logreg"}, **options)
    save_model(model.fit(rows, []), folder, {"target_is_given": True}, "# Card\n")


def analyse(texts: Sequence[str], place: Path) -> float:
    """Run ``janib analyse`` on texts with a cheap model; return its seconds, the start's included."""
    save_judge(place / "model")
    with (place / "in.jsonl").open("w", encoding="utf-8") as stream:
        for number, text in enumerate(texts):
            stream.write(json.dumps({"id": f"a{number}", "text": text}, ensure_ascii=False) + "\n")
    words = ["analyse", str(place / "in.jsonl"), "-o", str(place / "out"), "--model", str(place / "model")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "janib.cli", *words], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# --- all parts ---


@dataclass(frozen=True)
class Part:
    """A thing of which there may be more or less.

    Attributes
    ----------
    unit
        What is counted.
    sizes
        How many of them, from the start on.
    measure
        Returns the seconds for a size; it may write to a folder.
    grows
        Whether more of them take more time; else each takes the same, whatever there is already.
    """

    unit: str
    sizes: Sequence[int]
    measure: Callable[[int, Path], float]
    grows: bool = True


PARTS = {
    "runs": Part(f"runs in the store to which {RUNS} are added", (10, 100, 1_000, 10_000), add_runs, grows=False),
    "cells": Part("rows of a table, of six cells each", (4, 16, 32, 64), render_table),
    "parties": Part("parties of an own list", (100, 1_000, 10_000, 40_000), find_parties),
    "length": Part(
        "characters of one article",
        (1_000, 25_000, 50_000, 100_000),
        lambda size, place: analyse(cut_texts(1, size), place),
    ),
    "articles": Part(
        f"articles of {CHARACTERS:,} characters",
        (10, 100, 200, 400),
        lambda size, place: analyse(cut_texts(size, CHARACTERS), place),
    ),
}


def measure(name: str, size: int) -> Line:
    """Measure one size of a part; to be called in a process of its own, whose peak memory counts."""
    with TemporaryDirectory() as place:
        seconds = PARTS[name].measure(size, Path(place))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    peak = children if name in ("length", "articles") else measure_peak_memory()
    return {"part": name, "size": size, "cpu_seconds": f"{seconds:.3f}", "peak_mib": f"{peak:.0f}"}


def find_costs(part: Part, lines: Sequence[Line]) -> list[float]:
    """Return the seconds of one more past the start for all sizes but the first; or of one, whatever there is."""
    seconds, sizes = [float(line["cpu_seconds"]) for line in lines], [int(line["size"]) for line in lines]
    if not part.grows:
        return [one / RUNS for one in seconds]
    return [(one - seconds[0]) / (size - sizes[0]) for one, size in list(zip(seconds, sizes, strict=True))[1:]]


def describe(name: str, lines: Sequence[Line]) -> str:
    """Return a part's table in Markdown, how even its costs are, and its picture."""
    part = PARTS[name]
    costs = find_costs(part, lines)
    shown = [""] * (len(lines) - len(costs)) + [f"{1e3 * cost:.3f}" for cost in costs]
    rows = [
        [f"{int(line['size']):,}", line["cpu_seconds"], cost, line["peak_mib"]]
        for line, cost in zip(lines, shown, strict=True)
    ]
    spread = 100 * (max(costs) / min(costs) - 1)
    peaks = [int(line["peak_mib"]) for line in lines]
    return f"""## {name}

{tabulate([part.unit, "CPU seconds", "ms for one" + (" past the start" if part.grows else ""), "peak MiB"], rows)}

The time for one is the same within {spread:.0f} %, peak memory within {max(peaks) - min(peaks)} MiB.

![seconds by {part.unit}](sizes_{name}.png)
"""


def draw(name: str, lines: Sequence[Line]) -> None:
    """Draw a part's seconds by its sizes, and the line through its first and last."""
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.subplots()
    sizes, seconds = [int(line["size"]) for line in lines], [float(line["cpu_seconds"]) for line in lines]
    axes.plot([sizes[0], sizes[-1]], [seconds[0], seconds[-1]], color="tab:gray", linewidth=1)
    axes.plot(sizes, seconds, "o")
    axes.set(xlabel=PARTS[name].unit, ylabel="CPU seconds", ylim=(0, None))
    with write_file(RESULTS / f"sizes_{name}.png") as path:
        figure.savefig(path, dpi=120)


def main() -> None:
    """Measure every size of the parts that are asked for, and write."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS])
    given = parser.parse_args()
    out = RESULTS / "sizes.csv"
    lines = {name: [one for one in read_csv(out, COLUMNS) if one["part"] == name] for name in PARTS}
    console, commit = Console(stderr=True), describe_commit()
    for name in given.parts or PARTS:
        lines[name] = []
        for size in PARTS[name].sizes:
            with get_context("spawn").Pool(1) as pool:
                lines[name].append(pool.apply(measure, (name, size)) | commit)
            console.print(lines[name][-1])
        draw(name, lines[name])
    measured = {name: own for name, own in lines.items() if own}
    write_csv(out, COLUMNS, [line for own in measured.values() for line in own])
    parts = "\n".join(describe(name, own) for name, own in measured.items())
    write_text(
        RESULTS / "sizes.md",
        f"""# How time and memory grow

`experiments/benchmarks/sizes.py`; CPU seconds, each size in a process of its own; [sizes.csv](sizes.csv) has the
commit of each line. {describe_machine("numpy", "mlflow")} Asked: within 15 %, and memory flat.

{parts}""",
    )


if __name__ == "__main__":
    main()
