"""The model card that lies in every model folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from janib.corpora.base import Corpus

_CARD = """\
---
language: ar
license: other
tags: [stance-detection, sentiment, arabic, janib]
---

# {name} on {corpus}: {task}

{title}. Trained with Janib {version} at commit `{commit}`{dirty}, config `{config_hash}`, seed {seed}.

## Results

Fractions of 1; intervals are 95 % bootstrap, rows that hang together drawn together.

| metric | value | interval |
|---|---|---|
{rows}

## Data

{corpus_title}. Licence: {corpus_licence}. {citation}.
{notes}

## Use and limits

`janib.load("this folder").predict([text], targets=[party])` gives labels with probabilities. They are the labels of
statements towards public parties, in language like that of the corpus; expect less on other genres, dialects and years.
Do not use them to profile persons.
"""


def write_card(
    name: str,
    corpus: Corpus,
    task: str,
    provenance: Mapping[str, Any],
    metrics: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
) -> str:
    """Return the text of a model card.

    Parameters
    ----------
    name
        Name of the model's config.
    corpus
        What it was trained on.
    task
        Its main task.
    provenance
        Commit, config hash, seed and versions.
    metrics, intervals
        Metric key to value, and to (low, high) where there is an interval.
    """
    rows = "\n".join(
        f"| {key} | {metrics[key]:.4f} | {low:.4f} to {high:.4f} |" for key, (low, high) in intervals.items()
    )
    return _CARD.format(
        name=name,
        corpus=corpus.name,
        task=task,
        title=f"{', '.join(corpus.task_labels(task))}: the {task} of a statement"
        + (" towards a target" if corpus.target_is_given else ""),
        version=provenance["versions"]["janib"],
        commit=provenance["commit"] or "unknown",
        dirty=" with uncommitted changes" if provenance["dirty"] == "true" else "",
        config_hash=provenance["config_hash"],
        seed=provenance["seed"],
        rows=rows or "| none scored | | |",
        corpus_title=corpus.title,
        corpus_licence=corpus.licence,
        citation=corpus.citation or "No citation",
        notes=corpus.notes,
    )
