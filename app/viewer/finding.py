"""Looking for words in a document, in slices, so that a long one stops nobody else."""

import re
import time
from itertools import islice
from typing import Final

MOST_FOUND: Final = 5000
_SLICE: Final = 200_000
_OVERLAP: Final = 2_000

Span = tuple[int, int]


def occurrences(text: str, words: str) -> list[Span]:
    """Code points of `text` that are `words`, in whatever case and with any blank space between them; the first
    MOST_FOUND."""
    pattern = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
    found: dict[Span, None] = {}
    for first in range(0, len(text) if words.strip() else 0, _SLICE):
        spans = (match.span() for match in pattern.finditer(text, first, first + _SLICE + _OVERLAP))
        wanted = (span for span in spans if span[0] < first + _SLICE)
        last = next(reversed(found), (0, 0))[1]
        found.update(dict.fromkeys(span for span in islice(wanted, MOST_FOUND - len(found)) if span[0] >= last))
        if len(found) >= MOST_FOUND:
            break
        time.sleep(0)  # the window's turn
    return list(found)
