"""TF-IDF against the same pipeline in plain scikit-learn: scoring, and training.

    python experiments/benchmarks/tfidf.py

Two pipelines take turns in one process, ROUNDS times each: Janib's model (``model=tfidf_logreg`` with the text alone,
``target=ignored``), and scikit-learn's TfidfVectorizer, once for words and once for characters, with the same n-grams,
weights and classifier. Both clean with the same functions and start from text. The rows have no targets, since Janib
would weight labels by target, which ``class_weight="balanced"`` cannot.

Both are fitted on Mawqif's training tweets, and label its test tweets and the tweets of ArSarcasm-v2, another part in
each round, so that no text is labelled twice. Janib's cache of words is empty after training and fills during its
turns. The labels must be equal. Times are CPU seconds, since other processes may run. Training is the time of ``fit``;
a whole run of Janib (reading, validation, saving, logging) is timed once, separately.

Needs the extra ``experiments`` and the corpora's files. Writes ``experiments/results/benchmarks/tfidf.csv`` (a line for
each turn) and ``tfidf.md``.
"""

from __future__ import annotations

import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from hydra import compose, initialize_config_dir
from rich.console import Console
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer
from turns import RESULTS, describe_machine

from janib.corpora import read_corpus
from janib.io.files import write_csv, write_text
from janib.models.tfidf.model import TfidfModel
from janib.runs.experiment import read_experiment
from janib.runs.run import run
from janib.schema import Example
from janib.text.cleaning import compose as compose_cleaning

ROOT = Path(__file__).resolve().parents[2]
TASK = "stance"
ROUNDS = 7
CONFIG = ["model=tfidf_logreg", "model.target=ignored", "data=mawqif"]
ASKED = {"scoring": "at least 5", "training": "at most 1.15 times scikit-learn's time"}


def make_peer(model: TfidfModel) -> Pipeline:
    """Make the same pipeline of scikit-learn's parts."""
    common = {"min_df": model.min_df, "sublinear_tf": True, "lowercase": False}
    clean = compose_cleaning(model.cleaning)
    words = TfidfVectorizer(ngram_range=model.words, token_pattern=r"\b\w\w+\b", **common)
    chars = TfidfVectorizer(ngram_range=model.chars, analyzer="char_wb", **common)
    classifier = LogisticRegression(
        C=model.classifier["c"], class_weight="balanced", max_iter=1000, random_state=model.seed
    )
    cleaned = FunctionTransformer(lambda texts: list(map(clean, texts)))
    return make_pipeline(cleaned, make_union(words, chars), classifier)


def measure(rounds: int, rows: int | None) -> tuple[list[dict[str, Any]], int, float]:
    """Time both in turn; return a line for each turn, the number of different labels, and the largest difference."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        experiment = read_experiment(compose("train", CONFIG))
    corpus, splits = read_corpus("mawqif", TASK)
    train = [replace(row, target="") for row in splits["train"] if row.stance is not None][:rows]
    other = [row for part in read_corpus("arsarcasm_v2")[1].values() for row in part]
    unseen = [*splits["test"], *other][:rows]
    parts = [unseen[turn::rounds] for turn in range(rounds)]
    lines: list[dict[str, Any]] = []

    def note(what: str, way: str, turn: int, seconds: float, count: int) -> None:
        lines.append({"what": what, "way": way, "round": turn, "rows": count, "rows_per_second": count / seconds})
        Console(stderr=True).print(f"{what} {turn} {way}: {count / seconds:,.0f} rows/s")

    for turn in range(rounds):
        start = time.process_time()
        ours = experiment.make_model(corpus).fit(train, [])
        note("training", "janib", turn, time.process_time() - start, len(train))
        assert isinstance(ours, TfidfModel)
        peer = make_peer(ours)
        start = time.process_time()
        peer.fit([row.text for row in train], [row.stance for row in train])
        note("training", "scikit-learn", turn, time.process_time() - start, len(train))
    differing, largest = 0, 0.0
    for turn, part in enumerate(parts):
        start = time.process_time()
        our_answer = ours.predict_proba(part)[TASK]
        note("scoring", "janib", turn, time.process_time() - start, len(part))
        start = time.process_time()
        their_answer = _ask(peer, part, ours.labels[TASK])
        note("scoring", "scikit-learn", turn, time.process_time() - start, len(part))
        differing += int((our_answer.argmax(axis=1) != their_answer.argmax(axis=1)).sum())
        largest = max(largest, float(np.abs(our_answer - their_answer).max()))
    return lines, differing, largest


def measure_run() -> tuple[float, float]:
    """Return the wall seconds of a whole run that validates on a hold-out, and those of its last fitting."""
    with tempfile.TemporaryDirectory() as place:
        own = [f"tracking.uri=sqlite:///{place}/mlflow.db", f"tracking.artifacts={place}/artifacts"]
        own += [f"unfinished={place}/unfinished", "test=false", *CONFIG]
        with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
            config = compose("train", own)
        start = time.perf_counter()
        found = run(read_experiment(config), Path(place) / "run")
        return time.perf_counter() - start, float(found.cost.train_seconds or 0)


def _ask(peer: Pipeline, rows: Sequence[Example], labels: Sequence[str]) -> Any:
    order = [list(peer.classes_).index(label) for label in labels]
    return peer.predict_proba([row.text for row in rows])[:, order]


def main() -> None:
    """Measure and write."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--rows", type=int, help="fewer rows, for a try")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    lines, differing, largest = measure(given.rounds, given.rows)
    whole, fitting = measure_run()
    table = ["| what | janib, rows/s | scikit-learn, rows/s | janib is faster by (median, least, most) | asked |"]
    table.append("|---|---|---|---|---|")
    for what, asked in ASKED.items():
        ours, theirs = (
            [line["rows_per_second"] for line in lines if (line["what"], line["way"]) == (what, way)]
            for way in ("janib", "scikit-learn")
        )
        ratios = sorted(one / other for one, other in zip(ours, theirs, strict=True))
        ratio = f"{median(ratios):.2f} ({ratios[0]:.2f}, {ratios[-1]:.2f})"
        table.append(f"| {what} | {median(ours):,.0f} | {median(theirs):,.0f} | {ratio} | {asked} |")
    body = "\n".join(table)
    scored = sum(line["rows"] for line in lines if (line["what"], line["way"]) == ("scoring", "janib"))
    text = f"""# TF-IDF against plain scikit-learn

`experiments/benchmarks/tfidf.py`: {given.rounds} rounds, in turn, rows a CPU second.
{describe_machine("numpy", "scikit-learn")}

{body}

Of {scored:,} rows {differing} have another label; the largest difference of a probability is {largest:.1e}.
A whole run of `experiments/train.py` (reading, a hold-out that is fitted and scored with intervals, fitting on all
rows, saving, logging to MLflow) took {whole:.1f} s of wall time, {fitting:.1f} s of it the last fitting.
"""
    shown = ({**line, "rows_per_second": f"{line['rows_per_second']:.1f}"} for line in lines)
    write_csv(given.out / "tfidf.csv", lines[0], shown)
    write_text(given.out / "tfidf.md", text)


if __name__ == "__main__":
    main()
