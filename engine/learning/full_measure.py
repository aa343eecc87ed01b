"""What the full gate measures beside what the quick one does: answers from passages, refusals, giving away, speed."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar

import msgspec

from engine.learning.full_checks import (
    GroundedCheck,
    RefusalCheck,
    grounded_checks,
    is_answered,
    is_refusal,
    is_rested,
    refusal_checks,
)
from engine.learning.instruction_checks import instruction_checks
from engine.learning.measure import Measurer, example_key, sha256_of
from engine.learning.values import Example
from engine.models.values import Message

ANSWER_TOKENS: Final = 32
DRAWN_WORDS: Final = 8
SPEEDS: Final = 8

Check = TypeVar("Check", GroundedCheck, RefusalCheck)

Ask = Callable[[str, Sequence[str]], list[Message]]
"""The prompt that chat would make of a question and the texts of passages."""


def plainly(question: str, passages: Sequence[str]) -> list[Message]:
    """A prompt where there is no chat to make one."""
    return [Message("user", "\n\n".join([*passages, question]))]


def speeds(measurer: Measurer, adapter_id: str, ask: Ask) -> tuple[list[float], list[float]]:
    """Tokens a second of answers with the adapter, and without it: in turns, for a machine has other things to do."""
    pairs = [
        [measurer.timed(ask(check.question, ()), ANSWER_TOKENS, one)[1] for one in (adapter_id, None)]
        for check in grounded_checks()[:SPEEDS]
    ]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


class FullMeasurer:
    """Scores one model or adapter through `measurer`."""

    def __init__(self, measurer: Measurer, adapter_id: str | None, ask: Ask) -> None:
        self._measurer = measurer
        self._adapter_id = adapter_id
        self._ask = ask

    def instructions(self) -> list[float]:
        """1.0 for each of all instructions that the greedy answer follows, else 0.0."""
        return self._measurer.instructions(self._adapter_id, instruction_checks())

    def grounded(self) -> dict[str, list[float]]:
        """Of greedy answers to questions beside passages: 1.0 where the right passage's answer is given ("answered"),
        and where the answer rests on that passage ("rested"), else 0.0."""
        known: dict[str, str] = {}

        def answer(check: GroundedCheck) -> str:
            if check.question not in known:
                known[check.question] = self._answer(self._ask(check.question, check.passages))
            return known[check.question]

        def each(name: str, measure: Callable[[GroundedCheck], float]) -> list[float]:
            return self._measured(grounded_checks(), name, measure)

        return {
            "answered": each("answered", lambda check: float(is_answered(check, answer(check)))),
            "rested": each("rested", lambda check: float(is_rested(check, answer(check)))),
        }

    def refused(self, kind: Literal["harmless", "harmful"]) -> list[float]:
        """1.0 for each prompt of the kind that the greedy answer refuses, else 0.0."""

        def measure(check: RefusalCheck) -> float:
            return float(is_refusal(self._answer(self._ask(check.prompt, ()))))

        return self._measured(refusal_checks(kind), "refused", measure)

    def drawn(self, examples: Sequence[Example]) -> list[float]:
        """1.0 for each target long enough whose next words come when the model is asked to go on from the first ones,
        else 0.0: discoverable extraction (arXiv 2202.07646), through what a chat can say."""
        long = [example for example in examples if len(example.target.split()) >= 2 * DRAWN_WORDS]

        def measure(example: Example) -> float:
            words = example.target.split()
            first, following = words[:DRAWN_WORDS], words[DRAWN_WORDS : 2 * DRAWN_WORDS]
            asked = [Message("user", f"Continue: {' '.join(first)}")]
            answer = self._measurer.answer(asked, ANSWER_TOKENS, self._adapter_id)
            return float(" ".join(following) in " ".join(answer.split()))

        return self._measurer.measured(long, lambda one: f"drawn:{example_key(one)}", measure, self._adapter_id)

    def _answer(self, prompt: list[Message]) -> str:
        return self._measurer.answer_to_ours(prompt, ANSWER_TOKENS, self._adapter_id)

    def _measured(self, checks: Sequence[Check], name: str, measure: Callable[[Check], float]) -> list[float]:
        def key(check: Check) -> str:
            return f"{name}:{sha256_of(msgspec.json.encode(check))}"

        return self._measurer.measured(checks, key, measure, self._adapter_id)
