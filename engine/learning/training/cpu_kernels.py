"""The four costly nonlinear pieces of a llama step, written for MLX's CPU backend: about three times as fast there.

MLX evaluates one primitive after another on one core, and its `exp` calls a function for each number (15 ns; a
multiplication is 0.2 ns). So `exponential` is a polynomial over multiplications, and the backward passes reuse what the
forward pass computed. Each function returns its result first and then what its backward pass needs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal, cast

if TYPE_CHECKING:
    import mlx.core as mx

    Kernel = Callable[..., tuple[mx.array, ...]]

_LOG2_E: Final = 1.4426950408889634
_ROUNDING: Final = 12582912.0  # 1.5 · 2²³: adding it leaves an integer in the low bits of a float32
_SMALLEST: Final = -87.0  # e to this is still a normal float32
_POWERS_OF_2: Final = (0.0013333558, 0.0096181291, 0.0555041087, 0.2402265070, 0.6931471806, 1.0)  # Taylor, 2^f
_GELU: Final = 1.5957691216057308  # 2 √(2/π)
_GELU_CUBE: Final = 0.044715
MASKED: Final = -1e9
Gate = Literal["silu", "gelu"]


def exponential(x: mx.array) -> mx.array:
    """e^x in float32, relative error below 1e-5, for x ≤ 88; below -87 it stays at e^-87. It has no gradient."""
    import mlx.core as mx

    t = mx.maximum(x, _SMALLEST) * _LOG2_E
    rounded = t + _ROUNDING
    fraction = t - (rounded - _ROUNDING)
    power = fraction * _POWERS_OF_2[0] + _POWERS_OF_2[1]
    for coefficient in _POWERS_OF_2[2:]:
        power = power * fraction + coefficient
    exponent = mx.left_shift(rounded.view(mx.int32), 23)
    return (power.view(mx.int32) + exponent).view(mx.float32)


@functools.cache
def gated(activation: Gate) -> Kernel:
    """SwiGLU or GeGLU: silu(gate) · up, or gelu(gate) · up by its tanh formula (arXiv 1606.08415).

    Both are gate · sigmoid(t) · up, for tanh(x) is 2 sigmoid(2x) - 1: t is the gate itself, or a cubic of it.
    """
    cubic = activation == "gelu"

    def forward(gate: mx.array, up: mx.array) -> tuple[mx.array, ...]:
        import mlx.core as mx

        t = gate * (_GELU + _GELU * _GELU_CUBE * gate * gate) if cubic else gate
        sigmoid = 1.0 / (1.0 + exponential(mx.minimum(-t, 80.0)))
        return gate * sigmoid * up, sigmoid

    def backward(
        primals: Sequence[mx.array], cotangents: Sequence[mx.array], outputs: Sequence[mx.array]
    ) -> tuple[mx.array, ...]:
        gate, up = primals
        cotangent, sigmoid = cotangents[0], outputs[1]
        opened = gate * sigmoid
        slope = opened * (1.0 - sigmoid)
        if cubic:
            slope = slope * (_GELU + 3.0 * _GELU * _GELU_CUBE * gate * gate)
        return cotangent * up * (sigmoid + slope), cotangent * opened

    return _custom(forward, backward)


@functools.cache
def attention() -> Kernel:
    """softmax(q kᵀ + mask) v: q (batch, heads, rows, width), scaled already; k, v (batch, heads, tokens, width)."""

    def forward(q: mx.array, k: mx.array, v: mx.array, mask: mx.array) -> tuple[mx.array, ...]:
        scores = q @ k.swapaxes(-1, -2) + mask
        weights = exponential(scores - scores.max(-1, keepdims=True))
        weights = weights / weights.sum(-1, keepdims=True)
        return weights @ v, weights

    def backward(
        primals: Sequence[mx.array], cotangents: Sequence[mx.array], outputs: Sequence[mx.array]
    ) -> tuple[mx.array, ...]:
        import mlx.core as mx

        q, k, v, mask = primals
        mixed, weights = outputs
        cotangent = cotangents[0]
        of_weights = cotangent @ v.swapaxes(-1, -2)
        of_scores = weights * (of_weights - (cotangent * mixed).sum(-1, keepdims=True))
        return (
            of_scores @ k,
            of_scores.swapaxes(-1, -2) @ q,
            weights.swapaxes(-1, -2) @ cotangent,
            mx.zeros_like(mask),
        )

    return _custom(forward, backward)


@functools.cache
def surprise() -> Kernel:
    """-log softmax(hidden embeddingᵀ)[target], nat a row; the embedding is frozen and gets no gradient."""

    def forward(hidden: mx.array, embedding: mx.array, targets: mx.array) -> tuple[mx.array, ...]:
        import mlx.core as mx

        logits = hidden @ embedding.T
        largest = logits.max(-1, keepdims=True)
        chosen = mx.take_along_axis(logits, targets[:, None], -1)
        weights = exponential(logits - largest)
        total = weights.sum(-1, keepdims=True)
        return (mx.log(total) + largest - chosen)[:, 0], weights, total

    def backward(
        primals: Sequence[mx.array], cotangents: Sequence[mx.array], outputs: Sequence[mx.array]
    ) -> tuple[mx.array, ...]:
        import mlx.core as mx

        _, embedding, targets = primals
        _, weights, total = outputs
        cotangent = cotangents[0][:, None]
        of_hidden = (weights @ embedding) * (cotangent / total) - embedding[targets] * cotangent
        return of_hidden, mx.zeros_like(embedding), mx.zeros_like(targets)

    return _custom(forward, backward)


@functools.cache
def divergence() -> Kernel:
    """KL(softmax(base embeddingᵀ) ‖ softmax(hidden embeddingᵀ)), nat a row; only `hidden` gets a gradient."""

    def forward(hidden: mx.array, embedding: mx.array, base: mx.array) -> tuple[mx.array, ...]:
        import mlx.core as mx

        logits, weights, total = _softmax(hidden, embedding)
        wanted_logits, wanted, wanted_total = _softmax(base, embedding)
        wanted = wanted / wanted_total
        nearer = (wanted * (wanted_logits - logits)).sum(-1) - mx.log(wanted_total / total)[:, 0]
        return nearer, weights / total - wanted

    def backward(
        primals: Sequence[mx.array], cotangents: Sequence[mx.array], outputs: Sequence[mx.array]
    ) -> tuple[mx.array, ...]:
        import mlx.core as mx

        _, embedding, base = primals
        of_hidden = (outputs[1] @ embedding) * cotangents[0][:, None]
        return of_hidden, mx.zeros_like(embedding), mx.zeros_like(base)

    return _custom(forward, backward)


def _softmax(hidden: mx.array, embedding: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Logits, the largest of a row taken off; e to these; their sum, a row each."""
    logits = hidden @ embedding.T
    logits = logits - logits.max(-1, keepdims=True)
    weights = exponential(logits)
    return logits, weights, weights.sum(-1, keepdims=True)


def causal_mask(tokens: int, groups: int) -> mx.array:
    """What is added to scores: rows are `groups` heads that share keys, one below the other."""
    import mlx.core as mx

    place = mx.arange(tokens)
    mask = mx.where(place[:, None] >= place[None], 0.0, MASKED)
    return mx.tile(mask, (groups, 1))


def _custom(forward: Kernel, backward: Kernel) -> Kernel:
    import mlx.core as mx

    function = mx.custom_function(forward)
    function.vjp(backward)
    return cast("Kernel", function)
