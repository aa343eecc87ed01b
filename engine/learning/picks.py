"""What choices between two drafts say of two versions, as a plain value."""

from typing import Literal

from msgspec import Struct

SideBySideVerdict = Literal["better", "worse", "alike", "unclear"]


class SideBySideReport(Struct, frozen=True, kw_only=True):
    """What the choices say of `adapter` beside `against` (None: the base model), both on this serving file.

    `shown` counts those without a choice, too. `p` is of the two-sided sign test on wins and losses, `low` to `high`
    the 95 % interval of the share of wins among these (0 to 1 while there are none). `more` is about how many more
    choices would tell (None where they need not); `words` say all that to the owner.
    """

    adapter: str
    against: str | None
    shown: int
    wins: int
    losses: int
    both: int
    neither: int
    p: float
    low: float
    high: float
    verdict: SideBySideVerdict
    words: str
    more: int | None = None
