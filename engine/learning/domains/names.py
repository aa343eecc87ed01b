"""A name for a group of questions that has none of its owner's: the words that tell it from all other questions."""

import functools
import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from engine.learning.gate.instruction_checks import reference_texts
from engine.learning.replay import prompts

_WORDS: Final = 3
_WORD = re.compile(r"[^\W\d_]{3,}")
_MASK = re.compile(r"«\w+»")


def telling_words(questions: Sequence[str], others: Sequence[str]) -> list[str]:
    """The most telling words of `questions`, by tf-idf over these and `others` (Spärck Jones, 1972).

    A word that stands in one of several questions is passed over, for it tells of that one; and so is one that stands
    in any of the ordinary texts and prompts of resources/reference.
    """
    here = Counter(word for question in questions for word in _words(question) - _ordinary())
    everywhere = here + Counter(word for other in others for word in _words(other))
    texts = len(questions) + len(others)
    least = min(2, len(questions))
    scores = {word: n * math.log(1 + texts / everywhere[word]) for word, n in here.items() if n >= least}
    return sorted(scores, key=lambda word: (-scores[word], word))[:_WORDS]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_MASK.sub(" ", text).casefold()))


@functools.cache
def _ordinary() -> frozenset[str]:
    known = prompts()
    return frozenset(word for text in (*known.replayed, *known.watched, *reference_texts()) for word in _words(text))
