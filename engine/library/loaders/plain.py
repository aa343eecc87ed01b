"""Plain text: the file's own words, line ends as newlines."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block
from engine.library.loaders.encoding import decoded, encoding_of

_BLOCK = 1 << 14


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:  # noqa: ARG001 - memory is bounded without it
    """The file's lines, gathered into blocks of about 16,000 characters."""
    yield from gathered(decoded(file, encoding_of(file)))


def gathered(lines: Iterable[str]) -> Iterator[Block]:
    """The lines in blocks of about 16,000 characters."""
    block: list[str] = []
    size = 0
    for line in lines:
        block.append(line)
        size += len(line)
        if size >= _BLOCK:
            yield Block("".join(block))
            block, size = [], 0
    if block:
        yield Block("".join(block))
