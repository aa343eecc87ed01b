"""reStructuredText: the source as it stands, with its headings known, so that offsets are those of the file itself."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from engine.library.loaders.contract import Block
from engine.library.loaders.encoding import decoded, encoding_of
from engine.library.loaders.plain import gathered

_RULE = re.compile(r"([!-/:-@[-`{-~])\1*[ \t]*$")


def load(file: BinaryIO, *, text_limit: int) -> Iterator[Block]:  # noqa: ARG001 - memory is bounded without it
    """A block a heading, and blocks of what stands between. The first kind of underline is the highest level."""
    kinds: list[str] = []
    body: list[str] = []
    for line in decoded(file, encoding_of(file)):
        body.append(line)
        if not _underlines(body):
            continue
        overlined = len(body) > 2 and body[-3].rstrip() == line.rstrip()
        heading = body[-3:] if overlined else body[-2:]
        del body[-len(heading) :]
        kind = line[0] * len(heading)  # the same sign above and below is a kind of its own
        if kind not in kinds:
            kinds.append(kind)
        yield from gathered(body)
        body.clear()
        yield Block("".join(heading), min(kinds.index(kind) + 1, 6))
    yield from gathered(body)


def _underlines(lines: list[str]) -> bool:
    """Whether the last line underlines the one before it, which stands alone as a heading does."""
    if len(lines) < 2 or not _RULE.match(lines[-1]):
        return False
    title = lines[-2].rstrip()
    above = lines[-3].strip() if len(lines) > 2 else ""
    alone = not above or above == lines[-1].strip()
    return bool(title) and not _RULE.match(title) and len(lines[-1].rstrip()) >= len(title) and alone
