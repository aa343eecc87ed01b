"""What a module must offer to be run in a child: `def service() -> Service`."""

from collections.abc import Iterator
from typing import Any, Protocol

import msgspec

from engine.progress import Control


class Context:
    """How the request in hand is to go on: ask it often during long work."""

    def __init__(self, control: Control) -> None:
        self.control = control

    @property
    def cancelled(self) -> bool:
        return self.control.cancelled

    def checkpoint(self) -> None:
        """Wait while paused. Raises Interrupted once cancelled."""
        self.control.checkpoint()


class Service(Protocol):
    """Handles one request at a time; it lives as long as its child and may keep state from one request to the next."""

    @property
    def requests(self) -> Any:
        """The type of its requests: a union of tagged Structs."""

    def handle(self, request: Any, context: Context) -> Iterator[msgspec.Struct]:
        """The replies to `request`, as they come. HearthsideErrors raised here are raised in the caller."""
