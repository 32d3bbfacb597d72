"""What an encoder reads: a statement and its target as a pair of segments, in batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from transformers import PreTrainedTokenizerBase

from janib.errors import ConfigError, DataError
from janib.models.training import Encoding
from janib.schema import Example
from janib.text.cleaning import compose

FIELDS = ("target", "speaker", "context")
"""What may stand beside the text, in this order."""

PREDICTION_TOKENS = {"cpu": 2048, "cuda": 65536}  # of a batch, padding included; more is slower on a CPU


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

    Raises
    ------
    ConfigError
        If a field or a step is unknown.
    """

    def __init__(self, cleaning: Sequence[str], max_length: int, fields: Sequence[str], prefix: str = "") -> None:
        unknown = [name for name in fields if name not in FIELDS]
        if unknown:
            raise ConfigError(f"fields names {', '.join(unknown)}, expected some of {', '.join(FIELDS)}")
        self._clean = compose(cleaning)
        self._max_length, self._fields, self._prefix = max_length, fields, prefix

    def encode(self, rows: Sequence[Example], tokenizer: PreTrainedTokenizerBase) -> list[Encoding]:
        """Tokenize rows, a text that is too long cut; their order is kept.

        Raises
        ------
        DataError
            If a target is longer than half of ``max_length``.
        """
        return [windows[0] for windows in self.encode_windows(rows, tokenizer)]

    def encode_windows(self, rows: Sequence[Example], tokenizer: PreTrainedTokenizerBase) -> list[list[Encoding]]:
        """Tokenize rows, a text that is too long in windows, each beside the same first segment.

        Neighbouring windows have an eighth of ``max_length`` in common, so that few phrases are seen in halves only.

        Raises
        ------
        DataError
            If a target is longer than half of ``max_length``.
        """
        if not rows:
            return []
        texts = [self._prepare(row.text) for row in rows]
        beside = self._make_first_segments(rows, tokenizer)
        encoded: list[list[Encoding]] = [[] for _ in rows]
        for paired in (True, False):
            index = [i for i, first in enumerate(beside) if bool(first) is paired]
            if not index:
                continue
            first = [self._prefix + (beside[i] if paired else texts[i]) for i in index]
            second = [texts[i] for i in index] if paired else None
            truncation = "only_second" if paired else True
            batch = tokenizer(
                first,
                second,
                truncation=truncation,
                max_length=self._max_length,
                stride=self._max_length // 8,
                return_overflowing_tokens=True,
            )
            for place, owner in enumerate(batch.pop("overflow_to_sample_mapping")):
                encoded[index[owner]].append({name: batch[name][place] for name in batch})
        return encoded

    def _prepare(self, text: str | None) -> str:
        return self._clean(text or "").strip()

    def _make_first_segments(self, rows: Sequence[Example], tokenizer: PreTrainedTokenizerBase) -> list[str]:
        """Join target, speaker and context; cut speaker and context, but no target, to half of the tokens."""
        limit = self._max_length // 2
        separator = f" {tokenizer.sep_token} "
        segments: dict[tuple[str | None, ...], str] = {}
        keys = [tuple(getattr(row, name) if name in self._fields else None for name in FIELDS) for row in rows]
        for row, key in zip(rows, keys, strict=True):
            if key in segments:
                continue
            target, *others = map(self._prepare, key)
            first = separator.join(filter(None, [target, *others]))
            tokens = tokenizer(first, add_special_tokens=False, return_offsets_mapping=True)
            ends = [end for _, end in tokens["offset_mapping"]]
            segments[key] = first if len(ends) <= limit else first[: ends[limit - 1]]
            if len(segments[key]) < len(target):
                raise DataError(
                    f"the target of row {row.id!r} has more than {limit} tokens, half of max_length "
                    f"{self._max_length}; raise max_length or shorten the target"
                )
        return [segments[key] for key in keys]


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
