"""LaTeX: the source as it stands, but for its headings, which stand there as their words alone."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block, Title
from engine.library.loaders.encoding import decoded, encoding_of

_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_GROUP = r"(?:\[[^\]]*\])?\{((?:[^{}]|\{[^{}]*\})*)\}"
_HEADING = re.compile(rf"\s*\\({'|'.join(_LEVELS)})\*?{_GROUP}")
_TITLE = re.compile(rf"\s*\\title{_GROUP}")
_MARKUP = re.compile(r"\\[a-zA-Z]+\*?\s*|[{}]|\\(?=[&%#$_])")


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block | Title]:  # noqa: ARG001 - memory is bounded without it
    """The title, a block a heading and a block a paragraph."""
    paragraph: list[str] = []
    for line in decoded(file, encoding_of(file)):
        if title := _TITLE.match(line):
            yield Title(_words(title[1]))
        heading = _HEADING.match(line)
        rest = line[heading.end() :].lstrip(" \t") if heading else line
        if heading:
            yield from _block(paragraph)
            yield Block(_words(heading[2]) + "\n", _LEVELS[heading[1]])
        paragraph.append(rest)
        if not rest.strip():
            yield from _block(paragraph)
    yield from _block(paragraph)


def _words(group: str) -> str:
    return " ".join(_MARKUP.sub("", group).split())


def _block(paragraph: list[str]) -> Iterator[Block]:
    if paragraph:
        yield Block("".join(paragraph))
        paragraph.clear()
