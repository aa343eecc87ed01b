"""One layer of a llama's forward, or its kin's, over mlx-lm's modules: as mlx-lm does it, and made fast on a CPU.

Both are held equal by a test. Rows are padded at their end and masked causally, so padding changes nothing before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from engine.learning.training import cpu_kernels

if TYPE_CHECKING:
    import mlx.core as mx


_WHOLE: Final = slice(None)


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
        attends = getattr(layer, "is_attention_layer", True)
        after: mx.array = layer(hidden, "causal" if attends else None)
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
        self.gated = cpu_kernels.gated(gate)

    def layer(self, layer: Any, hidden: mx.array) -> mx.array:
        return self._after_mixing(layer, hidden, self._mixed(layer, hidden))

    def last_layer(self, layer: Any, hidden: mx.array, places: mx.array) -> mx.array:
        mixed = self._mixed(layer, hidden)
        flat, flat_mixed = hidden.reshape(-1, hidden.shape[-1]), mixed.reshape(-1, mixed.shape[-1])
        return self._after_mixing(layer, flat[places], flat_mixed[places])

    def surprise(self, head: mx.array, hidden: mx.array, targets: mx.array) -> mx.array:
        return cpu_kernels.surprise()(hidden, head, targets)[0]

    def divergence(self, head: mx.array, hidden: mx.array, base: mx.array) -> mx.array:
        return cpu_kernels.divergence()(hidden, head, base)[0]

    def _mixed(self, layer: Any, hidden: mx.array) -> mx.array:
        """What `layer` takes from other tokens, before its projection."""
        return attend(layer.self_attn, layer.input_layernorm(hidden))

    def _after_mixing(self, layer: Any, hidden: mx.array, mixed: mx.array) -> mx.array:
        attended = project(layer.self_attn.o_proj, mixed)
        if "pre_feedforward_layernorm" in layer:  # what is added is normed, too
            hidden = hidden + layer.post_attention_layernorm(attended)
            fed = self._fed(layer, layer.pre_feedforward_layernorm(hidden))
            normed: mx.array = layer.post_feedforward_layernorm(fed)
            return hidden + normed
        multiplier = getattr(layer, "residual_multiplier", 1.0)
        hidden = _added(hidden, attended, multiplier)
        return _added(hidden, self._fed(layer, layer.post_attention_layernorm(hidden)), multiplier)

    def _fed(self, layer: Any, hidden: mx.array) -> mx.array:
        return project(layer.mlp.down_proj, self.gated(*_gate_and_up(layer, hidden))[0])


def _log_softmax(logits: mx.array) -> mx.array:
    import mlx.core as mx

    return logits - mx.logsumexp(logits, -1, keepdims=True)


def attend(attention: Any, hidden: mx.array) -> mx.array:
    """What the heads read, side by side, before the output projection."""
    rows, tokens, _ = hidden.shape
    keys = attention.n_kv_heads
    q, k, v = _asked(attention, hidden)
    for norm in ("norm", "layernorm"):  # as mlx-lm has it in one model or another
        if f"q_{norm}" in attention:
            q, k = attention[f"q_{norm}"](q), attention[f"k_{norm}"](k)
    k = attention.rope(k)
    q = (attention.rope(q) * attention.scale).reshape(rows, keys, -1, q.shape[-1])
    mask = cpu_kernels.causal_mask(tokens, attention.n_heads // keys)
    mixed = cpu_kernels.attention()(q, k, v, mask)[0]
    return mixed.reshape(rows, attention.n_heads, tokens, -1).swapaxes(1, 2).reshape(rows, tokens, -1)


def _asked(attention: Any, hidden: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """Queries, keys and values: (rows, heads, tokens, head)."""
    heads, keys = attention.n_heads, attention.n_kv_heads
    if "qkv_proj" not in attention:
        return (
            _heads(project(attention.q_proj, hidden), heads),
            _heads(project(attention.k_proj, hidden), keys),
            _heads(project(attention.v_proj, hidden), keys),
        )
    of_keys, of_values = heads * attention.head_dim, (heads + keys) * attention.head_dim
    return (
        _heads(project(attention.qkv_proj, hidden, slice(0, of_keys)), heads),
        _heads(project(attention.qkv_proj, hidden, slice(of_keys, of_values)), keys),
        _heads(project(attention.qkv_proj, hidden, slice(of_values, None)), keys),
    )


def _gate_and_up(layer: Any, hidden: mx.array) -> tuple[mx.array, mx.array]:
    mlp = layer.mlp
    if "gate_up_proj" not in mlp:
        return project(mlp.gate_proj, hidden), project(mlp.up_proj, hidden)
    half = layer.args.intermediate_size
    return project(mlp.gate_up_proj, hidden, slice(0, half)), project(mlp.gate_up_proj, hidden, slice(half, None))


def _added(hidden: mx.array, more: mx.array, multiplier: float) -> mx.array:
    return hidden + (more if multiplier == 1.0 else more * multiplier)


def _heads(projected: mx.array, heads: int) -> mx.array:
    rows, tokens, _ = projected.shape
    return projected.reshape(rows, tokens, heads, -1).swapaxes(1, 2)


def project(module: Any, hidden: mx.array, part: slice = _WHOLE) -> mx.array:
    """A linear module, adapted or not; the low-rank part is added within its own product.

    Of a fused one only a `part` of what comes out: what is cut from the weights takes no memory, cut results would.
    """
    import mlx.core as mx

    if "lora_a" not in module:
        return _linear(module, hidden, part)
    low = module.dropout(hidden) @ module.lora_a
    return mx.addmm(_linear(module.linear, hidden, part), low, module.lora_b[:, part], alpha=module.scale)


def _linear(module: Any, hidden: mx.array, part: slice) -> mx.array:
    import mlx.core as mx

    weight = module.weight[part].T
    if "bias" in module:
        return mx.addmm(module.bias[part], hidden, weight)
    whole: mx.array = hidden @ weight
    return whole
