"""Limits of tokenizers from model folders, a few bytes of which could turn a sentence into gigabytes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from tokenizers import Tokenizer

MAX_GROWTH = 100
"""How many times longer all replacements together may make a text."""
MAX_PIECE_BYTES = 100  # of what a table of characters writes for one; ﷺ takes 33
MAX_TEMPLATE = 20  # segments and special tokens of a pair
MAX_WORD_CHARS = 1000  # of a word that is split; the time grows with its square


def check_tokenizer_limits(tokenizer: Tokenizer) -> None:
    """Refuse a tokenizer whose output could be far longer than the text, or take far longer.

    Raises
    ------
    ValueError
        If a limit of this module is exceeded.
    """
    growth = 1
    for part in (tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.post_processor):
        for step in _list_steps(json.loads(part.__getstate__())) if part is not None else ():
            growth *= max(1, *map(len, (step.get("content") or "", step.get("prepend") or "")))
            _check_step(step)
    if growth > MAX_GROWTH:
        raise ValueError(f"its tokenizer makes a text {growth:,} times longer, the most is {MAX_GROWTH}")
    longest = getattr(tokenizer.model, "max_input_chars_per_word", 0)
    if longest > MAX_WORD_CHARS:
        raise ValueError(f"its tokenizer splits words of {longest:,} characters, the most is {MAX_WORD_CHARS:,}")


def _list_steps(content: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a tokenizer's part that have a type: its steps, at any depth."""
    if isinstance(content, dict):
        if "type" in content:
            yield content
        content = list(content.values())
    for part in content if isinstance(content, list) else ():
        yield from _list_steps(part)


def _check_step(step: dict[str, Any]) -> None:
    if step["type"] == "Precompiled":
        table = base64.b64decode(step["precompiled_charsmap"])
        pieces = table[4 + int.from_bytes(table[:4], "little") :].split(b"\0")  # after the index of characters
        longest = max(map(len, pieces))
        if longest > MAX_PIECE_BYTES:
            raise ValueError(f"its tokenizer writes {longest:,} bytes for a character, the most is {MAX_PIECE_BYTES}")
    if step["type"] == "TemplateProcessing":
        tokens = sum(len(token["ids"]) for token in step["special_tokens"].values())
        size = max(len(step["single"]), len(step["pair"]), tokens)
        if size > MAX_TEMPLATE:
            raise ValueError(f"its tokenizer joins a pair from {size:,} parts, the most is {MAX_TEMPLATE}")
