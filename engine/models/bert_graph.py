"""Rebuilds a BERT encoder's graph with onnxruntime's fused operators: attention in one, activations in one.

onnxruntime fuses by itself only what it recognises, and passes over what newer exporters write; its own offline tool
passes over the same. The weights are found by the names every exporter keeps.
"""

from collections.abc import Mapping
from typing import Any

_FUSED = "com.microsoft"
_PROJECTIONS = ("query", "key", "value")


def is_bert(model: Any) -> bool:
    """Whether `model` (an ONNX ModelProto) names its weights as BERT's encoders do."""
    return any(constant.name.endswith("embeddings.word_embeddings.weight") for constant in model.graph.initializer)


def fused(model: Any, *, heads: int) -> Any:
    """A graph that gives what `model` does for one whole text: input_ids (1, tokens) to last_hidden_state, or to logits
    where a classifier of tokens stands on it.

    There is no mask and no second segment: texts are read one at a time. Float; activation GELU, by erf.
    """
    return _Rebuilt(_Weights(model), heads).model()


class _Weights:
    """The encoder's constants by their PyTorch names, without what stands before them."""

    def __init__(self, model: Any) -> None:
        from onnx import numpy_helper

        self._constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
        word = next(name for name in self._constants if name.endswith("embeddings.word_embeddings.weight"))
        self._prefix = word.removesuffix("embeddings.word_embeddings.weight")
        self._matrices = self._found_by_bias(model.graph)
        norms = (node for node in model.graph.node if node.op_type == "LayerNormalization")
        self.epsilon = next(one.f for node in norms for one in node.attribute if one.name == "epsilon")
        names = [name.removeprefix(self._prefix).split(".") for name in self._constants]
        self.classifies = "classifier.bias" in self._matrices
        self.layers = 1 + max(int(name[2]) for name in names if name[:2] == ["encoder", "layer"])

    def __getitem__(self, name: str) -> Any:
        return self._constants[self._prefix + name]

    def matrix(self, name: str) -> Any:
        """The (in, out) weights of a linear layer."""
        return self._matrices[f"{self._prefix}{name}.bias"]

    def classifier(self) -> tuple[Any, Any]:
        """Its (in, classes) weights and its bias, which stand beside the encoder."""
        return self._matrices["classifier.bias"], self._constants["classifier.bias"]

    def _found_by_bias(self, graph: Any) -> Mapping[str, Any]:
        """Exporters rename a transposed weight, but not the bias that is added to its product."""
        products = {node.output[0]: node.input[1] for node in graph.node if node.op_type == "MatMul"}
        found = {}
        for node in graph.node:
            if node.op_type == "Add":
                for bias, product in (node.input, reversed(node.input)):
                    if bias in self._constants and product in products:
                        found[bias] = self._constants[products[product]]
        return found


class _Rebuilt:
    """The graph as it grows; each method adds a part and gives the name of its output."""

    def __init__(self, weights: _Weights, heads: int) -> None:
        self._weights = weights
        self._heads = heads
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self) -> Any:
        from onnx import TensorProto, helper

        hidden = self._embeddings()
        for layer in range(self._weights.layers):
            hidden = self._layer(f"encoder.layer.{layer}.", hidden)
        name, width = "last_hidden_state", len(self._weights["embeddings.LayerNorm.weight"])
        if self._weights.classifies:
            name, width = "logits", self._classified(hidden)
        self._nodes[-1].output[0] = name
        ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])
        given = helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, "tokens", width])
        graph = helper.make_graph(self._nodes, "encoder", [ids], [given], self._constants)
        versions = [helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=9)

    def _embeddings(self) -> str:
        import numpy as np

        of = self._weights
        where = of["embeddings.position_embeddings.weight"] + of["embeddings.token_type_embeddings.weight"][0]
        zero = self._constant("zero", np.array([0], np.int64))
        words = self._node("Gather", self._constant("words", of["embeddings.word_embeddings.weight"]), "input_ids")
        length = self._node("Shape", "input_ids", start=1, end=2)
        places = self._node("Slice", self._constant("places", where), zero, length, zero)
        added = self._node("Add", words, places)
        scale, shift = self._norm("embeddings.LayerNorm")
        return self._node("LayerNormalization", added, scale, shift, axis=-1, epsilon=of.epsilon)

    def _layer(self, of: str, hidden: str) -> str:
        attended = self._product(f"{of}attention.output.dense", self._attention(f"{of}attention.self.", hidden))
        between = self._added_and_normed(f"{of}attention.output.", attended, hidden)
        inner = self._product(f"{of}intermediate.dense", between)
        active = self._node("BiasGelu", inner, self._bias(f"{of}intermediate.dense"), domain=_FUSED)
        return self._added_and_normed(f"{of}output.", self._product(f"{of}output.dense", active), between)

    def _classified(self, hidden: str) -> int:
        """Adds the classifier; how many classes it tells apart."""
        matrix, bias = self._weights.classifier()
        product = self._node("MatMul", hidden, self._constant("classifier.weight", matrix))
        self._node("Add", product, self._constant("classifier.bias", bias))
        return len(bias)

    def _attention(self, of: str, hidden: str) -> str:
        import numpy as np

        matrix = np.concatenate([self._weights.matrix(of + one) for one in _PROJECTIONS], axis=1)
        bias = np.concatenate([self._weights[f"{of}{one}.bias"] for one in _PROJECTIONS])
        together = self._node("MatMul", hidden, self._constant(f"{of}weight", matrix))
        parts = [f"{of}{one}" for one in _PROJECTIONS]
        self._node("Split", together, outputs=parts, axis=-1, num_outputs=3)
        biases = self._constant(f"{of}bias", bias)
        return self._node("MultiHeadAttention", *parts, biases, num_heads=self._heads, domain=_FUSED)

    def _product(self, of: str, left: str) -> str:
        return self._node("MatMul", left, self._constant(f"{of}.weight", self._weights.matrix(of)))

    def _added_and_normed(self, of: str, left: str, right: str) -> str:
        scale, shift = self._norm(f"{of}LayerNorm")
        inputs = (left, right, scale, shift, self._bias(f"{of}dense"))
        return self._node("SkipLayerNormalization", *inputs, epsilon=self._weights.epsilon, domain=_FUSED)

    def _norm(self, of: str) -> tuple[str, str]:
        return self._constant(f"{of}.weight", self._weights[f"{of}.weight"]), self._bias(of)

    def _bias(self, of: str) -> str:
        return self._constant(f"{of}.bias", self._weights[f"{of}.bias"])

    def _constant(self, name: str, value: Any) -> str:
        import numpy as np
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, operator: str, *inputs: str, outputs: list[str] | None = None, **attributes: Any) -> str:
        from onnx import helper

        outputs = outputs or [f"{operator}.{len(self._nodes)}"]
        self._nodes.append(helper.make_node(operator, inputs, outputs, name=outputs[0], **attributes))
        return outputs[0]
