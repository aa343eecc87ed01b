"""The training loop in this process: it learns, repeats itself byte for byte, and goes on after an interruption."""

import hashlib
from itertools import pairwise

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.errors import InputRefused, Interrupted
from engine.learning.training import checkpoint as training_checkpoint
from engine.learning.training.memory_plan import PROGRAM_BYTES
from engine.learning.training.protocol import (
    CheckpointTaken,
    CheckpointUnusable,
    General,
    Stepped,
    Train,
    Trained,
    TrainingConfig,
    TrainingExample,
)
from engine.learning.training.service import TrainingService
from engine.progress import Control
from engine.workers.service import Context
from tests.engine.learning.tiny_llama import TOKENS, write_tiny_llama

mx.disable_compile()
CONFIG = TrainingConfig(layers=2, rank=4, batch=2, epochs=3, learning_rate=2e-2, seed=1)


def examples(count=6, seed=0):
    random = np.random.default_rng(seed)
    return [
        TrainingExample(random.integers(0, TOKENS, 5 + index).tolist(), random.integers(0, TOKENS, 4).tolist())
        for index in range(count)
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny_llama(tmp_path_factory.mktemp("base") / "tiny.gguf")


def request(base, checkpoint=None, config=CONFIG, given_examples=None, free=8 << 30):
    return Train(
        model="tiny",
        base_path=str(base),
        base_sha256=hashlib.sha256(base.read_bytes()).hexdigest(),
        examples=examples() if given_examples is None else given_examples,
        general=General([TrainingExample([1, 2], [3])], [TrainingExample([4], [5, 6])]),
        config=config,
        checkpoint=checkpoint,
        matmul="",
        free_bytes=free,
    )


def run(asked, control=None):
    return list(TrainingService().handle(asked, Context(control or Control())))


def interrupted_at(step, asked):
    """The checkpoint of a run cancelled when `step` was done."""
    control, replies = Control(), []

    def follow():
        for reply in TrainingService().handle(asked, Context(control)):
            replies.append(reply)
            if isinstance(reply, Stepped) and reply.progress.step == step:
                control.cancel()

    with pytest.raises(Interrupted):
        follow()
    assert isinstance(replies[-1], CheckpointTaken)
    return replies[-1].data


@pytest.fixture(scope="module")
def uninterrupted(base):
    return run(request(base))


def test_it_learns_and_tells_how_far_it_is(uninterrupted):
    preparing, *steps = [reply.progress for reply in uninterrupted if isinstance(reply, Stepped)]
    trained = uninterrupted[-1]

    assert preparing.phase == "preparing"
    assert [progress.step for progress in steps] == list(range(1, 10))
    assert {progress.steps for progress in steps} == {9}
    assert [progress.loss for progress in steps] == trained.losses
    assert sum(trained.losses[-3:]) < 0.7 * sum(trained.losses[:3])
    assert steps[-1].eta_s == 0
    assert all(progress.eta_s > 0 for progress in steps[:-1])
    rows = 8 + 9 + 10 + 11 + 12 + 13  # a row is read without its last token; these need no padding
    assert trained.tokens == 3 * (rows + 3 * 3), "in each of three steps an epoch one answer is replayed"


def test_the_same_seed_and_data_give_the_same_bytes(base, uninterrupted):
    assert run(request(base))[-1].gguf == uninterrupted[-1].gguf


@pytest.mark.parametrize("change", [{"config": replace(CONFIG, seed=2)}, {"given_examples": examples(seed=9)}])
def test_another_seed_or_other_data_give_others(base, uninterrupted, change):
    assert run(request(base, **change))[-1].gguf != uninterrupted[-1].gguf


@pytest.mark.parametrize("step", [1, 8])
def test_a_run_that_was_interrupted_ends_as_one_that_was_not(base, uninterrupted, step):
    resumed = run(request(base, interrupted_at(step, request(base))))

    steps = [reply.progress.step for reply in resumed if isinstance(reply, Stepped)]
    assert steps[:2] == [0, step + 1]
    assert resumed[-1].gguf == uninterrupted[-1].gguf
    assert resumed[-1].losses == uninterrupted[-1].losses
    assert resumed[-1].tokens == uninterrupted[-1].tokens


@pytest.mark.parametrize("how", ["other config", "other data", "damaged", "empty"])
def test_a_checkpoint_of_another_run_is_not_used(base, uninterrupted, how):
    other = {
        "other config": {"config": replace(CONFIG, learning_rate=1e-2)},
        "other data": {"given_examples": examples(seed=9)},
    }.get(how, {})
    checkpoint = interrupted_at(2, request(base, **other))
    if how == "damaged":
        checkpoint = checkpoint[:1000] + bytes([checkpoint[1000] ^ 1]) + checkpoint[1001:]

    replies = run(request(base, b"" if how == "empty" else checkpoint))

    assert any(isinstance(reply, CheckpointUnusable) for reply in replies)
    assert replies[-1].gguf == uninterrupted[-1].gguf


DROPPING = replace(CONFIG, dropout=0.3)


@pytest.fixture(scope="module")
def dropped(base):
    return run(request(base, config=DROPPING))


def test_what_dropout_leaves_out_is_of_the_seed_and_of_nothing_else(base, uninterrupted, dropped):
    sparing = request(base, config=DROPPING, free=int(PROGRAM_BYTES / 0.9) + (3 << 20))
    assert dropped[-1].gguf != uninterrupted[-1].gguf
    assert run(sparing)[-1].gguf == dropped[-1].gguf
    assert run(request(base, config=replace(DROPPING, seed=2)))[-1].losses[0] != dropped[-1].losses[0]


@pytest.mark.parametrize("step", [1, 8])
def test_a_run_with_dropout_that_was_interrupted_ends_as_one_that_was_not(base, dropped, step):
    asked = request(base, config=DROPPING)
    resumed = run(replace(asked, checkpoint=interrupted_at(step, asked)))
    assert resumed[-1].gguf == dropped[-1].gguf
    assert resumed[-1].losses == dropped[-1].losses


def test_it_waits_between_any_two_steps_when_asked_to(base):
    done = []

    class Recorder(Context):
        def checkpoint(self):
            done.append("may pause")

    for reply in TrainingService().handle(request(base), Recorder(Control())):
        done.append(type(reply).__name__)  # noqa: PERF401 - the recorder appends in between

    steps = [place for place, what in enumerate(done) if what == "Stepped"][1:]
    assert len(steps) == 9
    assert all("may pause" in done[before:after] for before, after in pairwise([0, *steps]))


@pytest.mark.parametrize("count", [1, 3])
def test_few_examples_are_enough_to_train(base, count):
    trained = run(request(base, given_examples=examples(count)))[-1]

    assert isinstance(trained, Trained)
    assert trained.losses[-1] < trained.losses[0]


@pytest.mark.parametrize("nothing", [[], [TrainingExample([1, 2], [])], [TrainingExample([1], [2] * 600)]])
def test_nothing_to_train_on_is_refused(base, nothing):
    with pytest.raises(InputRefused, match="nothing_to_train"):
        run(request(base, given_examples=nothing))


def test_examples_left_out_are_named(base):
    trained = run(request(base, given_examples=[TrainingExample([1], [2] * 600), *examples(2)]))[-1]

    assert trained.left_out == [0]


def test_a_base_file_that_changed_is_refused(base, tmp_path):
    asked = request(base)
    changed = tmp_path / "changed.gguf"
    changed.write_bytes(base.read_bytes() + b"\0")

    with pytest.raises(InputRefused, match="model_changed"):
        run(replace(asked, base_path=str(changed)))


@given(st.binary(max_size=200), st.text(max_size=5))
def test_no_bytes_make_a_checkpoint_fail(data, identity):
    assert training_checkpoint.decode(data, identity) is None


def test_it_is_said_how_likely_examples_became_that_were_not_trained_on(base):
    asked, [apart] = request(base, config=replace(CONFIG, learning_rate=1e-12)), examples(1, seed=9)
    told = run(replace(asked, tuning=[apart, *examples(1)]))[-1]
    alone = [run(replace(asked, examples=[one], general=General()))[-1].losses[0] for one in (apart, *examples(1))]
    assert told.tuning_losses == pytest.approx(alone, rel=1e-5)
    assert told.gguf == run(asked)[-1].gguf
    assert run(asked)[-1].tuning_losses == []
