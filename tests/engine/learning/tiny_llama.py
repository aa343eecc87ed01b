"""A random llama or kin of 60,000 weights as a GGUF that MLX and llama.cpp read, and what llama.cpp makes of it."""

from pathlib import Path

import numpy as np

from engine.learning.training.adapted_model import AdaptedModel
from engine.learning.training.architectures import ARCHITECTURES
from engine.learning.training.batches import Anchor

WIDTH, LAYERS, HEADS, KEY_HEADS, INNER, TOKENS = 32, 3, 4, 2, 48, 64
LFM2_ATTENDS = {1}


def write_tiny_llama(
    path: Path,
    *,
    architecture: str = "llama",
    extra: dict[str, tuple[int, ...]] | None = None,
    numbers: dict[str, int | list[int]] | None = None,
) -> Path:
    """What the architecture has beside llama's tensors comes by itself, `extra` names others, and
    `numbers` sets keys. Grouped heads, mostly untied
    embeddings, norms that are not one, biases that are not nought: nothing cancels out."""
    from gguf import GGUFWriter

    writer = GGUFWriter(path, architecture)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(_layers(architecture))
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(100.0)
    writer.add_rope_dimension_count(_head(architecture))
    if architecture == "granite":
        for name, number in (
            ("attention.scale", 0.2),
            ("embedding_scale", 3),
            ("residual_scale", 0.4),
            ("logit_scale", 2),
        ):
            writer.add_float32(f"granite.{name}", number)
    if architecture == "gemma3":
        writer.add_key_length(_head(architecture))
        writer.add_value_length(_head(architecture))
        writer.add_sliding_window(512)
    if architecture == "lfm2":
        writer.kv_data[0].pop("lfm2.attention.head_count_kv")
        writer.add_head_count_kv([KEY_HEADS if layer in LFM2_ATTENDS else 0 for layer in range(LAYERS)])
        writer.add_shortconv_l_cache(3)
    for key, value in (numbers or {}).items():
        writer.kv_data[0].pop(key, None)
        (writer.add_array if isinstance(value, list) else writer.add_uint32)(key, value)
    writer.add_vocab_size(TOKENS)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([f"<{index}>" for index in range(TOKENS)])
    writer.add_token_types([1] * TOKENS)
    writer.add_token_merges(["<0> <1>"])
    random = np.random.default_rng(7)
    for name, shape in (_tensors(architecture) | (extra or {})).items():
        size = 0.4 if len(shape) > 1 else 0.1
        tensor = random.normal(0, size, shape) + name.endswith("norm.weight")
        writer.add_tensor(name, tensor.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def llama_cpp_logits(model: Path, tokens: list[int], adapter: Path | None = None) -> np.ndarray:
    """What llama.cpp computes for every position of `tokens`, with the cache in float32."""
    from llama_cpp import Llama

    llama = Llama(
        str(model),
        n_ctx=128,
        n_threads=1,
        logits_all=True,
        type_k=0,
        type_v=0,
        flash_attn=False,
        verbose=False,
        lora_path=None if adapter is None else str(adapter),
    )
    try:
        llama.eval(tokens)
        return np.array(llama.scores[: len(tokens)])
    finally:
        llama.close()


def rounding(architecture: str) -> float:
    """How many times farther off llama.cpp's logits may be: it looks gelu up in a table of half-precision numbers."""
    return 15.0 if ARCHITECTURES[architecture].gate == "gelu" else 1.0


def trained_logits(model: AdaptedModel, tokens: list[int]) -> np.ndarray:
    """What the trainer computes for every position of `tokens`."""
    anchor = Anchor(np.array([tokens], np.int32), np.arange(len(tokens)), 1.0)
    return np.array(model.final(model.parameters, model.trunk(anchor), anchor) @ model.head.T)


def _layers(architecture: str) -> int:
    """SmolLM3 does not rotate each fourth, Gemma 3 rotates each sixth otherwise."""
    return {"smollm3": 4, "gemma3": 6}.get(architecture, LAYERS)


def _head(architecture: str) -> int:
    """Gemma 3's heads are together wider than the model."""
    return WIDTH // HEADS * (2 if architecture == "gemma3" else 1)


def _tensors(architecture: str) -> dict[str, tuple[int, ...]]:
    in_layers = {
        f"blk.{layer}.{name}": shape
        for layer in range(_layers(architecture))
        for name, shape in _in_a_layer(architecture, layer).items()
    }
    norm = "token_embd_norm.weight" if architecture == "lfm2" else "output_norm.weight"
    head = {} if architecture in {"gemma3", "lfm2"} else {"output.weight": (TOKENS, WIDTH)}
    return {"token_embd.weight": (TOKENS, WIDTH), norm: (WIDTH,)} | in_layers | head


def _in_a_layer(architecture: str, layer: int) -> dict[str, tuple[int, ...]]:
    head = _head(architecture)
    queries, keys = head * HEADS, head * KEY_HEADS
    shapes: dict[str, tuple[int, ...]] = {
        "attn_norm.weight": (WIDTH,),
        "attn_q.weight": (queries, WIDTH),
        "attn_k.weight": (keys, WIDTH),
        "attn_v.weight": (keys, WIDTH),
        "attn_output.weight": (WIDTH, queries),
        "ffn_norm.weight": (WIDTH,),
        "ffn_gate.weight": (INNER, WIDTH),
        "ffn_up.weight": (INNER, WIDTH),
        "ffn_down.weight": (WIDTH, INNER),
    }
    match architecture:
        case "qwen2":
            shapes |= {"attn_q.bias": (WIDTH,), "attn_k.bias": (keys,), "attn_v.bias": (keys,)}
        case "lfm2" if layer not in LFM2_ATTENDS:
            shapes = {name: shape for name, shape in shapes.items() if name == "attn_norm.weight" or "ffn" in name}
            shapes |= {"shortconv.in_proj.weight": (3 * WIDTH, WIDTH), "shortconv.conv.weight": (WIDTH, 3)}
            shapes |= {"shortconv.out_proj.weight": (WIDTH, WIDTH)}
        case "qwen3" | "lfm2":
            shapes |= {"attn_q_norm.weight": (head,), "attn_k_norm.weight": (head,)}
        case "gemma3":
            shapes |= {"attn_q_norm.weight": (head,), "attn_k_norm.weight": (head,)}
            shapes |= {"post_attention_norm.weight": (WIDTH,), "post_ffw_norm.weight": (WIDTH,)}
        case "phi3":
            apart = ("attn_q.weight", "attn_k.weight", "attn_v.weight", "ffn_gate.weight")
            fused = {"attn_qkv.weight": (WIDTH + 2 * keys, WIDTH), "ffn_up.weight": (2 * INNER, WIDTH)}
            shapes = {name: shape for name, shape in shapes.items() if name not in apart} | fused
    return shapes
