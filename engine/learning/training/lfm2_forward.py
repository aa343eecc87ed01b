"""One layer of LFM2's forward, made fast on a CPU: it convolves over a few tokens, or attends as a llama does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.learning.training.llama_forward import OnCpu, attend, project

if TYPE_CHECKING:
    import mlx.core as mx


class Lfm2OnCpu(OnCpu):
    """The same as a llama's but for what mixes tokens, and mlx-lm's names."""

    def _mixed(self, layer: Any, hidden: mx.array) -> mx.array:
        normed = layer.operator_norm(hidden)
        return attend(layer.self_attn, normed) if layer.is_attention_layer else _convolve(layer.conv, normed)

    def _after_mixing(self, layer: Any, hidden: mx.array, mixed: mx.array) -> mx.array:
        mixer = layer.self_attn if layer.is_attention_layer else layer.conv
        hidden = hidden + project(mixer.out_proj, mixed)
        fed, normed = layer.feed_forward, layer.ffn_norm(hidden)
        gated = self.gated(project(fed.w1, normed), project(fed.w3, normed))[0]
        return hidden + project(fed.w2, gated)


def _convolve(short: Any, hidden: mx.array) -> mx.array:
    """What a token and the few before it say, let in by one gate and out by another, channel by channel."""
    import mlx.core as mx

    tokens, width = hidden.shape[1:]
    let_in, let_out, said = (
        project(short.in_proj, hidden, slice(start, start + width)) for start in range(0, 3 * width, width)
    )
    heard = mx.pad(let_in * said, [(0, 0), (short.L_cache - 1, 0), (0, 0)])
    weights = short.conv.weight[..., 0]
    each = [heard[:, place : place + tokens] * weights[:, place] for place in range(short.L_cache)]
    convolved: mx.array = sum(each[1:], each[0])
    return let_out * convolved
