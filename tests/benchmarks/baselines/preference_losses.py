"""What trl makes of the preferences in tests/engine/learning/training/test_loss.py, for the numbers that stand there.

Needs trl beside what packaging/bench-baseline.txt names, and a FOLDER that `write_for_trl` of that test filled.
    python preference_losses.py FOLDER    → trl's version, its DPO and its APO-zero (unpaired) losses, on stdout
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
import trl
from datasets import Dataset
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


def model_of(folder: Path, weights: str) -> LlamaForCausalLM:
    model = LlamaForCausalLM(LlamaConfig(**json.loads((folder / "config.json").read_text())))
    missing, unexpected = model.load_state_dict(load_file(folder / weights), strict=False)
    assert not missing, missing
    assert not unexpected, unexpected
    return model


def words(count: int) -> PreTrainedTokenizerFast:
    """Token 7 is written <7>; the last one ends an answer."""
    tokenizer = Tokenizer(models.WordLevel({f"<{number}>": number for number in range(count)}, unk_token="<0>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    last = f"<{count - 1}>"
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=last, pad_token="<0>", unk_token="<0>")


def loss(trainer: trl.DPOTrainer | trl.KTOTrainer) -> float:
    trainer.model.eval()
    (batch,) = trainer.get_train_dataloader()
    with torch.no_grad():
        value = trainer.compute_loss(trainer.model, batch)
    return float(value)


def main() -> None:
    folder = Path(sys.argv[1])
    config = json.loads((folder / "config.json").read_text())
    said = json.loads((folder / "preferences.json").read_text())
    tokenizer = words(config["vocab_size"])
    losses = {}
    with tempfile.TemporaryDirectory() as output:
        common = {
            "output_dir": output,
            "beta": said["beta"],
            "per_device_train_batch_size": 8,
            "report_to": "none",
            "use_cpu": True,
            "bf16": False,
            "gradient_checkpointing": False,
        }
        for name, trainer_of, config_of, rows, kind in (
            ("dpo", trl.DPOTrainer, trl.DPOConfig, said["pairs"], "sigmoid"),
            ("apo_zero_unpaired", trl.KTOTrainer, trl.KTOConfig, said["judged"], "apo_zero_unpaired"),
        ):
            trainer = trainer_of(
                model=model_of(folder, "learned.safetensors"),
                ref_model=model_of(folder, "base.safetensors"),
                args=config_of(**common, loss_type=kind),
                train_dataset=Dataset.from_list(rows),
                processing_class=tokenizer,
            )
            losses[name] = loss(trainer)
    print(json.dumps({"trl": trl.__version__} | losses))


if __name__ == "__main__":
    main()
