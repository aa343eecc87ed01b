"""What can be trained, and how the GGUFs of each architecture differ: names of weights, and mlx-lm's arguments.

The GGUFs of llama and its kin keep the rows of q and k in the order of interleaved rotary embedding; mlx calls that
"traditional" and can rotate it as it is, so no row is moved when they are read and none back in the adapter.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from engine.learning.training.cpu_kernels import Gate

MODULES: Final = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
"""Names of a llama layer's weights: in a GGUF, and in mlx-lm's model."""

_NORMED_HEADS: Final = {"attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"}

_FUSED: Final = {
    "attn_norm": "input_layernorm",
    "attn_qkv": "self_attn.qkv_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_up": "mlp.gate_up_proj",
    "ffn_down": "mlp.down_proj",
}
"""Where q, k and v are one product, and so are the gate and what it lets through."""

_SANDWICHED: Final = MODULES | {
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}
"""Where what attention and the feed-forward add is normed as well."""

_CONVOLVING: Final = {
    "attn_norm": "operator_norm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_q_norm": "self_attn.q_layernorm",
    "attn_k_norm": "self_attn.k_layernorm",
    "attn_output": "self_attn.out_proj",
    "shortconv.in_proj": "conv.in_proj",
    "shortconv.conv": "conv.conv",
    "shortconv.out_proj": "conv.out_proj",
    "ffn_norm": "ffn_norm",
    "ffn_gate": "feed_forward.w1",
    "ffn_up": "feed_forward.w3",
    "ffn_down": "feed_forward.w2",
}
"""Where most layers convolve over a few tokens, and the others attend."""

_OUTSIDE_LAYERS: Final = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


class Architecture(NamedTuple):
    """What is peculiar to the GGUFs of a name, which is that of a `module` of mlx-lm too unless another is given.

    `modules` are in its layers, some of them `biased`; those in `keys` of mlx-lm's ModelArgs are read from the file,
    and `arguments` stand where it does not say. Where `heads_share_width` mlx-lm takes a head to be as wide as the
    model's width over its heads. Where it is `windowed` a sliding window is let pass which no row in training is longer
    than. `norm_offset` is added to the weights of norms in the file. Embeddings that are `rooted` are scaled by the
    square root of the width. Where it `convolves`, layers without heads that are keys do so instead of attending.
    """

    interleaved: bool
    module: str = ""
    modules: dict[str, str] = MODULES
    biased: frozenset[str] = frozenset()
    heads_share_width: bool = False
    windowed: bool = False
    norm_offset: float = 0.0
    rooted: bool = False
    gate: Gate = "silu"
    convolves: bool = False
    outside: dict[str, str] = _OUTSIDE_LAYERS
    arguments: dict[str, Any] = {}
    keys: dict[str, str] = {}


_UNSCALED: Final = {"max_position_embeddings": 1}
"""mlx-lm wants to be told; where rotary embedding is not scaled nothing comes of it."""

ARCHITECTURES: Final = {
    "llama": Architecture(interleaved=True),
    "smollm3": Architecture(interleaved=True),
    "granite": Architecture(
        interleaved=True,
        heads_share_width=True,
        arguments={"attention_bias": False, "mlp_bias": False} | _UNSCALED,
        keys={
            "attention_multiplier": "attention.scale",
            "embedding_multiplier": "embedding_scale",
            "residual_multiplier": "residual_scale",
            "logits_scaling": "logit_scale",
        },
    ),
    "qwen2": Architecture(interleaved=False, biased=frozenset({"attn_q", "attn_k", "attn_v"}), heads_share_width=True),
    "qwen3": Architecture(
        interleaved=False,
        modules=MODULES | _NORMED_HEADS,
        arguments=_UNSCALED,
    ),
    "phi3": Architecture(interleaved=False, modules=_FUSED, heads_share_width=True, windowed=True),
    "gemma3": Architecture(
        interleaved=False,
        module="gemma3_text",
        modules=_SANDWICHED | _NORMED_HEADS,
        windowed=True,
        norm_offset=1.0,
        rooted=True,
        gate="gelu",
        arguments={"rope_local_base_freq": 10000.0, "sliding_window_pattern": 6},
        keys={
            "query_pre_attn_scalar": "attention.key_length",
            "rope_local_base_freq": "rope.freq_base_swa",
            "sliding_window": "attention.sliding_window",
            "sliding_window_pattern": "attention.sliding_window_pattern",
        },
    ),
    "lfm2": Architecture(
        interleaved=False,
        modules=_CONVOLVING,
        heads_share_width=True,
        convolves=True,
        outside={
            "token_embd.weight": "model.embed_tokens.weight",
            "token_embd_norm.weight": "model.embedding_norm.weight",
        },
        arguments={
            "conv_bias": False,
            "block_auto_adjust_ff_dim": False,
            "block_multiple_of": 1,
            "block_ffn_dim_multiplier": 1.0,
        }
        | _UNSCALED,
        keys={
            "norm_eps": "attention.layer_norm_rms_epsilon",
            "conv_L_cache": "shortconv.l_cache",
            "block_dim": "embedding_length",
            "block_ff_dim": "feed_forward_length",
        },
    ),
}
"""What can be trained. Mistral's GGUFs, and those of models like it, say "llama"."""
