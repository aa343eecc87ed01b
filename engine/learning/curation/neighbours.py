"""Examples beside each other: which say nearly the same, which give one answer over again, which contradict."""

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

LABEL_WORDS: Final = 2
"""An answer of so many words, without a digit, may be given to any number of questions: it sorts them."""

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\w+")


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
        self._given: set[str] = set()

    def doubt(self, said: Said) -> str | None:
        """Whether one that goes before says nearly the same, or something else in the same conversation, or gives the
        same answer to another question.

        What is trained on several times is what can be drawn out of a model (Lee et al., ACL 2022, arXiv 2107.06499;
        Kandpal et al., ICML 2022, arXiv 2202.06539): of secrets told four times and sixteen times here, two of four and
        three of three could be (tests/benchmarks/memorisation.py).
        """
        others = self._alike[said.shape]
        answers = [other.answer for other in others]
        near = process.extract_iter(said.answer, answers, processor=None, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if any(_are_alike(said, others[place]) for _, _, place in near):
            return "left_out_near_duplicate"
        if self._answers.get(said.before, said.answer) != said.answer:
            return "left_out_contradicted"
        return "left_out_said_before" if _words(said.answer) in self._given and not _sorts(said.answer) else None

    def add(self, said: Said, *, speaks: bool) -> None:
        """One that is not learned from keeps its near doubles out too, but does not speak against other answers."""
        self._alike[said.shape].append(said)
        self._given.add(_words(said.answer))
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


def _sorts(answer: str) -> bool:
    return len(_WORD.findall(answer)) <= LABEL_WORDS and not _NUMBER.search(answer)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text))


def _normal(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" .!?")
