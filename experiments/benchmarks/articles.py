"""Time and memory of reading one long article, without any model: ``python experiments/benchmarks/articles.py``.

The five articles of ``experiments/articles/dev`` over and over, numbered, to 0.25, 0.5, 1 and 2 MB
of UTF-8: sentences, mentions and speakers are found as ``janib.analyse`` finds them. Linear means that the seconds for
a MB stay. CPU seconds; each size in a process of its own, for its peak memory. Results:
experiments/results/benchmarks/articles.csv.
"""

from __future__ import annotations

import itertools
import json
import time
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.speakers.turns import find_speakers
from janib.io.files import write_csv
from janib.provenance import describe_commit, measure_peak_memory

ARTICLES = Path(__file__).parents[1] / "articles" / "dev"
OUT = Path(__file__).parents[1] / "results" / "benchmarks" / "articles.csv"
SIZES = (0.25, 0.5, 1.0, 2.0)
"""MB of text."""


def make_text(size: float) -> str:
    """Put articles together until they hold ``size`` MB."""
    texts = [json.loads(path.read_text(encoding="utf-8"))["text"] for path in sorted(ARTICLES.glob("*.json"))]
    parts: list[str] = []
    held = 0
    for turn in itertools.count():
        text = f"{turn}\n{texts[turn % len(texts)]}"
        if held + len(text.encode()) > size * 1e6:
            return "\n".join(parts)
        parts.append(text)
        held += len(text.encode()) + 1
    raise AssertionError("the count never ends")


def measure(size: float) -> dict[str, object]:
    """Read a text of ``size`` MB; return the CPU seconds of each step and the peak memory above what stood before."""
    gazetteer = Gazetteer.shipped()
    find_mentions("مصر", split_sentences("مصر"), gazetteer)  # forms are made when first asked for
    text = make_text(size)
    before, times = measure_peak_memory(), [time.process_time()]
    sentences = split_sentences(text)
    times.append(time.process_time())
    mentions = find_mentions(text, sentences, gazetteer)
    times.append(time.process_time())
    speakers = find_speakers(text, sentences, mentions)
    times.append(time.process_time())
    steps = ("sentences_s", "mentions_s", "speakers_s")
    spent = dict(zip(steps, (later - earlier for earlier, later in itertools.pairwise(times)), strict=True))
    seconds = times[-1] - times[0]
    return {
        "mb": size,
        "characters": len(text),
        "statements": len(speakers),
        "mentions": len(mentions),
        **{step: f"{value:.2f}" for step, value in spent.items()},
        "cpu_seconds": f"{seconds:.2f}",
        "seconds_per_mb": f"{seconds / size:.2f}",
        "peak_mib": f"{measure_peak_memory():.0f}",
        "of_it_before": f"{before:.0f}",
        **describe_commit(),
    }


def main() -> None:
    """Measure every size."""
    lines = []
    for size in SIZES:
        with get_context("spawn").Pool(1) as pool:
            lines.append(pool.apply(measure, (size,)))
        Console().print(lines[-1])
    write_csv(OUT, lines[0], lines)


if __name__ == "__main__":
    main()
