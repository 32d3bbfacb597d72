"""Scoring speed of an exported model, and of transformers.pipeline with the original model.

    python experiments/benchmarks/scoring.py TRAINED EXPORTED
    python experiments/benchmarks/scoring.py TRAINED EXPORTED --rows 20 --rounds 1

TRAINED is a transformer's folder, and EXPORTED is its export by ``janib export --quantize``; for the shipped model, its
encoder ``src/janib/data/models/default``. The peer is ``pipeline("text-classification")`` in fp32 with batches of 32.
It reads the very pairs that the exported model reads, in their own order. Both start with strings and end with labels
of every task; loading is not timed. They take turns in one process, on one thread each, --rounds times for each corpus:
Mawqif's test tweets and newsmtsc's two test sets, or --rows of each. CPU seconds of the process are counted, so that
other work on the machine disturbs little.

Writes ``scoring.csv`` (a line for each turn), ``scoring.md`` (medians, ratios, equal labels, macro-F1 of both) and
``scoring.png`` to experiments/results/benchmarks. The labels are scored to compare quality too. Nothing is chosen by
these scores, and each is recorded in the list of test scorings, also with --rows. Needs the extras ``transformers`` and
``experiments``.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import pipeline
from turns import RESULTS, compare_seconds, describe_machine, draw_bars, find_median, take_turns, write_turns

import janib
from janib.corpora import read_corpus
from janib.labels import TASK_LABELS
from janib.models.encoder_inputs import PairReader
from janib.models.encoders.huggingface import read_tokenizer
from janib.models.store import read_manifest
from janib.provenance import describe_commit
from janib.schema import Example
from janib.scoring.ledger import append_scoring
from janib.scoring.metrics import score

LEDGER = RESULTS.parent / "test_scorings.csv"
CORPORA = {"mawqif": ("test",), "newsmtsc": ("test_mt", "test_rw")}
OURS, PEER = "janib", "pipeline"
BATCH = 32

Labels = dict[str, list[str]]


class Peer:
    """transformers.pipeline on the pairs that the exported model reads."""

    def __init__(self, folder: Path, classifier: janib.Classifier) -> None:
        self._pipeline = pipeline("text-classification", model=str(folder), device="cpu")
        self._tokenizer = read_tokenizer(self._pipeline.tokenizer)
        settings = classifier.manifest["settings"]["reader"]
        self._reader, self._max_length = PairReader(**settings), settings["max_length"]
        self._labels = classifier.model.labels

    def predict(self, rows: Sequence[Example]) -> Labels:
        """Return each task's labels."""
        found = self._pipeline(
            [{"text": first, "text_pair": second} for first, second in self._reader.write_pairs(rows, self._tokenizer)],
            batch_size=BATCH,
            top_k=None,
            function_to_apply="none",
            truncation="only_second",
            max_length=self._max_length,
        )
        scores = [{one["label"]: one["score"] for one in row} for row in found]
        several = len(self._labels) > 1
        return {
            task: [max(names, key=lambda name: row[f"{task}:{name}" if several else name]) for row in scores]
            for task, names in self._labels.items()
        }


def measure(rows: Sequence[Example], classifier: janib.Classifier, peer: Peer, rounds: int, about: str) -> Any:
    """Let both label the rows in turns; return the lines and both ways' labels."""
    labels: dict[str, Labels] = {}

    def label_ours() -> float:
        start = time.process_time()
        found = classifier.predict_rows(rows)
        seconds = time.process_time() - start
        labels[OURS] = {task: [one.label for one in answers] for task, answers in found.items()}
        return seconds

    def label_theirs() -> float:
        start = time.process_time()
        labels[PEER] = peer.predict(rows)
        return time.process_time() - start

    return take_turns({OURS: label_ours, PEER: label_theirs}, rounds, about), labels


def score_labels(rows: Sequence[Example], task: str, found: Sequence[str]) -> float:
    """Return macro-F1 in percent on the rows that have a gold label."""
    known = [place for place, row in enumerate(rows) if row.gold(task) is not None]
    gold = [str(rows[place].gold(task)) for place in known]
    return 100 * score(task, gold, [found[place] for place in known], None, TASK_LABELS[task])["macro_f1"]


def list_scorings(
    corpus: str, task: str, rows: Sequence[Example], origins: Sequence[str], labels: dict[str, Labels], about: Any
) -> None:
    """Add both ways' macro-F1 on each split that rows are from to the list of test scorings."""
    for split in dict.fromkeys(origins):
        places = [place for place, origin in enumerate(origins) if origin == split]
        for way, model in ((OURS, f"{about['model']}_onnx"), (PEER, about["model"])):
            answers = [labels[way][task][place] for place in places]
            value = score_labels([rows[place] for place in places], task, answers) / 100
            append_scoring(LEDGER, corpus, split, about | {"task": task, "model": model}, "macro_f1", value)


def main() -> None:
    """Measure on every corpus and write what was found."""
    parser = ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("trained", type=Path)
    parser.add_argument("exported", type=Path)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    classifier = janib.load(asked.exported, threads=1)
    peer = Peer(asked.trained, classifier)
    about = read_manifest(asked.trained)["provenance"] | describe_commit()
    lines: list[dict[str, Any]] = []
    bars: dict[str, list[float]] = {}
    body = ["| corpus | rows | janib rows/s | pipeline rows/s | janib is faster by (median, least, most) | task |"]
    body[0] += " equal labels | macro-F1 janib | pipeline |"
    body.append("|---" * 9 + "|")
    for name, splits in CORPORA.items():
        corpus, found = read_corpus(name)
        rows = [row for split in splits for row in found[split]][: asked.rows]
        origins = [split for split in splits for _ in found[split]][: asked.rows]
        classifier.predict_rows(rows[:BATCH])
        peer.predict(rows[:BATCH])
        turns, labels = measure(rows, classifier, peer, asked.rounds, name)
        lines += [{"corpus": name, "rows": len(rows), **line} for line in turns]
        paces = [f"{len(rows) / find_median(turns, way):.1f}" for way in (OURS, PEER)]
        for way in (OURS, PEER):
            bars[f"{way}, {name}"] = [len(rows) / line["seconds"] for line in turns if line["way"] == way]
        for task in classifier.tasks:
            ours, theirs = labels[OURS][task], labels[PEER][task]
            equal = f"{np.mean(np.array(ours) == np.array(theirs)):.2%}"
            scores = ("", "")
            if task in corpus.metrics:
                scores = tuple(f"{score_labels(rows, task, answers):.2f}" for answers in (ours, theirs))
                list_scorings(name, task, rows, origins, labels, about)
            cells = [name, f"{len(rows):,}", *paces, compare_seconds(turns, OURS, PEER), task, equal, *scores]
            body.append(f"| {' | '.join(cells)} |")
    table = "\n".join(body)
    text = f"""# Scoring against transformers.pipeline

`experiments/benchmarks/scoring.py`: {asked.rounds} rounds in turn, each with one thread, in CPU
seconds of the process, since others used the machine too.
{describe_machine("onnxruntime", "torch", "transformers")}

{table}

An encoder alone, on the first rows of the test splits (of newsmtsc, test_mt first). Asked: at least 3 times the
pipeline's rows/s, at least 99 % equal labels, macro-F1 within 0.5 points.

![rows a second](scoring.png)
"""
    write_turns("scoring", lines, text)
    draw_bars("scoring", bars, "rows a second", "One encoder in Janib and in transformers.pipeline, two corpora")


if __name__ == "__main__":
    main()
