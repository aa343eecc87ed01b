"""How sure the model was of its own words: not whether they are true."""

import math
from collections.abc import Sequence

FEWEST_TOKENS = 4


def confidence(logprobs: Sequence[float]) -> float | None:
    """The geometric mean of the tokens' probabilities, 0 to 1; None when there are too few tokens to mean anything.

    A single-pass statistic, which does about as well as sampling several answers (arXiv 2605.28264, 2509.04492).
    It ranks the answers of one model; it is not the chance that an answer is right.
    """
    if len(logprobs) < FEWEST_TOKENS:
        return None
    return min(1.0, math.exp(math.fsum(logprobs) / len(logprobs)))
