"""Janib roles: invented news sentences in which the same words meet parties in different roles."""

from __future__ import annotations

from pathlib import Path

from janib.corpora.base import Corpus, Splits, read_shipped_lines
from janib.schema import REPORT_NAME, Example


def _read(_: list[Path]) -> Splits:
    splits: Splits = {"train": [], "test": []}
    for one in read_shipped_lines(ROLES.shipped):
        for number, party in enumerate(one["parties"]):
            splits[one["split"]].append(
                Example(
                    id=f"{one['id']}.{number}",
                    text=one["text"],
                    target=one["text"][party["start"] : party["end"]],
                    speaker=one["speaker"] or REPORT_NAME,
                    document=one["id"],
                    group=one["frame"],
                    stance=party["stance"],
                    sentiment=party["sentiment"],
                )
            )
    return splits


ROLES = Corpus(
    name="roles",
    title="Janib roles: the same words, a party in different roles",
    homepage="",
    licence="CC BY 4.0",
    citation="The Janib authors: Janib roles, 2026",
    read=_read,
    metrics={"stance": "macro_f1", "sentiment": "macro_f1"},
    target_in="text",
    shipped="roles/sentences.jsonl",
    notes="Written and labelled by a language model: for training beside real news, never a measure of it. A frame "
    "(a verb or phrase) is in one split; see its card.",
)
