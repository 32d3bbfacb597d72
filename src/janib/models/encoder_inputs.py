"""Inputs of encoders: pairs of a target and a text, tokenized and in batches of similar length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import tokenizers
from numpy.typing import NDArray
from tokenizers import Tokenizer

from janib.errors import ConfigError, DataError
from janib.models.base import RowCheck
from janib.models.options import check_number, check_texts
from janib.schema import Example
from janib.text.cleaning import compose
from janib.text.letters import unfold_forms
from janib.text.spelling import Word, split_words, strip_clitics, strip_unseen

FIELDS = ("target", "speaker", "context")
"""The fields of the first segment, in this order."""

PREDICTION_TOKENS = {"core": 256, "cpu": 2048, "cuda": 65536}
"""Tokens of a batch by device, padding included: what is quickest. The values of a layer fit the cache of one core."""

PADDING_TOKENS = {"core": 40, "cpu": 40, "cuda": 65536}
"""Tokens of padding in a batch by device: a batch more costs a CPU as much as so many tokens."""

MIN_TOKENS = 128
"""Tokens of a batch that is worth a core of its own."""

_PARTED = str.maketrans("#_", "  ")  # words of hashtags
_ARTICLE_LETTERS = 3  # a shorter name that begins with it has no article

MARKED = " {{ {} }} "
"""A marked name: braces, which news hardly has, and which a vocabulary has as tokens of their own."""

Encoding = Mapping[str, list[int]]
"""One pair of segments: ``input_ids``, ``attention_mask`` and, for some encoders, ``token_type_ids``."""

MAX_TOKENS = 8192
"""The most tokens of a pair; the memory of attention grows with their square."""

_SURROGATE = re.compile("[\ud800-\udfff]")

_INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


@dataclass(frozen=True, slots=True)
class PairTokenizer:
    """A tokenizer with the settings of its encoder that its own file lacks.

    Attributes
    ----------
    backend
        The tokenizer, with its own truncation and padding switched off.
    separator, mask
        The tokens between segments and for a hidden word.
    pad_id
        The id of padding.
    inputs
        Which of ``input_ids``, ``attention_mask`` and ``token_type_ids`` the encoder takes.
    unknown_id
        The id of the token for unknown words; None if there is none, or it does not matter.

    Raises
    ------
    ConfigError
        If one of these is of another kind.
    """

    backend: Tokenizer
    separator: str
    mask: str
    pad_id: int
    inputs: tuple[str, ...]
    unknown_id: int | None = None

    def __post_init__(self) -> None:
        check_number("pad_id", self.pad_id, 0, whole=True)
        check_texts("the separator and the mask", [self.separator, self.mask])
        if "input_ids" not in self.inputs or not set(self.inputs) <= _INPUTS.keys():
            raise ConfigError(f"inputs are {', '.join(map(str, self.inputs))}, expected some of {', '.join(_INPUTS)}")
        # The file holds the limits of transformers' last call. They are replaced by max_length, and threads share it.
        if self.backend.truncation is not None:
            self.backend.no_truncation()
        if self.backend.padding is not None:
            self.backend.no_padding()

    def tokenize(self, text: str) -> tokenizers.Encoding:
        """Tokenize one text without special tokens."""
        # A batch would start threads, which a process that is forked later would not have.
        return self.backend.encode(text, add_special_tokens=False)

    def measure_unknown(self, tokens: tokenizers.Encoding) -> float:
        """Return the share of tokens that stand for unknown words."""
        return tokens.ids.count(self.unknown_id) / max(1, len(tokens)) if self.unknown_id is not None else 0.0

    def join(self, first: tokenizers.Encoding, second: tokenizers.Encoding | None = None) -> list[Encoding]:
        """Add special tokens to one or two segments; return an encoding for each window of the last segment."""
        last = first if second is None else second
        # If all windows were processed at once, only the first would have the token types of a second segment.
        joined = (
            self.backend.post_process(window) if second is None else self.backend.post_process(first, window)
            for window in (last, *last.overflowing)
        )
        return [{name: list(getattr(window, _INPUTS[name])) for name in self.inputs} for window in joined]


class PairReader:
    """Tokenizes rows as pairs of segments.

    The first segment holds the target, then speaker and context, and is cut at half of ``max_length``. The second is
    the text, in the tokens that are left. A row whose first segment is empty is the text alone.

    Parameters
    ----------
    cleaning
        Steps of :func:`janib.text.cleaning.compose` for text, target, speaker and context.
    max_length
        Tokens of a pair, special ones included.
    fields
        Which of :data:`FIELDS` are in the first segment.
    prefix
        The prefix that the encoder was trained with.
    hide_target
        Whether the mask token replaces the target's name in both segments, so that a model judges by what is said of a
        party and not by its name. A target that the text does not name is not replaced.
    mark_target
        Whether braces stand around the target's name in the text, so that a model sees which name is asked about.

    Raises
    ------
    ConfigError
        If a field or a step is unknown, or another argument is out of range.
    """

    def __init__(
        self,
        cleaning: Sequence[str],
        max_length: int,
        fields: Sequence[str],
        prefix: str = "",
        *,
        hide_target: bool = False,
        mark_target: bool = False,
    ) -> None:
        check_number("max_length", max_length, 1, MAX_TOKENS, whole=True)
        check_texts("fields", fields)
        check_texts("prefix", [prefix])
        unknown = [name for name in fields if name not in FIELDS]
        if unknown:
            raise ConfigError(f"fields names {', '.join(unknown)}, expected some of {', '.join(FIELDS)}")
        self._clean, self._cleaning = compose(cleaning), cleaning
        self._max_length, self._fields, self._prefix = max_length, fields, prefix
        self._hide_target, self._mark_target = hide_target, mark_target

    @property
    def arguments(self) -> dict[str, Any]:
        """The reader's arguments by name, JSON-ready."""
        return {
            "cleaning": list(self._cleaning),
            "max_length": self._max_length,
            "fields": list(self._fields),
            "prefix": self._prefix,
            "hide_target": self._hide_target,
            "mark_target": self._mark_target,
        }

    def check_length(self, longest: int, encoder: str) -> None:
        """Raise ConfigError if ``longest``, the number of tokens that the encoder reads, is below ``max_length``."""
        if self._max_length > longest:
            raise ConfigError(f"max_length is {self._max_length}, encoder {encoder!r} reads at most {longest} tokens")

    def encode(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[Encoding]:
        """Tokenize rows in their order; a text that is too long is cut.

        Raises
        ------
        DataError
            If a target is longer than half of ``max_length``.
        """
        return [windows[0] for windows in self.encode_windows(rows, tokenizer)]

    def encode_windows(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[list[Encoding]]:
        """Tokenize rows in their order; a text that is too long becomes several windows with the same first segment.

        Successive windows share an eighth of ``max_length``, so that few phrases are cut in all windows.

        Raises
        ------
        ConfigError
            If ``max_length`` leaves no room for a text.
        DataError
            If a target is longer than half of ``max_length``.
        """
        encoded = []
        for first, tokens, room in self._tokenize(self._prepare_rows(rows, tokenizer.mask), tokenizer):
            if len(tokens) > room:
                tokens.truncate(room, min(self._max_length // 8, room - 1))
            encoded.append(tokenizer.join(tokens) if first is None else tokenizer.join(first, tokens))
        return encoded

    def write_pairs(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[tuple[str, str | None]]:
        """Return both segments of each row as strings, the text uncut; None for the second where the text is alone.

        Raises
        ------
        DataError
            If a target is longer than half of ``max_length``.
        """
        rows = self._prepare_rows(rows, tokenizer.mask)
        segments = zip(self._make_first_segments(rows, tokenizer), rows, strict=True)
        return [(self._prefix + (first or row.text), row.text if first else None) for first, row in segments]

    def check(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[RowCheck]:
        """Say of each row what :meth:`encode` would refuse, and how much it would cut or not know.

        Raises
        ------
        ConfigError
            If ``max_length`` leaves no room for a text.
        """
        rows = self._prepare_rows(rows, tokenizer.mask)
        too_long = self._find_long_targets(rows, tokenizer)
        pairs = self._tokenize([row for row in rows if row.target not in too_long], tokenizer)
        unknown = self._find_unknown_targets(rows, tokenizer)
        checks = []
        for row in rows:
            if row.target in too_long:
                checks.append(RowCheck(f"the target {self._explain_long_target()}", 0.0))
            else:
                _, tokens, room = next(pairs)
                cut, share = max(0.0, 1 - room / max(1, len(tokens))), tokenizer.measure_unknown(tokens)
                checks.append(RowCheck(None, cut, share, row.target in unknown))
        return checks

    def _find_unknown_targets(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> set[str]:
        targets = {row.target for row in rows} if "target" in self._fields else set()
        return {target for target in targets if tokenizer.measure_unknown(tokenizer.tokenize(target))}

    def _find_long_targets(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> set[str]:
        too_long = set()
        for row in {row.target: row for row in rows}.values():
            try:
                self._make_first_segments([row], tokenizer)
            except DataError:
                too_long.add(row.target)
        return too_long

    def _prepare_rows(self, rows: Sequence[Example], mask: str) -> list[Example]:
        """Clean text, target and other fields, each once, and then hide or mark the target's name.

        To clean a second time would change what Farasa has segmented.
        """
        known: dict[str | None, str] = {}
        prepared = []
        for row in rows:
            values = {name: getattr(row, name) for name in ("target", *self._fields)}
            for value in values.values():
                if value not in known:
                    known[value] = self._prepare(value, mask)
            cleaned = {name: known[value] for name, value in values.items()}
            prepared.append(replace(row, text=self._prepare(row.text, mask), **cleaned))
        if not (self._hide_target or self._mark_target):
            return prepared
        return [self._rewrite_target(row, mask) for row in prepared]

    def _tokenize(
        self, rows: Sequence[Example], tokenizer: PairTokenizer
    ) -> Iterator[tuple[tokenizers.Encoding | None, tokenizers.Encoding, int]]:
        """Yield each row's first segment, its text, and how many tokens of the text there is room for."""
        segments = self._make_first_segments(rows, tokenizer)
        firsts = {segment: tokenizer.tokenize(self._prefix + segment) for segment in set(segments) if segment}
        for row, segment in zip(rows, segments, strict=True):
            first, text = firsts.get(segment), row.text
            tokens = tokenizer.tokenize(text if segment else self._prefix + text)
            special = tokenizer.backend.num_special_tokens_to_add(bool(segment))
            room = self._max_length - special - (0 if first is None else len(first))
            if room < 1:
                raise ConfigError(f"max_length is {self._max_length}, which leaves no room for a text; raise it")
            yield first, tokens, room

    def _prepare(self, text: str | None, mask: str) -> str:
        """Clean a text; a mask that the cleaning would damage, as Farasa's does, is left out of it."""
        # With any cleaning: a tokenizer fails on lone surrogates, and reads invisible characters as words.
        text = strip_unseen(unfold_forms(_SURROGATE.sub("\ufffd", text or "")))
        cleaned = self._clean(text).strip()
        if text.count(mask) <= cleaned.count(mask):
            return cleaned
        words = re.split(rf"(\S*{re.escape(mask)}\S*)", text)
        parts = [mask.join(self._clean(part).strip() for part in word.split(mask)) for word in words]
        return " ".join(filter(None, parts))

    def _rewrite_target(self, row: Example, mask: str) -> Example:
        """Hide the name of a cleaned row's target, mark it, or both."""
        target = row.target or ""
        if len(target.split()) > self._max_length:  # it will be refused, and to look for it could take long
            return row

        def rewrite(found: str) -> str:
            shown = mask if self._hide_target else found
            return MARKED.format(shown) if self._mark_target else shown

        if target == mask:  # hidden already
            return replace(row, text=row.text.replace(mask, rewrite(mask)))
        text = replace_name(row.text, target, rewrite)
        return (
            row if text is None else replace(row, text=text.strip(), target=mask if self._hide_target else row.target)
        )

    def _make_first_segments(self, rows: Sequence[Example], tokenizer: PairTokenizer) -> list[str]:
        """Join target, speaker and context of cleaned rows; cut them at half of the tokens, but not in the target."""
        limit = self._max_length // 2
        separator = f" {tokenizer.separator} "
        segments: dict[tuple[str | None, ...], str] = {}
        keys = [tuple(getattr(row, name) if name in self._fields else None for name in FIELDS) for row in rows]
        for row, key in zip(rows, keys, strict=True):
            if key in segments:
                continue
            target, *others = (value or "" for value in key)
            first = separator.join(filter(None, [target, *others]))
            ends = [end for _, end in tokenizer.tokenize(first).offsets]
            segments[key] = first if len(ends) <= limit else first[: ends[limit - 1]]
            if len(segments[key]) < len(target):
                raise DataError(f"the target of row {row.id!r} {self._explain_long_target()}")
        return [segments[key] for key in keys]

    def _explain_long_target(self) -> str:
        return (
            f"has more than {self._max_length // 2} tokens, half of max_length {self._max_length}; "
            "raise max_length or shorten the target"
        )


def hide_name(text: str, name: str, mask: str) -> str | None:
    """Replace a name by ``mask`` wherever it is a word or words of the text; return None if it is nowhere.

    Clitics before it are kept. All spellings that :func:`janib.text.spelling.fold` makes equal are found.

    >>> hide_name("قال إن العراق أخطأ، وللعِراق جيران", "العراق", "[MASK]")
    'قال إن [MASK] أخطأ، ول[MASK] جيران'
    """
    return replace_name(text, name, lambda _: mask)


def replace_name(text: str, name: str, rewrite: Callable[[str], str]) -> str | None:
    """Rewrite a name wherever :func:`hide_name` finds it; ``rewrite`` takes it as written. None if it is nowhere."""
    wanted, words = list(split_words(name)), list(split_words(text))
    parts, end, start = [], 0, 0
    while wanted and start <= len(words) - len(wanted):
        first_word = words[start].folded
        clitics = next((count for count, rest in strip_clitics(first_word) if rest == wanted[0].folded), None)
        found = [] if clitics is None else words[start : start + len(wanted)]
        if clitics is None or not all(map(_continues, found[1:], wanted[1:])):
            start += 1
            continue
        first = found[0].offset(clitics)
        parts += [text[end:first], rewrite(text[first : found[-1].end])]
        end, start = found[-1].end, start + len(wanted)
    return "".join([*parts, text[end:]]) if parts else None


def is_named(text: str, name: str) -> bool:
    """Say whether a name is a word or words of a text, in any spelling, with clitics, with or without the article.

    >>> is_named("رحّبت بالقَرار وللـمحكمة", "محكمة"), is_named("في المصرف", "مصر")
    (True, False)
    """
    if _compile_name(name).search(text):  # quick, and mostly it is there as written
        return True
    name, text = name.translate(_PARTED), text.translate(_PARTED)
    bare = name.removeprefix("ال") if len(name) > _ARTICLE_LETTERS else name
    return any(replace_name(text, form, str) is not None for form in dict.fromkeys((name, bare, f"ال{bare}")))


@lru_cache(maxsize=1 << 12)
def _compile_name(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)[وف]?[بكل]?{re.escape(name)}(?!\w)")


def _continues(found: Word, wanted: Word) -> bool:
    return (found.folded, found.gap.split()) == (wanted.folded, wanted.gap.split())


def batch_by_length(encoded: Sequence[Encoding], device: str, parts: int = 1) -> Iterator[list[int]]:
    """Yield the indices of encodings in batches of similar length.

    A batch has at most :data:`PREDICTION_TOKENS`, and :data:`PADDING_TOKENS` of padding among them.

    Parameters
    ----------
    encoded
        The encodings.
    device
        What a batch is for: a ``core`` of a CPU, all of a ``cpu``, or ``cuda``.
    parts
        Number of batches that are worked on at once; few encodings are shared among so many.
    """
    lengths = [len(row["input_ids"]) for row in encoded]
    most = min(PREDICTION_TOKENS[device], max(MIN_TOKENS, sum(lengths) // parts))
    batch: list[int] = []
    padding = 0
    for index in sorted(range(len(encoded)), key=lengths.__getitem__):
        width = lengths[index]
        padding += len(batch) * (width - lengths[batch[-1]]) if batch else 0
        is_full = (len(batch) + 1) * width > most
        if batch and (is_full or padding > PADDING_TOKENS[device]):
            yield batch
            batch, padding = [], 0
        batch.append(index)
    if batch:
        yield batch


def pad(rows: Sequence[Encoding], pad_id: int) -> dict[str, NDArray[np.int64]]:
    """Stack encodings into arrays of shape (n_rows, longest), padded with ``pad_id`` and masked there."""
    width = max(len(row["input_ids"]) for row in rows)
    fill = {"input_ids": pad_id}
    return {
        name: np.array([row[name] + [fill.get(name, 0)] * (width - len(row[name])) for row in rows], np.int64)
        for name in rows[0]
    }
