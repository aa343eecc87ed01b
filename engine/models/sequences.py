"""A llama.cpp context that many sequences share: each reads its own prompt, then all go on, a token a step."""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from engine.models.llama_context import BLOCK, StopFlag, decode, open_context
from engine.models.native import llama
from engine.progress import Control


class Sequences:
    """`limit` tokens are held in all; sequences are numbered from 0."""

    def __init__(self, model: Any, *, count: int, context_tokens: int, threads: int) -> None:
        lib = llama()
        self.pointer = open_context(model, context_tokens=context_tokens, threads=threads, sequences=count)
        self.limit: int = lib.llama_n_ctx(self.pointer)
        self._memory = lib.llama_get_memory(self.pointer)
        self._divisible = not (lib.llama_model_is_hybrid(model) or lib.llama_model_is_recurrent(model))
        self._batch = lib.llama_batch_init(BLOCK, 0, 1)
        self._stop = StopFlag(self.pointer)
        self._lengths: dict[int, int] = {}

    def stoppable(self, control: Control) -> contextlib.AbstractContextManager[None]:
        """Within, a cancel ends whatever is being computed: Interrupted is raised."""
        return self._stop.raised_by(control)

    def share(self, number: int, other: int, length: int) -> int:
        """Let an empty sequence begin with the first tokens of another, which are held once for both.

        Returns how many: none where the model knows what it read by its last state alone.
        """
        if not self._divisible:
            return 0
        llama().llama_memory_seq_cp(self._memory, other, number, 0, length)
        self._lengths[number] = length
        return length

    def read(self, number: int, tokens: Sequence[int]) -> None:
        """Read more tokens of one sequence. The logits after the last of them are the context's last."""
        for start in range(0, len(tokens), BLOCK):
            block = tokens[start : start + BLOCK]
            wanted = len(tokens) - start
            self._decode([(number, token) for token in block], {wanted - 1} if wanted <= BLOCK else set())

    def step(self, tokens: Mapping[int, int]) -> None:
        """Read one token more of each of these sequences; the logits after them stand in the same order."""
        self._decode(list(tokens.items()), set(range(len(tokens))))

    def drop(self, number: int) -> None:
        """Forget a sequence."""
        llama().llama_memory_seq_rm(self._memory, number, -1, -1)
        self._lengths.pop(number, None)

    def close(self) -> None:
        llama().llama_batch_free(self._batch)
        llama().llama_free(self.pointer)

    def _decode(self, tokens: Sequence[tuple[int, int]], wanted: set[int]) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, (number, token) in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = self._lengths.get(number, 0)
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = number
            batch.logits[index] = index in wanted
            self._lengths[number] = self._lengths.get(number, 0) + 1
        decode(self.pointer, batch)
