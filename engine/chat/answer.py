"""One answer as it streams: whatever happens to the stream, what was said so far is stored."""

import contextlib
from collections.abc import Generator, Iterator
from typing import cast

from engine.chat.citations import checked, grounded
from engine.chat.prompt import Prompt
from engine.chat.turns import Outcome, Turns
from engine.chat.values import Answered, Citation, Delta, LogprobSummary, Provenance, TurnEvent
from engine.errors import Interrupted
from engine.models.runtime import Runtime
from engine.models.values import Finished, FinishReason, StreamChunk, Timings
from engine.progress import Control
from engine.safety.confidence import confidence

_KEEP_EVERY_MS = 1000


class Answer:
    """The answer to the turn `turn_id`, from its first token to its record."""

    def __init__(self, turns: Turns, turn_id: str, prompt: Prompt) -> None:
        self._turns = turns
        self._turn_id = turn_id
        self._prompt = prompt
        self._text = ""
        self._logprobs: list[float] = []
        self._finish: FinishReason = "cancelled"
        self._timings: Timings | None = None
        self._kept_ms = turns.clock()

    def stream(self, runtime: Runtime, provenance: Provenance, control: Control | None) -> Iterator[TurnEvent]:
        """Deltas as they are made, then Answered.

        A cancelled answer ends with Answered too. An error of the runtime is raised, and a closed iterator closed,
        after what was said so far is stored.
        """
        records = runtime.stream(
            self._prompt.messages(), provenance.sampling, adapter=provenance.adapter, control=control
        )
        try:
            with (
                contextlib.closing(cast("Generator[StreamChunk | Finished]", records)),
                contextlib.suppress(Interrupted),
            ):
                for record in records:
                    if isinstance(record, Finished):
                        self._finish, self._timings = record.reason, record.timings
                    else:
                        self._add(record)
                        yield Delta(record.text)
        finally:
            self._turns.finish(self._turn_id, self._outcome())
        yield Answered(self._turns.get(self._turn_id))

    def _add(self, chunk: StreamChunk) -> None:
        self._text += chunk.text
        self._logprobs += chunk.logprobs
        now = self._turns.clock()
        if now - self._kept_ms >= _KEEP_EVERY_MS:
            self._turns.keep(self._turn_id, self._text)
            self._kept_ms = now

    def _outcome(self) -> Outcome:
        shown = {shown.number: shown.passage for shown in self._prompt.passages}
        text, numbers = checked(self._text, shown)
        if not numbers:
            texts = {number: passage.text for number, passage in shown.items()}
            number = grounded(text, texts, question=self._prompt.question)
            numbers = [] if number is None else [number]
        return Outcome(
            answer=text.strip(),
            finish=self._finish,
            citations=citations(self._prompt, numbers),
            timings=self._timings,
            confidence=confidence(self._logprobs),
            logprobs=_summary(self._logprobs),
        )


def citations(prompt: Prompt, numbers: list[int] | None = None) -> list[Citation]:
    """The passages of `prompt` as citations: those of `numbers`, or all."""
    return [
        Citation(
            number=shown.number,
            chunk_id=shown.passage.chunk_id,
            document_id=shown.passage.document_id,
            path=shown.passage.path,
            page=shown.passage.page,
            start=shown.passage.start,
            end=shown.passage.end,
            text=shown.passage.text,
            ocr=shown.passage.ocr,
            heading=shown.passage.heading,
            away=shown.passage.away,
        )
        for shown in prompt.passages
        if numbers is None or shown.number in numbers
    ]


def _summary(logprobs: list[float]) -> LogprobSummary | None:
    if not logprobs:
        return None
    return LogprobSummary(tokens=len(logprobs), mean=sum(logprobs) / len(logprobs), lowest=min(logprobs))
