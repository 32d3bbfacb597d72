"""A graph without what its outputs do not read."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

_BY_TOKEN = frozenset(("Transpose", "Reshape", "MatMul", "Add", "LayerNormalization", "Gelu"))


def keep_first_token(model: onnx.ModelProto) -> None:
    """Compute what follows the last attention for the first token alone, where the graph reads no other of it.

    Keys and values are still those of all tokens, so that the outputs are the same. Of an encoder with 12 layers that
    leaves out a sixteenth of the products. Any other graph stays as it is.
    """
    graph = model.graph
    nodes, constants = list(graph.node), {one.name: one for one in graph.initializer}
    places = [place for place, node in enumerate(nodes) if node.op_type == "Attention"]
    if not places:
        return
    attention, rest = nodes[places[-1]], nodes[places[-1] + 1 :]
    shortened: list[onnx.NodeProto] = []
    names = {attention.output[0]}
    for node in rest:
        if names.isdisjoint(node.input) or _reads_first_token(node, constants):
            continue
        if node.op_type not in _BY_TOKEN:
            return
        shortened.append(node)
        names.add(node.output[0])
    reshapes = [node for node in shortened if node.op_type == "Reshape"]  # puts the heads together
    matrices = [
        constants[node.input[1]] for node in shortened if node.op_type == "MatMul" and node.input[1] in constants
    ]
    if len(reshapes) != 1 or not matrices or not names.isdisjoint(one.name for one in graph.output):
        return

    added: dict[int, list[onnx.NodeProto]] = {}

    def cut(node: onnx.NodeProto, place: int, axis: int) -> None:
        new = f"{node.name}.first{place}"
        limits = [f"{new}.{part}" for part in ("start", "stop", "axis")]
        for name, value in zip(limits, (0, 1, axis), strict=True):
            graph.initializer.append(numpy_helper.from_array(np.array([value]), name))
        added.setdefault(id(node), []).append(helper.make_node("Slice", [node.input[place], *limits], [new], new))
        node.input[place] = new

    cut(attention, 0, 2)
    if len(attention.input) > 3 and attention.input[3]:
        cut(attention, 3, 2)  # the mask: shape (n_rows, 1, n_tokens or 1, n_tokens)
    shape = numpy_helper.from_array(np.array([-1, 1, matrices[0].dims[0]]), f"{reshapes[0].name}.shape")
    graph.initializer.append(shape)
    reshapes[0].input[1] = shape.name
    for node in shortened:
        if node.op_type == "Add":
            for place, name in enumerate(node.input):
                if name not in names and name not in constants:
                    cut(node, place, 1)
    ordered = [one for node in nodes for one in (*added.get(id(node), ()), node)]
    del graph.node[:]
    graph.node.extend(ordered)
    del graph.value_info[:]  # the shapes of before


def _reads_first_token(node: onnx.NodeProto, constants: dict[str, onnx.TensorProto]) -> bool:
    if node.op_type != "Gather" or node.input[1] not in constants:
        return False
    axis = next((one.i for one in node.attribute if one.name == "axis"), 0)
    return axis == 1 and not numpy_helper.to_array(constants[node.input[1]]).any()
