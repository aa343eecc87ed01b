"""An answer cut into stretches shown apart, prose and fenced code. Only the last one grows while it streams."""

import re
from typing import NamedTuple

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^`]*$")
_CONTINUES = re.compile(r"\s|[-*+>|]|\d+[.)]")
_LONG_PROSE = 2500


class Segment(NamedTuple):
    """`language` is None for prose."""

    text: str
    language: str | None


def segments(markdown: str) -> list[Segment]:
    """`markdown` in order. Long prose is cut at blank lines, never inside a list, quote or table."""
    found: list[Segment] = []
    lines: list[str] = []
    size = 0
    fence = language = ""
    for line in markdown.split("\n"):
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                found.append(Segment("\n".join(lines), language))
                lines, size, fence = [], 0, ""
            else:
                lines.append(line)
            continue
        opening = _FENCE.match(line)
        starts_anew = size > _LONG_PROSE and not lines[-1].strip() and line.strip() and not _CONTINUES.match(line)
        if opening or starts_anew:
            _add_prose(found, lines)
            lines, size = [], 0
        if opening:
            fence, language = opening[1], opening[2].lower()
        else:
            lines.append(line)
            size += len(line) + 1
    if fence:
        found.append(Segment("\n".join(lines), language))
    else:
        _add_prose(found, lines)
    return found


def _add_prose(found: list[Segment], lines: list[str]) -> None:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        found.append(Segment(text, None))
