"""Renders a model's chat template: a small program from a stranger's file, run in a sandbox inside the worker.

The sandbox keeps it from our objects; its time and memory are bounded from outside, by the worker's limits.
"""

from collections.abc import Sequence
from typing import Any, NoReturn

from engine.errors import InputRefused
from engine.models.values import Message

_MOST_ADDED = 100_000  # characters around the messages: long instructions have some thousand


class ChatTemplate:
    """A compiled template. Raises InputRefused("template_failed") when it does not compile or render."""

    def __init__(self, source: str, *, begin: str, end: str) -> None:
        self._template = _compile(source)
        self._begin = begin
        self._end = end

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt's text, ready for the model's answer. `content` of messages is put in as it is."""
        try:
            text: str = self._template.render(
                messages=[{"role": message.role, "content": message.content} for message in messages],
                add_generation_prompt=True,
                bos_token=self._begin,
                eos_token=self._end,
            )
        except Exception as error:
            raise _failure(error) from error
        if len(text) > _MOST_ADDED + 2 * sum(len(message.content) for message in messages):
            raise InputRefused("template_failed", reason="too much text")
        return text


def _compile(source: str) -> Any:
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.globals["raise_exception"] = _refuse
    try:
        return environment.from_string(source)
    except Exception as error:
        raise _failure(error) from error


def _refuse(reason: str) -> NoReturn:
    """What templates call when messages are not in an order they know."""
    raise InputRefused("template_failed", reason=reason)


def _failure(error: Exception) -> InputRefused:
    return error if isinstance(error, InputRefused) else InputRefused("template_failed", reason=type(error).__name__)
