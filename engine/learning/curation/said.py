"""Who said what in a prompt: its owner's words, and the documents quoted beside them, told apart again."""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence

from engine.models.values import Message
from engine.paths import RESOURCES

_WORD = re.compile(r"\w+")


def conversation(prompt: Sequence[Message]) -> list[Message]:
    """What was said before an answer: all but the system's message."""
    return [message for message in prompt if message.role != "system"]


def own_words(prompt: Sequence[Message]) -> list[str]:
    """The paragraphs the owner wrote (and preferences, which stand among them), in order."""
    written = [
        "\n".join(line for line in message.content.splitlines() if not _is_quoted(line) and line not in _frame())
        for message in prompt
        if message.role == "user"
    ]
    return [paragraph for text in written for paragraph in re.split(r"\n\s*\n", text) if paragraph.strip()]


def asked(prompt: Sequence[Message]) -> str:
    """The owner's last question, without the passages and preferences that stood beside it."""
    last = [message for message in prompt if message.role == "user"][-1:]
    paragraphs = re.split(r"\n\s*\n", last[0].content) if last else []
    preferred = [place for place, text in enumerate(paragraphs) if text.startswith(_preferences())]
    bare = "\n\n".join(paragraphs[preferred[-1] + 1 :] if preferred else paragraphs)
    return "\n\n".join(own_words([Message("user", bare)])) or bare


def documents(prompt: Sequence[Message]) -> Iterator[str]:
    """The passages quoted in a prompt, each on one line."""
    for message in conversation(prompt):
        for quoted, lines in itertools.groupby(message.content.splitlines(), _is_quoted):
            if quoted:
                yield " ".join(line[1:].strip() for line in lines)


def words(text: str) -> str:
    """The words of `text` as they are looked for: folded, one space before each and after the last."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _is_quoted(line: str) -> bool:
    return line.startswith(">")


@functools.cache
def _preferences() -> str:
    """The line above them, which one paragraph of theirs follows."""
    return (RESOURCES / "prompts" / "preferences.md").read_text(encoding="utf-8").splitlines()[0]


@functools.cache
def _frame() -> frozenset[str]:
    """The lines that chat puts around passages, corrections and preferences: nobody's words."""
    files = (RESOURCES / "prompts").glob("*.md")
    return frozenset(line for file in files for line in file.read_text(encoding="utf-8").splitlines())
