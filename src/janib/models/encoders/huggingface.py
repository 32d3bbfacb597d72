"""Helpers for the library transformers: its tokenizers, its messages, and a tiny encoder for tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import BertConfig, BertTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from janib.errors import ModelError
from janib.models.encoder_inputs import PairTokenizer

TINY = "tiny"
"""The name of an encoder with random weights, for tests."""


def make_tiny(head: Mapping[str, Any]) -> tuple[BertConfig, PreTrainedTokenizerBase]:
    """Make the configuration of a BERT with two layers of width 32 and a tokenizer of single characters."""
    letters = [*"ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي", *"abcdefghijklmnopqrstuvwxyz0123456789.,!?#@:_"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = BertTokenizer(vocab=vocabulary, strip_accents=False, model_max_length=512)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        **head,
    )
    return config, tokenizer


def read_tokenizer(tokenizer: PreTrainedTokenizerBase) -> PairTokenizer:
    """Turn a tokenizer of the library transformers into one of pairs."""
    return PairTokenizer(
        tokenizer.backend_tokenizer,
        separator=str(tokenizer.sep_token),
        mask=str(tokenizer.mask_token),
        pad_id=int(tokenizer.pad_token_id),
        inputs=tuple(tokenizer.model_input_names),
    )


def load_pretrained(auto_class: Any, folder: Path, **options: Any) -> Any:
    """Load a model or a tokenizer of the library transformers from a folder, without a network.

    Code of the folder's own is not run; by default the library would ask on standard input whether to run it.

    Raises
    ------
    ModelError
        If a file is missing or damaged, or the folder needs code of its own.
    """
    try:
        with quiet_transformers():
            return auto_class.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **options)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise ModelError(f"{folder} holds no whole encoder ({error}); copy the folder again") from error


def find_max_length(model: Any, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the number of tokens that an encoder reads."""
    return min(tokenizer.model_max_length, int(model.config.max_position_embeddings))


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep the library transformers from showing progress bars and reports on new and missing heads."""
    verbosity, bar = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bar:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
