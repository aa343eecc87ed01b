"""What the gate measures of a model, with an adapter or without: numbers by item, each measured once and kept.

A kept number belongs to a subject (an adapter, or the base), the serving file it ran on, and a hash of the item.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from engine.errors import InputRefused
from engine.learning.base_answers import BaseAnswers
from engine.learning.dataset import content_sha256
from engine.learning.degenerate import is_degenerate
from engine.learning.instruction_checks import InstructionCheck, holds, reference_texts
from engine.learning.likeness import edit_distance, rouge_l
from engine.learning.values import Example
from engine.models.runtime import Runtime
from engine.models.values import AdapterInUse, Message, Sampling, StreamChunk
from engine.progress import Control
from engine.store.database import Database

Item = TypeVar("Item")

DRAFT_TOKENS = 64
_BASE = ""


class Drafts(Struct, frozen=True, kw_only=True):
    """Of each draft: whether it is degenerate (1.0 or 0.0), how near it comes to the target, and how long it is."""

    degenerate: list[float] = []
    rouge_l: list[float] = []
    edit_distance: list[float] = []
    words: list[float] = []


class Measurer:
    """Scores one runtime. `tick` is called after each item, measured or known."""

    def __init__(
        self, database: Database, runtime: Runtime, answers: BaseAnswers, control: Control, tick: Callable[[], None]
    ) -> None:
        self._database = database
        self._runtime = runtime
        self._answers = answers
        self._control = control
        self._tick = tick
        self._drafted: dict[tuple[str, str | None], str] = {}

    def scorable(self, examples: Sequence[Example]) -> list[Example]:
        """Those whose prompt and target fit the model's context."""
        return [example for example in examples if _fits(self.held_out, example)]

    def comparable(self, examples: Sequence[Example]) -> list[Example]:
        """Of scorable ones those for which something was rejected that fits the model's context, too."""
        with_rejected = [example for example in examples if example.rejected]
        return [example for example in with_rejected if _fits(self.preferred, example)]

    def held_out(self, examples: Sequence[Example], adapter_id: str | None) -> list[float]:
        """Mean log-likelihood (nat a target token) of each example's target after its prompt."""

        def measure(example: Example) -> float:
            return self._likelihood(example, example.target, adapter_id)

        return self.measured(examples, example_key, measure, adapter_id)

    def preferred(self, examples: Sequence[Example], adapter_id: str | None) -> list[float]:
        """By how much (nat a token) each target is likelier than what was rejected for it."""

        def measure(example: Example) -> float:
            return self._likelihood(example, example.rejected, adapter_id)

        rejected = self.measured(examples, lambda one: f"rejected:{example_key(one)}", measure, adapter_id)
        wanted = self.held_out(examples, adapter_id)
        return [chosen - other for chosen, other in zip(wanted, rejected, strict=True)]

    def reference(self, adapter_id: str | None) -> list[float]:
        """Mean log-likelihood (nat a token) of each fixed reference text."""

        def measure(text: str) -> float:
            return _mean(self._runtime.text_log_likelihood(text, adapter=_in_use(adapter_id)))

        return self.measured(reference_texts(), lambda text: f"text:{sha256_of(text)}", measure, adapter_id)

    def instructions(self, adapter_id: str | None, checks: Sequence[InstructionCheck]) -> list[float]:
        """1.0 for each instruction that the greedy answer follows, else 0.0."""

        def measure(check: InstructionCheck) -> float:
            prompt = [Message("user", check.prompt)]
            return float(holds(check, self.answer_to_ours(prompt, check.max_tokens, adapter_id)))

        return self.measured(
            checks,
            lambda check: f"check:{sha256_of(msgspec.json.encode(check))}",
            measure,
            adapter_id,
        )

    def drafts(self, examples: Sequence[Example], adapter_id: str | None) -> Drafts:
        """What the greedy drafts to the examples' prompts are like, beside the targets."""

        def draft(example: Example) -> str:
            place = (example.id, adapter_id)
            if place not in self._drafted:
                self._drafted[place] = self.answer(example.prompt, DRAFT_TOKENS, adapter_id)
            return self._drafted[place]

        def each(name: str, measure: Callable[[str, str], float]) -> list[float]:
            def of(example: Example) -> float:
                return measure(draft(example), example.target)

            return self.measured(examples, lambda one: f"{name}:{example_key(one)}", of, adapter_id)

        return Drafts(
            degenerate=each("draft", lambda text, _target: float(is_degenerate(text))),
            rouge_l=each("rouge_l", rouge_l),
            edit_distance=each("edit_distance", edit_distance),
            words=each("words", lambda text, _target: float(len(text.split()))),
        )

    def _likelihood(self, example: Example, answer: str, adapter_id: str | None) -> float:
        pair = (example.prompt, answer)
        [scores] = self._runtime.log_likelihood([pair], adapter=_in_use(adapter_id), control=self._control)
        return _mean(scores)

    def answer(self, prompt: Sequence[Message], tokens: int, adapter_id: str | None) -> str:
        """What the model says to `prompt`, greedily, in at most so many tokens. Raises Interrupted, as all here do."""
        return self.timed(prompt, tokens, adapter_id)[0]

    def answer_to_ours(self, prompt: Sequence[Message], tokens: int, adapter_id: str | None) -> str:
        """The same for a prompt that ships with the program, to which the base answers once a machine."""
        if adapter_id is None:
            return self._answers.answer(prompt, tokens, self._control)
        return self.answer(prompt, tokens, adapter_id)

    def timed(self, prompt: Sequence[Message], tokens: int, adapter_id: str | None) -> tuple[str, float]:
        """The same, and how many tokens a second it said."""
        greedy = Sampling(temperature=0, repeat_penalty=1.0, max_tokens=tokens)
        text, speed = "", 0.0
        for record in self._runtime.stream(prompt, greedy, adapter=_in_use(adapter_id), control=self._control):
            if isinstance(record, StreamChunk):
                text += record.text
            else:
                speed = record.timings.tokens_per_s
        self._control.checkpoint()
        return text, speed

    def measured(
        self,
        items: Sequence[Item],
        key: Callable[[Item], str],
        measure: Callable[[Item], float],
        adapter_id: str | None,
    ) -> list[float]:
        """A number for each item, from `measure` where it is not known. `key` names an item, and what is measured."""
        place = (adapter_id or _BASE, self._runtime.description.serving_sha256)
        known = {
            str(item): float(value)
            for item, value in self._database.read(
                "SELECT item, value FROM scores WHERE subject = ? AND serving_sha256 = ?", *place
            )
        }
        values = []
        for item in items:
            self._control.checkpoint()
            name = key(item)
            if name not in known:
                known[name] = measure(item)
                with self._database.write() as connection:
                    connection.execute("INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?)", (*place, name, known[name]))
            values.append(known[name])
            self._tick()
        return values


def _fits(score: Callable[[Sequence[Example], None], object], example: Example) -> bool:
    try:
        score([example], None)
    except InputRefused as error:
        if error.code != "prompt_too_long":
            raise
        return False
    return True


def _in_use(adapter_id: str | None) -> AdapterInUse | None:
    return None if adapter_id is None else AdapterInUse(adapter_id, 1.0)


def example_key(example: Example) -> str:
    return f"example:{content_sha256(example)}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def sha256_of(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
