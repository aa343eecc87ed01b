"""Do the questions of late differ from those the adapter in use was trained on? A kernel two-sample test.

MMD with a Gaussian kernel, its width the median distance (Gretton et al., JMLR 13, 2012), over embedded questions; the
p-value is of seeded permutations. Questions of one conversation go together, so whole conversations are permuted, each
counting as one, and no two questions of the same conversation are compared: single questions permuted raise a false
alarm in 20 to 86 of 100 draws where a conversation has two or three.

Measured by tests/benchmarks/topics.py, 300 draws each, against 50 questions trained on. With nothing changed it alarms
in 2 to 3 of 300. When all 25 (50) questions since are on other subjects it hears that in 34 (68) of 100 draws where an
owner's questions are spread over 20 articles of XQuAD, in 32 (78) over 10, and in all where they are sentences of one
author of Reuters and then of another; when half are, in 5 (7), 1 (4) and 80 (98). A miss costs little: ratings watch.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.library.embed import Vectors

Floats = NDArray[np.float64]

LEVEL: Final = 0.01
FEWEST: Final = 10
"""Conversations to either side; with fewer nothing is said."""

_PERMUTATIONS: Final = 999


def p_value(before: Sequence[Vectors], since: Sequence[Vectors], seed: int = 0) -> float:
    """How often chance alone sets two samples so far apart: 0 to 1, the same for the same seed.

    One (questions, dimension) array of unit vectors a conversation, at least two conversations a sample.
    """
    near = _between([*before, *since])
    mine = np.arange(len(near)) < len(before)
    others = np.random.default_rng(seed).permuted(np.tile(mine, (_PERMUTATIONS, 1)), axis=1)
    placed = np.vstack([mine, others]).astype(np.float64)
    apart = _discrepancies(near, placed)
    return float(np.mean(apart >= apart[0] - 1e-12))


def _between(conversations: Sequence[Vectors]) -> Floats:
    """(n, n) mean kernel of the questions of each two conversations; 0 for one with itself."""
    vectors = np.concatenate(conversations).astype(np.float64)
    distances = np.clip(2 - 2 * vectors @ vectors.T, 0, None)
    kernel = np.exp(-distances / (np.median(distances[np.triu_indices(len(vectors), 1)]) or 1.0))
    starts = np.cumsum([0, *(len(one) for one in conversations[:-1])])
    sums = np.add.reduceat(np.add.reduceat(kernel, starts, axis=0), starts, axis=1)
    sizes = np.array([len(one) for one in conversations])
    means: Floats = sums / np.outer(sizes, sizes)
    np.fill_diagonal(means, 0)
    return means


def _discrepancies(near: Floats, placed: Floats) -> Floats:
    """Unbiased squared MMD of each row of `placed`: 1 where a conversation is of the first sample, 0 of the other."""
    other = 1 - placed
    ones, others = placed[0].sum(), other[0].sum()
    within = ((placed @ near) * placed).sum(1) / (ones * (ones - 1))
    beyond = ((other @ near) * other).sum(1) / (others * (others - 1))
    across = ((placed @ near) * other).sum(1) / (ones * others)
    apart: Floats = within + beyond - 2 * across
    return apart
