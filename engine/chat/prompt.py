"""A prompt as typed parts: what it is made of, the messages that makes, and the parts by reference that are kept."""

import functools
from collections.abc import Iterator, Sequence

from msgspec import Struct

from engine.chat.citations import uncited
from engine.chat.values import PromptPart
from engine.library.quoting import disarmed, quoted
from engine.library.values import Passage
from engine.memory.values import Entry
from engine.models.values import Message
from engine.paths import RESOURCES


class Exchange(Struct, frozen=True):
    """An earlier turn of the branch. `with_passages`: its answer's citations were of passages not shown again."""

    turn_id: str
    question: str
    answer: str
    with_passages: bool = False


class Shown(Struct, frozen=True):
    """A passage under the number an answer may cite."""

    number: int
    passage: Passage


class Prompt(Struct, frozen=True, kw_only=True):
    """Everything the model is told.

    What never changes stands first and what changes each turn last, so that the runtime reads only what is new:
    system, then history bare of what stood beside its questions, then passages, corrections and preferences beside the
    question itself. (A preference is followed when it is repeated next to the question, and forgotten when it stands
    ten turns above: PrefEval, arXiv 2502.09597.)
    """

    question: str
    system: str = ""
    history: tuple[Exchange, ...] = ()
    passages: tuple[Shown, ...] = ()
    corrections: tuple[Entry, ...] = ()
    preferences: tuple[Entry, ...] = ()

    def messages(self) -> list[Message]:
        """The conversation for the chat template."""
        messages = [Message("system", self.system)]
        for exchange in self.history:
            messages += [Message("user", disarmed(exchange.question)), Message("assistant", _said(exchange))]
        return [*messages, Message("user", "\n\n".join([*self._beside(), disarmed(self.question)]))]

    def parts(self) -> list[PromptPart]:
        """The parts as they are recorded, in the order the model reads them."""
        return [
            PromptPart(kind="system", text=self.system),
            *(PromptPart(kind="history", text=None, source_id=exchange.turn_id) for exchange in self.history),
            *(
                PromptPart(kind="passage", text=None, source_id=shown.passage.chunk_id, number=shown.number)
                for shown in self.passages
            ),
            *(PromptPart(kind="memory", text=None, source_id=entry.id) for entry in self.corrections),
            *(PromptPart(kind="preference", text=None, source_id=entry.id) for entry in self.preferences),
            PromptPart(kind="question", text=None),
        ]

    def _beside(self) -> Iterator[str]:
        if self.passages:
            yield wording("passages").format(passages="\n\n".join(map(passage_text, self.passages)))
        if self.corrections:
            yield wording("corrections").format(corrections="\n\n".join(map(correction_text, self.corrections)))
        if self.preferences:
            yield wording("preferences").format(preferences="\n".join(map(preference_text, self.preferences)))


def asking(question: str, passages: Sequence[str]) -> list[Message]:
    """A chat's first question beside passages of no document."""
    shown = [
        Shown(number, Passage(chunk_id="", document_id="", path="", page=None, start=0, end=len(text), text=text))
        for number, text in enumerate(passages, 1)
    ]
    return Prompt(question=question, system=wording("system"), passages=tuple(shown)).messages()


def passage_text(shown: Shown) -> str:
    return f"[{shown.number}]\n{quoted(shown.passage.text)}"


def correction_text(entry: Entry) -> str:
    return f"Question: {disarmed(entry.question)}\nAnswer: {disarmed(entry.text)}"


def preference_text(entry: Entry) -> str:
    return f"- {' '.join(disarmed(entry.text).split())}"


@functools.cache
def wording(name: str) -> str:
    """The words around a part, from resources/prompts."""
    return (RESOURCES / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()


def _said(exchange: Exchange) -> str:
    return disarmed(uncited(exchange.answer) if exchange.with_passages else exchange.answer)
