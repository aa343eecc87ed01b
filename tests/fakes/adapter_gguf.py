"""Makes small LoRA adapters, as GGUF bytes, for a real llama-architecture model."""

import tempfile
from pathlib import Path

import numpy as np


def adapter_gguf(
    base: Path, *, strength: float, rank: int = 4, layers: int = 2, seed: int = 0, widen: int = 1
) -> bytes:
    """An adapter on the query and output projections of the first two layers of the GGUF at `base`.

    Random of about `strength`; 0 makes one that changes nothing. `widen` 2 makes one that fits no such model.
    """
    from gguf import GGUFReader, GGUFWriter

    shapes = {tensor.name: [int(size) for size in tensor.shape] for tensor in GGUFReader(base).tensors}
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adapter.gguf"
        writer = GGUFWriter(path, "llama")
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(rank))
        for layer in range(2):
            for projection in ("attn_q", "attn_output"):
                name = f"blk.{layer}.{projection}.weight"
                width, height = (size * widen for size in shapes[name])
                a = random.normal(0, 1 / np.sqrt(width), (rank, width))
                b = random.normal(0, 1, (height, rank)) * strength
                writer.add_tensor(f"{name}.lora_a", a.astype(np.float32))
                writer.add_tensor(f"{name}.lora_b", b.astype(np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes()
