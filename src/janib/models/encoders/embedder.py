"""Frozen encoders: the mean-pooled output of a tokenized row as its vector."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer, BertModel, PreTrainedTokenizerBase

from janib.models.encoder_inputs import Encoding, PairReader, PairTokenizer, batch_by_length
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.huggingface import (
    TINY,
    compute_batches,
    find_max_length,
    load_pretrained,
    make_tiny,
    quiet_transformers,
    read_tokenizer,
)
from janib.models.transformer.training import stack
from janib.schema import Example
from janib.scoring.metrics import Floats

log = logging.getLogger(__name__)


class Embedder:
    """A frozen encoder and its tokenizer.

    Parameters
    ----------
    model, tokenizer
        As transformers loads them. The model computes in fp32 and is saved in its own precision.
    revision
        The hub's commit, or None.
    """

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase, revision: str | None = None) -> None:
        self._dtype = model.dtype
        self.model = model.float().eval().to("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer, self.revision = tokenizer, revision
        self._cache: dict[tuple[int, ...], Floats] = {}

    @property
    def pairs(self) -> PairTokenizer:
        """The tokenizer for :class:`~janib.models.encoder_inputs.PairReader`."""
        return read_tokenizer(self.tokenizer)

    def embed(self, reader: PairReader, rows: Sequence[Example], *, cache: bool = False) -> Floats:
        """Return the mean of the last layer over each row's tokens, scaled to length 1; shape (n_rows, width).

        Parameters
        ----------
        reader
            Says what is read of a row.
        rows
            The rows.
        cache
            Whether to keep the vectors, so that they need not be computed again in another fold.

        Raises
        ------
        DataError
            If a target is too long.
        """
        encoded = reader.encode(rows, self.pairs)
        keys = [tuple(row["input_ids"]) for row in encoded]
        new = list({key: i for i, key in enumerate(keys) if key not in self._cache}.values())
        computed = self._compute([encoded[i] for i in new])
        found = self._cache if cache else self._cache.copy()
        found |= {keys[i]: vector for i, vector in zip(new, computed, strict=True)}
        return np.array([found[key] for key in keys]).reshape(len(keys), self.model.config.hidden_size)

    def save(self, folder: Path) -> None:
        """Write a Hugging Face folder in the encoder's own precision."""
        with quiet_transformers():
            self.model.to(self._dtype).save_pretrained(folder)
            self.model.float()
        self.tokenizer.save_pretrained(folder)

    def _compute(self, encoded: Sequence[Encoding]) -> Floats:
        device = self.model.device
        vectors = np.empty((len(encoded), self.model.config.hidden_size))

        def compute(batch: list[int]) -> None:
            inputs = stack([encoded[i] for i in batch], int(self.tokenizer.pad_token_id), device)
            mask = inputs["attention_mask"][..., None]
            total = (self.model(**inputs).last_hidden_state * mask).sum(dim=1)
            # Normalizing removes the length, so the sum serves as the mean.
            vectors[batch] = torch.nn.functional.normalize(total, dim=1).double().cpu().numpy()

        with torch.inference_mode():
            compute_batches(batch_by_length(encoded, device.type), compute)
        return vectors


def find_embedder(name: str, revision: str | None, seed: int) -> Embedder:
    """Load an encoder by its name, the last one only once.

    Parameters
    ----------
    name
        A name for :func:`janib.models.encoders.hub.find_encoder`, or ``tiny``.
    revision
        The hub's revision; None for the newest.
    seed
        Seed of the weights of ``tiny``.

    Raises
    ------
    ModelError
        If the encoder is not found.
    """
    if name == TINY:
        config, tokenizer = make_tiny({})
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return Embedder(BertModel(config), tokenizer)
    found = find_encoder(name, revision)
    return _load_once(found.folder, found.revision)


def embed_training_rows(
    name: str, revision: str | None, seed: int, reader: PairReader, rows: Sequence[Example]
) -> tuple[Embedder, Floats]:
    """Load an encoder by its name, and embed training rows with it; the vectors are kept for other folds.

    Parameters
    ----------
    name, revision, seed
        As in :func:`find_embedder`.
    reader, rows
        As in :meth:`Embedder.embed`, whose vectors are returned.

    Raises
    ------
    ConfigError
        If the reader's pairs may be longer than the encoder reads.
    DataError
        If a target is too long.
    ModelError
        If the encoder is not found.
    """
    embedder = find_embedder(name, revision, seed)
    reader.check_length(find_max_length(embedder.model, embedder.tokenizer), name)
    log.info("embedding %d rows", len(rows))
    return embedder, embedder.embed(reader, rows, cache=True)


def load_embedder(folder: Path, revision: str | None) -> Embedder:
    """Load what :meth:`Embedder.save` wrote, or another encoder of the library transformers.

    Raises
    ------
    ModelError
        If a file is missing or damaged.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # a missing pooler gets random weights; nothing reads them, but they are saved
        model = load_pretrained(AutoModel, folder, may_lack=("pooler",), dtype="auto")
        tokenizer = load_pretrained(AutoTokenizer, folder)
    return Embedder(model, tokenizer, revision)


_load_once = lru_cache(maxsize=1)(load_embedder)  # all folds of a run have one encoder and share many rows
