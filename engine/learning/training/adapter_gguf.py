"""Writes a trained adapter in llama.cpp's format, with its provenance; the same weights give the same bytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from engine.learning.training.architectures import ARCHITECTURES

if TYPE_CHECKING:
    import numpy as np

BASE_SHA256: Final = "hearthside.base_sha256"
"""The key under which an adapter names the imported base file it belongs to."""


class Provenance(NamedTuple):
    """What an adapter was made from: kept in the file as `hearthside.*`."""

    base_sha256: str
    dataset_sha256: str
    examples: int
    config: str
    software: str


def adapter_gguf(
    architecture: str, alpha: float, parameters: dict[str, np.ndarray[Any, Any]], provenance: Provenance
) -> bytes:
    """GGUF bytes for `parameters`: mlx-lm's flat names, lora_a (in, rank) and lora_b (rank, out) in float32.

    llama.cpp wants them transposed, and scales their product by alpha / rank.
    """
    from gguf.gguf_writer import GGUFWriter, WriterState

    writer = GGUFWriter(None, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    for key, value in provenance._asdict().items():
        writer.add_string(f"hearthside.{key}", str(value))
    tensors = _tensors(architecture, parameters)
    for name, tensor in tensors.items():
        writer.add_tensor_info(name, tensor.shape, tensor.dtype, tensor.nbytes)
    stream = io.BytesIO()
    writer.fout = [cast("io.BufferedWriter", stream)]  # in memory: an adapter is personal, and never lies open on disk
    writer.state = WriterState.EMPTY
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.write_padding(stream, stream.tell())
    for tensor in tensors.values():
        stream.write(tensor.tobytes())
        writer.write_padding(stream, tensor.nbytes)
    return stream.getvalue()


def _tensors(architecture: str, parameters: dict[str, np.ndarray[Any, Any]]) -> dict[str, np.ndarray[Any, Any]]:
    import numpy as np

    modules = {mlx: gguf for gguf, mlx in ARCHITECTURES[architecture].modules.items()}
    return {_gguf_name(name, modules): np.ascontiguousarray(parameters[name].T) for name in sorted(parameters)}


def _gguf_name(name: str, modules: dict[str, str]) -> str:
    """ "model.layers.3.self_attn.q_proj.lora_a" to "blk.3.attn_q.weight.lora_a"."""
    _, _, layer, block, module, part = name.split(".")
    return f"blk.{layer}.{modules[f'{block}.{module}']}.weight.{part}"
