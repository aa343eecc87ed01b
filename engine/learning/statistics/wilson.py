"""How sure a share of few is: Wilson's score interval."""

import math
from typing import Final

Z: Final = 1.959964
"""Standard errors to either side of a 95 % interval."""


def wilson(share: float, rated: float, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval (JASA 22, 1927) of a share, 95 % or `z` standard errors: it holds for a few too."""
    size = z**2 / rated
    middle = (share + size / 2) / (1 + size)
    half = z / (1 + size) * math.sqrt(share * (1 - share) / rated + size / (4 * rated))
    return max(0.0, middle - half), min(1.0, middle + half)
