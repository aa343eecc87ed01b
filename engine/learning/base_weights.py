"""Reads a GGUF for training: its shape in mlx-lm's words, and its weights in float32 under mlx-lm's names.

The GGUFs of llama and its kin keep the rows of q and k in the order of interleaved rotary embedding; mlx calls that
"traditional" and can rotate it as it is, so no row is moved here and none back in the adapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from engine.errors import InputRefused

if TYPE_CHECKING:
    import gguf
    import numpy as np

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
"""Names of a layer's weights: in a GGUF, and in mlx-lm's model."""


class Architecture(NamedTuple):
    """What is peculiar to the GGUFs of a name, which is mlx-lm's name for it too.

    `norms` and `biased` are in its layers beside MODULES; `arguments` of mlx-lm's ModelArgs are fixed, those in `keys`
    are read from the file.
    """

    interleaved: bool
    norms: dict[str, str] = {}
    biased: frozenset[str] = frozenset()
    arguments: dict[str, Any] = {}
    keys: dict[str, str] = {}


_UNSCALED: Final = {"max_position_embeddings": 1}
"""mlx-lm wants to be told; where rotary embedding is not scaled nothing comes of it."""

ARCHITECTURES: Final = {
    "llama": Architecture(interleaved=True),
    "smollm3": Architecture(interleaved=True),
    "granite": Architecture(
        interleaved=True,
        arguments={"attention_bias": False, "mlp_bias": False} | _UNSCALED,
        keys={
            "attention_multiplier": "attention.scale",
            "embedding_multiplier": "embedding_scale",
            "residual_multiplier": "residual_scale",
            "logits_scaling": "logit_scale",
        },
    ),
    "qwen2": Architecture(interleaved=False, biased=frozenset({"attn_q", "attn_k", "attn_v"})),
    "qwen3": Architecture(
        interleaved=False,
        norms={"attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"},
        arguments=_UNSCALED,
    ),
}
"""What can be trained. Mistral's GGUFs, and those of models like it, say "llama"."""

_OUTSIDE_LAYERS: Final = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


class BaseWeights(NamedTuple):
    """`shape` are the arguments of mlx-lm's ModelArgs for the architecture; `numbers` says how many the `tensors` hold
    in all, which are read as they are asked for."""

    architecture: str
    shape: dict[str, Any]
    numbers: int
    tensors: Iterator[tuple[str, np.ndarray[Any, Any]]]


def read_base(path: Path) -> BaseWeights:
    """The weights of the GGUF at `path`. Raises InputRefused: "model_unreadable", "architecture_unsupported"."""
    reader = _open(path)
    architecture = str(_value(reader, "general.architecture", ""))
    if architecture not in ARCHITECTURES:
        raise InputRefused("architecture_unsupported", architecture=architecture, reason="unknown to the trainer")
    names = {tensor.name: _mlx_name(architecture, tensor.name) for tensor in reader.tensors}
    _check_rotation(reader, architecture)
    numbers = sum(int(tensor.n_elements) for tensor in reader.tensors)
    return BaseWeights(architecture, _shape(reader, architecture), numbers, _tensors(reader, names))


def _open(path: Path) -> gguf.GGUFReader:
    import gguf

    try:
        return gguf.GGUFReader(path)
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise InputRefused("model_unreadable", path=str(path), reason=str(error)) from error


def _tensors(reader: gguf.GGUFReader, names: dict[str, str]) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    import numpy as np
    from gguf.quants import dequantize

    for tensor in reader.tensors:
        yield names[tensor.name], np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32)


def _shape(reader: gguf.GGUFReader, architecture: str) -> dict[str, Any]:
    def of(key: str, default: Any = None) -> Any:
        return _value(reader, f"{architecture}.{key}", default)

    peculiar = ARCHITECTURES[architecture]
    heads = of("attention.head_count")
    return {
        "model_type": architecture,
        "hidden_size": of("embedding_length"),
        "num_hidden_layers": of("block_count"),
        "intermediate_size": of("feed_forward_length"),
        "num_attention_heads": heads,
        "num_key_value_heads": of("attention.head_count_kv", heads),
        "head_dim": of("attention.key_length", of("embedding_length") // heads),
        "rms_norm_eps": of("attention.layer_norm_rms_epsilon"),
        "vocab_size": next(int(t.shape[1]) for t in reader.tensors if t.name == "token_embd.weight"),
        "rope_theta": of("rope.freq_base", 10000.0),
        "tie_word_embeddings": all(tensor.name != "output.weight" for tensor in reader.tensors),
        **peculiar.arguments,
        **{argument: of(key) for argument, key in peculiar.keys.items()},
    }


def _check_rotation(reader: gguf.GGUFReader, architecture: str) -> None:
    """Refuse what would be rotated, or seen, otherwise than in llama.cpp."""
    heads = _value(reader, f"{architecture}.attention.head_count")
    width = _value(reader, f"{architecture}.embedding_length")
    head = _value(reader, f"{architecture}.attention.key_length", width // heads)
    reasons = {
        "partly rotated heads": _value(reader, f"{architecture}.rope.dimension_count", head) != head,
        "scaled rotary embedding": _value(reader, f"{architecture}.rope.scaling.type", "none") != "none",
        "a window that slides": bool(_value(reader, f"{architecture}.attention.sliding_window", 0)),
        "experts": bool(_value(reader, f"{architecture}.expert_count", 0)),
        "heads of another width": architecture in {"qwen2", "granite"} and head * heads != width,
    }
    for reason, holds in reasons.items():
        if holds:
            raise InputRefused("architecture_unsupported", architecture=architecture, reason=reason)


def _value(reader: gguf.GGUFReader, key: str, default: Any = None) -> Any:
    field = reader.get_field(key)
    if field is not None:
        return field.contents()
    if default is None:
        raise InputRefused("model_unreadable", path="", reason=f"it does not say {key}")
    return default


def _mlx_name(architecture: str, name: str) -> str:
    """The name of the GGUF's tensor `name` in mlx-lm's model; one it does not know would be left out silently."""
    if name in _OUTSIDE_LAYERS:
        return _OUTSIDE_LAYERS[name]
    known = ARCHITECTURES[architecture]
    match name.split("."):
        case ["blk", layer, module, "weight"] if module in MODULES | known.norms:
            return f"model.layers.{layer}.{(MODULES | known.norms)[module]}.weight"
        case ["blk", layer, module, "bias"] if module in known.biased:
            return f"model.layers.{layer}.{MODULES[module]}.bias"
    raise InputRefused("architecture_unsupported", architecture=architecture, reason=f"the weights {name}")
