"""The model card of a model folder, with front matter for a Hugging Face hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from janib.corpora.base import Corpus
from janib.corpora.profile import Profile

_BASES = {"e5_small_ar": "intfloat/multilingual-e5-small"}  # an encoder that is built here has no hub id
_METRIC_TYPES = {"macro_f1": "f1"}  # the hub's name, if it differs

_CARD = """\
---
{front}
---

# {name} on {corpus}: {task}

{title}. Trained with Janib {version} at commit `{commit}`{dirty}, config `{config_hash}`, seed {seed}.

## Results

Fractions of 1; intervals are 95 % bootstrap, by cluster where rows are not independent.

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
    *,
    kind: str,
    encoder: str | None = None,
    trained_on: Sequence[str] = (),
    profile: Profile | None = None,
) -> str:
    """Return the text of a model card.

    Parameters
    ----------
    name
        Name of the model's config.
    corpus
        The training corpus.
    task
        The model's main task.
    provenance
        Commit, config hash, seed and versions.
    metrics, intervals
        ``metrics[key]`` is a value; ``intervals[key]`` is (low, high), for the keys that have one.
    kind
        The model's kind. A transformer's folder loads with the library transformers, all others with Janib.
    encoder
        The encoder's name, if the model has one.
    trained_on
        Names of the training corpora, without a user's own files.
    profile
        What the user's own rows are like, where the corpus is a file of the user's.
    """
    front = ModelCardData(
        language="ar",
        license="other",
        library_name="transformers" if kind == "transformer" else "janib",
        pipeline_tag="text-classification",
        tags=["stance-detection", "sentiment", "arabic", "janib"],
        base_model=_find_base(encoder),
        datasets=list(trained_on) or None,
        model_name=f"{name}-{corpus.name}-{task}",
        eval_results=[_index_result(key, metrics[key], corpus, task) for key in intervals] or None,
    )
    rows = "\n".join(
        f"| {key} | {metrics[key]:.4f} | {low:.4f} to {high:.4f} |" for key, (low, high) in intervals.items()
    )
    return _CARD.format(
        front=front.to_yaml(),
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
        notes="\n".join(["", *(f"- {line}" for line in profile.list_lines())]) if profile else corpus.notes,
    )


def _find_base(encoder: str | None) -> str | None:
    """Return an encoder's hub id, None if it is unknown, as that of a user's own folder is."""
    if encoder is None or Path(encoder).exists():
        return None
    return encoder if "/" in encoder else _BASES.get(encoder)


def _index_result(key: str, value: float, corpus: Corpus, task: str) -> EvalResult:
    first, _, rest = key.partition("/")
    own_task, key = (first, rest) if first in corpus.metrics else (task, key)
    split, _, metric = key.partition("/")
    return EvalResult(
        task_type="text-classification",
        task_name=own_task,
        dataset_type=corpus.name,
        dataset_name=corpus.title,
        dataset_config=own_task,  # the hub identifies a result by it, and not by the task's name
        dataset_split=split,
        metric_type=_METRIC_TYPES.get(metric, metric.partition("/")[0]),
        metric_name=metric,
        metric_value=round(value, 6),
    )
