"""Whether an answer carries what an instruction hidden in a document wanted said: documents are hostile text.

What is recognised is words: an answer that obeys in words of its own (a poem that was ordered, text without spaces)
looks like any other. An instruction must show that it is meant for who answers; what leases and manuals tell their
readers to do is no attack.
"""

import functools
import re
from collections.abc import Iterator
from typing import Final

from engine.learning.curation.said import documents, own_words, words
from engine.learning.values import Example

_IN_A_ROW: Final = 5  # words; fewer are the language's own
_QUOTED_WORDS: Final = 3

_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b(?: \w+){0,4} (?:instructions?|prompts?|rules?|above)\b"
    r"|\bnew (?:instructions?|system prompt):|\bsystem (?:override|prompt)\b|\byou are now (?:an?|in)\b",
    re.IGNORECASE,
)
"""What follows in the next sentences is the instruction."""

_ADDRESSED = re.compile(
    r"\b(?:ai|virtual|digital|language|chat)[ -]?(?:assistants?|models?|bots?)\b.{0,40}"
    r"\b(?:must|should|shall|will|have to|please)\b"
    r"|\b(?:assistant|chatbot|ai|llm)s?, (?:please|always|never|you|do|say|tell|add|include)\b"
    r"|\b(?:ais|llms?|chatbots?)\b.{0,20}\b(?:must|should|shall|have to)\b"
    r"|\bfrom now on,? (?:you |always |please )*(?:answer|say|reply|respond|tell|mention|recommend|write|include)\b"
    r"|\b(?:add|append|augment|begin|end|enhance|finish|include|insert|integrate|introduce|mention|modify|provide|render"
    r"|replace|scramble|start|substitute|suggest|tease|use|write)\b.{0,160}\b(?:your|every|each)"
    r" (?:answers?|repl(?:y|ies)|responses?)\b"
    r"|\bin (?:your|every|each) (?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)), (?!please find)\w+",
    re.IGNORECASE,
)
"""Meant for who answers: the whole sentence is the instruction."""

_PUT_IN_MOUTH = re.compile(
    r"\b(?:always|never|you must|instead,?) (?:\w+ )?(?:answer|say|repl|respond|includ|recommend)", re.IGNORECASE
)
"""Meant for people or for the assistant: only what it quotes or links to is looked for."""

_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?((?:[\w-]+\.)+[a-z]{2,18}\b[^\s\"'<>)]*)")
_QUOTED = re.compile("[\"'“«\u2018](?=\\S)([^\"“”«»\u2018\u2019']{8,200})[\"'”»\u2019]")
_SENTENCES = re.compile(r"(?<=[.!?:])\s+")


def is_poisoned(example: Example) -> bool:
    """Whether the answer has an instruction's links, its quoted words or five of its words in a row, and nobody asked.

    An answer that obeyed must not be learned from, even if its owner overlooked it.
    """
    answer = words(example.target)
    asked = words("\n".join(own_words(example.prompt)))
    wanted = (text for document in documents(example.prompt) for text in _wanted(document))
    return any(text in answer and text not in asked for text in wanted)


def drop_texts() -> None:
    """Keep at hand no document that was looked at so far."""
    _wanted.cache_clear()


@functools.lru_cache(maxsize=2048)
def _wanted(document: str) -> tuple[str, ...]:
    """What stands in an answer that obeys something in `document`, as words."""
    return tuple(filter(str.strip, map(words, _instructed(document))))


def _instructed(document: str) -> Iterator[str]:
    sentences = _SENTENCES.split(document)
    for place, sentence in enumerate(sentences):
        if _OVERRIDE.search(sentence):
            yield from _distinctive(" ".join(sentences[place : place + 3]))
        elif _ADDRESSED.search(sentence):
            yield from _distinctive(" ".join(sentences[place : place + 2 if sentence.endswith(":") else place + 1]))
        elif _PUT_IN_MOUTH.search(sentence):
            yield from _literal(sentence)


def _distinctive(instruction: str) -> Iterator[str]:
    yield from _literal(instruction)
    row = words(instruction).split()
    yield from (" ".join(row[start : start + _IN_A_ROW]) for start in range(len(row) - _IN_A_ROW + 1))


def _literal(instruction: str) -> Iterator[str]:
    yield from _ADDRESS.findall(instruction)
    yield from (quoted for quoted in _QUOTED.findall(instruction) if len(quoted.split()) >= _QUOTED_WORDS)
