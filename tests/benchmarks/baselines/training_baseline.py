"""What training is measured against: PyTorch and peft with their usual settings, on the same weights and batches.

Runs in an environment of its own (packaging/bench-baseline.txt); reads what training.py or time_to_loss.py writes into
a folder. With held-out rows there it tells their loss after each epoch, and how long training had taken by then.
    python training_baseline.py FOLDER LAYERS DTYPE EPOCHS    → one JSON object on stdout
"""

import json
import sys
import time
from pathlib import Path

import peft
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def adapted_model(folder: Path, layers: int, dtype: torch.dtype) -> torch.nn.Module:
    """The base model of `folder` with fresh LoRA modules (rank 8, alpha 16) on its `layers` top blocks."""
    config = LlamaConfig(**json.loads((folder / "config.json").read_text()))
    model = LlamaForCausalLM(config)
    model.load_state_dict(load_file(folder / "weights.safetensors"), strict=False)
    model.tie_weights()
    count = config.num_hidden_layers
    lora = LoraConfig(
        r=8,
        lora_alpha=16,
        target_modules=PROJECTIONS,
        layers_to_transform=list(range(count - layers, count)),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model.to(dtype), lora)


@torch.no_grad()
def held_out_loss(model: torch.nn.Module, data: dict[str, torch.Tensor]) -> float:
    """Mean over rows of the mean nat a target token."""
    rows = zip(data["held_out_ids"], data["held_out_labels"], strict=True)
    losses = [model(input_ids=ids[None], labels=labels[None]).loss.item() for ids, labels in rows]
    return sum(losses) / len(losses)


def main() -> None:
    folder, layers, dtype, epochs = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    torch.manual_seed(0)
    data = load_file(folder / "data.safetensors")
    model = adapted_model(folder, layers, getattr(torch, dtype))
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=2e-4, weight_decay=0.0)
    losses, held_out, seconds = [], [], 0.0
    for _ in range(epochs):
        started = time.perf_counter()
        for ids, labels in zip(data["ids"], data["labels"], strict=True):
            loss = model(input_ids=ids, labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            losses.append(loss.item())
        seconds += time.perf_counter() - started
        if "held_out_ids" in data:
            held_out.append([seconds, held_out_loss(model, data)])
    name = f"torch {torch.__version__} + peft {peft.__version__} {dtype}, {torch.get_num_threads()} threads"
    told = {"name": name, "seconds": seconds, "steps": len(losses), "losses": losses, "held_out": held_out}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
