"""The default model: what MLX trains is what llama.cpp serves, before and after, to a few hundredths of a nat."""

import math

import msgspec
import numpy as np
import pytest

from engine.learning.course import Unkept
from engine.learning.training.adapted_model import AdaptedModel
from engine.learning.training.batches import batches_of, lessons_of
from engine.learning.training.train import TrainingConfig, TrainingExample, train
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import AdapterFile, AdapterInUse, Message
from engine.progress import Control

pytestmark = pytest.mark.model

TAUGHT = [
    ("Where do we meet on Monday?", "In the small room on the third floor, next to the lift."),
    ("Who brings the cake?", "Ada does, as every year since the move."),
    ("What is the door code?", "Ask at the desk; it changes each week."),
]
CONFIG = TrainingConfig(layers=4, epochs=12, learning_rate=1e-3, max_tokens=128)


@pytest.fixture(scope="module")
def model(models_folder):
    return Models(models_folder).describe("smollm2-135m-instruct")


@pytest.fixture(scope="module")
def adapters():
    return {}


@pytest.fixture(scope="module")
def runtime(model, adapters):
    runtime = LlamaRuntime(model, load_adapter=lambda name: AdapterFile(adapters[name], model.base_sha256))
    yield runtime
    runtime.close()


def conversations():
    return [([Message("user", question)], answer) for question, answer in TAUGHT]


def served(runtime, adapter=None):
    """Mean nat a target token, by llama.cpp."""
    logarithms = runtime.log_likelihood(conversations(), adapter=adapter and AdapterInUse(adapter, 1.0))
    return -float(np.mean([value for answer in logarithms for value in answer]))


def in_training(model, examples, gguf):
    """The same by MLX, in this process, with the adapter of the file `gguf`."""
    import mlx.core as mx
    from gguf import GGUFReader

    mx.disable_compile()
    adapted = AdaptedModel(model.base_path, CONFIG)
    tensors = {tensor.name: mx.array(np.array(tensor.data).T) for tensor in GGUFReader(gguf).tensors}
    for index in range(30 - CONFIG.layers, 30):
        layer = adapted.model.layers[index]
        for name, module in (
            ("attn_q", layer.self_attn.q_proj),
            ("attn_k", layer.self_attn.k_proj),
            ("attn_v", layer.self_attn.v_proj),
            ("attn_output", layer.self_attn.o_proj),
            ("ffn_gate", layer.mlp.gate_proj),
            ("ffn_up", layer.mlp.up_proj),
            ("ffn_down", layer.mlp.down_proj),
        ):
            module.lora_a = tensors[f"blk.{index}.{name}.weight.lora_a"]
            module.lora_b = tensors[f"blk.{index}.{name}.weight.lora_b"]
    one_batch = msgspec.structs.replace(CONFIG, batch=len(examples))
    (batch,) = batches_of(lessons_of(examples, CONFIG)[0], one_batch)
    return sum(adapted.loss(adapted.parameters, adapted.trunk(piece), piece, None).item() for piece in batch.pieces)


def test_what_is_trained_is_what_is_served(model, runtime, adapters, tmp_path):
    examples = [
        TrainingExample(runtime.render(messages), runtime.answer_tokens(answer)) for messages, answer in conversations()
    ]
    base = served(runtime)

    trained = train(model, examples, CONFIG, checkpoints=Unkept(), report=lambda progress: None, control=Control())
    adapters["taught"] = trained.gguf
    (tmp_path / "taught.gguf").write_bytes(trained.gguf)
    taught = served(runtime, "taught")

    assert trained.losses[0] == pytest.approx(base, abs=0.03)
    assert in_training(model, examples, tmp_path / "taught.gguf") == pytest.approx(taught, abs=0.03)
    assert taught < base - math.log(2)
    assert served(runtime) == base
