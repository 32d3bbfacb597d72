"""The Janib statements: how Arabic news positions parties, written for this project and shipped with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from janib.corpora.base import Corpus, Splits, read_shipped_lines
from janib.schema import Example


def read_statements() -> list[dict[str, Any]]:
    """Return the statements as they are in the file; its card describes the keys."""
    return read_shipped_lines(STATEMENTS.shipped)


def read_parties() -> dict[str, dict[str, Any]]:
    """Return each party's entry by id: its kind and its names."""
    return {entry["party"]: entry for entry in read_shipped_lines("statements/parties.jsonl")}


def _read(_: list[Path]) -> Splits:
    splits: Splits = {"train": [], "test": [], "test_unseen": []}
    for statement in read_statements():
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


STATEMENTS = Corpus(
    name="statements",
    title="The Janib statements: how Arabic news positions parties",
    homepage="",
    licence="CC BY 4.0",
    citation="The Janib authors: The Janib statements, 2026",
    read=_read,
    metrics={"stance": "macro_f1", "sentiment": "macro_f1"},
    target_in="text",
    shipped="statements/statements.jsonl",
    notes="Invented events, written and labelled by a language model; see its card.",
)
