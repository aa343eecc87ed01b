"""What wins and losses tell of two things shown side by side: the sign test, and how many more choices would tell."""

import math
from typing import Final

_Z, _POWER_Z = 1.959964, 0.841621
"""Of a two-sided test at 5 %, and of a power of 80 %."""

LEAST: Final = 6
"""Fewer choices cannot tell at 5 % even when all are alike."""


def sign_test(wins: int, losses: int) -> float:
    """The two-sided p-value of an even chance, exact (binomial); ties are left out (Dixon & Mood, JASA 41, 1946)."""
    choices = wins + losses
    tail = sum(math.comb(choices, count) for count in range(min(wins, losses) + 1))
    return min(1.0, float(2 * tail / 2**choices))


def choices_to_tell(share: float) -> int | None:
    """About how many choices tell, in about four of five series, that one wins `share` of them; None for an even share.

    Connett, Smith & McHugh (Statistics in Medicine 6, 1987), for pairs of which all are discordant. Of the exact test
    with so many the power is .76 (share .6), .74 (.65), .78 (.7) and .80 (.8).
    """
    if share == 0.5:
        return None
    needed = (_Z / 2 + _POWER_Z * math.sqrt(share * (1 - share))) / (share - 0.5)
    return max(LEAST, math.ceil(needed**2))
