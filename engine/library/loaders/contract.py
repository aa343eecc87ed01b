"""What a loader is: bytes of one document in, blocks of text out. One file a format, one conformance suite for all.

A document's extracted text is the blocks' texts joined with nothing between them, so a loader emits its own line
breaks and every offset anywhere in the library counts code points of that one text. Loaders are deterministic, read
only the open file they are given, and yield as they go so that memory stays bounded.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from msgspec import Struct

from engine.library.values import FileState


class Block(Struct, frozen=True, array_like=True):
    """A run of text. `level` 1 to 6 makes it a heading; `page` is 1-based where the format has pages; `ocr`: it was
    read from a picture, and may be misread."""

    text: str
    level: int = 0
    page: int | None = None
    ocr: bool = False


class Picture(Struct, frozen=True, array_like=True):
    """Here stands a page (1-based, None where the format has none) that shows something and has no text."""

    page: int | None


class Title(Struct, frozen=True, array_like=True):
    """The name a document gives itself; no part of its text."""

    text: str


class Refused(Exception):
    """The document ends in a named state. `reason` is a key of translations/*/library.toml."""

    def __init__(self, state: FileState, reason: str) -> None:
        super().__init__(state, reason)
        self.state = state
        self.reason = reason


@contextlib.contextmanager
def damage_refused() -> Iterator[None]:
    """What a library raises here is the file's fault: Refused as broken. Want of memory stays what it is."""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except Exception as error:  # most libraries let KeyError, ValueError and their parsers' errors through
        raise Refused(FileState.UNREADABLE, "broken") from error


class ReadPart(Protocol):
    """Reads a document that stands inside another: an archive's entry, a message's attachment."""

    def __call__(
        self, name: str, size: int, unpack: Callable[[], bytes], *, text_limit: int, level: int
    ) -> list[Block]:
        """Its name as a heading of `level`, then its blocks under that, without pages. `size` is in bytes.

        Raises Refused, before anything is unpacked where no loader would read it.
        """
        ...


class Loader(Protocol):
    """Reads one format."""

    def __call__(self, file: BinaryIO, *, text_limit: int) -> Iterator[Block | Picture | Title]:
        """Blocks in reading order. Raises Refused. `text_limit` (bytes) bounds what may be unpacked in memory."""
        ...


class ContainerLoader(Protocol):
    """Reads a format that holds documents of other formats."""

    def __call__(self, file: BinaryIO, *, text_limit: int, read_part: ReadPart) -> Iterator[Block | Title]:
        """As a Loader; what `read_part` refuses is named, and the rest goes on."""
        ...
