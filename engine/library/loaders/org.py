"""Org mode: the source as it stands, with title and headings known, so that offsets are those of the file itself."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block, Title
from engine.library.loaders.encoding import decoded, encoding_of
from engine.library.loaders.plain import gathered

_HEADING = re.compile(r"(\*+)[ \t]+\S")
_TITLE = re.compile(r"#\+title:[ \t]*(\S.*)", re.IGNORECASE)
_BLOCK_BEGINS = re.compile(r"[ \t]*#\+begin_", re.IGNORECASE)
_BLOCK_ENDS = re.compile(r"[ \t]*#\+end_", re.IGNORECASE)


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:  # noqa: ARG001 - memory is bounded without it
    """The title, a block a heading, and blocks of what stands between."""
    body: list[str] = []
    quoted = False
    for line in decoded(file, encoding_of(file)):
        if title := _TITLE.match(line):
            yield Title(title[1].strip())
        quoted = not _BLOCK_ENDS.match(line) if quoted else _BLOCK_BEGINS.match(line) is not None
        heading = None if quoted else _HEADING.match(line)
        if heading is None:
            body.append(line)
            continue
        yield from gathered(body)
        body.clear()
        yield Block(line, min(len(heading[1]), 6))
    yield from gathered(body)
