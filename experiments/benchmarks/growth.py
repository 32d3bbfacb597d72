"""How time and memory of ``janib predict`` grow: with the rows, and with the length of a text.

    python experiments/benchmarks/growth.py tfidf outputs/…/model
    python experiments/benchmarks/growth.py shipped src/janib/data/models/default --rows 100 1000 10000 --workers 1

Files of invented rows of 8 to 24 words are labelled with 1 and with 2 workers, then LONG rows of each number of
--words, each in a process of its own. Required: a row's seconds past the start the same within 15 %, and peak memory,
workers included, flat within 100 MiB. The start (imports, loading the model) is what the smallest file takes, and is
taken off the others. Writes to experiments/results/benchmarks ``growth_NAME.csv`` (a line a measurement), ``.md`` and
``.png``. Needs the extras ``experiments`` and ``dev``.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from matplotlib.figure import Figure
from rich.console import Console
from turns import RESULTS, describe_machine, write_turns

from janib.io.files import write_file

ROWS = (1_000, 10_000, 100_000, 1_000_000)
WORKERS = (1, 2)
WORDS = (16, 64, 256, 512)
LONG = 500
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"

Line = dict[str, Any]


def write_rows(path: Path, count: int, words: int | None = None) -> None:
    """Write rows of so many invented words, or 8 to 24, with Zipf's frequencies; the same rows begin every file."""
    random = np.random.default_rng(0)
    known = ["".join(random.choice(list(LETTERS), size)) for size in random.integers(2, 8, 50_000)]
    frequency = 1 / np.arange(1, len(known) + 1)
    frequency /= frequency.sum()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "target"])
        for number in range(0, count, 1000):
            lengths = random.integers(8, 25, 1000) if words is None else np.full(1000, words)
            drawn = iter(random.choice(len(known), lengths.sum(), p=frequency).tolist())
            for place, length in enumerate(lengths.tolist()[: count - number]):
                writer.writerow([number + place, " ".join(known[next(drawn)] for _ in range(length)), "المجلس"])


def measure(model: str, source: Path, workers: int) -> Line:
    """Label a file; return seconds and the peak memory of all its processes in MiB, looked at 20 times a second."""
    command = [
        sys.executable,
        "-m",
        "janib.cli",
        "predict",
        "-m",
        model,
        str(source),
        str(source.with_name("out.csv")),
    ]
    start, peak = time.perf_counter(), 0
    process = psutil.Popen([*command, "--workers", str(workers)], stderr=subprocess.PIPE, text=True)
    while process.poll() is None:
        held = 0
        for one in [process, *process.children(recursive=True)]:
            try:
                held += one.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        peak = max(peak, held)
        time.sleep(0.05)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(process.stderr.read())
    return {"workers": workers, "seconds": seconds, "peak_mib": round(peak / 2**20)}


def find_costs(lines: Sequence[Line]) -> list[float]:
    """Return seconds a row past the start, of all lines but the first, which is the start."""
    first = lines[0]
    return [(line["seconds"] - first["seconds"]) / (line["rows"] - first["rows"]) for line in lines[1:]]


def describe(by_rows: Sequence[Sequence[Line]], by_words: Sequence[Line]) -> str:
    """Return Markdown tables of the measurements, and how far they are from what is asked."""
    parts = ["| workers | rows | seconds | µs a row past the start | peak MiB |\n|---|---|---|---|---|"]
    notes = []
    for lines in by_rows:
        costs = find_costs(lines)
        for line, cost in zip(lines, ["", *(f"{1e6 * cost:.1f}" for cost in costs)], strict=True):
            parts.append(
                f"| {line['workers']} | {line['rows']:,} | {line['seconds']:.1f} | {cost} | {line['peak_mib']:,} |"
            )
        peaks = [line["peak_mib"] for line in lines]
        notes.append(
            f"{lines[0]['workers']} at a time: a row's time within {100 * (max(costs) / min(costs) - 1):.0f} %, peak "
            f"memory within {max(peaks) - min(peaks)} MiB of one another."
        )
    parts += ["", *notes, "Asked: within 15 % and 100 MiB.", ""]
    parts += [f"| words a text ({LONG} texts) | seconds | peak MiB |\n|---|---|---|"]
    parts += [f"| {line['words']} | {line['seconds']:.1f} | {line['peak_mib']:,} |" for line in by_words]
    return "\n".join(parts)


def draw(name: str, by_rows: Sequence[Sequence[Line]], by_words: Sequence[Line]) -> None:
    """Draw seconds by rows and by words."""
    figure = Figure(figsize=(9, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for lines in by_rows:
        rows, seconds = zip(*((line["rows"], line["seconds"]) for line in lines), strict=True)
        left.plot(rows, seconds, "o-", label=f"{lines[0]['workers']} workers")
    left.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds, whole process")
    left.legend()
    right.plot(*zip(*((line["words"], line["seconds"]) for line in by_words), strict=True), "o-")
    right.set(xlabel=f"words a text, {LONG} texts", ylabel="seconds, whole process", ylim=(0, None))
    figure.suptitle("Time by the number of rows and by their length", fontsize=10)
    with write_file(RESULTS / f"{name}.png") as path:
        figure.savefig(path, dpi=120)


def main() -> None:
    """Measure every size and write."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("model")
    parser.add_argument("--rows", type=int, nargs="+", default=ROWS)
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS)
    parser.add_argument("--words", type=int, nargs="+", default=WORDS)
    given = parser.parse_args()
    console = Console(stderr=True)
    by_rows: list[list[Line]] = [[] for _ in given.workers]
    by_words = []
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "in.csv"
        for rows in given.rows:
            write_rows(source, rows)
            for lines, workers in zip(by_rows, given.workers, strict=True):
                lines.append({"rows": rows, "words": "", **measure(given.model, source, workers)})
                console.print(lines[-1])
        for words in given.words:
            write_rows(source, LONG, words)
            by_words.append({"rows": LONG, "words": words, **measure(given.model, source, 1)})
            console.print(by_words[-1])
    name = f"growth_{given.name}"
    text = f"""# How labelling grows, {given.name}

`experiments/benchmarks/growth.py {" ".join(sys.argv[1:])}`. {describe_machine("numpy", "onnxruntime")}

{describe(by_rows, by_words)}

![seconds by rows and by words]({name}.png)
"""
    write_turns(name, [line for lines in [*by_rows, by_words] for line in lines], text)
    draw(name, by_rows, by_words)


if __name__ == "__main__":
    main()
