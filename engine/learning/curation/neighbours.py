"""Examples beside each other: which say nearly the same, and which answer the very same conversation otherwise."""

import itertools
import re
from collections import defaultdict
from typing import Final

from msgspec import Struct
from rapidfuzz import fuzz, process

from engine.learning.curation.said import conversation
from engine.learning.values import Example

ALIKE: Final = 95.0
"""Of 100, normalised indel similarity (Levenshtein without substitution), for each paragraph and for the answer.

Of XQuAD's 1,190 questions it joins .995 with themselves after one wrong letter, and 3 pairs of 707,455 that differ; at
97 it misses one wrong letter in twelve, at 90 it joins ten pairs.
"""

_NUMBER = re.compile(r"\d+")


class Said(Struct, frozen=True):
    """An example as it is compared: case, spacing and closing marks aside."""

    before: tuple[tuple[str, ...], ...]
    answer: str

    @property
    def shape(self) -> tuple[object, ...]:
        """What near doubles have in common. A letter may be wrong; another number is another matter."""
        numbers = [_NUMBER.findall(part) for message in self.before for part in message]
        return (*map(len, self.before), str(numbers), str(_NUMBER.findall(self.answer)))


class Neighbours:
    """Examples that go before the ones that are compared with them: newer, or written where others were praised."""

    def __init__(self) -> None:
        self._alike: dict[tuple[object, ...], list[Said]] = defaultdict(list)
        self._answers: dict[tuple[tuple[str, ...], ...], str] = {}

    def doubt(self, said: Said) -> str | None:
        """Whether one that goes before says nearly the same, or something else in the same conversation."""
        others = self._alike[said.shape]
        answers = [other.answer for other in others]
        near = process.extract_iter(said.answer, answers, processor=None, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if any(_are_alike(said, others[place]) for _, _, place in near):
            return "left_out_near_duplicate"
        return "left_out_contradicted" if self._answers.get(said.before, said.answer) != said.answer else None

    def add(self, said: Said, *, speaks: bool) -> None:
        """One that is not learned from keeps its near doubles out too, but does not speak against other answers."""
        self._alike[said.shape].append(said)
        if speaks:
            self._answers.setdefault(said.before, said.answer)


def said(example: Example) -> Said:
    before = tuple(
        (message.role, *map(_normal, re.split(r"\n\s*\n", message.content))) for message in conversation(example.prompt)
    )
    return Said(before, _normal(example.target))


def _are_alike(one: Said, other: Said) -> bool:
    """Paragraph by paragraph: beside long passages, or after a long history, another question is a small edit."""
    parts = (itertools.chain.from_iterable(said.before) for said in (one, other))
    return all(ours == theirs or fuzz.ratio(ours, theirs) >= ALIKE for ours, theirs in zip(*parts, strict=True))


def _normal(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" .!?")
