"""Training speed: whole runs, first pass through the frozen layers included, against PyTorch and peft.

Rows are 128 tokens of which the last 40 are learned, 4 a step; speeds are rows · 128 tokens over the seconds spent in
steps (neither side's start is counted; ours is told apart), peaks the most resident memory of the process that trains.
Runs are interleaved, medians compared. One JSON line.

`python -m tests.benchmarks.training [--baseline PYTHON] [--layers 8 16] [--batches 4] [--epochs 3] [--runs 3]
[--bfloat16]`
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from engine.learning.course import Unkept
from engine.learning.training.base_weights import read_base
from engine.learning.training.train import TrainingConfig, TrainingExample, train
from engine.models.catalog import Models
from engine.models.values import ModelDescription
from engine.paths import models_dir
from engine.progress import Control
from tests.benchmarks.peak_memory import PeakOfChildren

ROWS, TOKENS, LEARNED = 4, 128, 40
SCRIPT = Path(__file__).parent / "baselines" / "training_baseline.py"


def main() -> None:
    arguments = _arguments()
    model = Models(arguments.models).describe(arguments.model)
    tokens = np.random.default_rng(0).integers(0, 49152, (arguments.batches, ROWS, TOKENS))
    with tempfile.TemporaryDirectory() as folder:
        write_for_torch(model, tokens, Path(folder))
        results = {
            f"top_{layers}": compare(model, tokens, Path(folder), layers, arguments) for layers in arguments.layers
        }
    software = {name: version(name) for name in ("mlx", "mlx-lm", "scipy-openblas32")}
    print(json.dumps({"benchmark": "training", "model": model.name, **results, **software}))


def compare(
    model: ModelDescription, tokens: np.ndarray, folder: Path, layers: int, arguments: argparse.Namespace
) -> dict[str, object]:
    ours, theirs = [], []
    for _ in range(arguments.runs):
        ours.append(our_run(model, tokens, layers, arguments.epochs))
        theirs.append(their_run(arguments.baseline, folder, layers, "float32", arguments.epochs))
    speed, baseline = _median(ours, "tokens_per_s"), _median(theirs, "tokens_per_s")
    result = {
        "tokens_per_s": speed,
        "start_s": _median(ours, "start_s"),
        "last_loss": ours[-1]["last_loss"],
        "baseline": theirs[-1]["name"],
        "baseline_tokens_per_s": baseline,
        "baseline_last_loss": theirs[-1]["last_loss"],
        "ratio": round(speed / baseline, 3),
        "peak_mb": _median(ours, "peak_mb"),
        "baseline_peak_mb": _median(theirs, "peak_mb"),
        "peak_ratio": round(_median(ours, "peak_mb") / _median(theirs, "peak_mb"), 3),
    }
    if arguments.bfloat16:
        half = their_run(arguments.baseline, folder, layers, "bfloat16", arguments.epochs)
        result["baseline_bfloat16_tokens_per_s"] = half["tokens_per_s"]
    return result


def our_run(model: ModelDescription, tokens: np.ndarray, layers: int, epochs: int) -> dict[str, float]:
    rows = tokens.reshape(-1, TOKENS).tolist()
    examples = [TrainingExample(row[:-LEARNED], row[-LEARNED:]) for row in rows]
    config = TrainingConfig(layers=layers, epochs=epochs, batch=ROWS)
    started = time.perf_counter()
    with PeakOfChildren() as peak:
        trained = train(model, examples, config, checkpoints=Unkept(), report=lambda progress: None, control=Control())
    return {
        "peak_mb": round(peak.bytes / 1e6),
        "tokens_per_s": round(len(rows) * TOKENS * epochs / trained.seconds, 1),
        "start_s": round(time.perf_counter() - started - trained.seconds, 1),
        "last_loss": round(trained.losses[-1], 4),
    }


def their_run(python: Path, folder: Path, layers: int, kind: str, epochs: int) -> dict[str, float]:
    command = [python, SCRIPT, folder, str(layers), kind, str(epochs)]
    with PeakOfChildren() as peak:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    said = json.loads(done.stdout)
    return {
        "name": said["name"],
        "peak_mb": round(peak.bytes / 1e6),
        "tokens_per_s": round(tokens_of(said) / said["seconds"], 1),
        "last_loss": round(said["losses"][-1], 4),
    }


def tokens_of(said: dict[str, int]) -> int:
    return said["steps"] * ROWS * TOKENS


def write_for_torch(model: ModelDescription, tokens: np.ndarray, folder: Path) -> None:
    """The same weights for transformers, and the same batches."""
    from safetensors.numpy import save_file

    write_model_for_torch(model, folder)
    labels = tokens.copy()
    labels[..., :-LEARNED] = -100
    save_file({"ids": tokens, "labels": labels}, folder / "data.safetensors")


def write_model_for_torch(model: ModelDescription, folder: Path) -> None:
    from safetensors.numpy import save_file

    base = read_base(Path(model.base_path), TOKENS)
    save_file(dict(for_transformers(base.shape, base.tensors)), folder / "weights.safetensors")
    (folder / "config.json").write_text(json.dumps(transformers_config(base.shape)))


def transformers_config(shape: dict[str, Any]) -> dict[str, object]:
    """The arguments of its LlamaConfig."""
    config = {name: value for name, value in shape.items() if name != "rope_theta"}
    return config | {"rope_parameters": {"rope_type": "default", "rope_theta": shape["rope_theta"]}}


def for_transformers(
    shape: dict[str, int], tensors: Iterator[tuple[str, np.ndarray]]
) -> Iterator[tuple[str, np.ndarray]]:
    """`tensors` with the rows of q and k in its order."""
    heads = {"q_proj": shape["num_attention_heads"], "k_proj": shape["num_key_value_heads"]}
    for name, tensor in tensors:
        count = heads.get(name.split(".")[-2])
        if count is None:
            yield name, tensor
        else:
            pairs = tensor.reshape(count, -1, 2, tensor.shape[1])
            yield name, np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(tensor.shape))


def _median(runs: list[dict[str, float]], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baseline", type=Path, default=Path(".venv-bench/bin/python"))
    parser.add_argument("--models", type=Path, default=models_dir())
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--layers", type=int, nargs="+", default=[8, 16])
    parser.add_argument("--batches", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--bfloat16", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
