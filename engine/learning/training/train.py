"""Training an adapter: one call that runs the training worker and keeps its checkpoints."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Protocol

from engine.errors import HearthsideError, InputRefused, Interrupted
from engine.learning.machine import free_bytes
from engine.learning.training.fast_matmul import fast_matmul
from engine.learning.training.protocol import (
    CheckpointTaken,
    CheckpointUnusable,
    General,
    Reply,
    Stepped,
    Train,
    Trained,
    TrainingConfig,
    TrainingExample,
)
from engine.learning.values import TrainingProgress
from engine.models.values import ModelDescription
from engine.progress import Control
from engine.workers.worker import Limits, Worker

__all__ = ["Checkpoints", "General", "Trained", "TrainingConfig", "TrainingExample", "train"]

_NICE: Final = 15
_LEAST_FREE: Final = 200 << 20  # with less the machine begins to swap, and everything stands
_NOTHING: Final = General()

_ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",  # the pieces of a batch run side by side; threads that share one product would spin
    # MLX allocates each result anew: memory given back to the system at once costs more than the arithmetic.
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
    "MALLOC_TOP_PAD_": str(64 << 20),
}


class Checkpoints(Protocol):
    """Where the checkpoint of one run is kept; they hold what was learned, so encrypted."""

    def save(self, data: bytes) -> None:
        """Replace the one kept."""

    def load(self) -> bytes | None:
        """The one kept."""

    def clear(self) -> None:
        """Keep none."""


def train(
    model: ModelDescription,
    examples: Sequence[TrainingExample],
    config: TrainingConfig,
    *,
    general: General = _NOTHING,
    tuning: Sequence[TrainingExample] = (),
    checkpoints: Checkpoints,
    report: Callable[[TrainingProgress], None],
    control: Control,
) -> Trained:
    """Train a LoRA adapter for `model` in a process of its own; blocks until it is done.

    `general` holds the adapter to the base model in what the examples are not about; `tuning` is not trained on, but
    how likely it became is told (those too long for the trainer are left out). The same of all these, and of the
    base file, give the same bytes on one machine, also when a run was interrupted and goes on from its checkpoint. One
    of any other run, or a damaged one, is cleared. The last is left where it is: clear it once the adapter is kept.

    Raises InputRefused: "nothing_to_train", "architecture_unsupported" (architecture, reason), "model_unreadable",
    "model_changed", "memory_short" (before it starts), "memory_ran_short" (a checkpoint is saved first); Interrupted
    when cancelled (so, too); HearthsideError "worker_crashed".
    """
    if not examples:
        raise InputRefused("nothing_to_train")
    matmul = fast_matmul()
    request = Train(
        model=model.name,
        base_path=model.base_path,
        base_sha256=model.base_sha256,
        examples=list(examples),
        general=general,
        config=config,
        checkpoint=checkpoints.load(),
        matmul=str(matmul or ""),
        free_bytes=free_bytes(),
        tuning=list(tuning),
    )
    with _worker(model.base_path, request.matmul) as worker:
        for reply in _watched(worker.stream(request, control=control), control):
            match reply:
                case Stepped(progress):
                    report(progress)
                case CheckpointTaken(data):
                    checkpoints.save(data)
                case CheckpointUnusable():
                    checkpoints.clear()
                case Trained():
                    return reply
    raise HearthsideError("worker_failed", worker="training", reason="it ended without an adapter")


def _watched(replies: Iterator[Reply], control: Control) -> Iterator[Reply]:
    """The same, as long as memory lasts: then the run is cancelled, which leaves a checkpoint to go on from."""
    short = False
    try:
        for reply in replies:
            yield reply
            if isinstance(reply, Stepped) and not short and free_bytes() < _LEAST_FREE:
                short = True
                control.cancel()
    except Interrupted:
        if short:
            raise InputRefused("memory_ran_short") from None
        raise


def _worker(*readable: str) -> Worker[Reply]:
    """Least urgent, and unable to write to the disk or to read anything but its code and the base model."""
    limits = Limits(nice=_NICE, file_size=0, confined=True, readable=tuple(filter(None, readable)))
    return Worker[Reply](
        "engine.learning.training.service",
        Reply,
        name="training",
        limits=limits,
        environment=_ENVIRONMENT,
        yields=True,  # to whoever waits for an answer
    )
