"""Training in its own process: what crosses the border, and what is left when either side ends early."""

import importlib.util
import sys

import pytest
from msgspec.structs import replace

from engine.errors import HearthsideError, InputRefused, Interrupted
from engine.learning.training import train as training
from engine.learning.training.fast_matmul import fast_matmul
from engine.learning.training.train import General, TrainingConfig, TrainingExample, train
from engine.progress import Control
from tests.engine.learning.tiny_llama import write_tiny_llama
from tests.fakes.tiny_model import describe

CONFIG = TrainingConfig(layers=2, rank=2, batch=1, epochs=2)
EXAMPLES = [TrainingExample([1, 2, 3, index], [index, 5, 6]) for index in range(10, 13)]


class Kept:
    def __init__(self):
        self.data = None

    def save(self, data):
        self.data = data

    def load(self):
        return self.data

    def clear(self):
        self.data = None


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return describe(write_tiny_llama(tmp_path_factory.mktemp("base") / "tiny.gguf"))


def run(model, kept, report=lambda progress: None, control=None):
    return train(model, EXAMPLES, CONFIG, checkpoints=kept, report=report, control=control or Control())


@pytest.fixture(scope="module")
def progress():
    return []


@pytest.fixture(scope="module")
def uninterrupted(model, progress):
    """Trained from a checkpoint that does not fit: it is cleared, and changes nothing."""
    kept = Kept()
    kept.data = b"of something else"
    trained = run(model, kept, progress.append)
    assert kept.data is None
    return trained


def test_cancelled_then_killed_then_finished_it_is_the_same_adapter(model, uninterrupted, monkeypatch):
    kept, control, workers = Kept(), Control(), []
    make_worker = training._worker
    monkeypatch.setattr(training, "_worker", lambda *readable: workers.append(make_worker(*readable)) or workers[-1])

    with pytest.raises(Interrupted):
        run(model, kept, lambda progress: control.cancel() if progress.step == 2 else None, control)
    checkpoint = kept.data
    with pytest.raises(HearthsideError, match="worker_crashed"):
        run(model, kept, lambda progress: workers[-1].kill() if progress.step == 4 else None)
    finished = run(model, kept)

    assert checkpoint is not None
    assert finished.gguf == uninterrupted.gguf
    assert finished.losses == uninterrupted.losses
    assert all(worker.pid is None for worker in workers)


def test_progress_comes_across(uninterrupted, progress):
    assert [one.step for one in progress] == list(range(7))
    assert [one.loss for one in progress[1:]] == uninterrupted.losses


def test_refusals_keep_their_kind_across_the_border(model):
    with pytest.raises(InputRefused, match="model_changed"):
        run(replace(model, base_sha256="00" * 32), Kept())


def test_no_examples_are_refused_without_a_worker(model, monkeypatch):
    monkeypatch.setattr(training, "_worker", lambda *readable: pytest.fail("a worker was made"))

    with pytest.raises(InputRefused, match="nothing_to_train"):
        train(model, [], CONFIG, checkpoints=Kept(), report=lambda progress: None, control=Control())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere MLX has a fast product")
def test_the_fast_product_is_made_once_and_whole(tmp_path):
    import ctypes

    made = fast_matmul(tmp_path / "cache")
    before = made.stat()
    again = fast_matmul(tmp_path / "cache")

    assert hasattr(ctypes.CDLL(str(made)), "cblas_sgemm")
    assert again == made
    assert made.stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in made.parent.iterdir()] == [made.name]


def test_without_a_fast_product_training_goes_on(tmp_path, monkeypatch):
    (tmp_path / "a file").touch()
    assert fast_matmul(tmp_path / "a file") is None

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert fast_matmul(tmp_path) is None


GENERAL = General(
    [TrainingExample([1, 2, index], [index, 3]) for index in range(20, 24)],
    [TrainingExample([1, 4], [5, 6, 7]), TrainingExample([8], [9, 10])],
)
STRONG = replace(CONFIG, learning_rate=0.05, replay_weight=0.0)


def run_beside(model, config, kept=None, report=lambda progress: None, control=None):
    return train(
        model,
        EXAMPLES,
        config,
        general=GENERAL,
        checkpoints=kept or Kept(),
        report=report,
        control=control or Control(),
    )


def test_replay_holds_the_adapter_to_the_base_and_the_divergence_of_each_epoch_is_told(model):
    loose = run_beside(model, replace(STRONG, most_divergence=9.0))
    held = run_beside(model, replace(STRONG, replay_weight=20.0, most_divergence=9.0))
    assert len(loose.divergences) == len(held.divergences) == CONFIG.epochs
    assert 0 < held.divergences[-1] < loose.divergences[-1] / 2
    assert (loose.scale, held.scale) == (1.0, 1.0)


def test_an_adapter_that_moves_too_far_is_scaled_back_as_far_as_needed(model):
    loose = run_beside(model, replace(STRONG, most_divergence=9.0))
    most = loose.divergences[-1] / 2
    capped = run_beside(model, replace(STRONG, most_divergence=most))
    assert capped.divergences[: CONFIG.epochs] == loose.divergences
    assert most / 2 < capped.divergences[-1] <= most
    assert 0 < capped.scale < 1
    assert capped.losses == loose.losses


def test_a_run_with_replay_that_was_cut_short_ends_as_it_would_have(model):
    config, kept, control = replace(CONFIG, replay_weight=1.0, most_divergence=1e-5), Kept(), Control()
    whole = run_beside(model, config)
    with pytest.raises(Interrupted):
        run_beside(model, config, kept, lambda progress: control.cancel() if progress.step == 4 else None, control)
    resumed = run_beside(model, config, kept)
    assert kept.data is not None
    assert whole.scale < 1
    assert resumed.gguf == whole.gguf
    assert resumed.divergences == whole.divergences
