"""What is replayed in training so that general ability stays: the base model's own answers to ordinary prompts.

They are made on this machine, once for each serving file, and are nobody's words: nothing here is of the owner's. Some
prompts are never trained on: on the answers to these it is watched how far an adapter moves from the base.
"""

import functools
import hashlib
import tomllib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from engine.learning.train import General, TrainingExample
from engine.models.runtime import Runtime
from engine.models.values import Message, Sampling, StreamChunk
from engine.paths import RESOURCES
from engine.progress import Control
from engine.store.database import Database

_ANSWER_TOKENS = 40


class Prompts(Struct, frozen=True, forbid_unknown_fields=True):
    """The file resources/reference/general.toml."""

    replayed: list[str]
    watched: list[str]


class Replay:
    """Answers as they are needed, and kept. `system` opens every prompt of the chat, so these too."""

    def __init__(self, database: Database, runtime: Runtime, system: str) -> None:
        self._database = database
        self._runtime = runtime
        self._opening = [Message("system", system)] if system else []

    def general(self, control: Control) -> General:
        """What a training is given. Raises Interrupted between two answers; those that were made stay."""
        return General(self._answered(prompts().replayed, control), self._answered(prompts().watched, control))

    def _answered(self, asked: Sequence[str], control: Control) -> list[TrainingExample]:
        return [self._example([*self._opening, Message("user", prompt)], control) for prompt in asked]

    def _example(self, prompt: list[Message], control: Control) -> TrainingExample:
        read = self._runtime.render(prompt)
        return TrainingExample(read, self._runtime.answer_tokens(self._answer(prompt, read, control)))

    def _answer(self, prompt: list[Message], read: list[int], control: Control) -> str:
        place = (self._runtime.description.serving_sha256, hashlib.sha256(msgspec.json.encode(read)).hexdigest())
        kept = self._database.one(
            "SELECT answer FROM base_answers WHERE serving_sha256 = ? AND prompt_sha256 = ?", *place
        )
        if kept is not None:
            return str(kept[0])
        control.checkpoint()
        greedy = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=_ANSWER_TOKENS)
        chunks = self._runtime.stream(prompt, greedy, control=control)
        answer = "".join(chunk.text for chunk in chunks if isinstance(chunk, StreamChunk))
        control.checkpoint()  # cut short, it is no answer
        with self._database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO base_answers VALUES (?, ?, ?)", (*place, answer))
        return answer


@functools.cache
def prompts() -> Prompts:
    return msgspec.convert(
        tomllib.loads((RESOURCES / "reference" / "general.toml").read_text(encoding="utf-8")), Prompts
    )
