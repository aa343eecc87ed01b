"""What a loader is: bytes of one document in, blocks of text out. One file a format, one conformance suite for all.

A document's extracted text is the blocks' texts joined with nothing between them, so a loader emits its own line
breaks and every offset anywhere in the library counts code points of that one text. Loaders are deterministic, read
only the open file they are given, and yield as they go so that memory stays bounded.
"""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from msgspec import Struct

from engine.library.values import FileState


class Block(Struct, frozen=True, array_like=True):
    """A run of text. `level` 1 to 6 makes it a heading; `page` is 1-based where the format has pages."""

    text: str
    level: int = 0
    page: int | None = None


class Title(Struct, frozen=True, array_like=True):
    """The name a document gives itself; no part of its text."""

    text: str


class Refused(Exception):
    """The document ends in a named state. `reason` is a key of translations/*/library.toml."""

    def __init__(self, state: FileState, reason: str) -> None:
        super().__init__(state, reason)
        self.state = state
        self.reason = reason


class Loader(Protocol):
    """Reads one format."""

    def __call__(self, file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:
        """Blocks in reading order. Raises Refused. `text_limit` (bytes) bounds what may be unpacked in memory."""
        ...
