"""The plain values of the models room: messages, sampling, what a runtime streams, what a catalog lists."""

from typing import Literal

from msgspec import Struct

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "cancelled"]


class Message(Struct, frozen=True):
    """One message of a prompt, before the chat template."""

    role: Role
    content: str


class Sampling(Struct, frozen=True, kw_only=True):
    """How tokens are drawn. Temperature 0 is greedy and needs no seed; else `seed` None draws one."""

    temperature: float = 0.3
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    seed: int | None = None
    max_tokens: int = 512


class Asked(Struct, frozen=True):
    """A prompt, and how its answer is to be drawn."""

    messages: list[Message]
    sampling: Sampling


class Timings(Struct, frozen=True, kw_only=True):
    """Of one generation. `prompt_tokens` counts the whole prompt, `reused_tokens` those already in the cache."""

    first_token_ms: float
    prompt_tokens: int
    reused_tokens: int
    prompt_tokens_per_s: float
    tokens: int
    tokens_per_s: float


class StreamChunk(Struct, frozen=True):
    """A piece of an answer as it is made: its text, its tokens, and each token's log-probability (nat)."""

    text: str
    tokens: list[int]
    logprobs: list[float]


class Finished(Struct, frozen=True):
    """The last record of a stream."""

    reason: FinishReason
    timings: Timings


class ModelDescription(Struct, frozen=True, kw_only=True):
    """An imported model: the file it came in, and the file that serves it.

    `path` is the serving file; `base_path` the imported file itself (SHA-256 `base_sha256`), kept because training
    reads its weights and an adapter is bound to it. They may be the same file.
    """

    name: str
    title: str
    licence: str
    base_sha256: str
    serving_sha256: str
    serving_format: str
    template_sha256: str
    path: str
    base_path: str
    context_tokens: int


class EmbedderDescription(Struct, frozen=True, kw_only=True):
    """An imported sentence embedder. `name` goes beside each vector it makes, so it names the very weights."""

    name: str
    licence: str
    dimension: int
    context_tokens: int
    model_path: str
    tokenizer_path: str


class NamesDescription(Struct, frozen=True, kw_only=True):
    """An imported tagger of names. `name` names the very weights; for `labels` see NamesRecipe."""

    name: str
    licence: str
    labels: list[str]
    context_tokens: int
    model_path: str
    tokenizer_path: str


class AdapterFile(Struct, frozen=True):
    """An adapter's GGUF bytes, decrypted, and the imported base file it belongs to."""

    gguf: bytes
    base_sha256: str


class AdapterInUse(Struct, frozen=True):
    """Which adapter answers, at what strength."""

    adapter_id: str
    scale: float
