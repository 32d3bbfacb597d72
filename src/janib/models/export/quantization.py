"""Two graphs with weights of 8 bits: a careful one that computes in fp32, and a quick one that computes in integers.

The careful graph (:func:`quantize_weights`) stores matrices in 8 bits with a scale for each block, and token embeddings
with a scale for each row.

In the quick graph (:func:`quantize_activations`) most products are of integers, which takes a quarter of the time on a
processor with VNNI (``anatomy_vnni.md`` of the benchmarks). The input of a matrix is shifted and scaled by channel, so
that all channels fit one fixed range, and the matrix is multiplied by the scales (after SmoothQuant, Xiao et al. 2023).
The ranges are measured on real rows once, so that no prediction depends on the batch. Matrices have 7 bits, since
processors without VNNI add pairs of products in 16 bits. Matrices with fewer outputs than inputs, the second of each
feed-forward block, stay in fp32, since a few channels of their input are far larger than the others.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import external_data_helper, helper, numpy_helper

from janib.models.onnx import WEIGHTS, Batch

BLOCK_SIZE = 64
COMPUTE_FP32 = 1  # onnxruntime's accuracy level without rounded activations
MIN_EMBEDDING_ROWS = 1000  # smaller tables stay in fp32
SMOOTHING = 0.6  # exponent of a channel's range in its scale; the matrix takes the rest
MAX_INPUT, MAX_WEIGHT = 127, 63  # absolute values after rounding
ZERO_POINT = 128  # 0 in uint8
MIN_BYTES = 1024  # smaller constants stay in the graph
ALIGNMENT = 64  # bytes

FloatArray = NDArray[np.floating[Any]]
Ranges = dict[str, tuple[FloatArray, FloatArray]]
"""Name of a value to the minimum and maximum of each of its channels."""


def quantize_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph with the embeddings and the constant matrices of every MatMul quantised.

    The matrices of a Gemm, which encoders have in pooler and head, stay in fp32.
    """
    copied = deepcopy(model)  # the quantizer works in place
    quantizer = _import_quantizer()(
        copied, bits=8, block_size=BLOCK_SIZE, is_symmetric=True, accuracy_level=COMPUTE_FP32
    )
    quantizer.process()
    quantized: onnx.ModelProto = quantizer.model.model
    constants = {one.name: one for one in quantized.graph.initializer}
    added: dict[str, list[onnx.NodeProto]] = {}
    for node in quantized.graph.node:
        if node.op_type == "Gather" and node.input[0] in constants:
            table = numpy_helper.to_array(constants[node.input[0]])
            if table.ndim == 2 and len(table) >= MIN_EMBEDDING_ROWS:
                added[node.name] = _quantize_embeddings(quantized, node, table)
    _rebuild(quantized, added)
    return quantized


def quantize_activations(model: onnx.ModelProto, batches: Iterable[Batch]) -> onnx.ModelProto:
    """Return a graph that multiplies token vectors by constant matrices in integers.

    Matrices with fewer outputs than inputs stay in fp32.

    Parameters
    ----------
    model
        The graph, in fp32.
    batches
        Its inputs for real rows, on which the ranges are measured, without padding.
    """
    quantized = deepcopy(model)
    constants = {one.name: one for one in quantized.graph.initializer}
    products: dict[str, list[onnx.NodeProto]] = {}
    for node in quantized.graph.node:
        matrix = constants.get(node.input[1]) if node.op_type == "MatMul" else None
        if matrix is not None and len(matrix.dims) == 2 and matrix.dims[0] <= matrix.dims[1]:
            products.setdefault(node.input[0], []).append(node)
    added: dict[str, list[onnx.NodeProto]] = {}
    for name, (least, most) in _measure_ranges(model, list(products), batches).items():
        matrices = [numpy_helper.to_array(constants[node.input[1]]) for node in products[name]]
        center, reach = (least + most) / 2, np.maximum((most - least) / 2, 1e-6)
        widest = np.maximum(np.abs(np.concatenate(matrices, axis=1)).max(axis=1), 1e-6)
        scales = (reach**SMOOTHING / widest ** (1 - SMOOTHING)).astype(np.float32)
        step = np.float32((reach / scales).max() / MAX_INPUT)
        prepared = _NodeBuilder(quantized, f"{name}.int8")
        rounded = prepared.round_input(name, center, scales, step)
        for node, matrix in zip(products[name], matrices, strict=True):
            builder = _NodeBuilder(quantized, f"{node.name}.int8")
            builder.multiply(rounded, matrix * scales[:, None], center @ matrix, node.output[0])
            added[node.name] = [*prepared.nodes, *builder.nodes]
            prepared.nodes = []  # they are needed once, before the first product
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


class _NodeBuilder:
    """Adds constants to a graph and collects the nodes that will replace one of its nodes."""

    def __init__(self, model: onnx.ModelProto, prefix: str) -> None:
        self._model, self._prefix = model, prefix
        self.nodes: list[onnx.NodeProto] = []

    def round_input(self, name: str, center: FloatArray, scales: FloatArray, step: Any) -> list[str]:
        """Quantise an input to uint8; return the names of its values, its step and its zero point."""
        scale = self._add_constant("scales", (1 / scales).astype(np.float32))
        moved = self._add_node("Mul", [name, scale])
        moved = self._add_node("Sub", [moved, self._add_constant("center", (center / scales).astype(np.float32))])
        about = [self._add_constant("step", step), self._add_constant("zero", np.uint8(ZERO_POINT))]
        return [self._add_node("QuantizeLinear", [moved, *about]), *about]

    def multiply(self, rounded: list[str], matrix: FloatArray, bias: FloatArray, output: str) -> None:
        """Multiply by a matrix, shape (n_channels, n_outputs), and add the bias that the shifted channels need."""
        scales = (np.maximum(np.abs(matrix).max(axis=0), 1e-9) / MAX_WEIGHT).astype(np.float32)
        values = np.round(matrix / scales).astype(np.int8)
        name, step, zero = rounded
        inputs = [name, self._add_constant("matrix", values), step, self._add_constant("matrix_scales", scales)]
        inputs += [zero, self._add_constant("matrix_zeros", np.zeros_like(scales, np.int8))]
        inputs.append(self._add_constant("bias", bias.astype(np.float32)))
        self._add_node("MatMulIntegerToFloat", inputs, output, domain="com.microsoft")

    def _add_constant(self, name: str, values: Any) -> str:
        full = f"{self._prefix}.{name}"
        self._model.graph.initializer.append(numpy_helper.from_array(np.asarray(values), full))
        return full

    def _add_node(self, kind: str, inputs: list[str], output: str = "", **about: str) -> str:
        name = f"{self._prefix}.{kind}"
        self.nodes.append(helper.make_node(kind, inputs, [output or name], name, **about))
        return output or name


def _measure_ranges(model: onnx.ModelProto, names: list[str], batches: Iterable[Batch]) -> Ranges:
    """Measure the ranges of the channels of values of shape (n_rows, n_tokens, n_channels)."""
    watched = deepcopy(model)
    watched.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    ranges: Ranges = {}
    for batch in batches:
        is_token = batch["attention_mask"].astype(bool)
        for name, values in zip(names, session.run(names, dict(batch)), strict=True):
            if values.shape[:-1] != is_token.shape:
                continue
            tokens = values[is_token]
            least, most = ranges.get(name, (tokens[0], tokens[0]))
            ranges[name] = np.minimum(least, tokens.min(axis=0)), np.maximum(most, tokens.max(axis=0))
    return ranges


def _import_quantizer() -> Any:
    """Import onnxruntime's quantizer, and undo its set-up of the root logger, which would log a line for each node."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    root.handlers[:] = handlers
    root.setLevel(level)
    return MatMulNBitsQuantizer


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
