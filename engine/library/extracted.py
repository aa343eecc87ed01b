"""A document's text as the library keeps it, put together from a loader's blocks."""

import re
from collections.abc import Iterable

from msgspec import Struct

from engine.library.loaders.contract import Block

_RULE = re.compile(r"([^\w\s])\1*")
_MARKS = re.compile(r"^(?:#+|\*+)(?:[ \t]+|$)|[ \t]+#+$")


class Heading(Struct, frozen=True, array_like=True):
    """Where a heading begins, in code points, its level (1 to 6) and its words."""

    start: int
    level: int
    text: str


class PageStart(Struct, frozen=True, array_like=True):
    """Where a page begins, in code points, and its 1-based number; None where words of a picture begin in a document
    without pages. `ocr`: it was read from a picture."""

    start: int
    number: int | None
    ocr: bool = False


class Extracted(Struct, frozen=True):
    """One document's text. Every offset in the library counts code points of `text`."""

    text: str
    title: str = ""
    headings: list[Heading] = []
    pages: list[PageStart] = []
    note: str = ""
    """What is to be said of how it was read: a key of translations/*/library.toml."""


def assemble(blocks: Iterable[Block], title: str = "", note: str = "") -> Extracted:
    """The blocks' texts, joined with nothing between them, and where headings and pages begin in that."""
    parts: list[str] = []
    headings: list[Heading] = []
    pages: list[PageStart] = []
    length = 0
    for block in blocks:
        if block.level:
            headings.append(Heading(length, block.level, _heading_words(block.text)))
        here = (block.page, block.ocr)
        if here != ((pages[-1].number, pages[-1].ocr) if pages else (None, False)):
            pages.append(PageStart(length, *here))
        parts.append(block.text)
        length += len(block.text)
    return Extracted("".join(parts), title, headings, pages, note)


def _heading_words(text: str) -> str:
    """A heading without the marks and rules that make it one, on one line, no longer than a heading should be."""
    lines = [line.strip() for line in text.strip().splitlines()]
    words = [line for line in lines if not _RULE.fullmatch(line)] or lines
    return " ".join(_MARKS.sub("", " ".join(words)).split())[:120]
