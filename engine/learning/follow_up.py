"""What the next question tells of the answer before it, without saying so: a complaint, or the same asked again."""

import functools
import re
import tomllib
from collections.abc import Iterator
from typing import Final

from engine.learning.values import SignalKind
from engine.library.embed import Embedder
from engine.paths import RESOURCES

ASKED_AGAIN: Final = 0.85
"""Cosine of two questions, all-MiniLM-L6-v2, measured by tests/benchmarks/follow_ups.py.

Of an owner's 100 questions asked again in other words 89 lie above, of 52 rephrased to be far apart 60 %; of 950 XQuAD
questions those 4.3 % that differ from the one before by little, of questions on other paragraphs of the article .06 %,
of 80 ordinary follow-ups none. At .80 it would be 93, 75 %, 7.6 %, .12 % and one: a miss costs nothing, a false hit
speaks against a good answer. German it hears seldom (3 of 10) and not falsely.
"""

_BEGINNING = 400
"""Characters of a question in which a complaint begins; what follows may be a pasted text."""


def heard_in(question: str, before: str, embedder: Embedder) -> Iterator[SignalKind]:
    """What `question`, asked next in a conversation after the answer to `before`, tells of that answer."""
    if is_complaint(question):
        yield "complaint"
    if is_asked_again(question, before, embedder):
        yield "asked_again"


def is_complaint(question: str) -> bool:
    """Whether it begins by saying that the answer is not right, or not what was asked for."""
    return _complaints().match(question[:_BEGINNING]) is not None


def is_asked_again(question: str, before: str, embedder: Embedder) -> bool:
    """Whether two questions ask the same, in other words or in these."""
    one, other = embedder.questions([question, before])
    return float(one @ other) >= ASKED_AGAIN


@functools.cache
def _complaints() -> re.Pattern[str]:
    lists = tomllib.loads((RESOURCES / "reference" / "complaints.toml").read_text(encoding="utf-8"))
    before, beginning, ending = ("|".join(lists[name]) for name in ("before", "beginning", "ending"))
    words = rf"\W*(?:(?:{before})\W+)*(?:(?:{beginning})\b|(?:{ending})\s*(?:[^\w\s]|$))"
    return re.compile(words, re.IGNORECASE)
