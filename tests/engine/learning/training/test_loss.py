"""The loss is what the base model's logits say by hand, on target tokens only, and its gradient is that of the loss."""

import json

import mlx.core as mx
import numpy as np
import pytest
from mlx.utils import tree_flatten
from msgspec.structs import replace
from safetensors.numpy import save_file

from engine.learning.training.adapted_model import AdaptedModel
from engine.learning.training.adapter_gguf import Provenance, adapter_gguf
from engine.learning.training.architectures import ARCHITECTURES
from engine.learning.training.base_weights import read_base
from engine.learning.training.batches import Batch, anchor_of, batches_of, lessons_of
from engine.learning.training.checkpoint import flat_tensors
from engine.learning.training.gradient import GradientWorkers
from engine.learning.training.protocol import TrainingConfig, TrainingExample
from tests.benchmarks.training import for_transformers, transformers_config
from tests.engine.learning.tiny_llama import LAYERS, llama_cpp_logits, rounding, write_tiny_llama

mx.disable_compile()
EXAMPLES = [
    TrainingExample([1, 2, 3, 4, 5], [6, 7, 8]),
    TrainingExample([9, 10], [11, 12], 0.25),
    TrainingExample([13, 14, 15], [16]),
]


BETA = 0.3
PREFERENCES = [
    TrainingExample([1, 2, 3], [4, 5], rejected=[6, 7, 8]),
    TrainingExample([9, 10], [11], 0.25, liked=True),
    TrainingExample([12, 13], [14, 15], 0.25, liked=False),
    TrainingExample([16, 17], [18]),
]


def config(**changes):
    return TrainingConfig(**{"layers": 2, "rank": 2, "alpha": 4, "max_tokens": 64, "batch": 9, "beta": BETA} | changes)


def model_of(path, layers=2):
    return AdaptedModel(path, config(layers=layers))


def batch_of(examples, **changes):
    return batches_of(lessons_of(examples, config(**changes))[0], config(**changes))[0]


def nats(path, example, adapter=None):
    """By hand, from llama.cpp's logits: -log softmax at each target token."""
    logits = llama_cpp_logits(path, example.prompt + example.target, adapter).astype(np.float64)
    logarithms = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    first = len(example.prompt) - 1
    return -logarithms[np.arange(first, first + len(example.target)), example.target]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_loss_is_the_weighted_mean_over_target_tokens(tmp_path, architecture):
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    model = model_of(path)

    with GradientWorkers(model) as workers:
        loss = workers.of(batch_of(EXAMPLES), model.parameters).loss

    by_hand = sum(nats(path, example).sum() * example.weight for example in EXAMPLES) / (3 + 2 * 0.25 + 1)
    assert loss == pytest.approx(by_hand, abs=1e-4 * rounding(architecture))


def taught(model, seed=1):
    """Parameters that say something: as they come, an adapter changes nothing."""
    parameters = model.parameters
    random = np.random.default_rng(seed)
    for layer in parameters["model"]["layers"][1:]:
        for module in (layer["mlp"]["gate_proj"], layer["mlp"]["up_proj"], layer["mlp"]["down_proj"]):
            for side in ("lora_a", "lora_b"):
                module[side] = mx.array(random.normal(0, 0.2, module[side].shape).astype(np.float32))
    return parameters


def written(folder, model, parameters):
    origin = Provenance(base_sha256="", dataset_sha256="", examples=0, config="", software="")
    path = folder / "adapter.gguf"
    path.write_bytes(adapter_gguf(model.architecture, 4, flat_tensors(parameters), origin))
    return path


@pytest.mark.parametrize("architecture", ["llama", "granite"])
def test_what_is_replayed_is_held_to_the_base_by_its_divergence(tmp_path, architecture):
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    model = model_of(path)
    replayed = [TrainingExample([1, 2, 3], [4, 5]), TrainingExample([6], [7, 8, 9, 10])]
    settings = config(replay_weight=0.7)
    parameters = taught(model)

    with GradientWorkers(model) as workers:
        plain = batches_of(lessons_of(EXAMPLES, settings)[0], settings)[0]
        held = batches_of(lessons_of(EXAMPLES, settings)[0], settings, replayed)[0]
        fresh = workers.of(held, model.fresh).loss - workers.of(plain, model.fresh).loss
        added = workers.of(held, parameters).loss - workers.of(plain, parameters).loss
        told = workers.divergence([anchor_of([one], settings) for one in replayed], parameters)

    adapter = written(tmp_path, model, parameters)
    by_hand = np.concatenate([divergence(path, example, adapter) for example in replayed])
    assert fresh == pytest.approx(0, abs=1e-6)
    assert by_hand.mean() > 0.01
    assert told == pytest.approx(by_hand.mean(), rel=1e-3)
    assert added == pytest.approx(0.7 * by_hand.mean(), rel=1e-3)


def divergence(path, example, adapter, shown=None):
    """By hand, from llama.cpp's logits: KL of the adapted model from the base before each target token, which the base
    reads after the prompt `shown`."""
    logarithms = []
    for prompt, one in ((shown or example.prompt, None), (example.prompt, adapter)):
        logits = llama_cpp_logits(path, prompt + example.target, one).astype(np.float64)[len(prompt) - 1 : -1]
        logarithms.append(logits - np.log(np.exp(logits).sum(-1, keepdims=True)))
    log_base, log_adapted = logarithms
    return (np.exp(log_base) * (log_base - log_adapted)).sum(-1)


DISTILLED = [
    TrainingExample([1, 2, 3], [4, 5], rejected=[6, 7, 8], shown=[20, 1, 2, 3, 4, 5, 21]),
    TrainingExample([9, 10], [11, 12, 13, 14], 0.25, shown=[22, 9, 10, 11]),
    TrainingExample([13, 14, 15], [16]),
]


@pytest.mark.parametrize("architecture", ["llama", "granite"])
@pytest.mark.parametrize("recompute", [False, True])
def test_what_is_distilled_is_the_divergence_from_the_base_that_is_shown_the_correction(
    tmp_path, architecture, recompute
):
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    model = AdaptedModel(path, config(), recompute=recompute)
    parameters = taught(model)
    with GradientWorkers(model) as workers:
        plain = workers.of(batch_of(DISTILLED), parameters).loss
        batch = batch_of(DISTILLED, distil_weight=0.7)
        added, again = (workers.of(batch, parameters).loss - plain for _ in range(2))

    adapter = written(tmp_path, model, parameters)
    drafted, without_draft, _ = DISTILLED
    along_draft = replace(drafted, target=drafted.rejected)
    of_draft = divergence(path, along_draft, adapter, drafted.shown)
    of_target = divergence(path, without_draft, adapter, without_draft.shown)
    by_hand = (of_draft.sum() + 0.25 * of_target.sum()) / (3 + 0.25 * 4)
    assert by_hand > divergence(path, along_draft, adapter).mean() > 0.01
    assert added == again == pytest.approx(0.7 * by_hand, rel=1e-3)


def test_preferences_are_by_hand_dpo_and_apo_zero(tmp_path):
    """DPO: -log sigmoid(beta m), m the margin beyond the base. APO-zero: 1 - sigmoid(beta m), or sigmoid(beta m)."""
    path = write_tiny_llama(tmp_path / "tiny.gguf")
    model = model_of(path)
    parameters = taught(model)
    adapter = written(tmp_path, model, parameters)

    with GradientWorkers(model) as workers:
        loss = workers.of(batch_of(PREFERENCES, pair_weight=0.7, judged_weight=0.4), parameters).loss

    def moved(prompt, answer):
        example = TrainingExample(prompt, answer)
        return (nats(path, example) - nats(path, example, adapter)).sum()

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    pair, liked, disliked, plain = PREFERENCES
    margin = moved(pair.prompt, pair.target) - moved(pair.prompt, pair.rejected)
    assert abs(margin) > 0.1
    preferences = (
        0.7 * -np.log(sigmoid(BETA * margin))
        + 0.4 * (1 - sigmoid(BETA * moved(liked.prompt, liked.target)))
        + 0.4 * sigmoid(BETA * moved(disliked.prompt, disliked.target))
    )
    said = [pair, liked, plain]
    tokens = sum(len(example.target) * example.weight for example in said)
    likelihood = sum(nats(path, example, adapter).sum() * example.weight for example in said) / tokens
    assert loss == pytest.approx(likelihood + preferences / len(PREFERENCES), abs=1e-4)


PAIRS = [
    TrainingExample([1, 2, 3], [4, 5, 63], rejected=[6, 7, 8, 63]),
    TrainingExample([9], [10, 63], rejected=[11, 63]),
]
JUDGED = [
    TrainingExample([9, 10], [11, 63], liked=True),
    TrainingExample([12, 13], [14, 15, 63], liked=False),
    TrainingExample([1, 2], [3, 63], liked=False),
]
BY_TRL = {"dpo": 0.5925246, "apo_zero_unpaired": 0.5083293}  # trl 1.16.0, by benchmarks/baselines/preference_losses.py


@pytest.mark.parametrize(
    ("name", "examples", "weights"),
    [("dpo", PAIRS, {"pair_weight": 1.0}), ("apo_zero_unpaired", JUDGED, {"judged_weight": 1.0})],
)
def test_preferences_are_what_trl_makes_of_them(tmp_path, name, examples, weights):
    model = model_of(write_tiny_llama(tmp_path / "tiny.gguf"))
    said = [example for example in examples if example.liked is not False]
    with GradientWorkers(model) as workers:
        whole = workers.of(batch_of(examples, **weights), taught(model)).loss
        likelihood = workers.of(batch_of(said), taught(model)).loss
    assert whole - likelihood == pytest.approx(BY_TRL[name], abs=2e-5)


def write_for_trl(folder):
    """What preference_losses.py reads: the model without and with what was taught, the pairs and the judged answers."""
    path = write_tiny_llama(folder / "tiny.gguf")
    model = model_of(path)
    learned, shape = dict(tree_flatten(taught(model))), read_base(path, 64).shape
    tensors = {name: np.array(tensor) for name, tensor in tree_flatten(model.model.parameters()) if "lora_" not in name}
    for file in ("base", "learned"):
        whole = {}
        for name, tensor in tensors.items():
            stem = name.removesuffix(".linear.weight")
            adapted = stem != name and file == "learned"
            update = 2 * np.array(learned[f"{stem}.lora_a"] @ learned[f"{stem}.lora_b"]).T if adapted else 0
            whole[f"{stem}.weight" if stem != name else name] = np.ascontiguousarray(tensor + update)
        save_file(dict(for_transformers(shape, iter(whole.items()))), folder / f"{file}.safetensors")
    (folder / "config.json").write_text(json.dumps(transformers_config(shape)))

    def text(tokens):
        return " ".join(f"<{token}>" for token in tokens)

    pairs = [
        {"prompt": text(each.prompt) + " ", "chosen": text(each.target), "rejected": text(each.rejected)}
        for each in PAIRS
    ]
    judged = [
        {"prompt": text(each.prompt) + " ", "completion": text(each.target), "label": each.liked} for each in JUDGED
    ]
    (folder / "preferences.json").write_text(json.dumps({"beta": BETA, "pairs": pairs, "judged": judged}))


def test_a_fresh_adapter_prefers_nothing(tmp_path):
    model = model_of(write_tiny_llama(tmp_path / "tiny.gguf"))
    disliked = [TrainingExample([1, 2], [3], liked=False)]
    with GradientWorkers(model) as workers:
        loss = workers.of(batch_of(disliked, judged_weight=1.0), model.parameters).loss
    assert loss == pytest.approx(0.5)


@pytest.mark.parametrize("layers", [1, 2, LAYERS, LAYERS + 5])
def test_where_the_frozen_layers_end_changes_no_loss(tmp_path, layers):
    model = model_of(write_tiny_llama(tmp_path / "tiny.gguf"), layers)
    whole = model_of(tmp_path / "tiny.gguf", LAYERS)

    with GradientWorkers(model) as workers, GradientWorkers(whole) as reference:
        first = workers.of(batch_of(EXAMPLES), model.parameters)
        again = workers.of(batch_of(EXAMPLES), model.parameters)
        expected = reference.of(batch_of(EXAMPLES), whole.parameters)

    assert first.loss == again.loss
    assert first.loss == pytest.approx(expected.loss, abs=1e-5)


def test_what_is_kept_of_one_batch_is_never_taken_for_another(tmp_path):
    model = model_of(write_tiny_llama(tmp_path / "tiny.gguf"))
    with GradientWorkers(model) as workers:
        parameters = model.parameters
        losses = {workers.of(batch_of(EXAMPLES), parameters).loss for _ in range(200)}
    assert len(losses) == 1


@pytest.mark.parametrize(
    "weights", [{}, {"pair_weight": 1.0, "judged_weight": 1.0}, {"distil_weight": 1.0}, {"dropout": 0.4}]
)
def test_the_gradient_is_the_slope_of_the_loss(tmp_path, weights):
    model = AdaptedModel(write_tiny_llama(tmp_path / "tiny.gguf"), config(**weights))
    batch = batch_of(EXAMPLES + PREFERENCES + DISTILLED, **weights)
    parameters = taught(model)
    module = parameters["model"]["layers"][1]["mlp"]["up_proj"]
    before = np.array(module["lora_a"])

    with GradientWorkers(model) as workers:
        gradient = np.array(workers.of(batch, parameters).tree["model"]["layers"][1]["mlp"]["up_proj"]["lora_a"])
        direction = gradient / np.linalg.norm(gradient)
        losses = []
        for step in (0.02, -0.02):
            module["lora_a"] = mx.array(before + step * direction)
            losses.append(workers.of(batch, parameters).loss)

    slope = (losses[0] - losses[1]) / 0.04
    assert slope > 1e-3
    assert slope == pytest.approx(np.linalg.norm(gradient), rel=0.02)


@pytest.mark.parametrize("recompute", [False, True])
def test_dropout_is_another_in_each_step_and_piece_and_none_without(tmp_path, recompute):
    path = write_tiny_llama(tmp_path / "tiny.gguf")

    def losses(dropout, batch, steps):
        model = AdaptedModel(path, config(dropout=dropout), recompute=recompute)
        with GradientWorkers(model) as workers:
            return [workers.of(batch, taught(model), step).loss for step in steps]

    batch = batch_of(EXAMPLES)
    first, again, other = losses(0.5, batch, [3, 3, 4])
    assert first == again != other
    assert len(set(losses(0.0, batch, [3, 4]))) == 1
    swapped = Batch(batch.pieces[::-1])
    assert losses(0.5, swapped, [3])[0] != pytest.approx(first, abs=1e-6)
    assert losses(0.0, swapped, [3])[0] == pytest.approx(losses(0.0, batch, [3])[0], abs=1e-6)


def test_what_is_watched_has_nothing_left_out(tmp_path):
    path = write_tiny_llama(tmp_path / "tiny.gguf")
    model = AdaptedModel(path, config(dropout=0.5))
    parameters, watched = taught(model), anchor_of(EXAMPLES[:1], config())
    with GradientWorkers(model) as workers:
        workers.of(batch_of(EXAMPLES), parameters)
        told = workers.divergence([watched], parameters)
    assert told == pytest.approx(divergence(path, EXAMPLES[0], written(tmp_path, model, parameters)).mean(), rel=1e-3)
