"""What an encoder reads: a statement and its target as a pair of segments, in batches of like length."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tokenizers
from numpy.typing import NDArray
from tokenizers import Tokenizer

from janib.errors import ConfigError, DataError
from janib.schema import Example
from janib.text.cleaning import compose
from janib.text.letters import unfold_forms
from janib.text.spelling import Word, split_words, strip_clitics, strip_unseen

FIELDS = ("target", "speaker", "context")
"""What may stand beside the text, in this order."""

PREDICTION_TOKENS = {"cpu": 2048, "cuda": 65536}  # of a batch, padding included; more is slower on a CPU

Encoding = Mapping[str, list[int]]
"""What an encoder reads of one row: ``input_ids``, ``attention_mask`` and, where it has them, token types."""

_HALF = re.compile("[\ud800-\udfff]")

_INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


@dataclass(frozen=True, slots=True)
class PairTokenizer:
    """A tokenizer, and what of its encoder's habits its own file does not say.

    Attributes
    ----------
    backend
        The tokenizer; what it would cut or pad by itself is switched off.
    separator, mask
        The tokens that stand between segments and for a hidden word.
    pad_id
        The id that fills up a batch.
    inputs
        Which of ``input_ids``, ``attention_mask`` and ``token_type_ids`` the encoder reads.
    """

    backend: Tokenizer
    separator: str
    mask: str
    pad_id: int
    inputs: tuple[str, ...]

    def __post_init__(self) -> None:
        # transformers leaves its last call's limits in the file. Each reader cuts by its own, and threads share one.
        if self.backend.truncation is not None:
            self.backend.no_truncation()
        if self.backend.padding is not None:
            self.backend.no_padding()

    def tokenize(self, text: str) -> tokenizers.Encoding:
        """Tokenize a text without special tokens.

        One at a time: in batches the tokenizer starts threads, which a process that is forked later would miss.
        """
        return self.backend.encode(text, add_special_tokens=False)

    def join(self, first: tokenizers.Encoding, second: tokenizers.Encoding | None = None) -> list[Encoding]:
        """Put special tokens around one or two segments; an encoding for each window of the last one."""
        last = first if second is None else second
        # One by one: of windows that are joined together, only the first would have a second segment's token types.
        joined = (
            self.backend.post_process(window) if second is None else self.backend.post_process(first, window)
            for window in (last, *last.overflowing)
        )
        return [{name: list(getattr(window, _INPUTS[name])) for name in self.inputs} for window in joined]


class PairReader:
    """Makes of rows what a tokenizer says of the pair (what stands beside the text, text).

    The first segment holds the target, then speaker and context, which are cut where it passes half of
    ``max_length``; what then is left is for the text. A row with nothing beside its text is that text alone.

    Parameters
    ----------
    cleaning
        Steps of :func:`janib.text.cleaning.compose` for text, target, speaker and context.
    max_length
        Tokens of a pair, special ones included.
    fields
        Which of :data:`FIELDS` stand beside the text.
    prefix
        What the encoder wants in front of everything.
    hide_target
        Whether the tokenizer's mask stands for the target's name, in the text and beside it, so that a model judges by
        what is said of a party and cannot go by who it is. A target whose name the text does not hold stays.

    Raises
    ------
    ConfigError
        If a field or a step is unknown.
    """

    def __init__(
        self,
        cleaning: Sequence[str],
        max_length: int,
        fields: Sequence[str],
        prefix: str = "",
        *,
        hide_target: bool = False,
    ) -> None:
        unknown = [name for name in fields if name not in FIELDS]
        if unknown:
            raise ConfigError(f"fields names {', '.join(unknown)}, expected some of {', '.join(FIELDS)}")
        self._clean, self._cleaning = compose(cleaning), cleaning
        self._max_length, self._fields, self._prefix = max_length, fields, prefix
        self._hide_target = hide_target

    @property
    def arguments(self) -> dict[str, Any]:
        """What the reader was made with, JSON-ready."""
        return {
            "cleaning": list(self._cleaning),
            "max_length": self._max_length,
            "fields": list(self._fields),
            "prefix": self._prefix,
            "hide_target": self._hide_target,
        }

    def check_length(self, longest: int, encoder: str) -> None:
        """Refuse an encoder that does not read ``max_length`` tokens.

        Raises
        ------
        ConfigError
            If ``longest``, what the encoder reads, is less.
        """
        if self._max_length > longest:
            raise ConfigError(f"max_length is {self._max_length}, encoder {encoder!r} reads at most {longest} tokens")

    def encode(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[Encoding]:
        """Tokenize rows, a text that is too long cut; their order is kept.

        Raises
        ------
        DataError
            If a target is longer than half of ``max_length``.
        """
        return [windows[0] for windows in self.encode_windows(rows, tokenizer)]

    def encode_windows(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[list[Encoding]]:
        """Tokenize rows, a text that is too long in windows, each beside the same first segment.

        Neighbouring windows have an eighth of ``max_length`` in common, so that few phrases are seen in halves only.

        Raises
        ------
        ConfigError
            If ``max_length`` leaves no room for a text.
        DataError
            If a target is longer than half of ``max_length``.
        """
        if self._hide_target:
            rows = [self._hide(row, tokenizer.mask) for row in rows]
        beside = self._make_first_segments(rows, tokenizer)
        firsts = {segment: tokenizer.tokenize(self._prefix + segment) for segment in set(beside) if segment}
        encoded = []
        for row, segment in zip(rows, beside, strict=True):
            first, text = firsts.get(segment), self._prepare(row.text)
            tokens = tokenizer.tokenize(text if segment else self._prefix + text)
            special = tokenizer.backend.num_special_tokens_to_add(bool(segment))
            room = self._max_length - special - (0 if first is None else len(first))
            if room < 1:
                raise ConfigError(f"max_length is {self._max_length}, which leaves no room for a text; raise it")
            if len(tokens) > room:
                tokens.truncate(room, min(self._max_length // 8, room - 1))
            encoded.append(tokenizer.join(tokens) if first is None else tokenizer.join(first, tokens))
        return encoded

    def _prepare(self, text: str | None) -> str:
        # Whatever the steps are, a tokenizer takes half characters for an error, and invisible ones for words.
        return self._clean(strip_unseen(unfold_forms(_HALF.sub("\ufffd", text or "")))).strip()

    def _hide(self, row: Example, mask: str) -> Example:
        target = self._prepare(row.target)
        text = hide_name(self._prepare(row.text), target, mask)
        return row if text is None else replace(row, text=text, target=mask)

    def _make_first_segments(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[str]:
        """Join target, speaker and context; cut speaker and context, but no target, to half of the tokens."""
        limit = self._max_length // 2
        separator = f" {tokenizer.separator} "
        segments: dict[tuple[str | None, ...], str] = {}
        keys = [tuple(getattr(row, name) if name in self._fields else None for name in FIELDS) for row in rows]
        for row, key in zip(rows, keys, strict=True):
            if key in segments:
                continue
            target, *others = map(self._prepare, key)
            first = separator.join(filter(None, [target, *others]))
            ends = [end for _, end in tokenizer.tokenize(first).offsets]
            segments[key] = first if len(ends) <= limit else first[: ends[limit - 1]]
            if len(segments[key]) < len(target):
                raise DataError(
                    f"the target of row {row.id!r} has more than {limit} tokens, half of max_length "
                    f"{self._max_length}; raise max_length or shorten the target"
                )
        return [segments[key] for key in keys]


def hide_name(text: str, name: str, mask: str) -> str | None:
    """Put ``mask`` for a name wherever it stands as words of its own; None if it does not.

    Clitics before it are kept, and it is known in any spelling that :func:`janib.text.spelling.fold` makes one of.

    >>> hide_name("قال إن العراق أخطأ، وللعِراق جيران", "العراق", "[MASK]")
    'قال إن [MASK] أخطأ، ول[MASK] جيران'
    """
    wanted, words = list(split_words(name)), list(split_words(text))
    parts, end, place = [], 0, 0
    while wanted and place <= len(words) - len(wanted):
        found = words[place : place + len(wanted)]
        clitics = next((count for count, rest in strip_clitics(found[0].folded) if rest == wanted[0].folded), None)
        if clitics is None or not all(map(_continues, found[1:], wanted[1:])):
            place += 1
            continue
        parts += [text[end : found[0].offset(clitics)], mask]
        end, place = found[-1].end, place + len(wanted)
    return "".join([*parts, text[end:]]) if parts else None


def _continues(found: Word, wanted: Word) -> bool:
    return (found.folded, found.gap.split()) == (wanted.folded, wanted.gap.split())


def batch_by_length(encoded: Sequence[Encoding], device: str) -> Iterator[list[int]]:
    """Yield the places of encodings in batches of like length, of at most :data:`PREDICTION_TOKENS` each."""
    lengths = [len(row["input_ids"]) for row in encoded]
    order = sorted(range(len(encoded)), key=lengths.__getitem__)
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and (stop + 1 - start) * lengths[order[stop]] <= PREDICTION_TOKENS[device]:
            stop += 1
        yield order[start:stop]
        start = stop


def pad(rows: Sequence[Encoding], pad_id: int) -> dict[str, NDArray[np.int64]]:
    """Stack encodings into arrays of shape (n_rows, longest); padding is ``pad_id``, masked out."""
    width = max(len(row["input_ids"]) for row in rows)
    fill = {"input_ids": pad_id}
    return {
        name: np.array([row[name] + [fill.get(name, 0)] * (width - len(row[name])) for row in rows], np.int64)
        for name in rows[0]
    }
