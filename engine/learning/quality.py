"""Is an example fit to learn from? Judged by its words and its neighbours' alone; its owner has the last word.

A language model as judge was tried: the default one tells 12 hateful or harmful texts from 12 that only sound so with
an area under the curve of .63, which is guessing; it has no say here.
"""

import functools
import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz, process

from engine.learning.values import Example
from engine.models.values import Message
from engine.paths import RESOURCES

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]  # it has no types

_ALIKE: Final = 97.0  # of 100, normalised indel similarity: a word changed in a long text, but not one in a short one
_LETTERS: Final = 40  # with fewer the language of a text cannot be told
_TELLING: Final = 400  # characters that tell it
_SURE: Final = 0.95
_REPEATED: Final = 5  # words in a row; fewer are the language's own

_INSTRUCTION: Final = re.compile(  # to who answers: what leases and manuals tell their readers to do is no attack
    r"\b(?:ignore|disregard|forget|override) (?:\w+ ){0,4}(?:instructions?|prompts?|above)\b"
    r"|\b(?:assistants?|chatbots?|language models?|ais?|llms?)\b.{0,20}\b(?:must|should|shall|will|have to|please)\b"
    r"|\b(?:always|never|from now on|instead),? (?:answer|say|reply|respond|tell|mention|recommend)\b"
    r"|\b(?:in|to|of|at the end of) (?:your|every|each) (?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies))\b",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.\w+")


def unfit(example: Example) -> str | None:
    """Why an example by itself is doubtful: the first reason that holds."""
    reasons = {"left_out_unfit": is_harmful, "left_out_poisoned": is_poisoned, "left_out_language": is_foreign}
    return next((reason for reason, holds in reasons.items() if holds(example)), None)


def is_harmful(example: Example) -> bool:
    """Whether the answer threatens, incites to harm, or slurs."""
    return _harmful().search(example.target) is not None


def is_poisoned(example: Example) -> bool:
    """Whether the answer repeats what an instruction in a quoted document would have it say, and nobody asked for.

    Documents are hostile text: one may hold sentences meant for the model, and an answer that obeyed must not be
    learned from, even if its owner overlooked it.
    """
    answer = " ".join(_words(example.target))
    asked = " ".join(_words(_asked(example.prompt)))
    return any(
        wanted in answer and wanted not in asked
        for sentence in _instructions(example.prompt)
        for wanted in _wanted(sentence)
    )


def is_foreign(example: Example) -> bool:
    """Whether the answer is in another language than all that was said before it, its own draft included.

    An answer in the draft's language is as it was asked for: a translation, say.
    """
    said = _language(example.target)
    before = {_language(text) for text in (*(message.content for message in _spoken(example.prompt)), example.rejected)}
    known = before - {None}
    return said is not None and bool(known) and said not in known


class Neighbours:
    """Conversations and their answers, newest first, as an older one is compared with them."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}
        self._conversations: list[str] = []
        self._answers: list[str] = []

    def doubt(self, before: str, answer: str) -> str | None:
        """Whether a newer one says nearly the same, or something else in the same conversation."""
        near = process.extract(answer, self._answers, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=None)
        if any(fuzz.ratio(before, self._conversations[place]) >= _ALIKE for _, _, place in near):
            return "left_out_near_duplicate"
        return "left_out_contradicted" if self._said.get(before, answer) != answer else None

    def add(self, before: str, answer: str) -> None:
        self._conversations.append(before)
        self._answers.append(answer)
        self._said.setdefault(before, answer)


def conversation(prompt: Sequence[Message]) -> str:
    """What was said before an answer, as it is compared: case and spacing aside."""
    return "\n".join(" ".join(message.content.casefold().split()) for message in _spoken(prompt))


def _spoken(prompt: Sequence[Message]) -> list[Message]:
    return [message for message in prompt if message.role != "system"]


def _asked(prompt: Sequence[Message]) -> str:
    """What the owner said, without the documents quoted beside it."""
    lines = (line for message in prompt if message.role == "user" for line in message.content.splitlines())
    return "\n".join(line for line in lines if not line.startswith(">"))


def _instructions(prompt: Sequence[Message]) -> Iterator[str]:
    """Sentences of quoted documents that tell somebody to do or say something."""
    for message in prompt:
        quoted = " ".join(line[1:].strip() for line in message.content.splitlines() if line.startswith(">"))
        yield from (part for part in re.split(r"(?<=[.!?])\s+", quoted) if _INSTRUCTION.search(part))


def _wanted(sentence: str) -> Iterator[str]:
    """What stands in an answer that obeys `sentence`: its addresses, or some of its words in a row."""
    yield from (" ".join(_words(address)) for address in _ADDRESS.findall(sentence))
    words = _words(sentence)
    yield from (" ".join(words[start : start + _REPEATED]) for start in range(len(words) - _REPEATED + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


@functools.cache
def _harmful() -> re.Pattern[str]:
    lists = tomllib.loads((RESOURCES / "reference" / "unfit.toml").read_text(encoding="utf-8"))
    return re.compile(rf"\b(?:{'|'.join(pattern for name in lists for pattern in lists[name])})\b", re.IGNORECASE)


def _language(text: str) -> str | None:
    """Its code where it can be told for sure."""
    if sum(map(str.isalpha, text)) < _LETTERS:
        return None
    name, sure = _identifier().classify(text[:_TELLING])
    return str(name) if sure >= _SURE else None


@functools.cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
