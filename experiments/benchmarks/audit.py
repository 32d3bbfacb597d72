"""Time and memory of the audit on synthetic texts: ``python experiments/benchmarks/audit.py 10000 100000 1000000``.

Peer, in the same run and up to 10,000 texts: datasketch's MinHash and MinHashLSH used text by text, as its
documentation shows, with the same shingles, bands and exact check. CPU seconds, since the machine may do other things;
each measurement in a process of its own, for its peak memory. Results: experiments/results/benchmarks/audit.csv.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console

from janib.corpora.audit import audit_corpora
from janib.corpora.base import Corpus
from janib.corpora.duplicates import AUDIT_BANDS, THRESHOLD, make_shingles, normalise_text
from janib.io.files import write_csv
from janib.provenance import describe_commit, measure_peak_memory
from janib.schema import Example

OUT = Path(__file__).parents[1] / "results" / "benchmarks" / "audit.csv"
PEER_LIMIT = 10_000
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def make_texts(count: int) -> list[str]:
    """Make texts of 8 to 24 invented words with Zipf's frequencies; a tenth copies another, a twentieth nearly so."""
    random = np.random.default_rng(count)
    words = ["".join(random.choice(list(LETTERS), size)) for size in random.integers(2, 8, 50_000)]
    frequency = 1 / np.arange(1, len(words) + 1)
    lengths = random.integers(8, 25, count)
    drawn = iter(random.choice(len(words), lengths.sum(), p=frequency / frequency.sum()).tolist())
    texts: list[str] = []
    for length, fate in zip(lengths.tolist(), random.random(count).tolist(), strict=True):
        own = [words[next(drawn)] for _ in range(length)]
        if texts and fate < 0.15:
            other = texts[int(random.integers(len(texts)))]
            texts.append(other if fate < 0.1 else f"{other} {own[0]}")
        else:
            texts.append(" ".join(own))
    return texts


def audit(texts: list[str]) -> int:
    """Audit the texts as one corpus; return how many have a copy or a near one."""
    corpus = Corpus("made", "", "", "", "", read=lambda _: {}, metrics={"stance": "macro_f1"})
    found = audit_corpora([(corpus, {"train": [Example(str(number), text) for number, text in enumerate(texts)]})])
    return sum(finding.kind == "copy" for finding in found.findings)


def use_datasketch(texts: list[str]) -> int:
    """Find the same with datasketch alone, text by text."""
    from datasketch import MinHash, MinHashLSH

    bands, rows = AUDIT_BANDS
    index = MinHashLSH(num_perm=bands * rows, params=AUDIT_BANDS)
    shingles = [make_shingles(normalise_text(text)) for text in texts]
    found = set()
    for row, grams in enumerate(shingles):
        sketch = MinHash(num_perm=bands * rows)
        sketch.update_batch([gram.encode() for gram in grams])
        for other in index.query(sketch):
            if len(grams & shingles[other]) / len(grams | shingles[other]) >= THRESHOLD:
                found |= {row, other}
        index.insert(row, sketch)
    return len(found)


def measure(work: Callable[[list[str]], int], count: int) -> dict[str, object]:
    """Run a piece of work; return its CPU seconds, peak memory above the texts' own, and what it found."""
    texts = make_texts(count)
    before, start = measure_peak_memory(), time.process_time()
    found = work(texts)
    seconds, peak = time.process_time() - start, measure_peak_memory()
    return {
        "what": work.__name__,
        "texts": count,
        "cpu_seconds": f"{seconds:.1f}",
        "us_per_text": f"{seconds / count * 1e6:.0f}",
        "peak_mib": f"{peak:.0f}",
        "of_it_before": f"{before:.0f}",
        "with_copies": found,
        **describe_commit(),
    }


def main() -> None:
    """Measure every size that is named."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("sizes", type=int, nargs="+")
    lines = []
    for size in parser.parse_args().sizes:
        for work in (audit, use_datasketch) if size <= PEER_LIMIT else (audit,):
            with get_context("spawn").Pool(1) as pool:
                lines.append(pool.apply(measure, (work, size)))
            Console().print(lines[-1])
    write_csv(OUT, lines[0], lines)


if __name__ == "__main__":
    main()
