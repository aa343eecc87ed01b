"""A hundred small instructions whose following a program can check: what an adapter must not cost the model."""

import functools
import re
import tomllib
from typing import Literal

import msgspec
from msgspec import Struct

from engine.paths import RESOURCES

QUICK = 30


class InstructionCheck(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prompt, and what must hold of the answer: every rule given. Words are told by spaces; case counts only in
    `case`. `pattern` must match somewhere in the answer, stripped of surrounding space."""

    prompt: str
    max_tokens: int = 24
    contains: list[str] = []
    contains_any: list[str] = []
    excludes: list[str] = []
    starts: str = ""
    pattern: str = ""
    fewest_words: int = 1
    most_words: int | None = None
    case: Literal["", "upper", "lower"] = ""


def holds(check: InstructionCheck, answer: str) -> bool:
    """Whether `answer` follows the instruction."""
    answer = answer.strip()
    lowered = answer.casefold()
    words = len(answer.split())
    return (
        all(word.casefold() in lowered for word in check.contains)
        and (not check.contains_any or any(word.casefold() in lowered for word in check.contains_any))
        and not any(word.casefold() in lowered for word in check.excludes)
        and lowered.startswith(check.starts.casefold())
        and (not check.pattern or re.search(check.pattern, answer) is not None)
        and check.fewest_words <= words
        and (check.most_words is None or words <= check.most_words)
        and (not check.case or answer == getattr(answer, check.case)())
    )


@functools.cache
def instruction_checks() -> tuple[InstructionCheck, ...]:
    """All of them; the first `QUICK` are asked where there is little time, and are of every kind."""
    return tuple(msgspec.convert(_reference("instructions.toml")["check"], list[InstructionCheck]))


@functools.cache
def reference_texts() -> tuple[str, ...]:
    """Plain texts of several kinds on which an adapter must leave the model as it was."""
    return tuple(msgspec.convert(_reference("texts.toml")["text"], list[str]))


def _reference(name: str) -> dict[str, object]:
    return tomllib.loads((RESOURCES / "reference" / name).read_text(encoding="utf-8"))
