"""Unpacks the weights of an ONNX graph that stores them in fewer bits: they become the floats they stand for."""

from collections.abc import Mapping
from typing import Any


def unpack_weights(graph: Any) -> None:
    """Make each MatMulNBits a MatMul by float weights, and give each quantized table beside it as float.

    A table keeps its name without "_quantized"; the nodes that read it are left alone (see bert_graph, which finds it).
    """
    from onnx import numpy_helper

    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    made: dict[str, Any] = {}
    for node in graph.node:
        if node.op_type == "MatMulNBits":
            name = f"{node.input[1]}.float"
            made[name] = _matrix(constants, node)
            left = node.input[0]
            del node.attribute[:], node.input[:]
            node.input.extend([left, name])
            node.op_type, node.domain = "MatMul", ""
    for name, stored in constants.items():
        if (table := name.removesuffix("_quantized")) != name:
            zero = constants[f"{table}_zero_point"].astype("float32")
            made[table] = (stored.astype("float32") - zero) * constants[f"{table}_scale"]
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in made.items())


def _matrix(constants: Mapping[str, Any], node: Any) -> Any:
    """(in, out) weights of a product in 4 bits: blocks of a column share a scale, and 8 stands for 0.

    Raises ValueError for one stored in another way.
    """
    import numpy as np

    of = {one.name: one.i for one in node.attribute}
    if of["bits"] != 4 or any(node.input[3:]):
        raise ValueError("only symmetric products in 4 bits can be unpacked")
    packed = constants[node.input[1]]
    scale = constants[node.input[2]].reshape(of["N"], -1, 1)
    codes = np.stack([packed & 15, packed >> 4], axis=-1).reshape(of["N"], -1, of["block_size"])
    columns = ((codes.astype(np.float32) - 8) * scale).reshape(of["N"], -1)[:, : of["K"]]
    return np.ascontiguousarray(columns.T)
