"""Log-probabilities from raw logits: of a drawn token, and of given tokens after a prompt."""

from collections.abc import Sequence
from typing import Any

from engine.models.llama_context import LlamaContext, require_room
from engine.progress import Control


def log_probability(logits: Any, token: int) -> float:
    """Natural logarithm of the probability that the softmax of `logits` gives `token`, before any sampling."""
    import numpy as np

    highest = logits.max()
    return float(logits[token] - highest - np.log(np.exp(logits - highest).sum()))


def score(context: LlamaContext, prompt: Sequence[int], target: Sequence[int], control: Control) -> list[float]:
    """The log-probability of each token of `target` after `prompt`, which has at least one token.

    Raises InputRefused("prompt_too_long"), and Interrupted when cancelled.
    """
    tokens = [*prompt, *target[:-1]]
    require_room(len(tokens), context.limit + 1)
    first = len(prompt) - 1
    logprobs: list[float] = []
    with context.stoppable(control):
        for start, rows in context.read(tokens, context.keep(tokens, first), first):
            control.checkpoint()
            wanted = target[start - first :]
            logprobs += [log_probability(row, token) for row, token in zip(rows, wanted, strict=False)]
    return logprobs
