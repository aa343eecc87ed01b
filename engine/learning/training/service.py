"""The training worker: trains one adapter. It writes nothing to the disk; what was learned goes to the parent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.errors import InputRefused
from engine.learning.training import fast_matmul
from engine.learning.training.batches import lessons_of
from engine.learning.training.protocol import Reply, Stepped, Train
from engine.learning.values import TrainingProgress
from engine.models.hashes import sha256_of
from engine.workers.service import Context


class TrainingService:
    requests: Any = Train

    def handle(self, request: Train, context: Context) -> Iterator[Reply]:
        lessons, left_out = lessons_of(request.examples, request.config)
        if not lessons:
            raise InputRefused("nothing_to_train")
        yield Stepped(TrainingProgress(phase="preparing", step=0, steps=0, loss=None, tokens_per_s=0, eta_s=None))
        _check_base(request, context)
        _prepare_mlx(request.matmul)
        from engine.learning.training.run import TrainingRun

        yield from TrainingRun(request, lessons, left_out).replies(context)


def service() -> TrainingService:
    return TrainingService()


def _check_base(request: Train, context: Context) -> None:
    """Is it still the file that was imported? The adapter will be bound to its hash."""
    path = Path(request.base_path)
    try:
        sha256 = sha256_of(path, control=context.control)
    except OSError as error:
        raise InputRefused("model_unreadable", path=str(path), reason=error.strerror or str(error)) from error
    if sha256 != request.base_sha256:
        raise InputRefused("model_changed", name=request.model, file=path.name)


def _prepare_mlx(matmul: str) -> None:
    fast_matmul.load(matmul)
    import mlx.core as mx

    if mx.default_device() == mx.Device(mx.cpu):
        mx.disable_compile()  # on a CPU it would write C++ to the disk and look for a compiler
