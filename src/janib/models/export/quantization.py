"""Two graphs with weights of 8 bits: a careful one that computes in fp32, and a quick one that computes in integers.

Both store token embeddings in 8 bits with a scale for each row (:func:`quantize_embeddings`).

The careful graph (:func:`quantize_matrices`) stores matrices in 8 bits with a scale for each block. A session unfolds
them to fp32 when it opens the graph. The operator ``MatMulNBits`` would unfold them in each product, which takes three
times as long for a single row.

In the quick graph (:func:`quantize_activations`) the products are of integers, which take a fifth of the time on a
processor with VNNI or AMX (``anatomy.md`` of the benchmarks). The input of a matrix is scaled by channel, so that all
channels fit one range, and the matrix is multiplied by the scales (after SmoothQuant, Xiao et al. 2023). Where an input
is wider than the output, as in the second matrix of a feed-forward block, a few channels are far larger than the
others; their product is in fp32 (after LLM.int8(), Dettmers et al. 2022). A bias removes the mean error of rounding.
Ranges and means are measured on real rows once, so that no prediction depends on the batch. Matrices have 7 bits, since
processors without VNNI add pairs of products in 16 bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import external_data_helper, helper, numpy_helper

from janib.models.onnx import WEIGHTS, Batch

BLOCK_SIZE = 64  # inputs of a matrix that share a scale
MIN_EMBEDDING_ROWS = 1000  # smaller tables stay in fp32
SMOOTHING = 0.7  # exponent of a channel's range in its scale; the matrix takes the rest
OUTLIERS = 1 / 96  # share of the channels of a wide input that stay in fp32
MAX_INPUT, MAX_WEIGHT = 255, 63  # absolute values after rounding
MIN_BYTES = 1024  # smaller constants stay in the graph
ALIGNMENT = 64  # bytes

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Channels:
    """The least value, the largest and the mean of each channel of a value, shape (n_channels,)."""

    least: FloatArray
    most: FloatArray
    mean: FloatArray


def quantize_embeddings(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph whose token embeddings have 8 bits."""
    quantized = deepcopy(model)
    constants = {one.name: one for one in quantized.graph.initializer}
    added: dict[str, list[onnx.NodeProto]] = {}
    for node in quantized.graph.node:
        if node.op_type == "Gather" and node.input[0] in constants:
            table = numpy_helper.to_array(constants[node.input[0]])
            if table.ndim == 2 and len(table) >= MIN_EMBEDDING_ROWS:
                added[node.name] = _quantize_embeddings(quantized, node, table)
    _rebuild(quantized, added)
    return quantized


def quantize_matrices(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph that computes in fp32, with the constant matrices of every MatMul stored in 8 bits.

    The matrices of a Gemm, which encoders have in pooler and head, stay in fp32.
    """
    quantized = deepcopy(model)
    constants = {one.name: one for one in quantized.graph.initializer}
    matrices = ((node, _find_matrix(node, constants)) for node in quantized.graph.node)
    added = {node.name: _quantize_matrix(quantized, node, matrix) for node, matrix in matrices if matrix is not None}
    _rebuild(quantized, added)
    return quantized


def quantize_activations(model: onnx.ModelProto, batches: Iterable[Batch]) -> onnx.ModelProto:
    """Return a graph that multiplies token vectors by constant matrices in integers.

    Parameters
    ----------
    model
        The graph, in fp32.
    batches
        Its inputs for real rows, on which ranges and means are measured, without padding.
    """
    quantized = deepcopy(model)
    constants = {one.name: one for one in quantized.graph.initializer}
    products: dict[str, list[onnx.NodeProto]] = {}
    for node in quantized.graph.node:
        if _find_matrix(node, constants) is not None:
            products.setdefault(node.input[0], []).append(node)
    added: dict[str, list[onnx.NodeProto]] = {}
    for name, channels in _measure_channels(model, list(products), batches).items():
        matrices = [numpy_helper.to_array(constants[node.input[1]]) for node in products[name]]
        added |= _multiply_integers(quantized, products[name], matrices, channels)
    _rebuild(quantized, added)
    if all(one.domain != "com.microsoft" for one in quantized.opset_import):
        quantized.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return quantized


def write_graphs(graphs: Mapping[str, onnx.ModelProto], folder: Path) -> None:
    """Write graphs by file name, and their large constants, without repetition, into one file."""
    offsets: dict[bytes, int] = {}
    with (folder / WEIGHTS).open("wb") as file:
        for name, model in graphs.items():
            written = deepcopy(model)
            for constant in written.graph.initializer:
                values = numpy_helper.to_array(constant).tobytes()
                if len(values) < MIN_BYTES:
                    continue
                digest = hashlib.sha256(values).digest()
                if digest not in offsets:
                    file.write(bytes(-file.tell() % ALIGNMENT))
                    offsets[digest] = file.tell()
                    file.write(values)
                about = {"name": constant.name, "data_type": constant.data_type, "dims": list(constant.dims)}
                constant.CopyFrom(onnx.TensorProto(**about, raw_data=values))
                external_data_helper.set_external_data(constant, WEIGHTS, offsets[digest], len(values))
                constant.ClearField("raw_data")
            onnx.save(written, folder / name)


def _find_matrix(node: onnx.NodeProto, constants: Mapping[str, onnx.TensorProto]) -> FloatArray | None:
    """Return the constant matrix that a node multiplies by, shape (n_inputs, n_outputs)."""
    constant = constants.get(node.input[1]) if node.op_type == "MatMul" else None
    return numpy_helper.to_array(constant) if constant is not None and len(constant.dims) == 2 else None


def _multiply_integers(
    model: onnx.ModelProto, products: Sequence[onnx.NodeProto], matrices: Sequence[FloatArray], channels: Channels
) -> dict[str, list[onnx.NodeProto]]:
    """Return for each product of one input the nodes that replace it."""
    name, whole = products[0].input[0], np.concatenate(matrices, axis=1)
    reach = np.maximum((channels.most - channels.least) / 2, 1e-6)
    is_wide = len(reach) > max(matrix.shape[1] for matrix in matrices)
    outliers = np.argsort(-reach)[: int(len(reach) * OUTLIERS) if is_wide else 0]
    inner = np.setdiff1d(np.arange(len(reach)), outliers)
    scales = (reach**SMOOTHING / np.maximum(np.abs(whole).max(axis=1), 1e-6) ** (1 - SMOOTHING)).astype(np.float32)
    least, most = min(0, (channels.least / scales)[inner].min()), max(0, (channels.most / scales)[inner].max())
    step = np.float32((most - least) / MAX_INPUT)
    shared = _NodeBuilder(model, f"{name}.int8")
    rounded = shared.round_input(name, scales, step, np.uint8(round(-least / step)))
    picked = shared.pick(name, outliers) if len(outliers) else None
    added = {}
    for node, matrix in zip(products, matrices, strict=True):
        builder = _NodeBuilder(model, f"{node.name}.int8")
        small = matrix * scales[:, None]
        small[outliers] = 0
        output = node.output[0] if picked is None else f"{node.name}.int8.inner"
        builder.multiply(rounded, small, channels.mean / scales, output)
        if picked is not None:
            builder.add_product(output, picked, matrix[outliers], node.output[0])
        added[node.name] = [*shared.nodes, *builder.nodes]
        shared.nodes = []  # they are needed once, before the first product
    return added


class _NodeBuilder:
    """Adds constants to a graph and collects the nodes that will replace one of its nodes."""

    def __init__(self, model: onnx.ModelProto, prefix: str) -> None:
        self._model, self._prefix = model, prefix
        self.nodes: list[onnx.NodeProto] = []

    def round_input(self, name: str, scales: FloatArray, step: Any, zero: Any) -> list[str]:
        """Scale an input and quantise it to uint8; return the names of its values, its step and its zero point."""
        scaled = self._add_node("Mul", [name, self._add_constant("scales", (1 / scales).astype(np.float32))])
        about = [self._add_constant("step", step), self._add_constant("zero", zero)]
        return [self._add_node("QuantizeLinear", [scaled, *about]), *about]

    def pick(self, name: str, channels: NDArray[np.integer[Any]]) -> str:
        """Pick channels of an input, shape (n_rows, n_tokens, n_channels)."""
        return self._add_node("Gather", [name, self._add_constant("outliers", channels)], axis=2)

    def multiply(self, rounded: list[str], matrix: FloatArray, mean: FloatArray, output: str) -> None:
        """Multiply by a matrix, shape (n_inputs, n_outputs), and add what its rounding loses for the mean input."""
        scales = (np.maximum(np.abs(matrix).max(axis=0), 1e-9) / MAX_WEIGHT).astype(np.float32)
        values = np.round(matrix / scales).astype(np.int8)
        name, step, zero = rounded
        inputs = [name, self._add_constant("matrix", values), step, self._add_constant("matrix_scales", scales)]
        inputs += [zero, self._add_constant("matrix_zeros", np.zeros_like(scales, np.int8))]
        inputs.append(self._add_constant("bias", (mean @ (matrix - values * scales)).astype(np.float32)))
        self._add_node("MatMulIntegerToFloat", inputs, output, domain="com.microsoft")

    def add_product(self, value: str, name: str, matrix: FloatArray, output: str) -> None:
        """Add to a value the product of another by a matrix, in fp32."""
        product = self._add_node("MatMul", [name, self._add_constant("outlier_matrix", matrix)])
        self._add_node("Add", [value, product], output)

    def unfold(self, values: NDArray[np.int8], scales: FloatArray, shape: Sequence[int], output: str) -> None:
        """Multiply blocks of a matrix, shape (n_blocks, n_inputs of a block, n_outputs), by their scales."""
        cast = self._add_node("Cast", [self._add_constant("matrix", values)], to=onnx.TensorProto.FLOAT)
        scaled = self._add_node("Mul", [cast, self._add_constant("matrix_scales", scales)])
        self._add_node("Reshape", [scaled, self._add_constant("shape", np.array(shape, np.int64))], output)

    def _add_constant(self, name: str, values: Any) -> str:
        full = f"{self._prefix}.{name}"
        self._model.graph.initializer.append(numpy_helper.from_array(np.asarray(values), full))
        return full

    def _add_node(self, kind: str, inputs: list[str], output: str = "", **about: Any) -> str:
        name = f"{self._prefix}.{kind}"
        self.nodes.append(helper.make_node(kind, inputs, [output or name], name, **about))
        return output or name


def _measure_channels(model: onnx.ModelProto, names: list[str], batches: Iterable[Batch]) -> dict[str, Channels]:
    """Measure the channels of values of shape (n_rows, n_tokens, n_channels)."""
    watched = deepcopy(model)
    watched.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    measured: dict[str, list[tuple[int, Channels]]] = {}
    for batch in batches:
        is_token = batch["attention_mask"].astype(bool)
        for name, values in zip(names, session.run(names, dict(batch)), strict=True):
            if values.shape[:-1] != is_token.shape:
                continue
            tokens = values[is_token]
            found = Channels(tokens.min(axis=0), tokens.max(axis=0), tokens.mean(axis=0))
            measured.setdefault(name, []).append((len(tokens), found))
    return {
        name: Channels(
            np.min([one.least for _, one in parts], axis=0),
            np.max([one.most for _, one in parts], axis=0),
            np.average([one.mean for _, one in parts], axis=0, weights=[count for count, _ in parts]),
        )
        for name, parts in measured.items()
    }


def _quantize_matrix(model: onnx.ModelProto, node: onnx.NodeProto, matrix: FloatArray) -> list[onnx.NodeProto]:
    """Return a product and the nodes that unfold its matrix, which a session does once, when it opens the graph."""
    n_inputs, n_outputs = matrix.shape
    blocks = matrix.reshape(-1, BLOCK_SIZE if n_inputs % BLOCK_SIZE == 0 else n_inputs, n_outputs)
    scales = (np.maximum(np.abs(blocks).max(axis=1, keepdims=True), 1e-8) / 127).astype(np.float32)
    builder = _NodeBuilder(model, f"{node.name}.int8")
    builder.unfold(np.round(blocks / scales).astype(np.int8), scales, matrix.shape, f"{node.name}.matrix")
    product = deepcopy(node)
    product.input[1] = f"{node.name}.matrix"
    return [*builder.nodes, product]


def _quantize_embeddings(model: onnx.ModelProto, node: onnx.NodeProto, table: FloatArray) -> list[onnx.NodeProto]:
    scales = (np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127).astype(np.float32)
    values = np.clip(np.round(table / scales), -127, 127).astype(np.int8)
    name, ids = node.output[0], node.input[1]
    for part, array in (("table", values), ("row_scales", scales)):
        model.graph.initializer.append(numpy_helper.from_array(array, f"{name}.{part}"))
    return [
        helper.make_node("Gather", [f"{name}.table", ids], [f"{name}.whole"], f"{name}.gather"),
        helper.make_node("Gather", [f"{name}.row_scales", ids], [f"{name}.row_scale"], f"{name}.scales"),
        helper.make_node("Cast", [f"{name}.whole"], [f"{name}.float"], f"{name}.cast", to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.float", f"{name}.row_scale"], [name], f"{name}.rescale"),
    ]


def _rebuild(model: onnx.ModelProto, added: dict[str, list[onnx.NodeProto]]) -> None:
    """Replace nodes by the added ones, and remove the constants that no node reads any more."""
    nodes = [new for node in model.graph.node for new in added.get(node.name, [node])]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    read = {name for node in nodes for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
