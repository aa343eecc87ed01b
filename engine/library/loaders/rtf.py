"""Rich Text Format through striprtf: the words, a line a paragraph; it knows no headings."""

from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block, damage_refused
from engine.library.loaders.plain import gathered

HEAD = b"{\\rtf"


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:  # noqa: ARG001 - the size was checked before
    """The text, gathered into blocks. Raises Refused."""
    from striprtf.striprtf import rtf_to_text

    file.seek(0)
    source = file.read()
    if not source:
        return
    with damage_refused():  # numbers and code pages that are none
        text = rtf_to_text(source.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]  # it has none
    yield from gathered(_line(line) for line in text.splitlines() if line.strip())


def _line(line: str) -> str:
    """A table's row, whose cells striprtf ends with bars, stands by the next one; a paragraph stands alone."""
    return line + ("\n" if line.endswith("|") else "\n\n")
