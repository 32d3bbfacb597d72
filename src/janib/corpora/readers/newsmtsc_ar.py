"""NewsMTSC in Arabic: human labels of English political news, on a language model's translation of the sentences."""

from __future__ import annotations

from pathlib import Path

from janib.corpora.base import Corpus, Splits, read_shipped_lines
from janib.schema import Example


def _read(_: list[Path]) -> Splits:
    splits: Splits = {"train": [], "test": []}
    for one in read_shipped_lines(NEWSMTSC_AR.shipped):
        for target in one["targets"]:
            splits[one["split"]].append(
                Example(
                    id=target["id"],
                    text=one["text"],
                    target=one["text"][target["start"] : target["end"]],
                    document=one["document"],
                    group=one["document"],
                    sentiment=target["sentiment"],
                )
            )
    return splits


NEWSMTSC_AR = Corpus(
    name="newsmtsc_ar",
    title="NewsMTSC in Arabic: sentiment towards people and groups in translated political news",
    homepage="https://github.com/fhamborg/NewsMTSC",
    licence="MIT",
    citation="Hamborg, Donnay: NewsMTSC: A Dataset for (Multi-)Target-dependent Sentiment Classification in Political "
    "News Articles. EACL 2021. Translation: The Janib authors, 2026",
    read=_read,
    metrics={"sentiment": "macro_f1"},
    target_in="text",
    shipped="newsmtsc_ar/sentences.jsonl",
    notes="People labelled the English; a language model translated it, so labels hold as far as the translation does; "
    "see its card. test is from upstream's test_rw, the distribution of real news; train has the sentences with a "
    "side. Ids are those of newsmtsc.",
)
