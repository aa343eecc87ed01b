"""The retrieval settings that may be tried, and which of them chooses the passages of a turn.

Few, and each apart from the shipped one by something that could matter to one owner: the shipped weight is the best on
public collections, whose questions are not theirs. There the other two weights show other passages (the first four) on
77 to 88 of 100 questions of CISI and Cranfield, and on 8 to 12 of XQuAD; nDCG@10 falls by .021 at most. Half as many
passages hold a relevant one for 62 of 100 questions of Cranfield instead of 79, 70 of CISI instead of 80, and no fewer
of XQuAD.
"""

import hashlib
import itertools
import math
from typing import Final

from msgspec import Struct

from engine.library.search import MEANING
from engine.library.values import Ranking

_SEED: Final = "retrieval"
"""Turn ids are random; this keeps the draw apart from that of a trial."""


class Policy(Struct, frozen=True):
    """A weight of meaning against words, and which part of the passages in the settings is shown."""

    name: str
    meaning: float = MEANING
    part: float = 1.0

    def ranking(self, passages: int) -> Ranking:
        return Ranking(self.meaning, math.ceil(passages * self.part))


SHIPPED: Final = Policy("shipped")
POLICIES: Final = (
    SHIPPED,
    Policy("words", meaning=0.25),  # names, numbers and codes that no sentence model has seen
    Policy("meaning", meaning=0.75),  # questions in other words than the documents'
    Policy("fewer", part=0.5),  # a small model is led astray by the passages further down
)


class Drawn(Struct, frozen=True):
    """The retrieval setting drawn for a turn, and how likely each was then."""

    policy: str
    chances: dict[str, float]


class Looked(Struct, frozen=True, kw_only=True):
    """How the passages of a turn were chosen while retrieval settings are tried: by `policy`; `same` are all that would
    have shown the same passages, it among them, and `propensity` is how likely one of those was drawn."""

    policy: str
    same: list[str]
    propensity: float


def chances(share: float) -> dict[str, float]:
    """How likely each setting is where another than the shipped one is tried on `share` of the questions."""
    others = [policy.name for policy in POLICIES if policy is not SHIPPED]
    return {SHIPPED.name: 1 - share} | dict.fromkeys(others, share / len(others))


def draw(share: float, turn_id: str, seed: str = _SEED) -> Drawn:
    """One setting for a turn: the same for the same seed and id, and new for a turn that is asked again."""
    known = chances(share)
    at = int.from_bytes(hashlib.sha256(f"{seed}:{turn_id}".encode()).digest()[:8]) / 2**64
    sums = itertools.accumulate(known.values())
    name = next((name for name, least in zip(known, sums, strict=True) if at < least), POLICIES[-1].name)
    return Drawn(name, known)


def looked(drawn: Drawn, shown: dict[str, list[str]]) -> Looked:
    """What to log of a draw, from the passages (ids, best first) that each setting would have shown.

    What counts is what was shown: it would have been shown by whichever of these settings was drawn.
    """
    same = [name for name, chunks in shown.items() if chunks == shown[drawn.policy]]
    return Looked(policy=drawn.policy, same=same, propensity=min(1.0, sum(drawn.chances[name] for name in same)))
