"""A finder of names without a model: it knows some."""

import re
from collections.abc import Sequence

from engine.privacy.spans import Span

_KNOWN = re.compile(r"\b(?:Alex Rivera|Anna|Bert|Alex|Rivera|Priya Patel)\b|(?P<address>\b\d+ Mill Lane\b)")


class KnownNames:
    """Counts the texts it looked at in `looked`."""

    def __init__(self, name: str = "known") -> None:
        self.name = name
        self.looked = 0

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        self.looked += len(texts)
        return [[Span(*match.span(), match.lastgroup or "name") for match in _KNOWN.finditer(text)] for text in texts]

    def close(self) -> None:
        pass
