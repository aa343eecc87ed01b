"""What goes over the channel around a service's own requests and replies."""

from typing import Any, Generic, TypeVar

import msgspec

Payload = TypeVar("Payload")


class Ask(msgspec.Struct, Generic[Payload], tag=True, frozen=True, array_like=True):
    """To the child: one request, and how its control stands when it starts."""

    number: int
    request: Payload
    paused: bool
    cancelled: bool


class Steer(msgspec.Struct, tag=True, frozen=True, array_like=True):
    """To the child: how the control of that request stands now."""

    number: int
    paused: bool
    cancelled: bool


class Said(msgspec.Struct, Generic[Payload], tag=True, frozen=True, array_like=True):
    """From the child: one reply."""

    reply: Payload


class Ended(msgspec.Struct, tag=True, frozen=True, array_like=True):
    """From the child: the request is done."""


class Failed(msgspec.Struct, tag=True, frozen=True, array_like=True):
    """From the child: the request failed. `kind` is a class of engine.errors, or "" for an unforeseen exception."""

    kind: str
    code: str
    fields: dict[str, Any]


encode = msgspec.msgpack.encode
