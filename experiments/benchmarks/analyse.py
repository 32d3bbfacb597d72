"""CPU time of ``janib analyse`` with the shipped model, against another commit in turn.

    git worktree add /tmp/before COMMIT
    python experiments/benchmarks/analyse.py /tmp/before
    python experiments/benchmarks/analyse.py /tmp/before --articles 60 --rounds 3

The five invented articles of ``experiments/articles/dev`` over and over, each numbered, are analysed by one thread of a
warm process. Process CPU seconds are counted, so that other work on the machine disturbs little; the two commits take
turns. Writes ``analyse.csv`` (a line a turn) and ``analyse.md`` to experiments/results/benchmarks, with whether both
commits find the same positions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from functools import partial
from hashlib import sha256
from itertools import cycle, islice
from pathlib import Path

from turns import compare_seconds, describe_machine, find_median, take_turns, write_turns

from janib.articles.analysis import Analyser, Article
from janib.articles.positions import load_judge

ARTICLES = Path(__file__).parents[1] / "articles" / "dev"
NOW, BEFORE = "janib", "before"
LETTERS = 3000
"""Of the article that the seconds are told for."""
KEYS = ("article", "statement", "start", "end", "speakers", "party_id", "mention_start", "stance_p", "sentiment_p")


def make_articles(count: int) -> list[Article]:
    """Return so many articles."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(ARTICLES.glob("*.json"))]
    turns = enumerate(islice(cycle(read), count))
    return [Article(f"{n}\n{one['text']}", f"{n}", one["outlet"], one["date"]) for n, one in turns]


def analyse(count: int) -> None:
    """Analyse articles, and print the CPU seconds, the letters and a digest of the positions."""
    judge = load_judge()
    judge.stance.model.threads = 1  # type: ignore[attr-defined]
    analyser, articles = Analyser(judge), make_articles(count)
    analyser.analyse(articles[0])
    digest, begun = sha256(), time.process_time()
    found = [analyser.analyse(article) for article in articles]
    seconds = time.process_time() - begun
    for analysis in found:
        rows = [[row[key] for key in KEYS] for row in analysis.list_positions()]
        digest.update(json.dumps(rows, ensure_ascii=False).encode())
    print(json.dumps([seconds, sum(len(one.text) for one in articles), digest.hexdigest()]))  # noqa: T201


def start(root: Path, count: int, told: dict[Path, tuple[int, str]]) -> float:
    """Analyse articles by the code of a folder; return the CPU seconds."""
    command = [sys.executable, __file__, str(root), "--articles", str(count), "--worker"]
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    seconds, *told[root] = json.loads(done.stdout.splitlines()[-1])
    return float(seconds)


def main() -> None:
    """Measure and write what was found."""
    parser = ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("before", type=Path)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", action="store_true")
    asked = parser.parse_args()
    if asked.worker:
        analyse(asked.articles)
        return
    roots = {NOW: Path(__file__).resolve().parents[2], BEFORE: asked.before.resolve()}
    told: dict[Path, tuple[int, str]] = {}
    lines = take_turns({way: partial(start, root, asked.articles, told) for way, root in roots.items()}, asked.rounds)
    (letters, digest), (_, other) = (told[roots[way]] for way in (NOW, BEFORE))
    commit = subprocess.run(
        ["git", "-C", str(roots[BEFORE]), "rev-parse", "--short=12", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    text = f"""# Analysing articles

`experiments/benchmarks/analyse.py`: {asked.articles} invented articles, {letters:,} letters, one thread, process CPU
seconds, {asked.rounds} rounds in turn with commit {commit}; a process is warm when it is measured.
{describe_machine("onnxruntime", "tokenizers")}

| code | articles a second | seconds for {LETTERS:,} letters | quicker than before by (median, least, most) |
|---|---|---|---|
"""
    for way, ratio in ((NOW, compare_seconds(lines, NOW, BEFORE)), (BEFORE, "")):
        seconds = find_median(lines, way)
        text += f"| {way} | {asked.articles / seconds:.2f} | {seconds / letters * LETTERS:.2f} | {ratio} |\n"
    same = "the same positions, equal to four digits" if digest == other else "different positions"
    write_turns("analyse", lines, f"{text}\nThe two find {same}.\n")


if __name__ == "__main__":
    main()
