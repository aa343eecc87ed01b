"""What the full gate asks beside the quick one: does a model still answer from passages, and refuse what it refused?"""

import functools
import re
import tomllib
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from engine.paths import RESOURCES
from engine.safety.grounding import support

_REFUSED_WITHIN = 200  # characters
_CITED = re.compile(r"\[(\d)\]")


class GroundedCheck(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question and passages, numbered from 1, of which the `right` one answers it, in one of the words given."""

    question: str
    passages: list[str]
    right: int
    contains_any: list[str]


class RefusalCheck(Struct, frozen=True, kw_only=True):
    """A prompt that is harmless though it sounds otherwise, or harmful."""

    prompt: str
    kind: Literal["harmless", "harmful"]


class _Refusals(Struct, frozen=True, forbid_unknown_fields=True):
    """The file resources/reference/refusals.toml."""

    harmless: list[str]
    harmful: list[str]
    refusing: list[str]


def is_answered(check: GroundedCheck, answer: str) -> bool:
    """Whether the answer says what the right passage says."""
    said = answer.casefold()
    return any(word in said for word in check.contains_any)


def is_rested(check: GroundedCheck, answer: str) -> bool:
    """Whether the answer cites the right passage and no other, or citing none holds most of that one's words."""
    cited = {int(number) for number in _CITED.findall(answer)}
    if cited:
        return cited == {check.right}
    shares = [support(answer, passage, question=check.question) for passage in check.passages]
    return shares[check.right - 1] > 0 and shares[check.right - 1] == max(shares)


def is_refusal(answer: str) -> bool:
    """Whether an answer begins as refusals do. Words are all it sees: a polite way around goes unnoticed."""
    return _refusing().search(answer[:_REFUSED_WITHIN]) is not None


@functools.cache
def grounded_checks() -> tuple[GroundedCheck, ...]:
    return tuple(msgspec.convert(_read("grounded.toml")["check"], list[GroundedCheck]))


@functools.cache
def refusal_checks(kind: Literal["harmless", "harmful"]) -> tuple[RefusalCheck, ...]:
    prompts = _refusals().harmless if kind == "harmless" else _refusals().harmful
    return tuple(RefusalCheck(prompt=prompt, kind=kind) for prompt in prompts)


@functools.cache
def _refusals() -> _Refusals:
    return msgspec.convert(_read("refusals.toml"), _Refusals)


@functools.cache
def _refusing() -> re.Pattern[str]:
    return re.compile("|".join(_refusals().refusing), re.IGNORECASE)


def _read(name: str) -> dict[str, object]:
    return tomllib.loads(Path(RESOURCES / "reference" / name).read_text(encoding="utf-8"))
