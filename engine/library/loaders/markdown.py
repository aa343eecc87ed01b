"""Markdown: the source as it stands, with its headings known, so that offsets are those of the file itself."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block
from engine.library.loaders.encoding import decoded, encoding_of

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:  # noqa: ARG001 - memory is bounded without it
    """A block a heading and a block a paragraph."""
    body: list[str] = []
    fence = ""
    for line in decoded(file, encoding_of(file)):
        level = 0 if fence else _level(line, body)
        fence = _fence_after(line, fence)
        if not level:
            body.append(line)
            if not line.strip() and not fence:
                yield from _block(body)
            continue
        underlined = [body.pop()] if _UNDERLINE.match(line) else []
        yield from _block(body)
        yield Block("".join([*underlined, line]), level)
    yield from _block(body)


def _level(line: str, body: list[str]) -> int:
    """The heading level this line gives itself, or the single line above it when it is an underline."""
    if marks := _HEADING.match(line):
        return len(marks[1])
    under = _UNDERLINE.match(line)
    if under and len(body) == 1 and body[0].strip() and not body[0].lstrip().startswith(("-", "*", "+", ">", "|")):
        return 1 if under[1][0] == "=" else 2
    return 0


def _fence_after(line: str, fence: str) -> str:
    marks = _FENCE.match(line)
    if not marks:
        return fence
    if not fence:
        return marks[1]
    closes = marks[1].startswith(fence) and not line.strip().strip(fence[0])
    return "" if closes else fence


def _block(body: list[str]) -> Iterator[Block]:
    if body:
        yield Block("".join(body))
        body.clear()
