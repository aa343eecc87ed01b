"""How much memory a training needs, reckoned before it starts, and what it does without when there is less.

Most goes into what the adapted layers keep for the backward pass, which grows with the tokens of the pieces that are
worked on at once; then the float32 weights, the logits, and what frozen layers gave, which is kept to be fast. With
less free, less of that is kept, then adapted layers are computed again in the backward pass and keep only what they
were given, then one piece at a time is worked on. None of it changes the adapter.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from engine.errors import InputRefused
from engine.learning.training.batches import Anchor, Batch, Piece, Reading
from engine.learning.training.protocol import TrainingConfig

PROGRAM_BYTES: Final = 330 << 20
"""The process before it holds any weight, and what is dequantized on the way in."""

MOST_KEPT_BYTES: Final = 512 << 20
"""Of what frozen layers gave; what does not fit is computed again every epoch."""

_SHARE: Final = 0.9  # of the free memory: others need some too
_FLOAT: Final = 4  # bytes
_STATES: Final = 8  # values of the layer's width, or of its heads' where it is more, that a token leaves in each layer
_GATES: Final = 5  # values of the feed-forward's width
_SCORES: Final = 2  # values a head for each token it may look at
_SCORES_AT_ONCE: Final = 8  # while a layer is computed
_DROPPED: Final = 1.25  # values of the inputs of all projections: what was left of each, and a byte saying which
_LOGITS: Final = 3  # the logits, their softmax, and what comes back
_COMPARED_LOGITS: Final = 17  # those of both, and all that their exponentials pass through, at the same time
_ADAPTERS: Final = 5  # the adapter, the optimizer's two moments, the gradient, and that clipped; and one a piece


class MemoryPlan(NamedTuple):
    """What a training takes (bytes), how many pieces it works on at once, how much of the frozen layers' it keeps, and
    whether adapted layers are computed again in the backward pass."""

    needed: int
    threads: int
    kept: int
    recompute: bool


class Weights(NamedTuple):
    """Of the base model: how many numbers it holds, and mlx-lm's arguments of its shape."""

    numbers: int
    shape: dict[str, Any]


def planned(weights: Weights, batches: Sequence[Batch], config: TrainingConfig, *, cores: int, free: int) -> MemoryPlan:
    """The fastest way that fits. Raises InputRefused("memory_short") with what the last would take, in GB.

    On the model of 135M weights, it says 2 to 26 % more than was taken, over 2 to 30 layers, with and without computing
    again, dropout and distillation.
    """
    ways = ways_of(weights, batches, config, cores=cores)
    for way in ways:
        if way.needed <= free * _SHARE:
            return way
    raise InputRefused("memory_short", needed=f"{ways[-1].needed / 1e9:.1f}", free=f"{free / 1e9:.1f}")


def ways_of(weights: Weights, batches: Sequence[Batch], config: TrainingConfig, *, cores: int) -> list[MemoryPlan]:
    """All there are, the fastest first."""
    standing = (
        PROGRAM_BYTES
        + _FLOAT * weights.numbers
        + _adapters(batches, weights.shape, config)
        + _compared(batches, weights.shape)
    )
    pieces = [piece for batch in batches for piece in batch.pieces]
    frozen = _frozen(batches, weights.shape)
    most = [max(_in_flight(piece, weights.shape, config, recompute=way) for piece in pieces) for way in (False, True)]
    return [
        MemoryPlan(standing + threads * most[recompute] + kept, threads, kept, recompute)
        for threads in dict.fromkeys((cores, 1))
        for recompute in (False, True)
        for kept in dict.fromkeys((min(frozen, MOST_KEPT_BYTES), 0))
    ]


def _in_flight(piece: Piece | Anchor, shape: dict[str, Any], config: TrainingConfig, *, recompute: bool) -> int:
    """What one piece holds until its gradient is there: of each adapted layer all it computed, or of one all and of
    each what it was given. What the base is shown in its stead is read before, and needs one layer."""
    a_token = _a_token(piece, shape, _SCORES)
    if config.dropout:
        a_token += int(_DROPPED * (6 * shape["hidden_size"] + shape["intermediate_size"]))
    layers = _adapted(shape, config)
    all_layers = a_token + layers * shape["hidden_size"] if recompute else layers * a_token
    logits = (_COMPARED_LOGITS if isinstance(piece, Anchor) else _LOGITS) * len(piece.places) * shape["vocab_size"]
    shown = piece.shown if isinstance(piece, Anchor) else None
    before = 0 if shown is None else shown.tokens.size * _a_token(shown, shape, _SCORES_AT_ONCE)
    return int(_FLOAT * max(piece.tokens.size * all_layers + logits, before))


def _a_token(piece: Piece | Anchor | Reading, shape: dict[str, Any], scores: int) -> int:
    """Values that a token leaves in a layer."""
    heads = shape["num_attention_heads"] * shape["head_dim"]
    return int(
        _STATES * max(shape["hidden_size"], heads)
        + _GATES * shape["intermediate_size"]
        + scores * shape["num_attention_heads"] * piece.tokens.shape[1]
    )


def _adapters(batches: Sequence[Batch], shape: dict[str, Any], config: TrainingConfig) -> int:
    """The adapter and all that is of its size; its projections within attention are taken for square."""
    width, inner = shape["hidden_size"], shape["intermediate_size"]
    one = _adapted(shape, config) * config.rank * (4 * 2 * width + 3 * (width + inner))
    return int(_FLOAT * one * (_ADAPTERS + max(len(batch.pieces) for batch in batches)))


def _compared(batches: Sequence[Batch], shape: dict[str, Any]) -> int:
    """What the base made of the anchors, which is kept."""
    anchors = [piece for batch in batches for piece in batch.pieces if isinstance(piece, Anchor)]
    return int(_FLOAT * sum(len(anchor.places) for anchor in anchors) * shape["hidden_size"])


def _adapted(shape: dict[str, Any], config: TrainingConfig) -> int:
    """How many layers are."""
    return min(config.layers, int(shape["num_hidden_layers"]))


def _frozen(batches: Sequence[Batch], shape: dict[str, Any]) -> int:
    tokens = sum(batch.padded_tokens for batch in batches)
    return int(_FLOAT * tokens * shape["hidden_size"])
