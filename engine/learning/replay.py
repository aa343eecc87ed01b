"""What is replayed in training so that general ability stays: the base model's own answers to ordinary prompts.

They are nobody's words: nothing here is of the owner's. Some prompts are never trained on: on the answers to these it
is watched how far an adapter moves from the base.
"""

import functools
import tomllib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from engine.learning.gate.base_answers import BaseAnswers, greedily
from engine.learning.training.train import General, TrainingExample
from engine.models.runtime import Runtime
from engine.models.values import Message
from engine.paths import RESOURCES
from engine.progress import Control

_ANSWER_TOKENS = 40


class Prompts(Struct, frozen=True, forbid_unknown_fields=True):
    """The file resources/reference/general.toml."""

    replayed: list[str]
    watched: list[str]


class Replay:
    """What a training is given of them. `system` opens every prompt of the chat, so these too."""

    def __init__(self, runtime: Runtime, answers: BaseAnswers, system: str) -> None:
        self._runtime = runtime
        self._answers = answers
        self._opening = [Message("system", system)] if system else []

    def general(self, control: Control) -> General:
        """Raises Interrupted; the answers that were made stay."""
        return General(self._answered(prompts().replayed, control), self._answered(prompts().watched, control))

    def _answered(self, prompts: Sequence[str], control: Control) -> list[TrainingExample]:
        asked = [greedily([*self._opening, Message("user", prompt)], _ANSWER_TOKENS) for prompt in prompts]
        answers = dict(self._answers.answers(asked, control))
        return [
            TrainingExample(self._runtime.render(one.messages), self._runtime.answer_tokens(answers[place]))
            for place, one in enumerate(asked)
        ]


@functools.cache
def prompts() -> Prompts:
    return msgspec.convert(
        tomllib.loads((RESOURCES / "reference" / "general.toml").read_text(encoding="utf-8")), Prompts
    )
