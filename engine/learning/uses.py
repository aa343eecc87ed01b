"""When each adapter was in use: the audit trail read forward, for the promotions themselves are taken back."""

import bisect
from collections.abc import Collection, Iterable, Sequence

from engine.learning.records.feedback import Rated
from engine.learning.tally import tally
from engine.learning.values import Use
from engine.privacy.values import AuditEntry

CHANGES = (
    "learning_on", "learning_off", "adapter_promoted", "adapter_rolled_back", "adapter_returned", "adapter_failed",
    "adapter_deleted", "forgotten",
)  # fmt: skip
"""What the trail says when another adapter, or none, may answer from then on."""


def uses(trail: Iterable[AuditEntry], of_base: Collection[str], ratings: Sequence[Rated]) -> list[Use]:
    """The times in which adapters `of_base` answered, oldest first; in between, the base did.

    `trail` holds CHANGES, oldest first. A change of model leaves no mark there: an adapter counts as in use on its own
    base for as long as it stood as the last promotion.
    """
    made: list[Use] = []
    promoted: list[str] = []
    on, now, since = False, None, 0
    for entry in trail:
        on = {"learning_on": True, "learning_off": False}.get(entry.action, on)
        promoted = _after(promoted, entry, of_base)
        answers = promoted[-1] if on and promoted else None
        if answers != now:
            made += _use(now, since, entry.at_ms, ratings)
            now, since = answers, entry.at_ms
    return [*made, *_use(now, since, None, ratings)]


def _after(promoted: list[str], entry: AuditEntry, of_base: Collection[str]) -> list[str]:
    """The promotions that stand after `entry`, last one last."""
    named = entry.fields.get("adapter")
    match entry.action:
        case "adapter_promoted":
            return [*promoted, str(named)] if named in of_base else promoted
        case "adapter_rolled_back" | "adapter_returned" | "adapter_failed":
            return promoted[:-1] if promoted[-1:] == [named] else promoted
        case "adapter_deleted":
            return [one for one in promoted if one != named]
        case "forgotten":
            gone = entry.fields.get("adapters")
            return [one for one in promoted if one not in gone] if isinstance(gone, list) else promoted
    return promoted


def _use(adapter: str | None, from_ms: int, to_ms: int | None, ratings: Sequence[Rated]) -> list[Use]:
    if adapter is None:
        return []
    times = [rating.at_ms for rating in ratings]
    start = bisect.bisect_left(times, from_ms)
    end = len(times) if to_ms is None else bisect.bisect_left(times, to_ms)
    liked = [rating.liked for rating in ratings[start:end] if rating.adapter_id == adapter]
    rated = tally(sum(liked), len(liked)) if liked else None
    return [Use(adapter=adapter, from_ms=from_ms, to_ms=to_ms, ratings=rated)]
