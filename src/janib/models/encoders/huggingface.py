"""Helpers for the library transformers: its tokenizers, its messages, and a tiny encoder for tests."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Any

import torch
from safetensors import safe_open
from tokenizers import AddedToken
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)
from transformers import (
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    AutoConfig,
    AutoTokenizer,
    BertConfig,
    BertTokenizer,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from janib.errors import ModelError
from janib.models.encoder_inputs import PairTokenizer
from janib.models.folder import check_file_name, check_links, read_json, summarise
from janib.models.tokenizer_limits import check_tokenizer_limits

log = logging.getLogger(__name__)

TINY = "tiny"
"""The name of an encoder with random weights, for tests."""

REFUSED_KEYS = (
    *("auto_map", "custom_pipelines", "transformers_weights", "fast_tokenizer_files", "init_inputs"),
    *("attn_implementation", "_attn_implementation", "experts_implementation", "fusion_config"),
    *("quantization_config", "distributed_config", "kernel_config", "gguf_file", "tokenizer_object"),
)
"""Keys of an encoder's JSON files by which the library runs code, fetches it, or follows other files."""

NEW_PARTS = ("pooler", "head")
"""Parts of a model that a pretrained encoder may lack."""

PATH_KEYS = ("vocab", "merges")
"""Keys whose value is a list or, if it is a text, the path of a file, which may be any."""

_DTYPES = ("float16", "bfloat16", "float32", "auto", None)
MAX_SIZE = 2**24  # of a number in a config
MAX_LABELS = 10_000
MAX_TENSORS = 10_000  # of pickled weights, whose number is not known before they are read

_SETTINGS_FILES = ("config.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json")
_INDEXES = "*.index.json"
_UNKNOWN = "ꙮ"  # a letter that no vocabulary has
_POINTER = b"version https://git-lfs"
_SPARE_ELEMENTS, _SPARE_TENSORS = 2**23, 256  # of poolers and heads that a file lacks


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
    """Turn a tokenizer of the library transformers into one of pairs.

    Raises
    ------
    ModelError
        If it lacks a token that pairs need.
    """
    for name in ("pad_token", "sep_token", "mask_token"):
        if getattr(tokenizer, name) is None:
            raise ModelError(
                f"{tokenizer.name_or_path} holds a tokenizer without {name}, which pairs and batches need; name it in "
                "tokenizer_config.json, or take another encoder"
            )
    return PairTokenizer(
        tokenizer.backend_tokenizer,
        separator=str(tokenizer.sep_token),
        mask=str(tokenizer.mask_token),
        pad_id=int(tokenizer.pad_token_id),
        inputs=tuple(tokenizer.model_input_names),
        unknown_id=tokenizer.unk_token_id,
    )


def load_pretrained(auto_class: Any, folder: Path, *, may_lack: Collection[str] = (), **options: Any) -> Any:
    """Load a model or a tokenizer of the library transformers from a folder, without a network.

    Code of the folder's own is not run; by default the library would ask on standard input whether to run it. No file
    outside the folder is read. A model becomes no larger than its files, and all its weights are finite.

    Parameters
    ----------
    auto_class
        A class of the library with ``from_pretrained``.
    folder
        The folder.
    may_lack
        Which of :data:`NEW_PARTS` the files may lack; they get random weights, and a line of the log says so.
    options
        What ``from_pretrained`` takes.

    Raises
    ------
    ModelError
        If a file is missing or damaged, weights are missing, or the folder needs code, files or a library beside it.
    """
    offline = {"local_files_only": True, "trust_remote_code": False}
    wants_report = options.pop("output_loading_info", False)
    try:
        _check_folder(folder)
        with quiet_transformers():
            if auto_class is AutoTokenizer:
                tokenizer = auto_class.from_pretrained(folder, **offline, **options)
                check_tokenizer_limits(tokenizer.backend_tokenizer)
                _keep_whole(tokenizer, folder)
                _check_tokenizer(tokenizer, folder)
                return tokenizer
            if type(AutoConfig.from_pretrained(folder, **offline)) not in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING:
                raise ValueError("its model_type is of no encoder of texts")
            with _limit_size(*_measure_weights(folder)):
                model, report = auto_class.from_pretrained(folder, **offline, **options, output_loading_info=True)
        _check_loaded(model, report, folder, may_lack)
        _check_finite(model)
        return (model, report) if wants_report else model
    except ModelError:
        raise
    except Exception as error:  # damaged data fails anywhere in the library
        raise ModelError(f"{folder} holds no whole encoder ({summarise(error)}); copy the folder again") from error


def _keep_whole(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Let each word of ``never_split`` that the vocabulary has be one token, such as AraBERT's for links.

    The library ignores that key, and cuts the words of a vocab.txt to pieces.
    """
    path = folder / "tokenizer_config.json"
    settings = read_json(path) if path.exists() else {}
    words = settings.get("never_split") if isinstance(settings, dict) else None
    vocabulary = tokenizer.get_vocab()
    known = [word for word in words or () if isinstance(word, str) and word in vocabulary]
    # Only whole words: a segmented text has the article as a word, and others end in its letters.
    cut = [word for word in known if tokenizer.tokenize(word) != [word]]
    tokenizer.add_tokens([AddedToken(word, single_word=True, normalized=False) for word in cut])


def _check_tokenizer(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Refuse a tokenizer whose tokens the encoder has no embeddings for; a GPU would fail without a reason."""
    most = read_json(folder / "config.json").get("vocab_size")
    if isinstance(most, int) and len(tokenizer) > most:
        raise ModelError(
            f"{folder} holds a tokenizer of {len(tokenizer):,} tokens for {most:,} embeddings (vocab_size of "
            "config.json): they are not of one encoder; copy the folder again"
        )
    try:
        tokenizer.backend_tokenizer.encode(_UNKNOWN)
    except Exception as error:  # the library raises no other class
        raise ModelError(
            f"{folder} holds a vocabulary without the token for unknown words, {tokenizer.unk_token}; copy it again"
        ) from error


def _check_loaded(model: nn.Module, report: Mapping[str, Any], folder: Path, may_lack: Collection[str]) -> None:
    """Refuse a model of which weights were missing, since the library fills them with random ones."""
    prefix = str(model.base_model_prefix)
    parts: dict[str, list[str]] = {}
    for name in sorted(report["missing_keys"]):
        is_head = hasattr(model, prefix) and not name.startswith(f"{prefix}.")
        part = "pooler" if "pooler" in name.split(".") else "head" if is_head else "encoder"
        parts.setdefault(part, []).append(name)
    lost = [name for part, names in parts.items() if part not in may_lack for name in names]
    if lost:
        other = sorted(report["unexpected_keys"])[:1]
        hint = f", but has {other[0]}: were the names changed when it was saved" if other else ""
        raise ModelError(
            f"{folder} lacks {len(lost)} of the weights of its encoder, such as {lost[0]}{hint}; they would be random. "
            "Save the encoder with save_pretrained, or copy the folder again"
        )
    if parts:
        log.info("%s: new weights for %s", folder.name, " and ".join(sorted(parts)))


def _check_folder(folder: Path) -> None:
    """Refuse a folder by which the library would run code or follow files outside it, and pages in place of files."""
    check_links(folder)
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix in (".json", ".bin", ".safetensors", ".txt", ".model"):
            with path.open("rb") as stream:
                start = stream.read(200).lstrip().lower()
            if start.startswith(_POINTER):
                raise ModelError(f"{path} is a pointer of Git LFS in place of the file; run there: git lfs pull")
            if start.startswith((b"<!doctype html", b"<html")):
                raise ModelError(
                    f"{path} is a web page in place of the file, as a proxy sends one; delete it, and copy the file"
                )
    if (folder / "adapter_config.json").exists():
        raise ValueError("adapter_config.json names another encoder; merge the adapter into the weights")
    for index in folder.glob(_INDEXES):
        for name in set(read_json(index)["weight_map"].values()):
            check_file_name(name)
    for name in _SETTINGS_FILES:
        if (folder / name).exists():
            _check_values(read_json(folder / name), name)


def _check_values(content: Any, name: str) -> None:
    parts = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in parts:
        if key in REFUSED_KEYS and value is not None:
            raise ValueError(f"{name} has the key {key}, which may run code or read files of others")
        if key in PATH_KEYS and isinstance(value, str):
            raise ValueError(f"{name} has the path {key}, expected files of the folder's own")
        if key in ("dtype", "torch_dtype") and value not in _DTYPES:
            raise ValueError(f"{name} has the {key} {value!r:.100}, expected one of {', '.join(map(str, _DTYPES))}")
        if name == "config.json" and type(value) is int and abs(value) > MAX_SIZE:
            raise ValueError(f"{name} has the {key} {value}, the most is {MAX_SIZE:,}")
        if key == "num_labels" and isinstance(value, int) and value > MAX_LABELS:
            raise ValueError(f"{name} has {value} labels, the most is {MAX_LABELS:,}")
        _check_values(value, name)


def _measure_weights(folder: Path) -> tuple[int, int]:
    """Return the number of elements and of tensors in a folder's weights; of pickled ones their most."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        return sum(path.stat().st_size for path in folder.glob("*.bin")), MAX_TENSORS
    elements = tensors = 0
    for path in files:
        with safe_open(path, framework="numpy") as opened:
            for name in opened.keys():  # noqa: SIM118  # it is no mapping
                elements += math.prod(opened.get_slice(name).get_shape())
                tensors += 1
    return elements, tensors


@contextmanager
def _limit_size(elements: int, tensors: int) -> Iterator[None]:
    """Raise ValueError as soon as a model outgrows its weights, while it is a plan without memory of its own.

    A config of a few bytes may ask for a million layers.
    """
    most_elements, most_tensors = 2 * elements + _SPARE_ELEMENTS, 2 * tensors + _SPARE_TENSORS
    thread = get_ident()
    n_elements = n_tensors = 0

    def count(_: nn.Module, name: str, tensor: Tensor | None) -> None:
        nonlocal n_elements, n_tensors
        if tensor is None or not tensor.is_meta or get_ident() != thread:
            return
        n_elements += tensor.numel()
        n_tensors += 1
        if n_elements > most_elements or n_tensors > most_tensors:
            raise ValueError(f"its config asks for more weights than the {tensors:,} that its files hold, at {name}")

    hooks = [register_module_parameter_registration_hook(count), register_module_buffer_registration_hook(count)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _check_finite(model: nn.Module) -> None:
    for name, weights in model.named_parameters():
        if not weights.isfinite().all():
            raise ValueError(f"{name} holds weights that are infinite or no numbers")


def compute_batches(batches: Iterable[list[int]], compute: Callable[[list[int]], None]) -> None:
    """Compute batches of indices; one for which a GPU lacks memory is halved.

    Raises
    ------
    ModelError
        If the memory does not suffice for one row.
    """
    for batch in batches:
        try:
            compute(batch)
            continue
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise ModelError(
                    "the GPU's memory is full, with one text at a time; end other programs on it, or set "
                    "CUDA_VISIBLE_DEVICES= to compute on the CPU"
                ) from error
        torch.cuda.empty_cache()  # the failed batch is free only once its error is handled
        half = len(batch) // 2
        compute_batches([batch[:half], batch[half:]], compute)


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
