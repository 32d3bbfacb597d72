"""Eight-bit graphs: matrices in int8 with a scale a block, the token embeddings in int8 with a scale a row.

Activations are quantised by row and block as they come, so that nothing is calibrated and a row's answer does not
depend on its batch. Measured on this project's encoder (agreement of labels with fp32 on the statements' 736 test
pairs, stance / sentiment): blocks of 64 99.5 / 99.6 %, of 128 99.2 / 98.9 %; smoothed activations with one fixed range
a layer (Xiao et al. 2023), a fifth quicker, 98.2 / 98.6 %.
"""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

BLOCK = 64
COMPUTE_INT8 = 4  # onnxruntime's accuracy level that computes in int8
EMBEDDING_ROWS = 1000  # smaller tables stay as they are

Floats = NDArray[np.float32]


def quantize_graph(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a graph in fp32 with its matrices and embeddings quantised.

    Every MatMul by a constant matrix is; a Gemm, as of pooler and head, is not.
    """
    quantizer = _import_quantizer()(model, bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=COMPUTE_INT8)
    quantizer.process()
    quantized: onnx.ModelProto = quantizer.model.model
    constants = {one.name: one for one in quantized.graph.initializer}
    added: dict[str, list[onnx.NodeProto]] = {}
    for node in quantized.graph.node:
        if node.op_type == "Gather" and node.input[0] in constants:
            table = numpy_helper.to_array(constants[node.input[0]])
            if table.ndim == 2 and len(table) >= EMBEDDING_ROWS:
                added[node.name] = _quantize_embeddings(quantized, node, table)
    _rebuild(quantized, added)
    return quantized


def _import_quantizer() -> Any:
    """Import onnxruntime's quantizer, which would set up logging for everybody, at a line a node."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    root.handlers[:] = handlers
    root.setLevel(level)
    return MatMulNBitsQuantizer


def _quantize_embeddings(model: onnx.ModelProto, node: onnx.NodeProto, table: Floats) -> list[onnx.NodeProto]:
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
    """Put the new nodes where those stood that they replace; drop the constants nobody reads now."""
    nodes = [new for node in model.graph.node for new in added.get(node.name, [node])]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    read = {name for node in nodes for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in read]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
