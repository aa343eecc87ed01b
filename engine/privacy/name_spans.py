"""From what a tagger thinks of each word to the names and addresses in a text."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from engine.privacy.spans import Span

NAME = ("GIVEN_NAME", "SURNAME")
STREET = ("STREET_NAME",)
NUMBER = ("BUILDING_NUMBER", "SECONDARY_ADDRESS", "ZIP_CODE")
TOWN = ("CITY", "STATE")

_SURE = 0.3
_SURE_OF_SMALL = 0.7
"""Of a word without a capital in a text that has some."""

_BETWEEN_NAMES = re.compile(r"[ \u00a0\ufeff]{0,2}|['\u2019-]|(?<=\b\w)\.[ \u00a0]?")
_BETWEEN_PARTS = re.compile(r"[^\w«»]{0,4}(?:(?:apt|suite|unit|flat|box)\b[^\w«»]{0,4})?", re.IGNORECASE)


class Word(Struct, frozen=True):
    """A word's place, in code points, and how sure the tagger is that it belongs to a name, a street, a number or a
    town of an address."""

    start: int
    end: int
    name: float
    street: float
    number: float
    town: float

    @property
    def address(self) -> float:
        return self.street + self.number + self.town


def found(text: str, words: Sequence[Word]) -> list[Span]:
    """The names and addresses among `words`, in order and apart."""
    addresses = list(_addresses(text, words))
    names = _names(text, (word for word in words if not any(_within(word, address) for address in addresses)))
    return sorted([*addresses, *names])


def _names(text: str, words: Iterable[Word]) -> Iterator[Span]:
    cased = text != text.lower()
    sure = [word for word in words if word.name >= _needed(text[word.start : word.end], cased=cased)]
    for run in _runs(text, sure, _BETWEEN_NAMES):
        yield from _told(text, run, "name")


def _needed(word: str, *, cased: bool) -> float:
    is_small = word == word.lower() != word.upper()
    return _SURE_OF_SMALL if cased and is_small else _SURE


def _addresses(text: str, words: Sequence[Word]) -> Iterator[Span]:
    """Runs of an address's parts that name a street and a number: a town alone says nothing of anybody."""
    for run in _runs(text, [word for word in words if word.address >= _SURE], _BETWEEN_PARTS):
        if max(word.street for word in run) >= _SURE and max(word.number for word in run) >= _SURE:
            yield from _told(text, run, "address")


def _runs(text: str, words: Sequence[Word], between: re.Pattern[str]) -> Iterator[list[Word]]:
    """Neighbours with nothing but `between` between them."""
    run: list[Word] = []
    for before, word in itertools.pairwise([None, *words]):
        assert word is not None
        if before is not None and not between.fullmatch(text, before.end, word.start):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _told(text: str, run: Sequence[Word], kind: str) -> Iterator[Span]:
    """The run without the signs around it; nothing when only an initial is left."""
    start, end = run[0].start, run[-1].end
    while start < end and not text[start].isalnum():
        start += 1
    while start < end and not text[end - 1].isalnum():
        end -= 1
    if sum(character.isalpha() for character in text[start:end]) > 1:
        yield Span(start, end, kind)


def _within(word: Word, span: Span) -> bool:
    return span.start <= word.start and word.end <= span.end
