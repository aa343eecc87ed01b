"""Reads tokens into a llama.cpp context: in blocks, cancellable at any moment, keeping what the next prompt shares.

A prompt is always read in blocks that begin at multiples of BLOCK, because the same token read in a batch of another
shape comes out a rounding apart. What is kept of a former prompt is therefore cut back to a whole block, and the
answer is the very one an empty cache gives. Only where a prompt goes on behind a former *answer* (the next turn of a
conversation) is that answer's own cache kept, token by token.
"""

import contextlib
import ctypes
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from engine.errors import HearthsideError, InputRefused, Interrupted
from engine.models.native import last_complaint, llama
from engine.progress import Control

BLOCK = 512  # tokens, as llama.cpp itself reads; 256 reads prompts 6 % slower and keeps 128 tokens more on average
_ABORTED = 2


class LlamaContext:
    """One sequence of tokens and what the model knows after it."""

    def __init__(self, model: Any, *, context_tokens: int, threads: int, vocabulary_size: int) -> None:
        lib = llama()
        self.pointer = open_context(model, context_tokens=context_tokens, threads=threads)
        self.limit: int = lib.llama_n_ctx(self.pointer)
        self._vocabulary_size = vocabulary_size
        self._memory = lib.llama_get_memory(self.pointer)
        self._batch = lib.llama_batch_init(BLOCK, 0, 1)
        self._stop = StopFlag(self.pointer)
        self._held: list[int] = []
        self._exact = 0  # how many of the held tokens were read as an empty cache would read them

    def clear(self) -> None:
        """Forget all tokens: after the model itself changed, by an adapter."""
        self._cut(0)

    def stoppable(self, control: Control) -> contextlib.AbstractContextManager[None]:
        """Within, a cancel ends whatever is being computed: Interrupted is raised."""
        return self._stop.raised_by(control)

    def keep(self, tokens: Sequence[int], wanted: int) -> int:
        """Cut the cache back to what `tokens` can use of it, position `wanted` not among it. Returns how many."""
        common = common_prefix(self._held, tokens)
        kept = min(common, wanted)
        as_if_empty = common <= self._exact
        if as_if_empty:
            kept -= kept % BLOCK
        self._cut(kept)
        if as_if_empty:
            self._exact = len(tokens)
        return len(self._held)

    def read(self, tokens: Sequence[int], kept: int, wanted: int) -> Iterator[tuple[int, Any]]:
        """Read `tokens` behind the first `kept`. Yields (position, logits) a block, of the positions from `wanted` on.

        Logits are a float32 array (positions, vocabulary), good until the next block is read. Raises Interrupted.
        """
        while kept < len(tokens):
            end = min((kept // BLOCK + 1) * BLOCK, len(tokens))
            first = max(kept, wanted)
            self._decode(tokens[kept:end], kept, first)
            if first < end:
                yield first, self._logits(end - first)
            kept = end

    def append(self, token: int) -> Any:
        """Read one more token. Returns its logits. Raises Interrupted."""
        position = len(self._held)
        self._decode([token], position, position)
        return self._logits(1)[0]

    @property
    def full(self) -> bool:
        return len(self._held) >= self.limit

    def close(self) -> None:
        llama().llama_batch_free(self._batch)
        llama().llama_free(self.pointer)

    def _decode(self, tokens: Sequence[int], start: int, wanted: int) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = start + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = start + index >= wanted
        try:
            decode(self.pointer, batch)
        except HearthsideError:
            self._cut(start)
            raise
        self._held.extend(tokens)

    def _cut(self, length: int) -> None:
        """A model that convolves knows what it read by its last state alone: it forgets all or nothing."""
        if not llama().llama_memory_seq_rm(self._memory, 0, length, -1):
            llama().llama_memory_seq_rm(self._memory, 0, -1, -1)
            length = 0
        del self._held[length:]
        self._exact = min(self._exact, length)

    def _logits(self, rows: int) -> Any:
        import numpy as np

        size = rows * self._vocabulary_size
        first = ctypes.addressof(llama().llama_get_logits(self.pointer).contents)
        flat = np.ctypeslib.as_array((ctypes.c_float * size).from_address(first))
        return flat.reshape(rows, self._vocabulary_size)


def open_context(model: Any, *, context_tokens: int, threads: int, sequences: int = 1) -> Any:
    """A context of as many tokens as were asked for, or as the model knows, which all its sequences share.

    Raises HearthsideError("model_out_of_memory").
    """
    lib = llama()
    parameters = lib.llama_context_default_params()
    parameters.n_ctx = min(context_tokens, lib.llama_model_n_ctx_train(model))
    parameters.n_batch = parameters.n_ubatch = BLOCK
    parameters.n_threads = parameters.n_threads_batch = threads
    parameters.n_seq_max, parameters.kv_unified = sequences, sequences > 1
    pointer = lib.llama_init_from_model(model, parameters)
    if not pointer:
        raise HearthsideError("model_out_of_memory", reason=last_complaint())
    return pointer


def decode(context: Any, batch: Any) -> None:
    """Read a batch. Raises Interrupted, or HearthsideError("model_failed")."""
    outcome = llama().llama_decode(context, batch)
    if outcome == _ABORTED:
        raise Interrupted
    if outcome != 0:
        raise HearthsideError("model_failed", reason=last_complaint() or f"llama_decode {outcome}")


def require_room(tokens: int, limit: int) -> None:
    """Raises InputRefused("prompt_too_long") when a prompt leaves no room for an answer."""
    if tokens >= limit:
        raise InputRefused("prompt_too_long", tokens=tokens, limit=limit)


def common_prefix(held: Sequence[int], tokens: Sequence[int]) -> int:
    """How many tokens two sequences begin with in common."""
    for index, (ours, theirs) in enumerate(zip(held, tokens, strict=False)):
        if ours != theirs:
            return index
    return min(len(held), len(tokens))


class StopFlag:
    """What llama.cpp asks between any two operations whether to stop.

    It asks a C function about a buffer of ours, hundreds of times a token. C's own strlen is that function, with an
    empty string for "go on": a Python callback would wait for the interpreter's lock each time.
    """

    def __init__(self, context: Any) -> None:
        lib = llama()
        self._flag = ctypes.create_string_buffer(2)
        library = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        self._ask = ctypes.cast(library.strlen, lib.ggml_abort_callback)
        lib.llama_set_abort_callback(context, self._ask, ctypes.cast(self._flag, ctypes.c_void_p))

    @contextlib.contextmanager
    def raised_by(self, control: Control) -> Iterator[None]:
        """Within, it is raised once `control` is cancelled."""
        withdraw = control.on_cancel(self._raise)
        try:
            yield
        finally:
            withdraw()
            self._flag.value = b""

    def _raise(self) -> None:
        self._flag.value = b"1"
