"""The base model in MLX is the one llama.cpp serves, and what could not be is refused."""

import numpy as np
import pytest

from engine.errors import InputRefused
from engine.learning.training import cpu_kernels
from engine.learning.training.adapted_model import AdaptedModel
from engine.learning.training.architectures import ARCHITECTURES
from engine.learning.training.base_weights import read_base
from engine.learning.training.train import TrainingConfig
from tests.engine.learning.tiny_llama import (
    LAYERS,
    TOKENS,
    llama_cpp_logits,
    rounding,
    trained_logits,
    write_tiny_llama,
)

PROMPT = [3, 14, 15, 9, 2, 6, 5, 35, 8, 9, 7, 9]


def mlx_logits(path, tokens, **config):
    import mlx.core as mx

    mx.disable_compile()
    return trained_logits(AdaptedModel(path, TrainingConfig(layers=2, **config)), tokens)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_mlx_computes_what_llama_cpp_computes(tmp_path, architecture):
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)

    ours, theirs = mlx_logits(path, PROMPT), llama_cpp_logits(path, PROMPT)

    assert ours.shape == (len(PROMPT), TOKENS)
    assert np.abs(theirs).max() > 1
    np.testing.assert_allclose(ours, theirs, atol=2e-4 * rounding(architecture))


def as_llama_cpp_rounds_gelu(gate, up):
    import mlx.core as mx
    from mlx import nn

    halved = nn.gelu_approx(gate.astype(mx.float16).astype(mx.float32)).astype(mx.float16)
    return (halved.astype(mx.float32) * up,)


def test_gemma_differs_by_no_more_than_llama_cpps_rounded_gelu(tmp_path, monkeypatch):
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture="gemma3")
    theirs = llama_cpp_logits(path, PROMPT)
    exact = np.abs(mlx_logits(path, PROMPT) - theirs).max()

    monkeypatch.setattr(cpu_kernels, "gated", lambda gate: as_llama_cpp_rounds_gelu)
    rounded = np.abs(mlx_logits(path, PROMPT) - theirs).max()

    assert rounded < 8e-4 < exact


@pytest.mark.parametrize("architecture", [name for name, known in ARCHITECTURES.items() if known.windowed])
def test_a_window_no_narrower_than_a_row_hides_nothing_of_it(tmp_path, architecture):
    window = {f"{architecture}.attention.sliding_window": len(PROMPT)}
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture, numbers=window)

    ours, theirs = mlx_logits(path, PROMPT, max_tokens=len(PROMPT)), llama_cpp_logits(path, PROMPT)

    np.testing.assert_allclose(ours, theirs, atol=2e-4 * rounding(architecture))


def test_names_and_shape_are_mlx_lms(tmp_path):
    base = read_base(write_tiny_llama(tmp_path / "tiny.gguf"), 512)

    names = [name for name, _ in base.tensors]
    assert base.shape["num_hidden_layers"] == LAYERS
    assert "model.layers.2.self_attn.q_proj.weight" in names
    assert "lm_head.weight" in names
    assert not base.shape["tie_word_embeddings"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"architecture": "gemma"}, "unknown to the trainer"),
        ({"numbers": {"llama.attention.sliding_window": 16}}, "a window that slides"),
        ({"numbers": {"qwen3.expert_count": 8}, "architecture": "qwen3"}, "experts"),
        (
            {"numbers": {"qwen2.attention.key_length": 16, "qwen2.rope.dimension_count": 16}, "architecture": "qwen2"},
            "heads of another width",
        ),
        ({"numbers": {"qwen2.rope.dimension_count": 4}, "architecture": "qwen2"}, "partly rotated heads"),
        ({"numbers": {"phi3.rope.dimension_count": 6}, "architecture": "phi3"}, "partly rotated heads"),
        (
            {"numbers": {"phi3.attention.sliding_window": 511}, "architecture": "phi3"},
            "a window narrower than what it is trained on",
        ),
        (
            {"numbers": {"gemma3.attention.sliding_window": 511}, "architecture": "gemma3"},
            "a window narrower than what it is trained on",
        ),
        (
            {"numbers": {"gemma3.attention.sliding_window": 0}, "architecture": "gemma3"},
            "no window where one is looked for",
        ),
        ({"numbers": {"gemma3.final_logit_softcapping": 30}, "architecture": "gemma3"}, "capped logits"),
        ({"numbers": {"gemma3.rope.scaling.factor": 8}, "architecture": "gemma3"}, "scaled rotary embedding"),
        (
            {"numbers": {"gemma3.attention.sliding_window_pattern": [1, 1, 0, 1, 1, 0]}, "architecture": "gemma3"},
            "windows in an order of their own",
        ),
        ({"numbers": {"llama.attention.head_count_kv": [2, 1, 2]}}, "layers with unlike numbers of heads"),
        ({"numbers": {"llama.attention.head_count_kv": [2, 0, 2]}}, "layers with unlike numbers of heads"),
        ({"extra": {"output.weight": (64, 32)}, "architecture": "lfm2"}, "output.weight"),
        ({"numbers": {"lfm2.attention.sliding_window": 512}, "architecture": "lfm2"}, "a window that slides"),
        ({"extra": {"rope_factors_long.weight": (4,)}, "architecture": "phi3"}, "rope_factors_long.weight"),
        ({"numbers": {"llama.rope.scaling.factor": 8}}, "scaled rotary embedding"),
        ({"extra": {"rope_freqs.weight": (4,)}}, "rope_freqs.weight"),
        ({"extra": {"blk.0.attn_q.bias": (32,)}}, "blk.0.attn_q.bias"),
    ],
)
def test_what_would_be_computed_otherwise_is_refused(tmp_path, changes, reason):
    path = write_tiny_llama(tmp_path / "other.gguf", **changes)

    with pytest.raises(InputRefused) as refused:
        read_base(path, 512)

    assert refused.value.code == "architecture_unsupported"
    assert reason in str(refused.value.fields["reason"])


@pytest.mark.parametrize("content", [b"", b"not a model", b"GGUF" + b"\x03\0\0\0" + b"\xff" * 16])
def test_a_file_that_is_no_gguf_is_refused(tmp_path, content):
    path = tmp_path / "broken.gguf"
    path.write_bytes(content)

    with pytest.raises(InputRefused) as refused:
        read_base(path, 512)

    assert refused.value.code == "model_unreadable"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="model_unreadable"):
        read_base(tmp_path / "absent.gguf", 512)
