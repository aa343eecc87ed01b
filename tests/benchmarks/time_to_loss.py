"""How soon a training comes to the same held-out loss as PyTorch and peft with their usual settings do.

    python -m tests.benchmarks.time_to_loss --data ../shared/data/reuters_c50 [--authors 2]

One author's first 50 training articles (see learning.py), the loss on the author's 50 test articles. Theirs: rank 8 on
all layers, AdamW at 2e-4, three epochs of batches of four, float32. Ours: as the product trains so many, replay and
all, in one, two or three passes: the fewest that come as far as theirs in the end. Only the time of the steps counts.
Prints one JSON line; the ratio is theirs over ours.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from engine.learning.course import Unkept, configured
from engine.learning.training.base_weights import read_base
from engine.learning.training.train import General, TrainingConfig, TrainingExample, train
from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.models.values import ModelDescription
from engine.progress import Control
from tests.benchmarks.decode import no_adapter
from tests.benchmarks.general import general
from tests.benchmarks.learning import mean, messages, read, tell
from tests.benchmarks.training import SCRIPT, write_model_for_torch

BATCH = 4
EPOCHS = 3


def main() -> None:
    options = parsed()
    model = Models().describe("smollm2-135m-instruct")
    runtime = LlamaRuntime(model, load_adapter=no_adapter)
    anchors = general(runtime)
    authors = sorted(path.name for path in (options.data / "train").iterdir())[: options.authors]
    told = {}
    for author in authors:
        rows, held_out = (
            [
                TrainingExample(runtime.render(messages(article, None)), runtime.tokenize(article.target))
                for article in read(options.data / half / author, 50, runtime)
            ]
            for half in ("train", "test")
        )
        runtime.close()  # it would want the processors too
        told[author] = compared(model, rows, held_out, anchors, options.baseline)
        tell(f"{author}: {told[author]}")
    ratio = statistics.median(one["ratio"] for one in told.values())
    print(json.dumps({"benchmark": "time_to_loss", "aim": 1.5, "ratio": ratio, "people": told}))


def compared(
    model: ModelDescription,
    rows: Sequence[TrainingExample],
    held_out: Sequence[TrainingExample],
    anchors: General,
    python: Path,
) -> dict[str, Any]:
    theirs = their_run(model, rows, held_out, python)
    seconds, loss = theirs["held_out"][-1]
    ours = []
    for epochs in range(1, EPOCHS + 1):
        config = msgspec.structs.replace(configured(None, len(rows)), epochs=epochs)
        done = train(
            model,
            rows,
            config,
            general=anchors,
            tuning=held_out,
            checkpoints=Unkept(),
            report=lambda progress: None,
            control=Control(),
        )
        ours.append([round(done.seconds, 1), round(mean(done.tuning_losses), 4)])
        if ours[-1][1] <= loss:
            break
    return {
        "baseline": theirs["name"],
        "theirs": [[round(at, 1), round(value, 4)] for at, value in theirs["held_out"]],
        "ours_by_passes": ours,
        "reached": ours[-1][1] <= loss,
        "ratio": round(seconds / ours[-1][0], 2),
    }


def their_run(
    model: ModelDescription, rows: Sequence[TrainingExample], held_out: Sequence[TrainingExample], python: Path
) -> dict[str, Any]:
    from safetensors.numpy import save_file

    with tempfile.TemporaryDirectory() as folder:
        write_model_for_torch(model, Path(folder))
        whole = len(rows) - len(rows) % BATCH
        ids, labels = padded(rows[:whole])
        held_ids, held_labels = padded(held_out)
        width = ids.shape[1]
        data = {
            "ids": ids.reshape(-1, BATCH, width),
            "labels": labels.reshape(-1, BATCH, width),
            "held_out_ids": held_ids,
            "held_out_labels": held_labels,
        }
        save_file(data, Path(folder) / "data.safetensors")
        command = [python, SCRIPT, folder, str(model_layers(model)), "float32", str(EPOCHS)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def padded(examples: Sequence[TrainingExample]) -> tuple[np.ndarray, np.ndarray]:
    """Token ids and labels (examples, longest), both padded at the end."""
    longest = max(len(example.prompt) + len(example.target) for example in examples)
    ids = np.zeros((len(examples), longest), np.int64)
    labels = np.full((len(examples), longest), -100, np.int64)
    for row, example in enumerate(examples):
        tokens = example.prompt + example.target
        ids[row, : len(tokens)] = tokens
        labels[row, len(example.prompt) : len(tokens)] = example.target
    return ids, labels


def model_layers(model: ModelDescription) -> int:
    return int(read_base(Path(model.base_path), TrainingConfig().max_tokens).shape["num_hidden_layers"])


def parsed() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--baseline", type=Path, default=Path(".venv-bench/bin/python"))
    arguments.add_argument("--authors", type=int, default=2)
    return arguments.parse_args()


if __name__ == "__main__":
    main()
