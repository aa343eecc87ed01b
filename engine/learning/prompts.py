"""The prompts that feedback is about: as their turns were asked, and as they would be served today."""

from collections.abc import Callable

from engine.learning.values import Feedback
from engine.models.values import Message


class Prompts:
    """`prompt_of` gives a turn's prompt as it was, or None once the turn is gone. `system` opens every prompt of the
    chat; imported prompts get it too, for what is in the prompt at serving time must be in it in training."""

    def __init__(self, prompt_of: Callable[[str], list[Message] | None], system: str) -> None:
        self._prompt_of = prompt_of
        self._system = system

    def as_kept(self, row: Feedback) -> list[Message] | None:
        return row.prompt or (self._prompt_of(row.turn_id) if row.turn_id is not None else None)

    def served(self, row: Feedback) -> list[Message] | None:
        prompt = self.as_kept(row)
        if not prompt or not self._system or prompt[0].role == "system":
            return prompt
        return [Message("system", self._system), *prompt]
