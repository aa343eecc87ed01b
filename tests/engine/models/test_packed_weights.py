"""Unpacked weights give what onnxruntime's own products in 4 bits, and tables in 8, give."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.models.packed_weights import unpack_weights

WIDTH, OUT, BLOCK, WORDS = 64, 24, 32, 10


def packed(*, bits=4):
    """ids -> rows of a table in 8 bits -> their product with weights in 4."""
    random = np.random.default_rng(0)
    codes = random.integers(0, 256, (OUT, WIDTH // BLOCK, BLOCK // 2), dtype=np.uint8)
    constants = {
        "w": codes,
        "w_scales": random.uniform(0.01, 0.1, (OUT, WIDTH // BLOCK)).astype(np.float32),
        "table_quantized": random.integers(0, 256, (WORDS, WIDTH), dtype=np.uint8),
        "table_scale": np.float32(0.02),
        "table_zero_point": np.uint8(87),
    }
    of = {"K": WIDTH, "N": OUT, "bits": bits, "block_size": BLOCK}
    nodes = [
        helper.make_node("Gather", ["table_quantized", "ids"], ["row"]),
        helper.make_node("DequantizeLinear", ["row", "table_scale", "table_zero_point"], ["x"]),
        helper.make_node("MatMulNBits", ["x", "w", "w_scales"], ["y"], domain="com.microsoft", **of),
    ]
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [None])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, OUT])
    stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "packed", [ids], [y], stored)
    versions = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=versions, ir_version=9)


def run(model):
    return onnxruntime.InferenceSession(model.SerializeToString()).run(["y"], {"ids": np.arange(WORDS)})[0]


def test_the_product_is_the_same():
    model = packed()
    before = run(model)
    unpack_weights(model.graph)
    assert [node.op_type for node in model.graph.node] == ["Gather", "DequantizeLinear", "MatMul"]
    np.testing.assert_allclose(run(model), before, rtol=1e-3, atol=1e-3)


def test_a_table_stands_beside_as_floats():
    model = packed()
    unpack_weights(model.graph)
    constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    expected = (constants["table_quantized"].astype(np.float32) - 87) * 0.02
    np.testing.assert_allclose(constants["table"], expected, rtol=1e-5)


def test_other_bits_are_refused():
    with pytest.raises(ValueError, match="4 bits"):
        unpack_weights(packed(bits=8).graph)
