"""The Janib statements: how Arabic news positions parties. Written for this project, shipped with the package."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from janib.corpora.base import Corpus, Splits
from janib.schema import Example


def _read(_: list[Path]) -> Splits:
    source = files("janib") / "data" / "statements" / "statements.jsonl"
    splits: Splits = {"train": [], "test": [], "test_unseen": []}
    for line in source.read_text(encoding="utf-8").split("\n")[:-1]:  # splitlines would also cut at U+2028
        statement = json.loads(line)
        for number, party in enumerate(statement["parties"]):
            splits[statement["split"]].append(
                Example(
                    id=f"{statement['id']}.{number}",
                    text=statement["text"],
                    target=party["surface"],
                    speaker="، ".join(speaker["surface"] for speaker in statement["speakers"]) or None,
                    document=statement["document"],
                    group=statement["document"],
                    stance=party["stance"],
                    sentiment=party["sentiment"],
                )
            )
    return splits


CORPUS = Corpus(
    name="statements",
    title="The Janib statements: how Arabic news positions parties",
    homepage="",
    licence="CC BY 4.0",
    citation="The Janib authors: The Janib statements, 2026",
    read=_read,
    metrics={"stance": "macro_f1", "sentiment": "macro_f1"},
    target_in="text",
    notes="Invented events, written and labelled by a language model; see its card.",
)
