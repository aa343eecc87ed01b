"""A checkpoint as bytes: where a run stands, proven whole, and of which run it is."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np

_DIGEST = hashlib.sha256().digest_size


class RootStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`run` tells one run from another; `tensors` are the adapter's and the optimizer's, as safetensors."""

    run: str
    step: int
    losses: list[float]
    divergences: list[float]
    tokens: int
    seconds: float
    tensors: bytes


def encode(standing: RootStanding) -> bytes:
    body = msgspec.msgpack.encode(standing)
    return hashlib.sha256(body).digest() + body


def decode(data: bytes, run: str) -> RootStanding | None:
    """What `encode` was given; None if `data` is damaged or of another run."""
    digest, body = data[:_DIGEST], data[_DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        return None
    try:
        standing = msgspec.msgpack.decode(body, type=RootStanding)
    except msgspec.MsgspecError:
        return None
    return standing if standing.run == run else None


def flat_tensors(tree: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of a nested dict, their names joined by dots."""
    import numpy as np
    from mlx.utils import tree_flatten

    return {name: np.array(array) for name, array in dict(tree_flatten(tree)).items()}


def pack(tree: Any) -> bytes:
    """The arrays of a nested dict, as safetensors."""
    from safetensors.numpy import save

    return save(flat_tensors(tree))


def unpack(data: bytes, like: Any) -> Any:
    """What `pack` was given, in the order of `like`: sums over a tree depend on its order."""
    import mlx.core as mx
    from mlx.utils import tree_flatten, tree_unflatten
    from safetensors.numpy import load

    tensors = load(data)
    return tree_unflatten([(name, mx.array(tensors[name])) for name in dict(tree_flatten(like))])
