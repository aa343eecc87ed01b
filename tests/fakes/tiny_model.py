"""Writes a GGUF model of a few kilobytes with random weights: real enough for llama.cpp, quick enough for any test."""

import hashlib
from pathlib import Path

import numpy as np

from engine.models.values import ModelDescription

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}<|assistant|>"
)
_CONTROL = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
_WIDTH, _HIDDEN, _HEADS, _LAYERS = 32, 64, 2, 2
_NORMAL, _CONTROL_TYPE = 1, 3


def write_tiny_model(path: Path, *, template: str | None = TEMPLATE, title: str = "Tiny", seed: int = 0) -> Path:
    """A llama-architecture model that knows bytes and four control tokens. Returns `path`."""
    from gguf import GGUFWriter

    tokens = [*_CONTROL, *_byte_characters()]
    writer = GGUFWriter(path, "llama")
    writer.add_name(title)
    writer.add_license("cc0-1.0")
    writer.add_file_type(0)
    writer.add_block_count(_LAYERS)
    writer.add_context_length(2048)
    writer.add_embedding_length(_WIDTH)
    writer.add_feed_forward_length(_HIDDEN)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(_WIDTH // _HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([_CONTROL_TYPE] * len(_CONTROL) + [_NORMAL] * 256)
    writer.add_token_merges([f"{tokens[4]} {tokens[5]}"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    writer.add_add_bos_token(False)
    if template is not None:
        writer.add_chat_template(template)
    for name, values in _weights(len(tokens), seed).items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def describe(path: Path, *, context_tokens: int = 2048) -> ModelDescription:
    """A catalog's entry for a tiny file that is served as it is."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
    return ModelDescription(
        name="tiny",
        title="Tiny",
        licence="cc0-1.0",
        base_sha256=sha256,
        serving_sha256=sha256,
        serving_format="F32",
        template_sha256="",
        path=str(path),
        base_path=str(path),
        context_tokens=context_tokens,
    )


def _byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    moved = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) if byte in printable else chr(256 + moved.index(byte)) for byte in range(256)]


def _weights(vocabulary: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return random.normal(0, columns**-0.5, (rows, columns)).astype(np.float32)

    flat = np.ones(_WIDTH, np.float32)
    weights = {"token_embd.weight": matrix(vocabulary, _WIDTH), "output_norm.weight": flat}
    for layer in range(_LAYERS):
        block = {f"attn_{name}": matrix(_WIDTH, _WIDTH) for name in ("q", "k", "v", "output")}
        block |= {"ffn_gate": matrix(_HIDDEN, _WIDTH), "ffn_up": matrix(_HIDDEN, _WIDTH)}
        block |= {"ffn_down": matrix(_WIDTH, _HIDDEN), "attn_norm": flat, "ffn_norm": flat}
        weights |= {f"blk.{layer}.{name}.weight": values for name, values in block.items()}
    return weights
