"""Requantizing an embedder keeps what it computes."""

from pathlib import Path

import numpy as np
import pytest

from engine.models.onnx_int8 import fold_scaled_weights, requantize


@pytest.fixture
def stored_in_int8(tmp_path: Path) -> Path:
    """x @ (int8 weights, cast and scaled by column), as the embedders come."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    weights = random.integers(-127, 128, (64, 32), dtype=np.int8)
    scale = random.uniform(0.001, 0.01, (1, 32)).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["weights"], ["cast"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["cast", "scale"], ["scaled"]),
        helper.make_node("MatMul", ["x", "scaled"], ["y"]),
        helper.make_node("Mul", ["y", "y"], ["squared"]),
    ]
    constants = [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(scale, "scale")]
    x, squared = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, width])
        for name, width in [("x", 64), ("squared", 32)]
    )
    model = helper.make_model(
        helper.make_graph(nodes, "product", [x], [squared], constants),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=10,
    )
    path = tmp_path / "stored.onnx"
    onnx.save(model, str(path))
    return path


def run(path: Path, x: np.ndarray) -> np.ndarray:
    import onnxruntime

    (squared,) = onnxruntime.InferenceSession(str(path)).run(None, {"x": x})
    return squared


def test_folding_changes_no_number(stored_in_int8: Path, tmp_path: Path) -> None:
    import onnx

    x = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    model = onnx.load(str(stored_in_int8))
    fold_scaled_weights(model.graph)
    onnx.save(model, str(tmp_path / "folded.onnx"))
    assert [node.op_type for node in model.graph.node] == ["MatMul", "Mul"]
    np.testing.assert_allclose(run(tmp_path / "folded.onnx", x), run(stored_in_int8, x), rtol=1e-5)


def test_requantized_products_are_integers_and_close(stored_in_int8: Path, tmp_path: Path) -> None:
    import onnx

    x = np.random.default_rng(1).normal(size=(5, 64)).astype(np.float32)
    target = tmp_path / "int8.onnx"
    requantize(stored_in_int8, target, heads=1)
    operations = {node.op_type for node in onnx.load(str(target)).graph.node}
    assert "MatMulInteger" in operations
    assert "MatMul" not in operations
    ours, theirs = run(target, x).ravel(), run(stored_in_int8, x).ravel()
    assert np.corrcoef(ours, theirs)[0, 1] > 0.95
