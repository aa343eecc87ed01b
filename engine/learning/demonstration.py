"""The prompt as the teacher of a self-distillation reads it: with what the owner wanted shown in the question."""

import functools
from collections.abc import Sequence

from msgspec.structs import replace

from engine.library.quoting import disarmed
from engine.models.values import Message
from engine.paths import RESOURCES


def demonstrated(prompt: Sequence[Message], wanted: str) -> list[Message]:
    """`prompt` with `wanted` in its last message, after what was asked there (as in SDFT, arXiv 2601.19897)."""
    *before, asked = prompt
    return [*before, replace(asked, content=_wording().format(question=asked.content, wanted=disarmed(wanted)))]


@functools.cache
def _wording() -> str:
    return (RESOURCES / "prompts" / "demonstration.md").read_text(encoding="utf-8").strip()
