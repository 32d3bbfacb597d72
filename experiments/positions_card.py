"""The cards of ANT and ANERcorp positions, with counts from the labels: ``python experiments/positions_card.py``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score

from janib.corpora.base import read_shipped_lines
from janib.io.files import write_text
from janib.labels import POSITION_LABELS

DATA = Path(__file__).resolve().parents[1] / "src" / "janib" / "data"

ANT = """\
# ANT positions: who is for and against whom in real news

{pairs:,} pairs of a sentence and a party that it names, from {documents:,} reports of a Tunisian radio station (2013 to
2017), each with the speaker, or the report itself, and the speaker's stance and sentiment towards the party. {sided:,}
pairs have a side: {against:,} against, {favor:,} favor.

The labels are **stand-off**: offsets into the articles of the [ANT corpus](https://github.com/antcorpus/antcorpus.data)
(Chouigui, Ben Khiroun and Elayeb, AICCSA 2017; Apache-2.0), which `data=ant_positions` fetches from a pinned commit and
checks file by file. No text is in this folder. The labels are CC BY 4.0.

## How it was made

**A language model labelled it by reading** (Claude, in November 2026), sentence by sentence, from
[the guideline](GUIDELINE.md); no rule, keyword or classifier gave a label. No native speaker has checked it yet.

- Left out before anything was drawn: the 13 articles that stay out of training and choosing everywhere, articles that
  name a news agency (TAP, Reuters, AFP), exact and near copies, and 40 articles that are annotated whole
  (`experiments/articles/ant` and `ant_build`).
- Splits are by article. One half of the sentences was drawn at random (`half` is `random`), the other (`cue`) where
  words of support, blame, demand or grief make a side likely. The test split has random ones alone. {rest}
- A program marked the parties it knows and guessed the speaker; the reader struck out what is no party,
  corrected the speaker, and added the parties towards which a side is taken and some neutral ones. Parties that
  the reader added have an empty `party` id.
- Pairs on Tunisia itself are limited to 6 %: neutral ones of train were left out at random.
- A second reader labelled {second_share} of the pairs blind, the test split whole. `early` labels are of a first
  trial with a shorter guideline ({early:,} pairs). Where readings differ ({disputed:,} pairs), a third decided and gave
  a `reason`.

{results}

## Format

A line of `positions.jsonl` is an object: `id`, `doc` (upstream's file name), `split`, `half`, `start` and `end` of the
sentence, `mentions` (the places that name the party; the first is the target), `party` (an id of Janib's list, or
empty), `speakers` (places that name them; none if the report speaks), `stance`, `sentiment`, `passes` (the readings, as
stance and tone: `a-` is against and negative; `x` no party, `s` the speaker's own), `reason`. Offsets count code points
of the text as `janib.corpora.readers.ant_positions.make_text` makes it: the headline in one line, and the body.
`documents.jsonl` has each article's section and sha256.

This card is written by `python experiments/positions_card.py`.
"""

ANERCORP = """\
# ANERcorp positions: who is for and against whom in newswire

{pairs:,} pairs of a sentence and a party that it names, from the Arabic newswire and newspapers of 2000 to 2006 that
ANERcorp consists of, each with the speaker, or the report itself, and the speaker's stance and sentiment towards the
party. {sided:,} pairs have a side: {against:,} against, {favor:,} favor. It is the news of other outlets and countries
beside [ANT positions](../ant_positions), and follows the same guideline.

The labels are **stand-off**: offsets into [ANERcorp](https://github.com/ITE-5th/arabic-ner) (Benajiba, Rosso and Benedí
Ruiz, CICLing 2007; CC BY-SA 4.0 as CAMeL Lab releases it), which `data=anercorp_positions` fetches from a pinned
commit. The copy at that address states no licence. No text is in this folder. The labels are CC BY 4.0.

## How it was made

**A language model labelled it by reading** (Claude, in November 2026), sentence by sentence, from
[the guideline](../ant_positions/GUIDELINE.md); no rule, keyword or classifier gave a label. No native speaker has
checked it yet.

- All sentences were read that name a party which a program knows, or a kind of body beside a word of support, blame,
  demand or grief. Left out: sentences above 90 words, repeated ones, and those in the gaps between splits.
- Upstream does not say where an article ends. So whole stretches (a 24th of the corpus) are in one split, and 300 words
  on both sides of a border between splits are left out. `doc` is a run of 30 sentences.
- A program marked the parties it knows and guessed the speaker; the reader struck out what is no party, corrected the
  speaker, and added the parties towards which a side is taken and some neutral ones.
- No party has more than 6 % of the pairs: neutral ones of train were left out at random.
- A second reader labelled {second_share} of the pairs blind, the test split whole. Where the readings differ
  ({disputed:,} pairs), a third decided and gave a `reason`.

{results}

## Format

A line of `positions.jsonl` is an object with the keys of [ANT positions](../ant_positions/README.md) but `half`.
Offsets count code points of the text as `janib.corpora.readers.anercorp_positions.join_words` makes it of upstream's
words.

This card is written by `python experiments/positions_card.py`.
"""

RESULTS = """\
Kappa is a model's agreement with itself under one guideline, on fresh texts. It shows that the labels are
consistent. Readers may still disagree with them.

## What is in it

{splits}

## Agreement (Cohen's kappa)

{kappas}

A kappa of one label is that of the label against the others.{looked}"""

_STANCE, _TONE = {"f": "favor", "a": "against", "n": "neutral"}, {"+": "positive", "-": "negative", "0": "neutral"}


def write_card(text: str, folder: Path, pairs: list[dict[str, Any]]) -> None:
    """Fill in the text of a card and write it into the folder of the labels."""
    stances = Counter(one["stance"] for one in pairs)
    halves = Counter(one.get("half") for one in pairs)
    two = [one for one in pairs if "passes" in one]
    looked = folder / "LOOKED.md"
    results = RESULTS.format(
        splits="\n\n".join(_show_splits(pairs, task) for task in POSITION_LABELS),
        kappas="\n".join(_show_kappas(two)),
        looked=f"\n\n{looked.read_text(encoding='utf-8').strip()}" if looked.exists() else "",
    )
    card = text.format(
        pairs=len(pairs),
        documents=len({one["doc"] for one in pairs}),
        sided=stances["favor"] + stances["against"],
        against=stances["against"],
        favor=stances["favor"],
        rest=f"The {halves['rest']:,} pairs of the half `rest` are of what was left." if halves["rest"] else "",
        second_share=f"{sum('second' in one['passes'] for one in two) / len(pairs):.0%}",
        early=sum("early" in one["passes"] for one in two),
        disputed=sum(len(set(one["passes"].values())) > 1 for one in two),
        results=results,
    )
    write_text(folder / "README.md", card)


def _show_splits(pairs: list[dict[str, Any]], task: str) -> str:
    labels = POSITION_LABELS[task]
    lines = [f"| {task} | half | documents | pairs | {' | '.join(labels)} |", "|---|---|---|---|---|---|---|"]
    for split in ("train", "valid", "test"):
        for half in ("random", "cue", "rest", "all"):
            own = [one for one in pairs if (one["split"], one.get("half", "all")) == (split, half)]
            counts = Counter(one[task] for one in own)
            shares = " | ".join(f"{counts[label]:,} ({counts[label] / max(len(own), 1):.0%})" for label in labels)
            if own:
                lines.append(f"| {split} | {half} | {len({one['doc'] for one in own}):,} | {len(own):,} | {shares} |")
    return "\n".join(lines)


def _show_kappas(pairs: list[dict[str, Any]]) -> Iterator[str]:
    yield "| readings | split | pairs | stance | against | neutral | favor | sentiment |"
    yield "|---|---|---|---|---|---|---|---|"
    for one, other in combinations(("early", "first", "second"), 2):
        for split in ("train", "valid", "test"):
            own = [
                (pair["passes"][one], pair["passes"][other])
                for pair in pairs
                if pair["split"] == split and {one, other} <= pair["passes"].keys()
            ]
            labelled = [(left, right) for left, right in own if "x" not in left + right and "s" not in left + right]
            if len(labelled) < 50:
                continue
            stance = _measure(labelled, lambda label: _STANCE[label[0]])
            single = [_measure(labelled, lambda label, sign=sign: label[0] == sign) for sign in "anf"]
            tone = _measure(labelled, lambda label: _TONE[label[1]])
            numbers = " | ".join(f"{value:.2f}" for value in (stance, *single, tone))
            yield f"| {one}, {other} | {split} | {len(labelled):,} | {numbers} |"


def _measure(pairs: list[tuple[str, str]], read: Callable[[str], object]) -> float:
    return float(cohen_kappa_score([str(read(left)) for left, _ in pairs], [str(read(right)) for _, right in pairs]))


if __name__ == "__main__":
    for name, text in {"ant_positions": ANT, "anercorp_positions": ANERCORP}.items():
        write_card(text, DATA / name, read_shipped_lines(f"{name}/positions.jsonl"))
