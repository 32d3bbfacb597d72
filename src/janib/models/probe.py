"""What an encoder knows already: logistic regression on its mean-pooled output, the encoder left as it is."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import AutoModel, AutoTokenizer, BertModel, PreTrainedTokenizerBase

from janib.errors import ConfigError, ModelError
from janib.models.base import Probabilities
from janib.models.encoder_inputs import Encoding, PairReader, PairTokenizer, batch_by_length
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.huggingface import TINY, make_tiny, quiet_transformers, read_tokenizer
from janib.models.export.traced import Network, PooledLinear
from janib.models.label_ids import MISSING, read_gold
from janib.models.linear import Linear, apply_softmax, balance, fit_linear, read_linear, write_linear
from janib.models.transformer.training import stack
from janib.schema import Example

log = logging.getLogger(__name__)

_FILE = "probe.npz"
_SETTINGS = ("seed", "encoder", "revision", "cleaning", "prefix", "max_length", "fields", "c")

Floats = NDArray[np.float64]


class Embedder:
    """A frozen encoder and its tokenizer.

    Parameters
    ----------
    model, tokenizer
        As transformers loads them; the model's own precision is kept for :meth:`save`, it computes in fp32.
    revision
        The hub's commit, or None.
    """

    def __init__(self, model: Any, tokenizer: PreTrainedTokenizerBase, revision: str | None = None) -> None:
        self._dtype = model.dtype
        self.model = model.float().eval().to("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer, self.revision = tokenizer, revision
        self._remembered: dict[tuple[int, ...], Floats] = {}

    @property
    def pairs(self) -> PairTokenizer:
        """The tokenizer as :class:`~janib.models.encoder_inputs.PairReader` wants it."""
        return read_tokenizer(self.tokenizer)

    @property
    def longest(self) -> int:
        """How many tokens it reads."""
        return min(self.tokenizer.model_max_length, int(self.model.config.max_position_embeddings))

    def embed(self, encoded: Sequence[Encoding], *, remember: bool = False) -> Floats:
        """Return the mean of the last layer over each row's tokens, scaled to length 1: shape (n_rows, width).

        Parameters
        ----------
        encoded
            What the tokenizer says of the rows.
        remember
            Keep what is computed, so that the same row in another fold is not computed again.
        """
        keys = [tuple(row["input_ids"]) for row in encoded]
        new = list({key: i for i, key in enumerate(keys) if key not in self._remembered}.values())
        computed = self._compute([encoded[i] for i in new])
        found = self._remembered if remember else self._remembered.copy()
        found |= {keys[i]: vector for i, vector in zip(new, computed, strict=True)}
        return np.array([found[key] for key in keys]).reshape(len(keys), self.model.config.hidden_size)

    def save(self, folder: Path) -> None:
        """Write a Hugging Face folder, in the precision that the encoder came in."""
        with quiet_transformers():
            self.model.to(self._dtype).save_pretrained(folder)
            self.model.float()
        self.tokenizer.save_pretrained(folder)

    def _compute(self, encoded: Sequence[Encoding]) -> Floats:
        device = self.model.device
        vectors = np.empty((len(encoded), self.model.config.hidden_size))
        with torch.inference_mode():
            for batch in batch_by_length(encoded, device.type):
                inputs = stack([encoded[i] for i in batch], int(self.tokenizer.pad_token_id), device)
                mask = inputs["attention_mask"][..., None]
                total = (self.model(**inputs).last_hidden_state * mask).sum(dim=1)
                # The mean's length is scaled away, so the sum will do.
                vectors[batch] = torch.nn.functional.normalize(total, dim=1).double().cpu().numpy()
        return vectors


class ProbeModel:
    """Multinomial logistic regression on the frozen embedding of the pair (target, text).

    Each feature stands there once for all rows and once for the rows of each target of the training rows, so that a
    target unknown in training is judged by what all share. Features are standardised on the training rows, which are
    weighed so that each label of a target counts the same.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    encoder
        A name that :func:`janib.models.encoders.hub.find_encoder` knows, or ``tiny``.
    seed
        Not read but by ``tiny``, whose weights it draws: nothing else here is random.
    revision
        The hub's revision; None for the newest.
    cleaning
        Steps of :func:`janib.text.cleaning.compose` for the text and what stands beside it.
    prefix
        What the encoder wants in front: for those of the E5 family, ``query:`` and a space.
    max_length
        Tokens of a pair, special ones included.
    fields
        Which of :data:`janib.models.encoder_inputs.FIELDS` stand beside the text.
    c
        Inverse of the L2 penalty.

    Raises
    ------
    ConfigError
        If a name is unknown, or ``c`` is not above 0.
    """

    kind: ClassVar[str] = "probe"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        encoder: str,
        seed: int = 0,
        revision: str | None = None,
        cleaning: Sequence[str] = (),
        prefix: str = "",
        max_length: int = 128,
        fields: Sequence[str] = ("target",),
        c: float = 0.003,
    ) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        self.encoder, self.seed, self.revision = encoder, seed, revision
        self.cleaning, self.prefix = list(cleaning), prefix
        self.max_length, self.fields, self.c = max_length, list(fields), c
        if not c > 0:
            raise ConfigError(f"c is {c}, expected a number above 0")
        self._reader = PairReader(self.cleaning, max_length, self.fields, prefix)
        self._embedder: Embedder
        self._fitted: dict[str, Linear] = {}
        self._targets: list[str] = []

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fit the regression on ``train``; ``valid`` is not read.

        Raises
        ------
        ConfigError
            If ``max_length`` is more than the encoder reads.
        DataError
            If a task has fewer than two labels in ``train``, or a target is too long.
        ModelError
            If the encoder is not at hand.
        """
        gold = {task: read_gold(train, task, names) for task, names in self.labels.items()}
        self._embedder = _find_embedder(self.encoder, self.revision, self.seed)
        self.revision = self._embedder.revision
        self._reader.check_length(self._embedder.longest, self.encoder)
        log.info("embedding %d rows", len(train))
        vectors = self._embedder.embed(self._reader.encode(train, self._embedder.pairs), remember=True)
        self._targets = sorted({row.target for row in train})
        for task, names in self.labels.items():
            chosen = np.flatnonzero(gold[task] != MISSING)
            rows = [train[place] for place in chosen.tolist()]
            targets = np.array([row.target for row in rows])
            mean, scale = vectors[chosen].mean(axis=0), np.maximum(vectors[chosen].std(axis=0), 1e-6)
            features = self._cross((vectors[chosen] - mean) / scale, rows)
            weights = balance(gold[task][chosen], [np.flatnonzero(targets == target) for target in self._targets])
            settings = {"name": "logreg", "c": self.c}
            linear = fit_linear(settings, features, gold[task][chosen], weights, len(names), self.seed)
            self._fitted[task] = self._unscale(linear, mean, scale)
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); gold labels are not read."""
        features = self._cross(self._embedder.embed(self._reader.encode(rows, self._embedder.pairs)), rows)
        return {task: apply_softmax(features @ linear.weights + linear.bias) for task, linear in self._fitted.items()}

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the coefficients as plain arrays, and the whole encoder, so that the folder works anywhere.

        A hub may be out of reach, and a name may come to mean other weights, to which the coefficients do not fit.
        """
        write_linear(folder / _FILE, self._fitted)
        self._embedder.save(folder)
        return {name: getattr(self, name) for name in _SETTINGS} | {"targets": self._targets}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote; no network is asked.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        model = cls(**{name: value for name, value in settings.items() if name != "targets"})
        model._targets = list(settings["targets"])
        n_labels = {task: len(names) for task, names in model.labels.items()}
        model._fitted = read_linear(folder / _FILE, cls.kind, n_labels)
        try:
            model._embedder = _load_embedder(folder, model.revision)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"{folder} holds no whole encoder ({error}); copy the model folder again") from error
        return model

    def make_network(self) -> Network:
        """Return the encoder and the regression on it as :mod:`janib.models.export` takes them."""
        fitted = [self._fitted[task] for task in self.labels]
        weights = np.concatenate([linear.weights for linear in fitted], axis=1)
        bias = np.concatenate([linear.bias for linear in fitted])
        blocks = weights.reshape(1 + len(self._targets), -1, len(bias))
        settings = {
            "reader": self._reader.arguments,
            "windows": False,
            "targets": self._targets,
            "temperature": dict.fromkeys(self.labels, 1.0),
        }
        module = PooledLinear(self._embedder.model, torch.from_numpy(blocks).float(), torch.from_numpy(bias).float())
        return Network(module, self._embedder.pairs, settings)

    def _cross(self, vectors: Floats, rows: Sequence[Example]) -> Floats:
        """Set beside each row's vector a block a target: the vector and 1 in its own, 0 in the others."""
        known = {target: place for place, target in enumerate(self._targets)}
        width = vectors.shape[1]
        crossed = np.zeros((len(rows), 1 + len(known), width + 1))
        crossed[:, 0, :width] = vectors
        for number, row in enumerate(rows):
            if row.target in known:
                crossed[number, 1 + known[row.target]] = np.append(vectors[number], 1.0)
        return crossed.reshape(len(rows), (1 + len(known)) * (width + 1))

    def _unscale(self, linear: Linear, mean: Floats, scale: Floats) -> Linear:
        """Return the classifier of plain vectors that a classifier of standardised ones amounts to."""
        n_labels = len(linear.bias)
        blocks = linear.weights.reshape(1 + len(self._targets), len(mean) + 1, n_labels).copy()
        blocks[:, :-1] /= scale[:, None]
        shift = np.einsum("d,bdl->bl", mean, blocks[:, :-1])
        blocks[1:, -1] -= shift[1:]
        return Linear(blocks.reshape(-1, n_labels), linear.bias - shift[0])


def _find_embedder(name: str, revision: str | None, seed: int) -> Embedder:
    if name == TINY:
        config, tokenizer = make_tiny({})
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return Embedder(BertModel(config), tokenizer)
    found = find_encoder(name, revision)
    return _load_once(found.folder, found.revision)


def _load_embedder(folder: Path, revision: str | None) -> Embedder:
    with quiet_transformers(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # a pooler that the encoder lacks is drawn; nothing reads it, but it is saved
        model = AutoModel.from_pretrained(folder, local_files_only=True, dtype="auto")
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return Embedder(model, tokenizer, revision)


_load_once = lru_cache(maxsize=1)(_load_embedder)  # the folds of a run have one encoder, and share many rows
