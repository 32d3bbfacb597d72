"""A tokenizer's vocabulary cut to some of its pieces, as contents of ``tokenizer.json``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any


def cut_tokenizer(document: Mapping[str, Any], kept: Collection[int]) -> dict[str, Any]:
    """Return the contents of ``tokenizer.json`` with the pieces of ``kept`` alone, renumbered in their old order.

    Parameters
    ----------
    document
        Contents of ``tokenizer.json``, Unigram or WordPiece.
    kept
        Old ids, those of all added tokens and of the post-processor's tokens among them.
    """
    new = {old: number for number, old in enumerate(sorted(kept))}
    model = dict(document["model"])
    if model["type"] == "Unigram":
        model["vocab"] = [entry for old, entry in enumerate(model["vocab"]) if old in new]
        model["unk_id"] = new.get(model["unk_id"])
    else:
        entries = sorted(model["vocab"].items(), key=lambda entry: entry[1])
        model["vocab"] = {piece: new[old] for piece, old in entries if old in new}
    return {
        **document,
        "truncation": None,
        "padding": None,
        "added_tokens": [{**token, "id": new[token["id"]]} for token in document["added_tokens"]],
        "post_processor": _renumber(document.get("post_processor"), new),
        "model": model,
    }


def _renumber(processor: Mapping[str, Any] | None, new: Mapping[int, int]) -> dict[str, Any] | None:
    if processor is None:
        return None
    changed = dict(processor)
    if "processors" in changed:
        changed["processors"] = [_renumber(each, new) for each in changed["processors"]]
    for side in ("sep", "cls"):
        if side in changed:
            changed[side] = [changed[side][0], new[changed[side][1]]]
    if "special_tokens" in changed:
        changed["special_tokens"] = {
            name: {**token, "ids": [new[old] for old in token["ids"]]}
            for name, token in changed["special_tokens"].items()
        }
    return changed
