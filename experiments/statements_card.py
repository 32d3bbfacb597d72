"""The card of the Janib statements, with counts from the corpus: ``python experiments/statements_card.py``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score

from janib.corpora.readers.statements import read_parties, read_statements
from janib.labels import POSITION_LABELS

FOLDER = Path(__file__).resolve().parents[1] / "src" / "janib" / "data" / "statements"
CARD = FOLDER / "README.md"

TEXT = """\
# The Janib statements: how Arabic news positions parties

{statements} statements in the manner of Arabic wire reports, each with its speakers and every party it mentions, and
for each of the {pairs:,} (statement, party) pairs the stance of the speaker towards the party and the sentiment of the
wording about it. {parties} parties are positioned, over {topics} topics, in {documents} documents of one to four
statements. CC BY 4.0.

## How it was made

**A language model wrote and labelled it** (Claude, in November 2026). Four sessions of the model wrote a quarter each,
statement by statement, from a brief on register, topics and difficulties. Every event is invented. Each pair was
labelled twice: by the session that wrote it, and blind by another session from [the guideline](GUIDELINE.md) alone.
Where the two differed ({disputed} pairs), a third decided and gave a reason, which is in the file. No native speaker
has checked it yet.

The kappa below is a model's agreement with itself under one guideline. It shows that the labels are consistent; readers
may still disagree with them. It is higher than the agreement of people on real news, whose reports are longer, duller
and vaguer. Use the corpus to train and to compare models, and report results on real corpora too. Names of states and
public bodies are real; what they do here is invented.

## What is in it

Splits are by document. In `test_unseen`, no positioned party is positioned in train.

{splits}

{kinds}

| topic | statements | share |
|---|---|---|
{topics_table}

## Agreement of the two labellings (Cohen's kappa)

{kappas}

## What makes it hard

| tag of a statement | statements | pairs | agreement on stance | kappa |
|---|---|---|---|---|
{statement_tags}

| tag of a pair | pairs | agreement on stance | kappa |
|---|---|---|---|
{pair_tags}

Nearly all bare mentions are neutral in both labellings, so their kappa says nothing.

## Format

Each line of `statements.jsonl` is an object:

- `id`, `document`, `split`, `topic`, `text`, `tags`;
- `speakers`: `party`, `surface`, `start`, `end`; the surface is empty if the statement does not name the speaker;
- `parties`: `party` (a key of `parties.jsonl`), `surface`, `start`, `end` (characters of `text`), `stance`,
  `sentiment`, `tags`, the two labellings `written` and `blind`, and a `reason` where they differed. `why` is the
  writer's own note on a hard case.

`parties.jsonl` gives each party's kind and its Arabic and English names.

This card is written by `python experiments/statements_card.py`.
"""

Pair = tuple[dict[str, Any], dict[str, Any]]


def write_card(statements: list[dict[str, Any]]) -> str:
    """Return the text of the card."""
    pairs = [(statement, party) for statement in statements for party in statement["parties"]]
    topics = Counter(statement["topic"] for statement in statements)
    return TEXT.format(
        statements=len(statements),
        pairs=len(pairs),
        parties=len({party["party"] for _, party in pairs}),
        topics=len(topics),
        documents=len({statement["document"] for statement in statements}),
        disputed=sum(party["written"] != party["blind"] for _, party in pairs),
        splits="\n\n".join(_show_splits(pairs, task) for task in POSITION_LABELS),
        kinds=_show_kinds(pairs),
        topics_table="\n".join(f"| {name} | {n} | {n / len(statements):.1%} |" for name, n in topics.most_common()),
        kappas=_show_kappas(pairs),
        statement_tags="\n".join(_show_statement_tags(statements, pairs)),
        pair_tags="\n".join(_show_pair_tags(pairs)),
    )


def _show_splits(pairs: list[Pair], task: str) -> str:
    labels = POSITION_LABELS[task]
    lines = [f"| {task} | statements | pairs | parties | {' | '.join(labels)} |", "|---|---|---|---|---|---|---|"]
    for split in ("train", "test", "test_unseen"):
        own = [(statement, party) for statement, party in pairs if statement["split"] == split]
        counts = Counter(party[task] for _, party in own)
        shares = " | ".join(f"{counts[label]} ({counts[label] / len(own):.0%})" for label in labels)
        statements = len({statement["id"] for statement, _ in own})
        lines.append(f"| {split} | {statements} | {len(own)} | {len({p['party'] for _, p in own})} | {shares} |")
    return "\n".join(lines)


def _show_kinds(pairs: list[Pair]) -> str:
    known = read_parties()
    counts = Counter(known[party["party"]]["kind"] for _, party in pairs)
    rows = "\n".join(f"| {kind} | {n} | {n / len(pairs):.1%} |" for kind, n in counts.most_common())
    return f"| kind of party | pairs | share |\n|---|---|---|\n{rows}"


def _measure_kappa(pairs: list[Pair], task: str) -> str:
    column = list(POSITION_LABELS).index(task)
    written, blind = ([party[side][column] for _, party in pairs] for side in ("written", "blind"))
    return f"{cohen_kappa_score(written, blind):.3f}"


def _agree(pairs: list[Pair]) -> str:
    same = sum(party["written"][0] == party["blind"][0] for _, party in pairs) / len(pairs)
    return f"{same:.1%} | {_measure_kappa(pairs, 'stance')}"


def _show_kappas(pairs: list[Pair]) -> str:
    lines = ["| task | pairs | agreement | kappa | by label, against the rest |", "|---|---|---|---|---|"]
    for column, (task, labels) in enumerate(POSITION_LABELS.items()):
        written, blind = ([party[side][column] for _, party in pairs] for side in ("written", "blind"))
        same = sum(a == b for a, b in zip(written, blind, strict=True)) / len(pairs)
        by_label = ", ".join(
            f"{label} {cohen_kappa_score([a == label for a in written], [b == label for b in blind]):.3f}"
            for label in labels
        )
        lines.append(f"| {task} | {len(pairs):,} | {same:.1%} | {_measure_kappa(pairs, task)} | {by_label} |")
    return "\n".join(lines)


def _show_statement_tags(statements: list[dict[str, Any]], pairs: list[Pair]) -> Iterator[str]:
    counts = Counter(tag for statement in statements for tag in statement["tags"])
    for tag, count in counts.most_common():
        own = [(statement, party) for statement, party in pairs if tag in statement["tags"]]
        yield f"| {tag} | {count} ({count / len(statements):.0%}) | {len(own)} | {_agree(own)} |"


def _show_pair_tags(pairs: list[Pair]) -> Iterator[str]:
    for tag, count in Counter(tag for _, party in pairs for tag in party["tags"]).most_common():
        own = [(statement, party) for statement, party in pairs if tag in party["tags"]]
        yield f"| {tag} | {count} ({count / len(pairs):.0%}) | {_agree(own)} |"


if __name__ == "__main__":
    CARD.write_text(write_card(read_statements()), encoding="utf-8")
