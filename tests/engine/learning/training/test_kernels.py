"""The kernels and layers written for the CPU compute what mlx's and mlx-lm's own do, and so do their gradients."""

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlx import nn
from mlx.utils import tree_flatten, tree_map

from engine.learning.training import cpu_kernels, llama_forward
from engine.learning.training.adapted_model import AdaptedModel, forward_of
from engine.learning.training.architectures import ARCHITECTURES
from engine.learning.training.protocol import TrainingConfig
from tests.engine.learning.tiny_llama import write_tiny_llama

mx.disable_compile()


def normal(*shape, size=1.0, seed=0):
    return mx.array(np.random.default_rng([seed, *shape]).normal(0, size, shape).astype(np.float32))


def close(ours, theirs, tolerance=1e-4):
    np.testing.assert_allclose(np.array(ours), np.array(theirs), rtol=tolerance, atol=tolerance)


@given(st.lists(st.floats(-87, 88, width=32), min_size=1, max_size=50))
def test_exponential_is_within_a_hundred_thousandth(numbers):
    exact = np.exp(np.array(numbers, np.float32).astype(np.float64))

    np.testing.assert_allclose(np.array(cpu_kernels.exponential(mx.array(numbers, mx.float32))), exact, rtol=1e-5)


def test_exponential_of_what_is_masked_is_nothing():
    assert float(cpu_kernels.exponential(mx.array(cpu_kernels.MASKED))) < 1e-37


@pytest.mark.parametrize(("gate", "reference"), [("silu", nn.silu), ("gelu", nn.gelu_approx)])
def test_gated_is_swiglu_or_geglu(gate, reference):
    kernel = cpu_kernels.gated(gate)
    given, up, seen = normal(5, 7, size=4), normal(5, 7, seed=1), normal(5, 7, seed=2)

    ours = mx.value_and_grad(lambda g, u: (kernel(g, u)[0] * seen).sum(), argnums=(0, 1))(given, up)
    theirs = mx.value_and_grad(lambda g, u: (reference(g) * u * seen).sum(), argnums=(0, 1))(given, up)

    close(ours[0], theirs[0])
    for mine, other in zip(ours[1], theirs[1], strict=True):
        close(mine, other)


@pytest.mark.parametrize("gate", ["silu", "gelu"])
@pytest.mark.parametrize("extreme", [-1e4, -89.0, 89.0, 1e4])
def test_gated_stays_finite(gate, extreme):
    kernel = cpu_kernels.gated(gate)
    value, gradient = mx.value_and_grad(lambda g: kernel(g, mx.array([2.0]))[0].sum())(mx.array([extreme]))

    assert float(value) == pytest.approx(2 * max(extreme, 0), abs=1e-3)
    assert np.isfinite(np.array(gradient)).all()


def test_attention_is_scaled_dot_product_attention():
    q, k, v, seen = (
        normal(2, 4, 6, 8),
        normal(2, 2, 6, 8, seed=1),
        normal(2, 2, 6, 8, seed=2),
        normal(2, 4, 6, 8, seed=3),
    )

    def ours(q, k, v):
        grouped = (q * 0.5).reshape(2, 2, 12, 8)
        return (cpu_kernels.attention()(grouped, k, v, cpu_kernels.causal_mask(6, 2))[0].reshape(q.shape) * seen).sum()

    def theirs(q, k, v):
        return (mx.fast.scaled_dot_product_attention(q, k, v, scale=0.5, mask="causal") * seen).sum()

    mine, reference = (mx.value_and_grad(f, argnums=(0, 1, 2))(q, k, v) for f in (ours, theirs))
    close(mine[0], reference[0])
    for one, other in zip(mine[1], reference[1], strict=True):
        close(one, other)


def test_surprise_is_cross_entropy():
    hidden, head, targets, seen = (
        normal(9, 8),
        normal(40, 8, size=3, seed=1),
        mx.array([1, 0, 39, 5, 5, 5, 7, 8, 9]),
        normal(9),
    )

    ours = mx.value_and_grad(lambda h: (cpu_kernels.surprise()(h, head, targets)[0] * seen).sum())(hidden)
    theirs = mx.value_and_grad(lambda h: (nn.losses.cross_entropy(h @ head.T, targets) * seen).sum())(hidden)

    close(ours[0], theirs[0])
    close(ours[1], theirs[1])


def test_divergence_is_kullback_and_leiblers():
    hidden, base, head, seen = normal(9, 8), normal(9, 8, seed=2), normal(40, 8, size=3, seed=1), normal(9)

    def of(forward):
        return mx.value_and_grad(lambda h: (forward.divergence(head, h, base) * seen).sum())(hidden)

    ours, theirs = of(llama_forward.OnCpu()), of(llama_forward.OnGpu())
    close(ours[0], theirs[0])
    close(ours[1], theirs[1])
    close(llama_forward.OnCpu().divergence(head, hidden, hidden), np.zeros(9))


def stirred(parameters):
    """As they come, an adapter changes nothing, and half of its gradient is nought."""
    return tree_map(lambda tensor: tensor + normal(*tensor.shape, size=0.3), parameters)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_layer_on_the_cpu_is_mlx_lms_layer(tmp_path, architecture):
    base = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    for layer in AdaptedModel(base, TrainingConfig(layers=2, rank=2, alpha=2)).model.layers[-2:]:
        compare(forward_of(architecture), layer)


def compare(quick, layer):
    hidden, places = normal(2, 6, 32), mx.array([1, 2, 11])
    layer.update(stirred(layer.trainable_parameters()))

    def run(forward):
        def total(parameters):
            layer.update(parameters)
            whole, last = forward.layer(layer, hidden), forward.last_layer(layer, hidden, places)
            return (whole * whole).mean() + (last * last * last).mean(), (whole, last)

        return mx.value_and_grad(total)(layer.trainable_parameters())

    trainable = layer.trainable_parameters()
    (ours, states), ours_gradient = run(quick)
    layer.update(trainable)
    (theirs, their_states), their_gradient = run(llama_forward.OnGpu())
    close(ours, theirs)
    for mine, reference in zip(states, their_states, strict=True):
        close(mine, reference)
    flat, reference = (dict(tree_flatten(tree)) for tree in (ours_gradient, their_gradient))
    assert flat.keys() == reference.keys()
    assert all(np.abs(np.array(array)).max() > 1e-6 for array in flat.values())
    for name, array in flat.items():
        close(array, reference[name], 1e-3)


def test_dropout_on_the_cpu_is_mlx_lms(tmp_path):
    base = write_tiny_llama(tmp_path / "tiny.gguf")
    layer = AdaptedModel(base, TrainingConfig(layers=1, rank=2, dropout=0.5)).model.layers[-1]
    for module in (layer.mlp.gate_proj, layer.self_attn.k_proj, layer.self_attn.o_proj):
        module.lora_b = normal(*module.lora_b.shape, size=0.3)
    layer.train()
    hidden = normal(2, 6, 32)

    def after(forward, seed):
        mx.random.seed(seed)
        return np.array(forward.layer(layer, hidden))

    close(after(llama_forward.OnCpu(), 5), after(llama_forward.OnGpu(), 5))
    assert not np.allclose(after(llama_forward.OnCpu(), 5), after(llama_forward.OnCpu(), 6), atol=1e-2)
