"""Reads a GGUF for training: its shape in mlx-lm's words, and its weights in float32 under mlx-lm's names.

Only the llama architecture so far. Its GGUF keeps the rows of q and k in the order of interleaved rotary embedding;
mlx calls that "traditional" and can rotate it as it is, so no row is moved here and none back in the adapter.
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

_OUTSIDE_LAYERS: Final = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


class BaseWeights(NamedTuple):
    """`shape` are the arguments of mlx-lm's llama.ModelArgs; `numbers` says how many the `tensors` hold in all, which
    are read as they are asked for."""

    architecture: str
    shape: dict[str, Any]
    numbers: int
    tensors: Iterator[tuple[str, np.ndarray[Any, Any]]]


def read_base(path: Path) -> BaseWeights:
    """The weights of the GGUF at `path`. Raises InputRefused: "model_unreadable", "architecture_unsupported"."""
    reader = _open(path)
    architecture = str(_value(reader, "general.architecture", ""))
    if architecture != "llama":
        raise InputRefused("architecture_unsupported", architecture=architecture, reason="unknown to the trainer")
    names = {tensor.name: _mlx_name(tensor.name) for tensor in reader.tensors}
    _check_rotation(reader)
    numbers = sum(int(tensor.n_elements) for tensor in reader.tensors)
    return BaseWeights(architecture, _shape(reader), numbers, _tensors(reader, names))


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


def _shape(reader: gguf.GGUFReader) -> dict[str, Any]:
    def of(key: str, default: Any = None) -> Any:
        return _value(reader, f"llama.{key}", default)

    heads = of("attention.head_count")
    return {
        "model_type": "llama",
        "hidden_size": of("embedding_length"),
        "num_hidden_layers": of("block_count"),
        "intermediate_size": of("feed_forward_length"),
        "num_attention_heads": heads,
        "num_key_value_heads": of("attention.head_count_kv", heads),
        "head_dim": of("attention.key_length", of("embedding_length") // heads),
        "rms_norm_eps": of("attention.layer_norm_rms_epsilon"),
        "vocab_size": next(int(t.shape[1]) for t in reader.tensors if t.name == "token_embd.weight"),
        "rope_theta": of("rope.freq_base", 10000.0),
        "rope_traditional": True,
        "tie_word_embeddings": all(tensor.name != "output.weight" for tensor in reader.tensors),
    }


def _check_rotation(reader: gguf.GGUFReader) -> None:
    """Refuse what would be rotated otherwise than llama.cpp does."""
    heads, width = _value(reader, "llama.attention.head_count"), _value(reader, "llama.embedding_length")
    head = _value(reader, "llama.attention.key_length", width // heads)
    if _value(reader, "llama.rope.dimension_count", head) != head:
        raise InputRefused("architecture_unsupported", architecture="llama", reason="partly rotated heads")
    if _value(reader, "llama.rope.scaling.type", "none") != "none":
        raise InputRefused("architecture_unsupported", architecture="llama", reason="scaled rotary embedding")


def _value(reader: gguf.GGUFReader, key: str, default: Any = None) -> Any:
    field = reader.get_field(key)
    if field is not None:
        return field.contents()
    if default is None:
        raise InputRefused("model_unreadable", path="", reason=f"it does not say {key}")
    return default


def _mlx_name(name: str) -> str:
    """The name of the GGUF's tensor `name` in mlx-lm's model; one it does not know would be left out silently."""
    if name in _OUTSIDE_LAYERS:
        return _OUTSIDE_LAYERS[name]
    match name.split("."):
        case ["blk", layer, module, "weight"] if module in MODULES:
            return f"model.layers.{layer}.{MODULES[module]}.weight"
    raise InputRefused("architecture_unsupported", architecture="llama", reason=f"the weights {name}")
