"""What a training takes is reckoned beforehand; with less free it goes slower, with too little it does not start."""

import sys

import mlx.core as mx
import pytest

from engine.errors import InputRefused
from engine.learning import train as training
from engine.learning.adapted_model import AdaptedModel
from engine.learning.architectures import ARCHITECTURES
from engine.learning.base_weights import read_base
from engine.learning.gradient import GradientWorkers
from engine.learning.memory_plan import PROGRAM_BYTES, Weights, planned
from engine.learning.training_batches import batches_of, lessons_of
from engine.learning.training_protocol import TrainingConfig, TrainingExample
from engine.models.catalog import Models
from engine.progress import Control
from tests.benchmarks.peak_memory import PeakOfChildren
from tests.engine.learning import tiny_llama
from tests.engine.learning.test_train import Kept
from tests.engine.learning.test_train_run import examples, request, run
from tests.engine.learning.tiny_llama import write_tiny_llama
from tests.fakes.tiny_model import describe

mx.disable_compile()
SHAPE = {
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_attention_heads": 9,
    "head_dim": 64,
    "num_hidden_layers": 30,
    "vocab_size": 49152,
}
WEIGHTS = Weights(134_515_008, SHAPE)


def batches(tokens=512, count=8, **config):
    lessons, _ = lessons_of([TrainingExample([1] * (tokens - 60), [2] * 60)] * count, TrainingConfig(**config))
    return batches_of(lessons, TrainingConfig(**config))


def plan(free=1 << 40, **config):
    return planned(WEIGHTS, batches(), TrainingConfig(**config), cores=2, free=free)


def test_more_layers_longer_examples_and_more_cores_need_more():
    assert plan(layers=8).needed < plan(layers=16).needed < plan(layers=30).needed
    assert plan(layers=30).needed == plan(layers=99).needed
    short, long = (planned(WEIGHTS, batches(n), TrainingConfig(), cores=2, free=1 << 40).needed for n in (64, 512))
    assert PROGRAM_BYTES + 4 * WEIGHTS.numbers < short < long


def test_with_less_free_it_keeps_less_then_works_on_one_piece_then_refuses():
    whole = plan()
    kept_nothing = plan(free=int(whole.needed / 0.9) - 1)
    one = plan(free=int(kept_nothing.needed / 0.9) - 1)
    assert (whole.threads, whole.kept > 0) == (2, True)
    assert (kept_nothing.threads, kept_nothing.kept) == (2, 0)
    assert one.threads == 1
    with pytest.raises(InputRefused, match="memory_short"):
        plan(free=PROGRAM_BYTES)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_reckoned_for_a_piece_is_what_mlx_takes_for_it(tmp_path, monkeypatch, architecture):
    for name, size in {"WIDTH": 128, "INNER": 384}.items():
        monkeypatch.setattr(tiny_llama, name, size)
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    config = TrainingConfig(layers=2, batch=1)
    given, base = batches(128, 1, layers=2, batch=1), read_base(path, config.max_tokens)
    plan = planned(Weights(base.numbers, base.shape), given, config, cores=1, free=1 << 40)
    model = AdaptedModel(path, config)

    with GradientWorkers(model, threads=1) as workers:
        workers.of(given[0], model.parameters)  # what frozen layers give is kept from now on
        standing = mx.get_active_memory()
        mx.reset_peak_memory()
        workers.of(given[0], model.parameters)
        took = mx.get_peak_memory() - standing

    assert 0.9 < (plan.needed - plan.kept - PROGRAM_BYTES - 4 * base.numbers) / took < 1.1


def test_however_little_is_free_the_adapter_is_the_same(tmp_path):
    base = write_tiny_llama(tmp_path / "tiny.gguf")
    plenty, little = (
        run(request(base, free=free))[-1].gguf for free in (8 << 30, int(PROGRAM_BYTES / 0.9) + (3 << 20))
    )
    assert plenty == little


def test_a_training_stops_with_a_checkpoint_when_memory_runs_short(tmp_path, monkeypatch):
    model, kept, steps = describe(write_tiny_llama(tmp_path / "tiny.gguf")), Kept(), []
    free = iter([8 << 30, 8 << 30, 8 << 30])
    monkeypatch.setattr(training, "free_bytes", lambda: next(free, 1))
    with pytest.raises(InputRefused, match="memory_ran_short"):
        training.train(
            model, examples(), TrainingConfig(layers=2), checkpoints=kept, report=steps.append, control=Control()
        )
    assert kept.data is not None


@pytest.mark.model
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's high-water mark")
def test_what_is_reckoned_is_what_the_real_model_takes(models_folder):
    given = [TrainingExample([index + 5] * 324, [index + 7] * 60) for index in range(4)]
    told = []
    with PeakOfChildren() as peak:
        training.train(
            Models(models_folder).describe("smollm2-135m-instruct"),
            given,
            TrainingConfig(epochs=1),
            checkpoints=Kept(),
            report=told.append,
            control=Control(),
        )
    assert peak.bytes <= told[-1].needed_bytes <= 1.3 * peak.bytes
