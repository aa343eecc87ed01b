"""How the owner rated the answers of each adapter, and how sure the share of liked ones is."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from engine.learning.feedback import Rated
from engine.learning.values import Tally

Z: Final = 1.959964
"""Standard errors to either side of a 95 % interval."""


def tallies(ratings: Iterable[Rated]) -> dict[str | None, Tally]:
    """One for each adapter that has a rated answer; the base model's is under None."""
    by_adapter: dict[str | None, list[bool]] = defaultdict(list)
    for rating in ratings:
        by_adapter[rating.adapter_id].append(rating.liked)
    return {adapter_id: tally(sum(liked), len(liked)) for adapter_id, liked in by_adapter.items()}


def tally(liked: int, rated: int) -> Tally:
    """The share liked, with its interval. `rated` is at least 1."""
    low, high = wilson(liked / rated, rated)
    return Tally(rated=rated, liked=liked, low=low, high=high)


def wilson(share: float, rated: float, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval (JASA 22, 1927) of a share, 95 % or `z` standard errors: it holds for a few too."""
    size = z**2 / rated
    middle = (share + size / 2) / (1 + size)
    half = z / (1 + size) * math.sqrt(share * (1 - share) / rated + size / (4 * rated))
    return max(0.0, middle - half), min(1.0, middle + half)
