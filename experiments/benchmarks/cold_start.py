"""From the start of a process to its first label, against transformers.pipeline.

    python experiments/benchmarks/cold_start.py TRAINED EXPORTED
    python experiments/benchmarks/cold_start.py TRAINED EXPORTED --rounds 1

TRAINED is a transformer's folder, EXPORTED what ``janib export --quantize`` made of it; of the shipped model,
``src/janib/data/models/default``. Each measurement is a whole process that loads its model, labels one pair and ends;
the two take turns, and what they read lies in the disk cache after a first time that is not counted. Writes to
experiments/results/benchmarks ``cold_start.csv`` (a line a turn), ``cold_start.md`` and ``cold_start.png``. Needs the
extras ``transformers`` and ``experiments``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from argparse import ArgumentParser
from functools import partial
from pathlib import Path

from turns import compare_seconds, describe_machine, draw_bars, find_median, take_turns, write_turns

OURS, PEER = "janib", "pipeline"
CODE = {
    OURS: "import sys, janib; print(janib.load(sys.argv[1]).predict([sys.argv[3]], [sys.argv[2]])[0].label)",
    PEER: "import sys; from transformers import pipeline; classify = pipeline('text-classification', sys.argv[1]); "
    "print(classify({'text': sys.argv[2], 'text_pair': sys.argv[3]}))",
}
PAIR = ("الوزارة", "رحبت النقابة بقرار الوزارة ووصفته بأنه خطوة طال انتظارها")


def start(way: str, folder: Path) -> float:
    """Return the seconds that a process takes to label one pair."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", CODE[way], str(folder), *PAIR], check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    """Measure and write what was found."""
    parser = ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("trained", type=Path)
    parser.add_argument("exported", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    ways = {OURS: partial(start, OURS, asked.exported), PEER: partial(start, PEER, asked.trained)}
    for measure in ways.values():
        measure()
    lines = take_turns(ways, asked.rounds)
    text = f"""# Cold start to the first label

`experiments/benchmarks/cold_start.py`: whole processes, {asked.rounds} rounds in turn.
{describe_machine("onnxruntime", "tokenizers", "torch", "transformers")}

| way | seconds (median of rounds) | janib is quicker by (median, least, most) |
|---|---|---|
| {OURS} | {find_median(lines, OURS):.2f} | |
| {PEER} | {find_median(lines, PEER):.2f} | {compare_seconds(lines, OURS, PEER)} |

![seconds](cold_start.png)
"""
    write_turns("cold_start", lines, text)
    bars = {way: [line["seconds"] for line in lines if line["way"] == way] for way in ways}
    draw_bars("cold_start", bars, "seconds", "From the start of the process to the first label")


if __name__ == "__main__":
    main()
