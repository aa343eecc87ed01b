"""What every runtime can do, whichever library runs the model: one contract, held by tests/conformance/runtime.py."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from engine.models.values import AdapterInUse, Asked, Finished, Message, ModelDescription, Sampling, StreamChunk
from engine.progress import Control, Report, unreported


class Runtime(Protocol):
    """One loaded model. Thread-safe; requests queue, so a thread ends its stream before it asks anything else.
    Token ids are the model's own, log-probabilities are in nat.

    A crash of the process behind it raises HearthsideError("worker_crashed"); the next call works again. A prompt that
    leaves no room for an answer raises InputRefused("prompt_too_long", tokens=…, limit=…); an adapter made for another
    base InputRefused("adapter_wrong_base"), one that changes nothing InputRefused("adapter_no_effect"), one that
    cannot be read InputRefused("adapter_unreadable"); a model file that cannot be InputRefused("model_unreadable").
    """

    @property
    def description(self) -> ModelDescription: ...

    def start(self, report: Report = unreported) -> None:
        """Load the model now rather than at the first call."""

    def tokenize(self, text: str) -> list[int]:
        """The tokens of plain text: no template, no begin-of-text, special tokens read as text."""

    def detokenize(self, tokens: Sequence[int]) -> str:
        """The text of tokens; control tokens have none."""

    def render(self, messages: Sequence[Message]) -> list[int]:
        """The prompt's tokens: the model's chat template over `messages`, then the opening of an answer."""

    def answer_tokens(self, text: str) -> list[int]:
        """The tokens of an answer as the model would end it (end of turn included): a target to train on or score."""

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> Iterator[StreamChunk | Finished]:
        """Answer `messages`: chunks as they are made, then one Finished.

        Each chunk's text is whole characters; the end-of-turn token is not among the chunks. Cancelling ends the
        stream with Finished("cancelled"); closing the iterator stops the work and is never an error.
        """

    def answers(
        self,
        asked: Sequence[Asked],
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> Iterator[tuple[int, str]]:
        """Answer many prompts side by side: (place in `asked`, answer) as each is done, several times as fast as one
        after another. A greedy answer is the streamed one but for roundings, which decide between equals.

        Raises Interrupted when cancelled. While it is held others are served, and what was not done is begun again.
        """

    def log_likelihood(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> list[list[float]]:
        """For each (messages, answer): the log-probability of each token of `answer_tokens(answer)` after the prompt.

        Raises Interrupted when cancelled.
        """

    def text_log_likelihood(self, text: str, *, adapter: AdapterInUse | None = None) -> list[float]:
        """The log-probability of each token of plain `text` after the first, each in the context before it.

        Raises InputRefused("prompt_too_long") for a text that does not fit.
        """

    def forget_adapter(self, adapter_id: str) -> None:
        """Drop an adapter from memory, if it is there."""

    def close(self) -> None:
        """Free the model. Later calls load it again."""
