"""One layer of a llama or Qwen forward over mlx-lm's modules: as mlx-lm does it, and the same made fast on a CPU.

Both are held equal by a test. Rows are padded at their end and masked causally, so padding changes nothing before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.learning import cpu_kernels

if TYPE_CHECKING:
    import mlx.core as mx


class Forward(Protocol):
    """`hidden` is (rows, tokens, width); `places` index it flattened to (rows · tokens, width)."""

    def layer(self, layer: Any, hidden: mx.array) -> mx.array:
        """Hidden states after `layer`, a mlx_lm.models.llama.TransformerBlock."""

    def last_layer(self, layer: Any, hidden: mx.array, places: mx.array) -> mx.array:
        """Of `layer` the hidden states at `places` only, (places, width)."""

    def surprise(self, head: mx.array, hidden: mx.array, targets: mx.array) -> mx.array:
        """-log probability of `targets`, nat, from hidden states (targets, width) after the final norm."""

    def divergence(self, head: mx.array, hidden: mx.array, base: mx.array) -> mx.array:
        """KL(base ‖ hidden), nat, of the next token after each of two hidden states (places, width) after that norm."""


class OnGpu:
    """mlx-lm's own layers."""

    def layer(self, layer: Any, hidden: mx.array) -> mx.array:
        after: mx.array = layer(hidden, "causal")
        return after

    def last_layer(self, layer: Any, hidden: mx.array, places: mx.array) -> mx.array:
        return self.layer(layer, hidden).reshape(-1, hidden.shape[-1])[places]

    def surprise(self, head: mx.array, hidden: mx.array, targets: mx.array) -> mx.array:
        from mlx.nn.losses import cross_entropy

        return cross_entropy(hidden @ head.T, targets)

    def divergence(self, head: mx.array, hidden: mx.array, base: mx.array) -> mx.array:
        from mlx import nn

        return nn.losses.kl_div_loss(_log_softmax(hidden @ head.T), _log_softmax(base @ head.T))


class OnCpu:
    """The same with the kernels of `cpu_kernels`; heads that share keys are multiplied in one product."""

    def __init__(self, gate: cpu_kernels.Gate = "silu") -> None:
        self._gated = cpu_kernels.gated(gate)

    def layer(self, layer: Any, hidden: mx.array) -> mx.array:
        mixed = _attend(layer.self_attn, layer.input_layernorm(hidden))
        return self._after_attention(layer, hidden, mixed)

    def last_layer(self, layer: Any, hidden: mx.array, places: mx.array) -> mx.array:
        mixed = _attend(layer.self_attn, layer.input_layernorm(hidden))
        flat, flat_mixed = hidden.reshape(-1, hidden.shape[-1]), mixed.reshape(-1, mixed.shape[-1])
        return self._after_attention(layer, flat[places], flat_mixed[places])

    def surprise(self, head: mx.array, hidden: mx.array, targets: mx.array) -> mx.array:
        return cpu_kernels.surprise()(hidden, head, targets)[0]

    def divergence(self, head: mx.array, hidden: mx.array, base: mx.array) -> mx.array:
        return cpu_kernels.divergence()(hidden, head, base)[0]

    def _after_attention(self, layer: Any, hidden: mx.array, mixed: mx.array) -> mx.array:
        attended = _project(layer.self_attn.o_proj, mixed)
        if "pre_feedforward_layernorm" in layer:  # what is added is normed, too
            hidden = hidden + layer.post_attention_layernorm(attended)
            fed = self._fed(layer.mlp, layer.pre_feedforward_layernorm(hidden))
            normed: mx.array = layer.post_feedforward_layernorm(fed)
            return hidden + normed
        multiplier = getattr(layer, "residual_multiplier", 1.0)
        hidden = _added(hidden, attended, multiplier)
        return _added(hidden, self._fed(layer.mlp, layer.post_attention_layernorm(hidden)), multiplier)

    def _fed(self, mlp: Any, hidden: mx.array) -> mx.array:
        return _project(mlp.down_proj, self._gated(*_gate_and_up(mlp, hidden))[0])


def _log_softmax(logits: mx.array) -> mx.array:
    import mlx.core as mx

    return logits - mx.logsumexp(logits, -1, keepdims=True)


def _attend(attention: Any, hidden: mx.array) -> mx.array:
    """What the heads read, side by side, before the output projection."""
    rows, tokens, _ = hidden.shape
    keys = attention.n_kv_heads
    q, k, v = _asked(attention, hidden)
    if "q_norm" in attention:
        q, k = attention.q_norm(q), attention.k_norm(k)
    k = attention.rope(k)
    q = (attention.rope(q) * attention.scale).reshape(rows, keys, -1, q.shape[-1])
    mask = cpu_kernels.causal_mask(tokens, attention.n_heads // keys)
    mixed = cpu_kernels.attention()(q, k, v, mask)[0]
    return mixed.reshape(rows, attention.n_heads, tokens, -1).swapaxes(1, 2).reshape(rows, tokens, -1)


def _asked(attention: Any, hidden: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Queries, keys and values (rows, heads, tokens, head), from one product or from three."""
    import mlx.core as mx

    heads, keys = attention.n_heads, attention.n_kv_heads
    if "qkv_proj" in attention:
        whole = _heads(_project(attention.qkv_proj, hidden), heads + 2 * keys)
        q, k, v = mx.split(whole, (heads, heads + keys), axis=1)
        return q, k, v
    return (
        _heads(_project(attention.q_proj, hidden), heads),
        _heads(_project(attention.k_proj, hidden), keys),
        _heads(_project(attention.v_proj, hidden), keys),
    )


def _gate_and_up(mlp: Any, hidden: mx.array) -> tuple[mx.array, mx.array]:
    """Both from one product, or from two."""
    import mlx.core as mx

    if "gate_up_proj" in mlp:
        gate, up = mx.split(_project(mlp.gate_up_proj, hidden), 2, axis=-1)
        return gate, up
    return _project(mlp.gate_proj, hidden), _project(mlp.up_proj, hidden)


def _added(hidden: mx.array, more: mx.array, multiplier: float) -> mx.array:
    return hidden + (more if multiplier == 1.0 else more * multiplier)


def _heads(projected: mx.array, heads: int) -> mx.array:
    rows, tokens, _ = projected.shape
    return projected.reshape(rows, tokens, heads, -1).swapaxes(1, 2)


def _project(module: Any, hidden: mx.array) -> mx.array:
    """A linear module, adapted or not; the low-rank part is added within its own product."""
    import mlx.core as mx

    if "lora_a" not in module:
        return _linear(module, hidden)
    return mx.addmm(_linear(module.linear, hidden), hidden @ module.lora_a, module.lora_b, alpha=module.scale)


def _linear(module: Any, hidden: mx.array) -> mx.array:
    import mlx.core as mx

    if "bias" in module:
        return mx.addmm(module.bias, hidden, module.weight.T)
    whole: mx.array = hidden @ module.weight.T
    return whole
