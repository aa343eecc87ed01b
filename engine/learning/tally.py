"""How the owner rated the answers of each adapter, and how sure the share of liked ones is."""

from collections import defaultdict
from collections.abc import Iterable

from engine.learning.records.feedback import Rated
from engine.learning.statistics.wilson import wilson
from engine.learning.values import Tally


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
