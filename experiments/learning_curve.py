"""Learning curve on real news: ``python experiments/learning_curve.py SHARE NEWSMTSC``, for instance ``0.25 both``.

Trains the second stage of the shipped encoder (``experiment=ant_positions/second_stage``) on the first SHARE of ANT's
shuffled training articles and on the Janib statements, and scores it on the validation pairs drawn at random. No test
row is scored. NEWSMTSC is ``none`` (from the encoder as it was pretrained), ``english`` (from the first stage, which
has learned from English news and Arabic tweets) or ``both`` (so, and the Arabic translation beside ANT). A cell is a
line of ``experiments/results/learning_curve.csv``.
"""

from __future__ import annotations

import csv
import logging
import sys
from pathlib import Path

import numpy as np
from hydra import compose, initialize_config_dir
from sklearn.metrics import f1_score, roc_auc_score

from default_model import choose_threshold, keep_drawn
from janib.corpora.mixture import leave_out
from janib.errors import ConfigError
from janib.labels import STANCE_LABELS
from janib.provenance import describe_commit
from janib.runs.experiment import list_test_rows, read_experiment
from janib.schema import Example

ROOT = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).resolve().parent / "results" / "learning_curve.csv"
COLUMNS = (
    "share",
    "newsmtsc",
    "seed",
    "pairs",
    "rows",
    "valid_macro_f1",
    "auc_against",
    "auc_favor",
    "recall",
    "commit",
)
NEWSMTSC = {
    "none": ["data.train=[ant_positions,statements]", "model.encoder=e5_small_ar"],
    "english": ["data.train=[ant_positions,statements]"],
    "both": [],
}


def main(share: float, newsmtsc: str) -> None:
    """Train and score one cell, and add its line to the results."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("train", ["experiment=ant_positions/second_stage", *NEWSMTSC[newsmtsc]])
    experiment = read_experiment(config)
    corpus, splits = experiment.read_data()
    own = draw_articles(splits["train"], share)
    train = leave_out([*own, *experiment.read_others(splits)], [*splits["valid"], *list_test_rows(splits)])
    model = experiment.make_model(corpus).fit(train, splits["valid"])
    rows = keep_drawn(splits["valid"])
    shares = model.predict_proba(rows)["stance"]
    gold = np.array([STANCE_LABELS.index(str(row.stance)) for row in rows])
    try:
        recall = f"{choose_threshold(shares, rows)[2]:.3f}"
    except ConfigError:  # no threshold is good enough
        recall = ""
    scores = (
        f"{f1_score(gold, shares.argmax(axis=1), average='macro'):.4f}",
        *(f"{roc_auc_score(gold == label, shares[:, label]):.3f}" for label in (0, 2)),
        recall,
    )
    commit = describe_commit([RESULT])["commit"]
    line = (f"{share:g}", newsmtsc, experiment.seed, len(own), len(train), *scores, commit)
    is_new = not RESULT.exists()
    with RESULT.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow(line)
    logging.getLogger("janib").info("%s", dict(zip(COLUMNS, line, strict=True)))


def draw_articles(rows: list[Example], share: float) -> list[Example]:
    """Return the rows of a share of the articles, drawn so that a smaller share is part of a larger one."""
    articles = sorted({str(row.document) for row in rows})
    np.random.default_rng(5).shuffle(articles)
    kept = set(articles[: round(len(articles) * share)])
    return [row for row in rows if row.document in kept]


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    share, newsmtsc = sys.argv[1:]
    main(float(share), newsmtsc)
