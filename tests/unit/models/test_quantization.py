import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from janib.models.export.quantization import quantize_activations, quantize_matrices, write_graphs

TOKENS = np.ones((4, 16), np.int64)


def make_product(matrix):
    """A graph that multiplies by one matrix."""
    shapes = {"tokens": ["rows", "length", matrix.shape[0]], "found": ["rows", "length", matrix.shape[1]]}
    given, found = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["rows", "length"])
    nodes = [
        helper.make_node("Identity", ["tokens"], ["values"], "identity"),
        helper.make_node("MatMul", ["values", "matrix"], ["found"], "product"),
    ]
    graph = helper.make_graph(nodes, "one", [given, mask], [found], [numpy_helper.from_array(matrix, "matrix")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def draw(random, n_inputs, scales, means):
    values = random.standard_normal((*TOKENS.shape, n_inputs)) * scales + means
    return {"tokens": values.astype(np.float32), "attention_mask": TOKENS}


def run(graph, batch, tmp_path):
    write_graphs({"model.onnx": graph}, tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, {one.name: batch[one.name] for one in session.get_inputs()})[0].reshape(TOKENS.size, -1)


@pytest.mark.parametrize(("n_inputs", "n_outputs"), [(64, 64), (48, 96), (384, 64), (100, 7)])
def test_integers_are_close_to_fp32_also_with_channels_of_very_different_sizes(n_inputs, n_outputs, tmp_path):
    random = np.random.default_rng(0)
    scales, means = np.ones(n_inputs), random.standard_normal(n_inputs)
    scales[:3] = 30, 20, 0.01
    matrix = random.standard_normal((n_inputs, n_outputs)).astype(np.float32)
    graph = make_product(matrix)
    batches = [draw(random, n_inputs, scales, means) for _ in range(20)]
    quick = quantize_activations(graph, batches)

    kinds = [node.op_type for node in quick.graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 1
    assert kinds.count("MatMul") == (n_inputs // 96 > 0 and n_inputs > n_outputs)  # of the largest channels
    batch = draw(random, n_inputs, scales, means)
    exact = batch["tokens"].reshape(TOKENS.size, -1) @ matrix
    errors = run(quick, batch, tmp_path) - exact
    assert np.linalg.norm(errors) < 0.03 * np.linalg.norm(exact)
    assert np.abs(errors.mean()) < 0.01 * np.abs(exact).mean()


@pytest.mark.parametrize(("n_inputs", "n_outputs"), [(64, 64), (48, 96), (192, 5)])
def test_careful_matrices_have_8_bits_and_compute_in_fp32(n_inputs, n_outputs, tmp_path):
    random = np.random.default_rng(0)
    matrix = random.standard_normal((n_inputs, n_outputs)).astype(np.float32)
    matrix[:64] *= 100
    careful = quantize_matrices(make_product(matrix))

    kinds = {one.name: one.data_type for one in careful.graph.initializer}
    assert kinds["product.int8.matrix"] == TensorProto.INT8
    assert "matrix" not in kinds
    batch = draw(random, n_inputs, 1, 0)
    batch["tokens"][0, 0] *= 1e6  # a row that no range has been measured for
    exact = batch["tokens"].reshape(TOKENS.size, -1) @ matrix
    found = run(careful, batch, tmp_path)
    lengths = np.linalg.norm(exact, axis=1)
    assert np.all(np.linalg.norm(found - exact, axis=1) < 0.03 * lengths)


def test_a_constant_input_is_no_division_by_zero(tmp_path):
    matrix = np.eye(96, 8, dtype=np.float32)
    batch = {"tokens": np.full((*TOKENS.shape, 96), 3, np.float32), "attention_mask": TOKENS}
    found = run(quantize_activations(make_product(matrix), [batch]), batch, tmp_path)
    np.testing.assert_allclose(found, 3, atol=0.1)
