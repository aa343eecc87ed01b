"""A Runtime without a model: it says what a test scripted. It passes the same conformance suite as the real ones.

Tokens are words with the space before them. Log-probabilities depend on the token and on the adapter alone.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from engine.errors import HearthsideError, InputRefused, Interrupted
from engine.models.values import (
    AdapterFile,
    AdapterInUse,
    Asked,
    Finished,
    FinishReason,
    Message,
    ModelDescription,
    Sampling,
    StreamChunk,
    Timings,
)
from engine.progress import Control, Progress, Report, unreported

BASE_SHA256 = "ba5e" * 16
NO_EFFECT = b"no effect"  # an adapter with these bytes is refused
END = 0
_ROLES = {"system": 1, "user": 2, "assistant": 3}
_FIRST_WORD = 4
_WORDS = re.compile(r"\s*\S+|\s+")

Script = Callable[[Sequence[Message], AdapterInUse | None], str | Sequence[str]]


def echo(messages: Sequence[Message], adapter: AdapterInUse | None) -> Sequence[str]:
    """Answers that differ by seed, by question and by adapter."""
    asked = messages[-1].content
    learned = f" as {adapter.adapter_id} taught" if adapter and adapter.scale else ""
    return [f"You asked{learned}: {asked}", f"That was{learned}: {asked}", f"So you say{learned}: {asked}"]


def replies(answers: Mapping[str, str | Sequence[str]], otherwise: str = "I do not know.") -> Script:
    """The answer whose key stands in the last message; several are told apart by seed."""

    def script(messages: Sequence[Message], adapter: AdapterInUse | None) -> str | Sequence[str]:
        found = (answer for key, answer in answers.items() if key in messages[-1].content)
        return next(found, otherwise)

    return script


class ScriptedRuntime:
    """`lifts` says by how many nat a token each adapter at scale 1 raises (or lowers) log-likelihoods.

    `on_token` is called with the number of each token before it is streamed: a test may cancel, wait or raise there.
    `prompts` records what was asked to stream; `crash` makes the stream in progress fail as a dead worker does.
    """

    def __init__(
        self,
        script: Script = echo,
        *,
        load_adapter: Callable[[str], AdapterFile] | None = None,
        lifts: Mapping[str, float] | None = None,
        on_token: Callable[[int], None] = lambda number: None,
        context_tokens: int = 4096,
    ) -> None:
        self.prompts: list[list[Message]] = []
        self.on_token = on_token
        self._script = script
        self._load_adapter = load_adapter
        self._lifts = dict(lifts or {})
        self._context_tokens = context_tokens
        self._words: list[str] = []
        self._ids: dict[str, int] = {}
        self._adapters: set[str] = set()
        self._cache: tuple[AdapterInUse | None, list[int]] = (None, [])
        self._drawn_seeds = 0
        self._crashed = False

    @property
    def description(self) -> ModelDescription:
        return ModelDescription(
            name="scripted",
            title="Scripted",
            licence="none",
            base_sha256=BASE_SHA256,
            serving_sha256=BASE_SHA256,
            serving_format="none",
            template_sha256="7e" * 32,
            path="/nowhere/scripted.gguf",
            base_path="/nowhere/scripted.gguf",
            context_tokens=self._context_tokens,
        )

    def start(self, report: Report = unreported) -> None:
        report(Progress(1, 1))

    def tokenize(self, text: str) -> list[int]:
        return [self._id(word) for word in _WORDS.findall(text)]

    def detokenize(self, tokens: Sequence[int]) -> str:
        return "".join(self._words[token - _FIRST_WORD] for token in tokens if token >= _FIRST_WORD)

    def render(self, messages: Sequence[Message]) -> list[int]:
        turns = [[_ROLES[it.role], *self.tokenize(it.content), END] for it in messages]
        return [token for turn in turns for token in turn] + [_ROLES["assistant"]]

    def answer_tokens(self, text: str) -> list[int]:
        return [*self.tokenize(text), END]

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> Iterator[StreamChunk | Finished]:
        control = control or Control()
        prompt = self._fitting(self.render(messages))
        self._use(adapter)
        self.prompts.append(list(messages))
        answer = self.answer_tokens(self._choose(self._script(messages, adapter), sampling))
        reused = self._reuse(adapter, prompt)
        self._crashed = False
        reason: FinishReason = "length"
        said = 0
        for token in answer:
            if token == END:
                reason = "stop"
                break
            if said == sampling.max_tokens or len(prompt) + said == self._context_tokens:
                break
            try:
                self.on_token(said)
                control.checkpoint()
            except Interrupted:
                reason = "cancelled"
                break
            self._fail_if_crashed()
            said += 1
            yield StreamChunk(self.detokenize([token]), [token], [self._logprob(token, adapter)])
        self._cache = (adapter, prompt + answer[:said])
        yield Finished(reason, _timings(prompt, reused, said))

    def answers(
        self,
        asked: Sequence[Asked],
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> Iterator[tuple[int, str]]:
        control = control or Control()
        for one in asked:
            self._fitting(self.render(one.messages))
        for place, one in enumerate(asked):
            control.checkpoint()
            held = self._cache
            *chunks, finished = self.stream(one.messages, one.sampling, adapter=adapter, control=control)
            self._cache = held
            assert isinstance(finished, Finished)
            if finished.reason == "cancelled":
                raise Interrupted
            yield place, "".join(chunk.text for chunk in chunks if isinstance(chunk, StreamChunk))

    def log_likelihood(
        self,
        pairs: Sequence[tuple[Sequence[Message], str]],
        *,
        adapter: AdapterInUse | None = None,
        control: Control | None = None,
    ) -> list[list[float]]:
        self._use(adapter)
        scores = []
        for messages, answer in pairs:
            if control is not None:
                control.checkpoint()
            target = self.answer_tokens(answer)
            self._fitting(self.render(messages) + target[:-2])
            scores.append([self._logprob(token, adapter) for token in target])
        return scores

    def text_log_likelihood(self, text: str, *, adapter: AdapterInUse | None = None) -> list[float]:
        self._use(adapter)
        return [self._logprob(token, adapter) for token in self._fitting(self.tokenize(text))[1:]]

    def forget_adapter(self, adapter_id: str) -> None:
        self._adapters.discard(adapter_id)

    def close(self) -> None:
        self._adapters.clear()

    def crash(self) -> None:
        self._crashed = True
        self._adapters.clear()
        self._cache = (None, [])

    def _id(self, word: str) -> int:
        if word not in self._ids:
            self._ids[word] = len(self._words) + _FIRST_WORD
            self._words.append(word)
        return self._ids[word]

    def _fitting(self, tokens: list[int]) -> list[int]:
        if len(tokens) >= self._context_tokens:
            raise InputRefused("prompt_too_long", tokens=len(tokens), limit=self._context_tokens)
        return tokens

    def _choose(self, answers: str | Sequence[str], sampling: Sampling) -> str:
        if isinstance(answers, str):
            return answers
        if sampling.temperature <= 0:
            return answers[0]
        if sampling.seed is None:
            self._drawn_seeds += 1
        return answers[(self._drawn_seeds if sampling.seed is None else sampling.seed) % len(answers)]

    def _use(self, adapter: AdapterInUse | None) -> None:
        if adapter is None or adapter.adapter_id in self._adapters or self._load_adapter is None:
            return
        file = self._load_adapter(adapter.adapter_id)
        if file.base_sha256 != self.description.base_sha256:
            raise InputRefused("adapter_wrong_base", model=self.description.title)
        if file.gguf == NO_EFFECT:
            raise InputRefused("adapter_no_effect")
        self._adapters.add(adapter.adapter_id)

    def _reuse(self, adapter: AdapterInUse | None, prompt: list[int]) -> int:
        read_with, held = self._cache
        if read_with != adapter:
            return 0
        differing = (at for at, (ours, theirs) in enumerate(zip(held, prompt, strict=False)) if ours != theirs)
        return min(next(differing, min(len(held), len(prompt))), len(prompt) - 1)

    def _logprob(self, token: int, adapter: AdapterInUse | None) -> float:
        word = self._words[token - _FIRST_WORD] if token >= _FIRST_WORD else ""
        base = -1.0 - (zlib.crc32(word.encode()) % 1000) / 500
        return base + (adapter.scale * self._lifts.get(adapter.adapter_id, 0.25) if adapter else 0.0)

    def _fail_if_crashed(self) -> None:
        if self._crashed:
            raise HearthsideError("worker_crashed", worker="model", how="SIGKILL", why="")


def _timings(prompt: list[int], reused: int, said: int) -> Timings:
    return Timings(
        first_token_ms=1.0,
        prompt_tokens=len(prompt),
        reused_tokens=reused,
        prompt_tokens_per_s=1000.0,
        tokens=said,
        tokens_per_s=100.0,
    )
