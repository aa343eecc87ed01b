"""llama.cpp, given the base file and the adapter's bytes, computes what MLX computes in training."""

import mlx.core as mx
import numpy as np
import pytest
from gguf import GGUFReader

from engine.learning.training.adapted_model import AdaptedModel
from engine.learning.training.adapter_gguf import Provenance, adapter_gguf
from engine.learning.training.architectures import ARCHITECTURES
from engine.learning.training.checkpoint import flat_tensors
from engine.learning.training.protocol import TrainingConfig
from tests.engine.learning.tiny_llama import llama_cpp_logits, rounding, trained_logits, write_tiny_llama

mx.disable_compile()
PROMPT = [3, 14, 15, 9, 2, 6, 5, 35, 8, 9, 7, 9]
CONFIG = TrainingConfig(layers=2, rank=2, alpha=6)
PROVENANCE = Provenance("ab" * 32, "cd" * 32, 3, "{}", "mlx 0")


@pytest.fixture
def base(tmp_path):
    return write_tiny_llama(tmp_path / "tiny.gguf")


def written(path, tensors, architecture="llama"):
    path.write_bytes(adapter_gguf(architecture, CONFIG.alpha, tensors, PROVENANCE))
    return path


def disturbed(tensors):
    random = np.random.default_rng(5)
    return {name: random.normal(0, 0.3, tensor.shape).astype(np.float32) for name, tensor in tensors.items()}


def test_a_fresh_adapter_changes_nothing(base, tmp_path):
    adapter = written(tmp_path / "fresh.gguf", flat_tensors(AdaptedModel(base, CONFIG).parameters))

    np.testing.assert_array_equal(llama_cpp_logits(base, PROMPT, adapter), llama_cpp_logits(base, PROMPT))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_llama_cpp_with_the_adapter_computes_what_mlx_computes(tmp_path, architecture):
    base = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    model = AdaptedModel(base, CONFIG)
    tensors = disturbed(flat_tensors(model.parameters))
    model.model.load_weights([(name, mx.array(tensor)) for name, tensor in tensors.items()], strict=False)

    ours = trained_logits(model, PROMPT)
    theirs = llama_cpp_logits(base, PROMPT, written(tmp_path / "adapter.gguf", tensors, architecture))

    assert np.abs(theirs - llama_cpp_logits(base, PROMPT)).max() > 1
    np.testing.assert_allclose(ours, theirs, atol=5e-4 * rounding(architecture))


def test_the_file_says_what_it_is_and_what_it_was_made_from(base, tmp_path):
    path = written(tmp_path / "adapter.gguf", flat_tensors(AdaptedModel(base, CONFIG).parameters))

    reader = GGUFReader(path)
    said = {name: field.contents() for name, field in reader.fields.items()}
    assert said["general.type"] == "adapter"
    assert said["general.architecture"] == "llama"
    assert said["adapter.type"] == "lora"
    assert said["adapter.lora.alpha"] == CONFIG.alpha
    assert said["hearthside.base_sha256"] == PROVENANCE.base_sha256
    assert said["hearthside.dataset_sha256"] == PROVENANCE.dataset_sha256
    assert len(reader.tensors) == 2 * 7 * 2
    assert {tensor.name.split(".")[1] for tensor in reader.tensors} == {"1", "2"}


def test_the_same_weights_give_the_same_bytes(base):
    tensors = flat_tensors(AdaptedModel(base, CONFIG).parameters)
    backwards = dict(reversed(tensors.items()))

    assert adapter_gguf("llama", 6, tensors, PROVENANCE) == adapter_gguf("llama", 6, backwards, PROVENANCE)
