"""One answer in the making: reads the prompt, draws token after token, tells text, log-probabilities and timings."""

import contextlib
import time
from collections.abc import Generator, Iterator
from typing import Any

from engine.errors import Interrupted
from engine.models.likelihood import log_probability
from engine.models.llama_context import LlamaContext, require_room
from engine.models.protocol import Ended, Generate, Piece
from engine.models.sampler import Sampler
from engine.models.values import FinishReason, Timings
from engine.models.vocabulary import Spelling, Vocabulary
from engine.progress import Control


class Generation:
    """Used once. Raises InputRefused("prompt_too_long")."""

    def __init__(self, request: Generate, context: LlamaContext, vocabulary: Vocabulary, control: Control) -> None:
        require_room(len(request.prompt), context.limit)
        self._prompt = request.prompt
        self._sampling = request.sampling
        self._context = context
        self._vocabulary = vocabulary
        self._control = control
        self._spelling = Spelling(vocabulary)
        self._tokens: list[int] = []  # drawn, but their text is not told yet
        self._logprobs: list[float] = []
        self._times = _Times(len(request.prompt))

    def run(self) -> Iterator[Piece | Ended]:
        """The pieces, then how it ended: cancelled is one of the ways."""
        reason: FinishReason = "cancelled"
        with contextlib.suppress(Interrupted), self._context.stoppable(self._control):
            reason = yield from self._pieces()
        if self._tokens:
            yield self._piece(self._spelling.rest())
        yield Ended(reason, self._times.summary())

    def _pieces(self) -> Generator[Piece, None, FinishReason]:
        logits = self._read_prompt()
        with contextlib.closing(Sampler(self._sampling, self._vocabulary.size)) as sampler:
            while True:
                token = sampler.draw(self._context.pointer)
                if self._vocabulary.ends_answer(token):
                    return "stop"
                self._times.drew()
                self._tokens.append(token)
                self._logprobs.append(log_probability(logits, token))
                if text := self._spelling.add(token):
                    yield self._piece(text)
                if self._times.drawn >= self._sampling.max_tokens or self._context.full:
                    return "length"
                self._control.checkpoint()
                logits = self._context.append(token)

    def _read_prompt(self) -> Any:
        """The logits after the prompt's last token."""
        last = len(self._prompt) - 1
        kept = self._context.keep(self._prompt, last)
        logits = None
        for _, rows in self._context.read(self._prompt, kept, last):
            logits = rows[-1]
        self._times.read_prompt(kept)
        return logits

    def _piece(self, text: str) -> Piece:
        piece = Piece(text, self._tokens, self._logprobs)
        self._tokens, self._logprobs = [], []
        return piece


class _Times:
    """When what happened."""

    def __init__(self, prompt_tokens: int) -> None:
        self._prompt_tokens = prompt_tokens
        self._reused = 0
        self._started = self._prompt_read = self._first = self._last = time.perf_counter()
        self.drawn = 0

    def read_prompt(self, reused: int) -> None:
        self._reused = reused
        self._prompt_read = time.perf_counter()

    def drew(self) -> None:
        self._last = time.perf_counter()
        self.drawn += 1
        if self.drawn == 1:
            self._first = self._last

    def summary(self) -> Timings:
        return Timings(
            first_token_ms=(self._first - self._started) * 1000,
            prompt_tokens=self._prompt_tokens,
            reused_tokens=self._reused,
            prompt_tokens_per_s=_rate(self._prompt_tokens - self._reused, self._prompt_read - self._started),
            tokens=self.drawn,
            tokens_per_s=_rate(self.drawn - 1, self._last - self._first),
        )


def _rate(count: int, seconds: float) -> float:
    return count / seconds if count > 0 and seconds > 0 else 0.0
