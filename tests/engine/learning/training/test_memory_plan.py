"""What a training takes is reckoned beforehand; with less free it goes slower, with too little it does not start."""

import sys

import mlx.core as mx
import pytest
from mlx.utils import tree_map

from engine.errors import InputRefused
from engine.learning.training import run as training_run
from engine.learning.training import train as training
from engine.learning.training.adapted_model import AdaptedModel
from engine.learning.training.architectures import ARCHITECTURES
from engine.learning.training.base_weights import read_base
from engine.learning.training.batches import Batch, anchor_of, batches_of, lessons_of
from engine.learning.training.checkpoint import flat_tensors
from engine.learning.training.gradient import GradientWorkers
from engine.learning.training.memory_plan import PROGRAM_BYTES, Weights, planned, ways_of
from engine.learning.training.protocol import TrainingConfig, TrainingExample
from engine.models.catalog import Models
from engine.progress import Control
from tests.benchmarks.peak_memory import PeakOfChildren
from tests.engine.learning import tiny_llama
from tests.engine.learning.tiny_llama import LAYERS, write_tiny_llama
from tests.engine.learning.training.test_run import examples, request, run
from tests.engine.learning.training.test_train import Kept
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


def test_dropout_and_what_is_distilled_are_reckoned():
    def needed(shown=0, **config):
        wanted = TrainingConfig(layers=1, **config)
        example = TrainingExample([1] * 20, [2] * 20, shown=[3] * shown)
        given = batches_of(lessons_of([example], wanted)[0], wanted)
        return planned(WEIGHTS, given, wanted, cores=2, free=1 << 40).needed

    assert needed(dropout=0.1) > needed()
    assert needed(shown=900) == needed()
    assert needed(shown=900, distil_weight=1.0) > needed(shown=30, distil_weight=1.0) > needed()


def less(than, **config):
    """The plan for a little less than `than` needs."""
    return plan(free=int(than.needed / 0.9) - 1, **config)


def test_with_less_free_it_keeps_less_then_computes_again_then_works_on_one_piece_then_refuses():
    ways = [plan()]
    for _ in range(5):
        ways.append(less(ways[-1]))
    assert [(way.threads, way.kept > 0, way.recompute) for way in ways] == [
        (2, True, False),
        (2, False, False),
        (2, True, True),
        (2, False, True),
        (1, True, True),
        (1, False, True),
    ]
    assert ways[2].needed - PROGRAM_BYTES - 4 * WEIGHTS.numbers < (ways[0].needed - ways[2].needed) / 2
    with pytest.raises(InputRefused, match="memory_short"):
        less(ways[-1])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_reckoned_for_a_piece_is_what_mlx_takes_for_it(tmp_path, monkeypatch, architecture):
    for name, size in {"WIDTH": 128, "INNER": 384}.items():
        monkeypatch.setattr(tiny_llama, name, size)
    path = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture)
    config = TrainingConfig(layers=2, batch=1)
    given, base = batches(128, 1, layers=2, batch=1), read_base(path, config.max_tokens)
    one, two = (planned(Weights(base.numbers, base.shape), given, config, cores=n, free=1 << 40).needed for n in (1, 2))
    model = AdaptedModel(path, config)

    with GradientWorkers(model, threads=1) as workers:
        workers.of(given[0], model.parameters)  # what frozen layers give is kept from now on
        standing = mx.get_active_memory()
        mx.reset_peak_memory()
        workers.of(given[0], model.parameters)
        took = mx.get_peak_memory() - standing

    assert 0.9 < (two - one) / took < 1.1


@pytest.mark.parametrize("recompute", [False, True])
def test_what_is_reckoned_for_a_comparison_with_the_base_is_what_mlx_takes_for_it(tmp_path, monkeypatch, recompute):
    for name, size in {"WIDTH": 128, "INNER": 384, "TOKENS": 8192}.items():
        monkeypatch.setattr(tiny_llama, name, size)
    path, config = write_tiny_llama(tmp_path / "tiny.gguf"), TrainingConfig(layers=3)
    base, batch = read_base(path, config.max_tokens), Batch([anchor_of([TrainingExample([1] * 30, [2] * 90)], config)])
    model, reckoned = AdaptedModel(path, config, recompute=recompute), []
    for cores in (1, 2):
        ways = ways_of(Weights(base.numbers, base.shape), [batch], config, cores=cores)
        reckoned.append(next(way.needed for way in ways if way.recompute == recompute))

    with GradientWorkers(model, threads=1) as workers:
        workers.of(batch, model.parameters)  # what the base says there is kept from now on
        standing = mx.get_active_memory()
        mx.reset_peak_memory()
        workers.of(batch, model.parameters)
        took = mx.get_peak_memory() - standing

    assert 1.0 < (reckoned[1] - reckoned[0]) / took < 1.5


def test_one_layer_is_not_computed_again_where_that_saves_nothing():
    one = less(plan(layers=1), layers=1)
    assert less(one, layers=1).threads == 1


def test_however_little_is_free_the_adapter_is_the_same(tmp_path, monkeypatch):
    base, plans = write_tiny_llama(tmp_path / "tiny.gguf"), []
    monkeypatch.setattr(
        training_run, "planned", lambda *given, **more: plans.append(planned(*given, **more)) or plans[-1]
    )
    free, adapters = 8 << 30, set()
    while True:
        try:
            adapters.add(run(request(base, free=free))[-1].gguf)
        except InputRefused:
            break
        free = int(plans[-1].needed / 0.9) - 1
    assert {plan.recompute for plan in plans} == {False, True}
    assert len(adapters) == 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("layers", [1, LAYERS])
def test_what_is_computed_again_is_the_same_to_the_last_bit(tmp_path, architecture, layers):
    path, given = write_tiny_llama(tmp_path / "tiny.gguf", architecture=architecture), []
    for recompute in (False, True):
        model = AdaptedModel(path, TrainingConfig(layers=layers), recompute=recompute)
        parameters = tree_map(lambda array: array + 0.1, model.parameters)
        mx.eval(parameters)
        [batch] = batches_of(lessons_of(examples(3), TrainingConfig())[0], TrainingConfig(), examples(1, seed=9))
        with GradientWorkers(model) as workers:
            gradient = workers.of(batch, parameters)
        given.append((gradient.loss, {name: array.tobytes() for name, array in flat_tensors(gradient.tree).items()}))
    assert given[0] == given[1]


def test_a_training_stops_with_a_checkpoint_when_memory_runs_short(tmp_path, monkeypatch):
    model, kept, steps = describe(write_tiny_llama(tmp_path / "tiny.gguf")), Kept(), []
    free = iter([8 << 30, 8 << 30, 8 << 30])
    monkeypatch.setattr(training, "free_bytes", lambda: next(free, 1))
    with pytest.raises(InputRefused, match="memory_ran_short"):
        training.train(
            model,
            examples(),
            TrainingConfig(layers=2, epochs=500),  # so long that it is still under way when it is told to stop
            checkpoints=kept,
            report=steps.append,
            control=Control(),
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
