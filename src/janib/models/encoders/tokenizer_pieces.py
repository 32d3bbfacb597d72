"""A tokenizer's vocabulary cut to some of its pieces, on the level of ``tokenizer.json``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from janib.errors import ModelError

KINDS = ("Unigram", "WordPiece")

_BYTE = re.compile("<0x[0-9A-F]{2}>")


def check_tokenizer(document: Mapping[str, Any], name: str) -> None:
    """Raise ModelError unless the tokenizer is of a kind whose vocabulary can be cut."""
    kind = document["model"].get("type")
    if kind not in KINDS:
        raise ModelError(
            f"encoder {name!r} cannot be cut: its tokenizer is of the kind {kind}, expected {' or '.join(KINDS)}; "
            "use the whole encoder"
        )


def list_pieces(document: Mapping[str, Any]) -> dict[int, str]:
    """Return id to piece, added tokens included, in the order of ids."""
    vocabulary = document["model"]["vocab"]
    if isinstance(vocabulary, list):
        pieces = {number: piece for number, (piece, _) in enumerate(vocabulary)}
    else:
        pieces = {number: piece for piece, number in vocabulary.items()}
    pieces |= {token["id"]: token["content"] for token in document["added_tokens"]}
    return dict(sorted(pieces.items()))


def find_special(document: Mapping[str, Any]) -> set[int]:
    """Return the ids that hold whatever the text: added tokens, the unknown piece, what stands around a text.

    The unlikeliest piece of a Unigram model is among them: the cost of an unknown character hangs on its score.
    """
    model = document["model"]
    special = {token["id"] for token in document["added_tokens"]}
    special |= set(_list_numbers(document.get("post_processor")))
    if model["type"] == "WordPiece":
        return special | {model["vocab"][model["unk_token"]]}
    scores = [score for _, score in model["vocab"]]
    special.add(scores.index(min(scores)))
    return special if model["unk_id"] is None else special | {model["unk_id"]}


def find_fallback(document: Mapping[str, Any], seen: Iterable[int]) -> set[int]:
    """Return the ids of single characters, so that words never seen can be spelt, and of bytes.

    A character is kept where one of the 256 code points around it is in a piece of ``seen``: all of Arabic for an
    Arabic text, but not all of Chinese.
    """
    pieces = list_pieces(document)
    pages = {ord(letter) >> 8 for number in seen for letter in pieces[number]}
    prefix = document["model"].get("continuing_subword_prefix", "")
    fallback = set()
    for number, piece in pieces.items():
        letters = piece.removeprefix(prefix) or piece
        if _BYTE.fullmatch(piece) or (len(letters) == 1 and ord(letters) >> 8 in pages):
            fallback.add(number)
    return fallback


def cut_tokenizer(document: Mapping[str, Any], kept: Collection[int]) -> dict[str, Any]:
    """Return the contents of ``tokenizer.json`` with only the pieces of ``kept``, numbered anew in their old order.

    Parameters
    ----------
    document
        Contents of ``tokenizer.json``, Unigram or WordPiece.
    kept
        Old ids; those of :func:`find_special` must be among them.
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


def _list_numbers(processor: Mapping[str, Any] | None) -> list[int]:
    if processor is None:
        return []
    inner = [number for each in processor.get("processors", ()) for number in _list_numbers(each)]
    around = [processor[side][1] for side in ("sep", "cls") if side in processor]
    return inner + around + [id_ for token in processor.get("special_tokens", {}).values() for id_ in token["ids"]]


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
