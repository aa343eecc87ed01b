"""A stretch of text that a recogniser claims, and the kind of thing it holds."""

from typing import NamedTuple


class Span(NamedTuple):
    """`start` to `end`, in code points."""

    start: int
    end: int
    kind: str
