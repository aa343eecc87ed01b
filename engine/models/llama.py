"""The llama.cpp runtime: a GGUF model in a worker process, loaded again when that died."""

import contextlib
import secrets
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from msgspec import structs

from engine.errors import HearthsideError, InputRefused
from engine.models.processors import physical_cores
from engine.models.protocol import (
    AddAdapter,
    Answer,
    Detokenize,
    DropAdapter,
    Ended,
    Generate,
    GenerateMany,
    Load,
    Piece,
    Prompted,
    Render,
    Reply,
    Score,
    Scored,
    Target,
    Text,
    Tokenize,
    Tokens,
)
from engine.models.values import (
    AdapterFile,
    AdapterInUse,
    Asked,
    Finished,
    Message,
    ModelDescription,
    Sampling,
    StreamChunk,
)
from engine.progress import Control, Progress, Report, unreported
from engine.words import say
from engine.workers.worker import Limits, Worker

RENDERING_S = 10.0  # a chat template is a program; one that takes longer is broken or hostile
_GIB = 1 << 30


class LlamaRuntime:
    """A Runtime over llama.cpp.

    `load_adapter` gives an adapter's decrypted bytes when the worker does not hold it: the first time, and after a
    crash. `threads` 0 means one a physical core. The context is what was asked or what the model knows, if less.
    """

    def __init__(
        self,
        description: ModelDescription,
        *,
        load_adapter: Callable[[str], AdapterFile],
        threads: int = 0,
        context_tokens: int = 4096,
    ) -> None:
        self._description = description
        self._load = Load(description.path, context_tokens, threads or physical_cores())
        self._load_adapter = load_adapter
        self._worker = Worker[Reply](
            "engine.models.llama_service", Reply, name="model", limits=_limits(Path(description.path))
        )
        self._preparing = threading.Lock()  # of the three below
        self._loaded_in = 0  # the generation of the worker that holds the model
        self._adapters: set[str] = set()  # that this worker holds

    @property
    def description(self) -> ModelDescription:
        return self._description

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        return self._worker.pid

    def start(self, report: Report = unreported) -> None:
        message = say("models.loading", title=self._description.title)
        report(Progress(0, 1, message))
        self._prepare(None)
        report(Progress(1, 1, message))

    def tokenize(self, text: str) -> list[int]:
        return self._tokens(Tokenize(text))

    def detokenize(self, tokens: Sequence[int]) -> str:
        self._prepare(None)
        reply = self._worker.call(Detokenize(list(tokens)))
        assert isinstance(reply, Text)
        return reply.text

    def render(self, messages: Sequence[Message]) -> list[int]:
        try:
            return self._tokens(Render(list(messages)), timeout_s=RENDERING_S)
        except HearthsideError as error:
            if error.code == "worker_timeout":
                raise InputRefused("template_failed", reason=f"more than {RENDERING_S:.0f} s") from error
            raise

    def answer_tokens(self, text: str) -> list[int]:
        return self._tokens(Tokenize(text, as_answer=True))

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> Iterator[StreamChunk | Finished]:
        prompt = self.render(messages)
        self._prepare(adapter)
        request = Generate(prompt, _seeded(sampling), adapter)
        with self._replies(request, control) as replies:
            for reply in replies:
                if isinstance(reply, Piece):
                    yield StreamChunk(reply.text, reply.tokens, reply.logprobs)
                elif isinstance(reply, Ended):
                    yield Finished(reply.reason, reply.timings)

    def answers(
        self,
        asked: Sequence[Asked],
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> Iterator[tuple[int, str]]:
        control = control or Control()
        left = {place: Prompted(self.render(one.messages), _seeded(one.sampling)) for place, one in enumerate(asked)}
        while left:
            control.checkpoint()
            self._prepare(adapter)
            places = list(left)
            with self._replies(GenerateMany(list(left.values()), adapter), control) as replies:
                for reply in replies:
                    if isinstance(reply, Answer):
                        del left[places[reply.place]]
                        yield places[reply.place], reply.text
                    if control.held:
                        break

    def log_likelihood(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> list[list[float]]:
        targets = [Target(self.render(messages), self.answer_tokens(answer)) for messages, answer in pairs]
        return self._scores(targets, adapter, control)

    def text_log_likelihood(self, text: str, *, adapter: AdapterInUse | None = None) -> list[float]:
        tokens = self.tokenize(text)
        if len(tokens) < 2:
            return []
        (scores,) = self._scores([Target(tokens[:1], tokens[1:])], adapter, None)
        return scores

    def forget_adapter(self, adapter_id: str) -> None:
        with self._preparing:
            held = self._loaded_in == self._worker.generation and adapter_id in self._adapters
            self._adapters.discard(adapter_id)
            if held:
                try:
                    self._worker.call(DropAdapter(adapter_id))
                except HearthsideError:
                    self._worker.kill()  # whatever went wrong there: with the process the adapter is gone

    def close(self) -> None:
        self._worker.close()

    def _tokens(self, request: Tokenize | Render, timeout_s: float | None = None) -> list[int]:
        self._prepare(None)
        reply = self._worker.call(request, timeout_s=timeout_s)
        assert isinstance(reply, Tokens)
        return reply.tokens

    def _scores(
        self, targets: list[Target], adapter: AdapterInUse | None, control: Control | None
    ) -> list[list[float]]:
        self._prepare(adapter)
        with self._replies(Score(targets, adapter), control) as replies:
            return [reply.logprobs for reply in replies if isinstance(reply, Scored)]

    @contextlib.contextmanager
    def _replies(self, request: Generate | GenerateMany | Score, control: Control | None) -> Iterator[Iterator[Reply]]:
        """The worker's replies, ended with the block however it is left."""
        replies = self._worker.stream(request, control=control)
        try:
            yield replies
        finally:
            if isinstance(replies, Generator):
                replies.close()

    def _prepare(self, adapter: AdapterInUse | None) -> None:
        """Make the worker hold the model, and `adapter` if one is named."""
        with self._preparing:
            if self._loaded_in != self._worker.generation:
                self._adapters.clear()
                self._call_or_refuse(self._load, "model_unreadable", path=self._description.path)
                self._loaded_in = self._worker.generation
            if adapter is not None and adapter.adapter_id not in self._adapters:
                file = self._load_adapter(adapter.adapter_id)
                if file.base_sha256 != self._description.base_sha256:
                    raise InputRefused("adapter_wrong_base", model=self._description.title)
                self._call_or_refuse(AddAdapter(adapter.adapter_id, file.gguf), "adapter_unreadable")
                self._adapters.add(adapter.adapter_id)

    def _call_or_refuse(self, request: Load | AddAdapter, code: str, **fields: object) -> None:
        """A file that makes the worker abort is as unreadable as one it refuses. Being killed says nothing of it."""
        try:
            self._worker.call(request)
        except HearthsideError as error:
            if error.code != "worker_crashed" or error.fields.get("how") == "SIGKILL":
                raise
            raise InputRefused(code, reason=error.fields.get("how"), **fields) from error


def _seeded(sampling: Sampling) -> Sampling:
    return structs.replace(sampling, seed=secrets.randbits(32)) if sampling.seed is None else sampling


def _limits(model: Path) -> Limits:
    """Room for the model, its cache and its libraries; a hostile template shall not eat the machine's memory, and a
    hostile model reads no file but itself.

    Only on Linux, where models run on the processor: graphics drivers map more than there is.
    """
    if sys.platform != "linux":
        return Limits()
    size = model.stat().st_size if model.exists() else 0
    return Limits(address_space=2 * size + 6 * _GIB, confined=True, readable=(str(model),))
