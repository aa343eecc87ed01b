"""The rebuilt graph computes what "Attention Is All You Need" and BERT's paper write down, here in numpy."""

import math

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.models.bert_graph import fused, is_bert

HEADS, WIDTH, INNER, LAYERS, WORDS, PLACES = 2, 8, 16, 3, 30, 12
EPSILON = 1e-12


@pytest.fixture
def weights():
    """By PyTorch's names; a linear layer's matrix as (in, out)."""
    random = np.random.default_rng(0)

    def drawn(*shape):
        return random.normal(0, 0.5, shape).astype(np.float32)

    found = {"embeddings.word_embeddings.weight": drawn(WORDS, WIDTH)}
    found["embeddings.position_embeddings.weight"] = drawn(PLACES, WIDTH)
    found["embeddings.token_type_embeddings.weight"] = drawn(2, WIDTH)
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        of = f"encoder.layer.{layer}."
        norms += [f"{of}attention.output.LayerNorm", f"{of}output.LayerNorm"]
        shapes = {f"attention.self.{one}": (WIDTH, WIDTH) for one in ("query", "key", "value")}
        shapes |= {"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (WIDTH, INNER)}
        for name, shape in (shapes | {"output.dense": (INNER, WIDTH)}).items():
            found |= {f"{of}{name}.weight": drawn(*shape), f"{of}{name}.bias": drawn(shape[1])}
    for name in norms:
        found |= {f"{name}.weight": drawn(WIDTH), f"{name}.bias": drawn(WIDTH)}
    return found


@pytest.fixture
def exported(weights):
    """As exporters leave it, as far as it is read: matrices renamed, biases and all else under a prefix."""
    nodes, constants = [helper.make_node("LayerNormalization", ["x", "y", "z"], ["n"], epsilon=EPSILON)], []
    for number, (name, value) in enumerate(weights.items()):
        layer = name.removesuffix(".weight")
        renamed = name.endswith(".weight") and value.ndim == 2 and "embeddings" not in name
        constants.append(numpy_helper.from_array(value, f"val_{number}" if renamed else f"inner.{name}"))
        if renamed:
            terms = [f"product_{number}", f"inner.{layer}.bias"][:: -1 if number % 2 else 1]
            nodes.append(helper.make_node("MatMul", ["x", f"val_{number}"], [f"product_{number}"]))
            nodes.append(helper.make_node("Add", terms, [f"sum_{number}"]))
    return helper.make_model(helper.make_graph(nodes, "exported", [], [], constants))


def forward(weights, ids):
    def linear(of, x):
        return x @ weights[f"{of}.weight"] + weights[f"{of}.bias"]

    def norm(of, x):
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        return scaled * weights[f"{of}.weight"] + weights[f"{of}.bias"]

    def split(x):
        return x.reshape(len(ids), HEADS, -1).transpose(1, 0, 2)

    def gelu(x):
        return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2

    embedded = weights["embeddings.word_embeddings.weight"][ids]
    embedded = embedded + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm("embeddings.LayerNorm", embedded + weights["embeddings.token_type_embeddings.weight"][0])
    for layer in range(LAYERS):
        of = f"encoder.layer.{layer}."
        q, k, v = (split(linear(f"{of}attention.self.{one}", x)) for one in ("query", "key", "value"))
        scores = np.exp(q @ k.transpose(0, 2, 1) / math.sqrt(WIDTH / HEADS))
        attended = (scores / scores.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), WIDTH)
        x = norm(f"{of}attention.output.LayerNorm", x + linear(f"{of}attention.output.dense", attended))
        inner = linear(f"{of}output.dense", gelu(linear(f"{of}intermediate.dense", x)))
        x = norm(f"{of}output.LayerNorm", x + inner)
    return x


@pytest.mark.parametrize("tokens", [1, 7, PLACES])
def test_it_gives_what_the_papers_say(weights, exported, tokens):
    assert is_bert(exported)
    model = fused(exported, heads=HEADS)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    ids = np.random.default_rng(1).integers(0, WORDS, tokens)
    (states,) = session.run(["last_hidden_state"], {"input_ids": ids[None]})
    np.testing.assert_allclose(states[0], forward(weights, ids), atol=2e-5)


def test_a_classifier_that_stands_on_it_is_kept(weights, exported):
    random = np.random.default_rng(2)
    matrix, bias = (random.normal(size=shape).astype(np.float32) for shape in ((WIDTH, 5), (5,)))
    exported.graph.initializer.append(numpy_helper.from_array(matrix, "val_classifier"))
    exported.graph.initializer.append(numpy_helper.from_array(bias, "classifier.bias"))
    exported.graph.node.append(helper.make_node("MatMul", ["x", "val_classifier"], ["scores"]))
    exported.graph.node.append(helper.make_node("Add", ["classifier.bias", "scores"], ["out"]))
    session = onnxruntime.InferenceSession(fused(exported, heads=HEADS).SerializeToString())
    ids = np.random.default_rng(1).integers(0, WORDS, 4)
    (logits,) = session.run(["logits"], {"input_ids": ids[None]})
    np.testing.assert_allclose(logits[0], forward(weights, ids) @ matrix + bias, atol=2e-5)


def test_other_graphs_are_left_alone():
    value = numpy_helper.from_array(np.ones(3, np.float32), "decoder.weight")
    node = helper.make_node("Add", ["decoder.weight", "decoder.weight"], ["y"])
    shown = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [3])]
    assert not is_bert(helper.make_model(helper.make_graph([node], "other", [], shown, [value])))
