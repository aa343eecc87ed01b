"""Loss and gradient of one batch: its pieces side by side on the processor's cores, added in their order.

So a batch's gradient is accumulated from its pieces', and memory is needed for as many of these as are worked on at
once, however large the batch is. A long row is a piece alone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from engine.learning.training.adapted_model import AdaptedModel, Draw
from engine.learning.training.batches import Anchor, Batch, Piece
from engine.learning.training.memory_plan import MOST_KEPT_BYTES
from engine.models.processors import physical_cores

if TYPE_CHECKING:
    import mlx.core as mx


Some = TypeVar("Some")
Result = TypeVar("Result")


class Gradient(NamedTuple):
    """`loss` is the step's, `tree` its gradient; `frozen_share` of the time went into what is done once a piece."""

    loss: float
    tree: dict[str, Any]
    frozen_share: float


class _PieceGradient(NamedTuple):
    loss: mx.array
    tree: dict[str, Any]
    seconds: float
    frozen_seconds: float


class GradientWorkers:
    """One thread a core on a CPU, the calling thread alone on a GPU. Sums do not depend on how many there are."""

    def __init__(self, model: AdaptedModel, *, threads: int | None = None, kept: int = MOST_KEPT_BYTES) -> None:
        """At most `threads`, and at most `kept` bytes of what frozen layers gave: see memory_plan."""
        import mlx.core as mx

        self._model = model
        self._most_kept = kept
        self._threads = None
        if mx.default_device() == mx.Device(mx.cpu):
            self._threads = ThreadPoolExecutor(threads or physical_cores(), thread_name_prefix="gradient")
        self._building = threading.Lock()  # the model holds one piece's parameters while its graph is built
        # By id; the piece is held, or another might get its id
        self._kept: dict[int, tuple[Piece | Anchor, mx.array]] = {}
        self._of_base: dict[int, tuple[Piece | Anchor, mx.array]] = {}

    def of(self, batch: Batch, parameters: dict[str, Any], step: int = 0) -> Gradient:
        """Of the loss of `batch` at `parameters`, in the run's `step`."""
        import mlx.core as mx
        from mlx.utils import tree_map

        def work(place: int) -> _PieceGradient:
            return self._of_piece(batch.pieces[place], parameters, Draw(step, place))

        parts = list(self._map(work, range(len(batch.pieces))))
        total = tree_map(lambda *arrays: sum(arrays[1:], arrays[0]), *(part.tree for part in parts))
        mx.eval(total)
        busy = sum(part.seconds for part in parts)
        loss = float(sum(part.loss for part in parts))
        return Gradient(loss, total, sum(part.frozen_seconds for part in parts) / busy)

    def divergence(self, anchors: Sequence[Anchor], parameters: dict[str, Any]) -> float:
        """KL(base ‖ adapted), mean nat a place of all anchors."""
        import mlx.core as mx

        def work(anchor: Anchor) -> mx.array:
            hidden = self._trunk(anchor)
            base = self._anchored(anchor, hidden)
            with self._building:
                divergence = self._model.divergence(parameters, hidden, anchor, base)
            mx.eval(divergence)
            return divergence

        every = mx.concatenate(list(self._map(work, anchors)))
        return float(every.mean())

    def losses(self, pieces: Sequence[Piece], parameters: dict[str, Any]) -> list[float]:
        """Of each piece the mean nat a target token at `parameters`."""
        import mlx.core as mx

        def work(piece: Piece) -> mx.array:
            hidden = self._trunk(piece)
            with self._building:
                loss = self._model.loss(parameters, hidden, piece, None)
            mx.eval(loss)
            return loss

        return [float(loss) for loss in self._map(work, pieces)]

    def is_kept(self, batch: Batch) -> bool:
        """Whether the frozen layers' part of `batch` is done for good."""
        return all(id(piece) in self._kept for piece in batch.pieces)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._threads is not None:
            self._threads.shutdown()

    def _map(self, work: Callable[[Some], Result], pieces: Sequence[Some]) -> Iterator[Result]:
        return map(work, pieces) if self._threads is None else self._threads.map(work, pieces)

    def _of_piece(self, piece: Piece | Anchor, parameters: dict[str, Any], draw: Draw) -> _PieceGradient:
        import mlx.core as mx

        started = time.perf_counter()
        hidden = self._trunk(piece)
        loss_at = self._loss(piece, hidden, draw)
        after_trunk = time.perf_counter()
        with self._building:
            loss, tree = mx.value_and_grad(loss_at)(parameters)
        mx.eval(loss, tree)
        return _PieceGradient(loss, tree, time.perf_counter() - started, after_trunk - started)

    def _loss(self, piece: Piece | Anchor, hidden: mx.array, draw: Draw) -> Callable[[dict[str, Any]], mx.array]:
        """The piece's part of the step's loss, of the parameters."""
        if isinstance(piece, Anchor):
            base = self._anchored(piece, hidden)
            return lambda weights: piece.share * self._model.divergence(weights, hidden, piece, base, draw).mean()
        margins = self._margins(piece, hidden) if len(piece.margins) else None
        return lambda weights: self._model.loss(weights, hidden, piece, margins, draw)

    def _trunk(self, piece: Piece | Anchor) -> mx.array:
        import mlx.core as mx

        kept = self._kept.get(id(piece))
        if kept is not None:
            return kept[1]
        hidden = self._model.trunk(piece)
        mx.eval(hidden)
        if sum(array.nbytes for _, array in list(self._kept.values())) + hidden.nbytes <= self._most_kept:
            self._kept[id(piece)] = piece, hidden
        return hidden

    def _margins(self, piece: Piece, hidden: mx.array) -> mx.array:
        return self._once(piece, lambda fresh: self._model.margins(fresh, hidden, piece))

    def _anchored(self, anchor: Anchor, hidden: mx.array) -> mx.array:
        shown = anchor.shown
        if shown is None:
            return self._once(anchor, lambda fresh: self._model.final(fresh, hidden, anchor))
        return self._once(anchor, lambda fresh: self._model.final(fresh, self._model.trunk(shown), shown))

    def _once(self, piece: Piece | Anchor, of_base: Callable[[dict[str, Any]], mx.array]) -> mx.array:
        """What the piece is compared with: it is of the base model, so it stays the same."""
        import mlx.core as mx

        kept = self._of_base.get(id(piece))
        if kept is not None:
            return kept[1]
        with self._building:
            found = of_base(self._model.fresh)
        mx.eval(found)
        self._of_base[id(piece)] = piece, found
        return found
