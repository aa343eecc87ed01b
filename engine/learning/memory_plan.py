"""How much memory a training needs, reckoned before it starts, and what it does without when there is less.

Most goes into what the adapted layers keep for the backward pass, which grows with the tokens of the pieces that are
worked on at once; then the float32 weights, the logits, and what frozen layers gave, which is kept to be fast. With
less free, less of that is kept, then one piece at a time is worked on. Neither changes the adapter.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from engine.errors import InputRefused
from engine.learning.training_batches import Anchor, Batch, Piece
from engine.learning.training_protocol import TrainingConfig

PROGRAM_BYTES: Final = 330 << 20
"""The process before it holds any weight, and what is dequantized on the way in."""

MOST_KEPT_BYTES: Final = 512 << 20
"""Of what frozen layers gave; what does not fit is computed again every epoch."""

_SHARE: Final = 0.9  # of the free memory: others need some too
_FLOAT: Final = 4  # bytes
_STATES: Final = 8  # values of the layer's width, or of its heads' where it is more, that a token leaves in each layer
_GATES: Final = 5  # values of the feed-forward's width
_SCORES: Final = 2  # values a head for each token it may look at
_LOGITS: Final = 3  # the logits, their softmax, and what comes back


class MemoryPlan(NamedTuple):
    """What a training takes (bytes), how many pieces it works on at once, how much of the frozen layers' it keeps."""

    needed: int
    threads: int
    kept: int


class Weights(NamedTuple):
    """Of the base model: how many numbers it holds, and mlx-lm's arguments of its shape."""

    numbers: int
    shape: dict[str, Any]


def planned(weights: Weights, batches: Sequence[Batch], config: TrainingConfig, *, cores: int, free: int) -> MemoryPlan:
    """The fastest way that fits. Raises InputRefused("memory_short") with what the slowest would take, in GB.

    On the model of 135M weights, it says 3 to 17 % more than was taken, over 8 to 30 layers and 128 to 512 tokens.
    """
    standing = PROGRAM_BYTES + _FLOAT * weights.numbers
    most = max(_in_flight(piece, weights.shape, config) for batch in batches for piece in batch.pieces)
    frozen = _frozen(batches, weights.shape)
    ways = [
        MemoryPlan(standing + threads * most + kept, threads, kept)
        for threads in dict.fromkeys((cores, 1))
        for kept in dict.fromkeys((min(frozen, MOST_KEPT_BYTES), 0))
    ]
    for way in ways:
        if way.needed <= free * _SHARE:
            return way
    raise InputRefused("memory_short", needed=f"{ways[-1].needed / 1e9:.1f}", free=f"{free / 1e9:.1f}")


def _in_flight(piece: Piece | Anchor, shape: dict[str, Any], config: TrainingConfig) -> int:
    """What one piece holds until its gradient is there."""
    longest = piece.tokens.shape[1]
    heads = shape["num_attention_heads"] * shape["head_dim"]
    a_token = (
        _STATES * max(shape["hidden_size"], heads)
        + _GATES * shape["intermediate_size"]
        + _SCORES * shape["num_attention_heads"] * longest
    )
    layers = min(config.layers, shape["num_hidden_layers"])
    logits = _LOGITS * len(piece.places) * shape["vocab_size"]
    return int(_FLOAT * (layers * piece.tokens.size * a_token + logits))


def _frozen(batches: Sequence[Batch], shape: dict[str, Any]) -> int:
    tokens = sum(batch.padded_tokens for batch in batches)
    return int(_FLOAT * tokens * shape["hidden_size"])
