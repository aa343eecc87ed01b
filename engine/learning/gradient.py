"""Loss and gradient of one batch: its pieces side by side on the processor's cores, added in their order."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from engine.learning.adapted_model import AdaptedModel
from engine.learning.training_batches import Batch, Piece
from engine.models.processors import physical_cores

if TYPE_CHECKING:
    import mlx.core as mx

_KEPT_BYTES: Final = 512 << 20  # of what frozen layers gave; what does not fit is computed again every epoch


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

    def __init__(self, model: AdaptedModel) -> None:
        import mlx.core as mx

        self._model = model
        self._threads = None
        if mx.default_device() == mx.Device(mx.cpu):
            self._threads = ThreadPoolExecutor(physical_cores(), thread_name_prefix="gradient")
        self._building = threading.Lock()  # the model holds one piece's parameters while its graph is built
        # By id; the piece is held, or another might get its id
        self._kept: dict[int, tuple[Piece, mx.array]] = {}
        self._base_margins: dict[int, tuple[Piece, mx.array]] = {}

    def of(self, batch: Batch, parameters: dict[str, Any]) -> Gradient:
        """Of the loss of `batch` at `parameters`."""
        import mlx.core as mx
        from mlx.utils import tree_map

        parts = list(self._map(batch.pieces, parameters))
        total = tree_map(lambda *arrays: sum(arrays[1:], arrays[0]), *(part.tree for part in parts))
        mx.eval(total)
        busy = sum(part.seconds for part in parts)
        loss = float(sum(part.loss for part in parts))
        return Gradient(loss, total, sum(part.frozen_seconds for part in parts) / busy)

    def is_kept(self, batch: Batch) -> bool:
        """Whether the frozen layers' part of `batch` is done for good."""
        return all(id(piece) in self._kept for piece in batch.pieces)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        if self._threads is not None:
            self._threads.shutdown()

    def _map(self, pieces: list[Piece], parameters: dict[str, Any]) -> Iterator[_PieceGradient]:
        def work(piece: Piece) -> _PieceGradient:
            return self._of_piece(piece, parameters)

        return map(work, pieces) if self._threads is None else self._threads.map(work, pieces)

    def _of_piece(self, piece: Piece, parameters: dict[str, Any]) -> _PieceGradient:
        import mlx.core as mx

        started = time.perf_counter()
        hidden = self._trunk(piece)
        base = self._base(piece, hidden) if len(piece.margins) else None
        after_trunk = time.perf_counter()
        with self._building:
            loss, tree = mx.value_and_grad(lambda weights: self._model.loss(weights, hidden, piece, base))(parameters)
        mx.eval(loss, tree)
        return _PieceGradient(loss, tree, time.perf_counter() - started, after_trunk - started)

    def _trunk(self, piece: Piece) -> mx.array:
        import mlx.core as mx

        kept = self._kept.get(id(piece))
        if kept is not None:
            return kept[1]
        hidden = self._model.trunk(piece)
        mx.eval(hidden)
        if sum(array.nbytes for _, array in list(self._kept.values())) + hidden.nbytes <= _KEPT_BYTES:
            self._kept[id(piece)] = piece, hidden
        return hidden

    def _base(self, piece: Piece, hidden: mx.array) -> mx.array:
        """The margins of the base model."""
        import mlx.core as mx

        kept = self._base_margins.get(id(piece))
        if kept is not None:
            return kept[1]
        with self._building:
            margins = self._model.margins(self._model.fresh, hidden, piece)
        mx.eval(margins)
        self._base_margins[id(piece)] = piece, margins
        return margins
