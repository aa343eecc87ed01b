"""How sure a paired comparison is: a bootstrap interval of the mean difference, and how much more data would tell."""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

RESAMPLES = 10_000


class Interval(Struct, frozen=True):
    """A mean, and the 95 % percentile bootstrap interval around it."""

    mean: float
    low: float
    high: float


def paired_interval(differences: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The interval of the mean of `differences` (candidate less reference, one an item), which must not be empty.

    Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. The same seed gives the same interval.
    """
    values = np.asarray(differences, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def items_to_tell(interval: Interval, items: int) -> int | None:
    """How many items would put the interval clear of zero if the mean stays and its width falls as 1/√n.

    None when the mean is no gain: more of the same would not show one.
    """
    if interval.mean <= 0:
        return None
    return math.ceil(items * ((interval.mean - interval.low) / interval.mean) ** 2)
