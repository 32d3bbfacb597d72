"""Adapting an encoder to unlabelled texts before it is fine-tuned: it guesses words that are hidden from it.

Gururangan et al. 2020, *Don't stop pretraining*. A chosen token is always shown as the mask, never as itself or another
word: Wettig et al. 2023, *Should you mask 15 % in masked language modeling?*, found that no worse.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel, AutoModelForMaskedLM, AutoTokenizer, BertForMaskedLM, BertModel

from janib.errors import ConfigError, DataError
from janib.files import write_folder
from janib.models.encoders.build import check_vacant
from janib.models.encoders.huggingface import TINY, make_tiny, quiet_transformers, read_tokenizer
from janib.models.hub import find_encoder
from janib.models.pairs import Encoding, PairReader
from janib.models.processes import choose_device
from janib.models.training import Log, Training, TrainingOptions
from janib.schema import Example

logger = logging.getLogger(__name__)


def adapt_encoder(
    texts: Sequence[str],
    folder: Path,
    *,
    encoder: str,
    revision: str | None = None,
    cleaning: Sequence[str] = (),
    max_length: int = 128,
    share: float = 0.2,
    tokens: int = 2_000_000,
    seed: int = 0,
    training: Mapping[str, Any] | None = None,
    checkpoint_dir: Path | None = None,
    on_log: Log | None = None,
) -> dict[str, Any]:
    """Train an encoder to guess masked words of ``texts`` and write it as a Hugging Face folder.

    Parameters
    ----------
    texts
        Unlabelled; each is read again and again, other words hidden, until ``tokens`` are read.
    folder
        New; what ``model.encoder`` then names.
    encoder, revision, cleaning, max_length
        As of :class:`~janib.models.transformer.TransformerModel`.
    share
        Of a text's tokens that are hidden, at least one.
    tokens
        To be read in all, special ones included.
    seed
        Of the hidden words, the guessing head and the order.
    training
        :class:`~janib.models.training.TrainingOptions` by name; ``epochs`` is 1, since ``tokens`` says how long.
    checkpoint_dir, on_log
        As of :class:`~janib.models.transformer.TransformerModel`.

    Returns
    -------
    dict
        What was read: ``texts``, ``tokens`` and ``hidden`` (tokens).

    Raises
    ------
    ConfigError
        If ``share`` is not between 0 and 1, or ``max_length`` is more than the encoder reads.
    DataError
        If there are no texts.
    ModelError
        If the encoder is not at hand, or ``folder`` holds something.
    """
    if not 0 < share < 1:
        raise ConfigError(f"share is {share}, expected more than 0 and less than 1")
    if not texts:
        raise DataError("there are no texts to adapt to")
    check_vacant(folder)
    with torch.random.fork_rng(devices=list(range(torch.cuda.device_count()))):
        torch.manual_seed(seed)
        model, whole, tokenizer = _load(encoder, revision)
        reader = PairReader(cleaning, max_length, ())
        reader.check_length(min(tokenizer.model_max_length, model.config.max_position_embeddings), encoder)
        rows = reader.encode([Example(str(i), text) for i, text in enumerate(texts)], read_tokenizer(tokenizer))
        special = {int(i) for i in tokenizer.all_special_ids}
        masked, answers = hide_tokens(rows, special, int(tokenizer.mask_token_id), share, tokens, seed)
        device = choose_device()
        model.to(device)
        _read_hidden_only(model, int(tokenizer.mask_token_id))

        def compute_loss(logits: Tensor, share_of_batch: list[int], batch: list[int]) -> Tensor:
            gold = torch.from_numpy(np.concatenate([answers[i] for i in share_of_batch])).to(device)
            return functional.cross_entropy(logits, gold, reduction="sum") / sum(len(answers[i]) for i in batch)

        Training(
            model=model,
            rows=masked,
            pad_id=int(tokenizer.pad_token_id),
            loss=compute_loss,
            options=TrainingOptions.read({**(training or {}), "epochs": 1}),
            identity=repr((encoder, share, [answer.tolist() for answer in answers])),
            seed=seed,
            checkpoint_dir=checkpoint_dir,
            on_log=on_log,
        ).run()
    # The model that guesses words has no pooler; the encoder keeps its own.
    whole.load_state_dict(model.base_model.cpu().state_dict(), strict=False)
    read = {
        "texts": len(texts),
        "tokens": sum(len(row["input_ids"]) for row in masked),
        "hidden": sum(len(answer) for answer in answers),
    }
    with write_folder(folder) as partial, quiet_transformers():
        whole.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        (partial / "adaptation.json").write_text(
            json.dumps({"encoder": encoder, "revision": revision, "share": share, "seed": seed, **read}, indent=1),
            encoding="utf-8",
        )
    return read


def hide_tokens(
    rows: Sequence[Encoding], special: set[int], mask_id: int, share: float, tokens: int, seed: int
) -> tuple[list[Encoding], list[NDArray[np.int64]]]:
    """Hide tokens of rows, pass after pass with others hidden, until ``tokens`` are read.

    Parameters
    ----------
    rows
        One encoding a text.
    special
        Ids that are never hidden; a row of nothing else is passed over.
    mask_id, share, tokens, seed
        What stands for a hidden token, and as of :func:`adapt_encoder`.

    Returns
    -------
    tuple
        The encodings that are read, and the hidden ids of each, in their order in it.
    """
    random = np.random.default_rng(seed)
    ids = [np.array(row["input_ids"], np.int64) for row in rows]
    free = [np.flatnonzero(~np.isin(one, list(special))) for one in ids]
    usable = [i for i, places in enumerate(free) if len(places)]
    masked: list[Encoding] = []
    answers: list[NDArray[np.int64]] = []
    read = 0
    while usable and read < tokens:
        for i in random.permutation(usable).tolist():
            if read >= tokens:
                break
            count = max(1, round(share * len(free[i])))
            places = np.sort(random.choice(free[i], count, replace=False))
            shown = ids[i].copy()
            shown[places] = mask_id
            masked.append({**rows[i], "input_ids": shown.tolist()})
            answers.append(ids[i][places])
            read += len(shown)
    return masked, answers


def _load(encoder: str, revision: str | None) -> tuple[Any, Any, Any]:
    """Return the encoder with a head that guesses words, the whole encoder, and its tokenizer."""
    if encoder == TINY:
        config, tokenizer = make_tiny({})
        whole = BertModel(config)
        model = BertForMaskedLM(config)
        model.base_model.load_state_dict(whole.state_dict(), strict=False)
        return model, whole, tokenizer
    found = find_encoder(encoder, revision)
    with quiet_transformers():
        options: dict[str, Any] = {"local_files_only": True, "dtype": torch.float32}
        model = AutoModelForMaskedLM.from_pretrained(found.folder, attention_probs_dropout_prob=0.0, **options)
        whole = AutoModel.from_pretrained(found.folder, **options)
        tokenizer = AutoTokenizer.from_pretrained(found.folder, local_files_only=True)
    return model, whole, tokenizer


def _read_hidden_only(model: Any, mask_id: int) -> None:
    """Have the head guess at the masks alone, logits of shape (n_masks, n_pieces): most of its work is elsewhere."""

    def choose(_: nn.Module, given: tuple[Tensor, ...], named: Mapping[str, Tensor], output: Any) -> Any:
        ids = given[0] if given else named["input_ids"]
        output.last_hidden_state = output.last_hidden_state[ids == mask_id]
        return output

    model.base_model.register_forward_hook(choose, with_kwargs=True)
