"""Examples to batches: rows of like length together, cut into pieces that fit a processor core.

What a batch holds never changes between epochs, only the order of batches does; so what the frozen layers give for a
piece is the same every time, and neither threads nor interruptions can change a result.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.learning.training_protocol import TrainingConfig, TrainingExample

if TYPE_CHECKING:
    import numpy as np

PIECE_TOKENS = 256  # padded tokens that one core works on at once


class Row(NamedTuple):
    """One example as the model reads it: `tokens[first:]` are followed by the targets."""

    tokens: list[int]
    first: int
    targets: list[int]
    weight: float


class Piece(NamedTuple):
    """Rows of one batch padded to the longest: `tokens` (rows, length), and for each target token of all rows its
    `places` in the flattened tokens, the token to be predicted there, and its weight."""

    tokens: "np.ndarray[Any, Any]"
    places: "np.ndarray[Any, Any]"
    targets: "np.ndarray[Any, Any]"
    weights: "np.ndarray[Any, Any]"

    @property
    def padded_tokens(self) -> int:
        return int(self.tokens.size)


class Batch(NamedTuple):
    """One step. `weight` is the sum of its target tokens' weights, which the loss is divided by."""

    pieces: list[Piece]
    weight: float

    @property
    def padded_tokens(self) -> int:
        return sum(piece.padded_tokens for piece in self.pieces)


def rows_of(examples: Sequence[TrainingExample], max_tokens: int) -> tuple[list[Row], list[int]]:
    """The rows to train on, and the places of examples that give none.

    A prompt too long loses its beginning. A target is never cut: an example whose target alone is longer than
    `max_tokens` gives no row, nor does one with less than two tokens or without weight.
    """
    rows, left_out = [], []
    for place, example in enumerate(examples):
        row = _row(example, max_tokens)
        if row is None:
            left_out.append(place)
        else:
            rows.append(row)
    return rows, left_out


def batches_of(rows: Sequence[Row], size: int, piece_tokens: int = PIECE_TOKENS) -> list[Batch]:
    """All rows once, the shortest together; equal ones in the order given."""
    ordered = sorted(rows, key=lambda row: len(row.tokens))
    return [_batch(ordered[start : start + size], piece_tokens) for start in range(0, len(ordered), size)]


def order_of(batches: int, config: TrainingConfig) -> Iterator[int]:
    """Which batch each step trains on: every epoch all of them, drawn from the seed."""
    import numpy as np

    for epoch in range(config.epochs):
        yield from (int(index) for index in np.random.default_rng([config.seed, epoch]).permutation(batches))


def _row(example: TrainingExample, max_tokens: int) -> Row | None:
    prompt, target = example.prompt, example.target
    if not prompt:  # nothing precedes the first token, so nothing can predict it
        prompt, target = target[:1], target[1:]
    if not target or not example.weight > 0 or len(target) >= max_tokens:
        return None
    prompt = prompt[-(max_tokens - len(target)) :]
    return Row((prompt + target)[:-1], len(prompt) - 1, target, example.weight)


def _batch(rows: Sequence[Row], piece_tokens: int) -> Batch:
    longest = len(rows[-1].tokens)
    size = max(1, min((len(rows) + 1) // 2, piece_tokens // longest))
    pieces = [_piece(rows[start : start + size]) for start in range(0, len(rows), size)]
    return Batch(pieces, sum(len(row.targets) * row.weight for row in rows))


def _piece(rows: Sequence[Row]) -> Piece:
    import numpy as np

    length = max(len(row.tokens) for row in rows)
    tokens = np.zeros((len(rows), length), np.int32)
    places: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    for index, row in enumerate(rows):
        tokens[index, : len(row.tokens)] = row.tokens
        places += range(index * length + row.first, index * length + len(row.tokens))
        targets += row.targets
        weights += [row.weight] * len(row.targets)
    return Piece(tokens, np.array(places, np.int32), np.array(targets, np.int32), np.array(weights, np.float32))
