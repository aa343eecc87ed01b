"""What the gate measures of a model, with an adapter or without: numbers by item, each measured once and kept.

A kept number belongs to a subject (an adapter, or the base), the serving file it ran on, and a hash of the item.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from engine.errors import InputRefused
from engine.learning.gate.base_answers import BaseAnswers, greedily
from engine.learning.gate.degenerate import is_degenerate
from engine.learning.gate.instruction_checks import InstructionCheck, holds, reference_texts
from engine.learning.gate.likeness import edit_distance, rouge_l
from engine.learning.records.dataset import content_sha256
from engine.learning.values import Example
from engine.models.runtime import Runtime
from engine.models.values import AdapterInUse, Asked, Message, Sampling, StreamChunk
from engine.progress import Control
from engine.store.database import Database

Item = TypeVar("Item")

DRAFT_TOKENS = 64
MOSTLY_KEPT = 0.5
"""Of a draft's words: a correction that changed fewer says what it changed, and little by the rest."""
_AS_SERVED = Sampling(temperature=0, max_tokens=DRAFT_TOKENS)
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

    def learned(self, examples: Sequence[Example], adapter_id: str | None) -> list[float]:
        """What of each scorable example can have been learned, nat a token: the likelihood of what the owner wrote.

        Where most of that is the model's own, any adapter makes it likelier by making the model surer of itself (of
        choices by a coin, by .2 nat): there it is how much likelier it is than what it was chosen over, or made of.
        """
        margins = [example for example in self.comparable(examples) if _is_mostly_the_models(example)]
        among = dict(zip([example.id for example in margins], self.preferred(margins, adapter_id), strict=True))
        wanted = self.held_out(examples, adapter_id)
        return [among.get(example.id, value) for example, value in zip(examples, wanted, strict=True)]

    def reference(self, adapter_id: str | None) -> list[float]:
        """Mean log-likelihood (nat a token) of each fixed reference text."""

        def measure(text: str) -> float:
            return _mean(self._runtime.text_log_likelihood(text, adapter=_in_use(adapter_id)))

        return self.measured(reference_texts(), lambda text: f"text:{sha256_of(text)}", measure, adapter_id)

    def instructions(self, adapter_id: str | None, checks: Sequence[InstructionCheck]) -> list[float]:
        """1.0 for each instruction that the greedy answer follows, else 0.0."""

        def ask(check: InstructionCheck) -> Asked:
            return greedily([Message("user", check.prompt)], check.max_tokens)

        judges = {"check": lambda check, text: float(holds(check, text))}
        return self.answered(checks, content_key, ask, judges, adapter_id, ours=True)["check"]

    def drafts(self, examples: Sequence[Example], adapter_id: str | None) -> Drafts:
        """What the drafts to the examples' prompts are like, beside the targets: the likeliest with the penalty on
        repeating that every answer is made with. Without it an adapter's drafts go round in circles nobody would see.
        """
        judges: dict[str, Callable[[Example, str], float]] = {
            "draft": lambda _example, text: float(is_degenerate(text)),
            "rouge_l": lambda example, text: rouge_l(text, example.target),
            "edit_distance": lambda example, text: edit_distance(text, example.target),
            "words": lambda _example, text: float(len(text.split())),
        }
        found = self.answered(
            examples, example_key, lambda example: Asked(example.prompt, _AS_SERVED), judges, adapter_id
        )
        return Drafts(
            degenerate=found["draft"],
            rouge_l=found["rouge_l"],
            edit_distance=found["edit_distance"],
            words=found["words"],
        )

    def _likelihood(self, example: Example, answer: str, adapter_id: str | None) -> float:
        pair = (example.prompt, answer)
        [scores] = self._runtime.log_likelihood([pair], adapter=_in_use(adapter_id), control=self._control)
        return _mean(scores)

    def timed(self, asked: Asked, adapter_id: str | None) -> float:
        """How many tokens a second an answer by itself takes. Raises Interrupted, as all here do."""
        speed = 0.0
        adapter = _in_use(adapter_id)
        for record in self._runtime.stream(asked.messages, asked.sampling, adapter=adapter, control=self._control):
            if not isinstance(record, StreamChunk):
                speed = record.timings.tokens_per_s
        self._control.checkpoint()
        return speed

    def answered(
        self,
        items: Sequence[Item],
        key: Callable[[Item], str],
        ask: Callable[[Item], Asked],
        judges: Mapping[str, Callable[[Item, str], float]],
        adapter_id: str | None,
        *,
        ours: bool = False,
    ) -> dict[str, list[float]]:
        """Numbers by `judges` of the answer to each item, side by side where they are not known; see `measured`.

        `ours` are prompts that ship with the program, to which the base answers once a machine.
        """
        known = self._known(adapter_id)
        names = {measure: [f"{measure}:{key(item)}" for item in items] for measure in judges}
        missing = [
            place for place in range(len(items)) if any(names[measure][place] not in known for measure in judges)
        ]
        for _ in range(len(items) - len(missing)):
            self._tick()
        for number, text in self._answers_to([ask(items[place]) for place in missing], adapter_id, ours=ours):
            place = missing[number]
            found = {names[measure][place]: judge(items[place], text) for measure, judge in judges.items()}
            self._keep(adapter_id, found)
            known |= found
            self._tick()
        return {measure: [known[name] for name in names[measure]] for measure in judges}

    def measured(
        self,
        items: Sequence[Item],
        key: Callable[[Item], str],
        measure: Callable[[Item], float],
        adapter_id: str | None,
    ) -> list[float]:
        """A number for each item, from `measure` where it is not known. `key` names an item, and what is measured."""
        known = self._known(adapter_id)
        values = []
        for item in items:
            self._control.checkpoint()
            name = key(item)
            if name not in known:
                known[name] = measure(item)
                self._keep(adapter_id, {name: known[name]})
            values.append(known[name])
            self._tick()
        return values

    def _answers_to(self, asked: Sequence[Asked], adapter_id: str | None, *, ours: bool) -> Iterator[tuple[int, str]]:
        if ours and adapter_id is None:
            return self._answers.answers(asked, self._control)
        return self._runtime.answers(asked, adapter=_in_use(adapter_id), control=self._control)

    def _known(self, adapter_id: str | None) -> dict[str, float]:
        rows = self._database.read(
            "SELECT item, value FROM scores WHERE subject = ? AND serving_sha256 = ?", *self._place(adapter_id)
        )
        return {str(item): float(value) for item, value in rows}

    def _keep(self, adapter_id: str | None, numbers: Mapping[str, float]) -> None:
        place = self._place(adapter_id)
        with self._database.write() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO scores VALUES (?, ?, ?, ?)", [(*place, *number) for number in numbers.items()]
            )

    def _place(self, adapter_id: str | None) -> tuple[str, str]:
        return (adapter_id or _BASE, self._runtime.description.serving_sha256)


def _fits(score: Callable[[Sequence[Example], None], object], example: Example) -> bool:
    try:
        score([example], None)
    except InputRefused as error:
        if error.code != "prompt_too_long":
            raise
        return False
    return True


def _is_mostly_the_models(example: Example) -> bool:
    return example.kind == "preferred" or edit_distance(example.rejected, example.target) < MOSTLY_KEPT


def _in_use(adapter_id: str | None) -> AdapterInUse | None:
    return None if adapter_id is None else AdapterInUse(adapter_id, 1.0)


def example_key(example: Example) -> str:
    return f"example:{content_sha256(example)}"


def content_key(check: Struct) -> str:
    """Of what ships with the program."""
    return sha256_of(msgspec.json.encode(check))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def sha256_of(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
