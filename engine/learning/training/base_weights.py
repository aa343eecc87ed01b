"""Reads a GGUF for training: its shape in mlx-lm's words, and its weights in float32 under mlx-lm's names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.errors import InputRefused
from engine.learning.training.architectures import ARCHITECTURES

if TYPE_CHECKING:
    import gguf
    import numpy as np


class BaseWeights(NamedTuple):
    """`shape` are the arguments of mlx-lm's ModelArgs for the architecture; `numbers` says how many the `tensors` hold
    in all, which are read as they are asked for."""

    architecture: str
    shape: dict[str, Any]
    numbers: int
    tensors: Iterator[tuple[str, np.ndarray[Any, Any]]]


def read_base(path: Path, longest: int) -> BaseWeights:
    """The weights of the GGUF at `path`, to be trained on rows of at most `longest` tokens.

    Raises InputRefused: "model_unreadable", "architecture_unsupported".
    """
    reader = _open(path)
    architecture = str(_value(reader, "general.architecture", ""))
    if architecture not in ARCHITECTURES:
        raise InputRefused("architecture_unsupported", architecture=architecture, reason="unknown to the trainer")
    names = {tensor.name: _mlx_name(architecture, tensor.name) for tensor in reader.tensors}
    _check_attention(reader, architecture, longest)
    numbers = sum(int(tensor.n_elements) for tensor in reader.tensors)
    tensors = _tensors(reader, names, ARCHITECTURES[architecture].norm_offset)
    return BaseWeights(architecture, _shape(reader, architecture), numbers, tensors)


def _open(path: Path) -> gguf.GGUFReader:
    import gguf

    try:
        return gguf.GGUFReader(path)
    except (OSError, ValueError, IndexError, KeyError) as error:
        raise InputRefused("model_unreadable", path=str(path), reason=str(error)) from error


def _tensors(
    reader: gguf.GGUFReader, names: dict[str, str], norm_offset: float
) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    import numpy as np
    from gguf.quants import dequantize

    for tensor in reader.tensors:
        numbers = np.asarray(dequantize(tensor.data, tensor.tensor_type), np.float32)
        if norm_offset and tensor.name.endswith("norm.weight"):
            numbers = numbers - np.float32(norm_offset)
        if tensor.name.endswith("shortconv.conv.weight"):
            numbers = numbers[:, None]  # (width, 1, tokens), as where mlx-lm takes it from
        yield names[tensor.name], numbers


def _shape(reader: gguf.GGUFReader, architecture: str) -> dict[str, Any]:
    def of(key: str, default: Any = None) -> Any:
        return _value(reader, f"{architecture}.{key}", default)

    peculiar = ARCHITECTURES[architecture]
    heads = of("attention.head_count")
    keys = _key_heads(reader, architecture)
    return {
        "model_type": architecture,
        "hidden_size": of("embedding_length"),
        "num_hidden_layers": of("block_count"),
        "intermediate_size": of("feed_forward_length"),
        "num_attention_heads": heads,
        "num_key_value_heads": max(keys),
        "full_attn_idxs": [layer for layer, number in enumerate(keys) if number],
        "head_dim": of("attention.key_length", of("embedding_length") // heads),
        "rms_norm_eps": of("attention.layer_norm_rms_epsilon"),
        "vocab_size": next(int(t.shape[1]) for t in reader.tensors if t.name == "token_embd.weight"),
        "rope_theta": of("rope.freq_base", 10000.0),
        "tie_word_embeddings": all(tensor.name != "output.weight" for tensor in reader.tensors),
        **peculiar.arguments,
        **{argument: of(key, peculiar.arguments.get(argument)) for argument, key in peculiar.keys.items()},
    }


def _key_heads(reader: gguf.GGUFReader, architecture: str) -> list[int]:
    """How many heads are keys, in each layer."""
    layers = _value(reader, f"{architecture}.block_count")
    default = _value(reader, f"{architecture}.attention.head_count")
    said: int | list[int] = _value(reader, f"{architecture}.attention.head_count_kv", default)
    return said if isinstance(said, list) else [said] * layers


def _check_attention(reader: gguf.GGUFReader, architecture: str, longest: int) -> None:
    """Refuse what would be rotated, or seen, otherwise than in llama.cpp."""

    def of(key: str, default: Any = None) -> Any:
        return _value(reader, f"{architecture}.{key}", default)

    known = ARCHITECTURES[architecture]
    shared = of("embedding_length") // of("attention.head_count")
    head = of("attention.key_length", shared)
    window = of("attention.sliding_window", 0)
    keys = set(_key_heads(reader, architecture)) - ({0} if known.convolves else set())
    reasons = {
        "partly rotated heads": of("rope.dimension_count", head) != head,
        "scaled rotary embedding": of("rope.scaling.type", "none") != "none" or of("rope.scaling.factor", 1.0) != 1.0,
        "a window that slides": bool(window) and not known.windowed,
        "a window narrower than what it is trained on": known.windowed and 0 < window < longest,
        "no window where one is looked for": "sliding_window" in known.keys and not window,
        "windows in an order of their own": isinstance(of("attention.sliding_window_pattern", 0), list),
        "layers with unlike numbers of heads": len(keys) != 1 or 0 in keys,
        "capped logits": bool(of("final_logit_softcapping", 0.0)),
        "experts": bool(of("expert_count", 0)),
        "heads of another width": known.heads_share_width and head != shared,
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
    known = ARCHITECTURES[architecture]
    if name in known.outside:
        return known.outside[name]
    match name.split("."):
        case ["blk", layer, *module, "weight"] if ".".join(module) in known.modules:
            return f"model.layers.{layer}.{known.modules['.'.join(module)]}.weight"
        case ["blk", layer, module, "bias"] if module in known.biased:
            return f"model.layers.{layer}.{known.modules[module]}.bias"
    raise InputRefused("architecture_unsupported", architecture=architecture, reason=f"the weights {name}")
