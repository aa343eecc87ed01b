"""The training loop: from the first step, or a checkpoint, to the adapter. Runs in the training worker only."""

from __future__ import annotations

import hashlib
import importlib.metadata
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.learning.training import checkpoint
from engine.learning.training.adapted_model import AdaptedModel
from engine.learning.training.adapter_gguf import Provenance, adapter_gguf
from engine.learning.training.base_weights import read_base
from engine.learning.training.batches import Batch, Lesson, Piece, anchor_of, batches_of, lessons_of, order_of, piece_of
from engine.learning.training.gradient import GradientWorkers
from engine.learning.training.memory_plan import MemoryPlan, Weights, planned
from engine.learning.training.pace import Pace
from engine.learning.training.protocol import CheckpointTaken, CheckpointUnusable, Reply, Stepped, Train, Trained
from engine.learning.values import TrainingProgress
from engine.models.processors import physical_cores
from engine.workers.service import Context

_CHECKPOINT_S: Final = 10.0
_WARM_UP: Final = 0.1  # of all steps
_WEIGHT_DECAY: Final = 0.01
_LARGEST_NORM: Final = 1.0  # of a gradient
_HALVINGS: Final = 6  # leave the scale of an adapter that diverges too far uncertain by 1/64


class TrainingRun:
    """AdamW with warm-up and linear decay over batches in an order drawn from the seed.

    `step` and all after it can be restored, so that an interrupted run ends as an uninterrupted one.
    """

    def __init__(self, request: Train, lessons: list[Lesson], left_out: list[int]) -> None:
        from mlx.optimizers import AdamW

        self._request = request
        self._left_out = left_out
        self._identity = _identity(request)
        self._batches = batches_of(lessons, request.config, request.general.replayed)
        self._tuning = _apart(request)
        self._watched = [anchor_of([example], request.config) for example in request.general.watched]
        self._order = list(order_of(len(self._batches), request.config))
        self._plan = self._planned()
        self._model = AdaptedModel(Path(request.base_path), request.config, recompute=self._plan.recompute)
        self._parameters = self._model.parameters
        self._optimizer = AdamW(request.config.learning_rate, weight_decay=_WEIGHT_DECAY, bias_correction=True)
        self._optimizer.init(self._parameters)
        self._pace = Pace()
        self._step = 0
        self._losses: list[float] = []
        self._divergences: list[float] = []
        self._tokens = 0
        self._seconds = 0.0

    def replies(self, context: Context) -> Iterator[Reply]:
        """Train to the end, stopping between steps when asked to. A cancelled run leaves a checkpoint."""
        yield from self._restore()
        last = time.monotonic()
        with GradientWorkers(self._model, threads=self._plan.threads, kept=self._plan.kept) as workers:
            while self._step < len(self._order):
                if context.cancelled or time.monotonic() - last >= _CHECKPOINT_S:
                    yield CheckpointTaken(self._checkpoint())
                    last = time.monotonic()
                context.checkpoint()
                self._advance(workers)
                yield Stepped(self._progress(workers))
            scale = self._keep_near(workers)
            tuning = workers.losses(self._tuning, self._parameters)
        yield Trained(
            self._adapter(), self._losses, self._tokens, self._seconds, self._left_out, self._divergences, scale, tuning
        )

    def _planned(self) -> MemoryPlan:
        base = read_base(Path(self._request.base_path), self._request.config.max_tokens)
        batches = [
            *self._batches,
            *(Batch([piece]) for piece in self._tuning),
            *(Batch([anchor]) for anchor in self._watched),
        ]
        weights = Weights(base.numbers, base.shape)
        return planned(weights, batches, self._request.config, cores=physical_cores(), free=self._request.free_bytes)

    def _advance(self, workers: GradientWorkers) -> None:
        import mlx.core as mx
        from mlx.optimizers import clip_grad_norm

        started = time.perf_counter()
        batch = self._batches[self._order[self._step]]
        gradient = workers.of(batch, self._parameters, self._step)
        clipped, _ = clip_grad_norm(gradient.tree, _LARGEST_NORM)  # type: ignore[no-untyped-call]  # mlx leaves it so
        self._optimizer.learning_rate = self._learning_rate()
        self._parameters = self._optimizer.apply_gradients(clipped, self._parameters)
        mx.eval(self._parameters, self._optimizer.state)
        took = time.perf_counter() - started
        self._pace.took(batch, took, gradient.frozen_share)
        self._step += 1
        if self._watched and self._step % len(self._batches) == 0:
            self._divergences.append(workers.divergence(self._watched, self._parameters))
        self._losses.append(gradient.loss)
        self._tokens += batch.padded_tokens
        self._seconds += took

    def _keep_near(self, workers: GradientWorkers) -> float:
        """Step back toward the base until the watched answers diverge no more than they may; how much is left."""
        most = self._request.config.most_divergence
        if not self._watched or self._divergences[-1] <= most:
            return 1.0
        whole, low, high = self._parameters, 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if workers.divergence(self._watched, _scaled(whole, middle)) <= most:
                low = middle
            else:
                high = middle
        self._parameters = _scaled(whole, low)
        self._divergences.append(workers.divergence(self._watched, self._parameters))
        return low

    def _learning_rate(self) -> float:
        """Rises over the first tenth of the steps, then falls to nothing."""
        steps = len(self._order)
        warm = max(1, round(steps * _WARM_UP))
        share = min((self._step + 1) / warm, (steps - self._step) / (steps - warm + 1))
        return self._request.config.learning_rate * share

    def _progress(self, workers: GradientWorkers) -> TrainingProgress:
        left = [self._batches[index] for index in self._order[self._step :]]
        fresh = {id(batch): batch for batch in left if not workers.is_kept(batch)}
        return TrainingProgress(
            phase="training",
            step=self._step,
            steps=len(self._order),
            loss=self._losses[-1],
            tokens_per_s=self._tokens / self._seconds,
            eta_s=self._pace.left(_tokens(fresh.values()), _tokens(left)),
            divergence=self._divergences[-1] if self._divergences else None,
            needed_bytes=self._plan.needed,
            free_bytes=self._request.free_bytes,
        )

    def _restore(self) -> Iterator[Reply]:
        data = self._request.checkpoint
        if data is None:
            return
        standing = checkpoint.decode(data, self._identity)
        if standing is None:
            yield CheckpointUnusable()
            return
        tensors = checkpoint.unpack(standing.tensors, like=self._learned())
        self._parameters, self._optimizer.state = tensors["adapter"], tensors["optimizer"]
        self._step, self._losses, self._divergences = standing.step, standing.losses, standing.divergences
        self._tokens, self._seconds = standing.tokens, standing.seconds

    def _checkpoint(self) -> bytes:
        tensors = checkpoint.pack(self._learned())
        return checkpoint.encode(
            checkpoint.RootStanding(
                run=self._identity,
                step=self._step,
                losses=self._losses,
                divergences=self._divergences,
                tokens=self._tokens,
                seconds=self._seconds,
                tensors=tensors,
            )
        )

    def _learned(self) -> dict[str, Any]:
        return {"adapter": self._parameters, "optimizer": self._optimizer.state}

    def _adapter(self) -> bytes:
        flat = checkpoint.flat_tensors(self._parameters)
        request = self._request
        provenance = Provenance(
            base_sha256=request.base_sha256,
            dataset_sha256=_sha256(request.examples),
            examples=len(request.examples) - len(self._left_out),
            config=msgspec.json.encode(request.config).decode(),
            software=_software(),
        )
        return adapter_gguf(self._model.architecture, request.config.alpha, flat, provenance)


def _scaled(parameters: dict[str, Any], scale: float) -> dict[str, Any]:
    """The same adapter with `scale` of its update: of each product of two matrices the second is scaled."""
    import mlx.core as mx
    from mlx.utils import tree_map_with_path

    scaled: dict[str, Any] = tree_map_with_path(
        lambda name, array: array * scale if name.endswith("lora_b") else array, parameters
    )
    mx.eval(scaled)  # on the thread that asked for it
    return scaled


def _apart(request: Train) -> list[Piece]:
    """Each tuning example as a piece of its own."""
    lessons, _ = lessons_of(request.tuning, request.config)
    return [piece_of([lesson], request.config) for lesson in lessons]


def _tokens(batches: Iterable[Batch]) -> int:
    return sum(batch.padded_tokens for batch in batches)


def _identity(request: Train) -> str:
    """What decides the outcome: a checkpoint may only go on where all of it is the same."""
    return _sha256([request.base_sha256, request.config, request.examples, request.general, _software()])


def _software() -> str:
    return " ".join(f"{name} {importlib.metadata.version(name)}" for name in ("mlx", "mlx-lm"))


def _sha256(value: Any) -> str:
    return hashlib.sha256(msgspec.msgpack.encode(value)).hexdigest()
