"""Keeps an eye on the adapter in use: when what the owner's ratings say of it falls, the one before answers again."""

from engine.learning.records.feedback import Rated
from engine.learning.records.records import Records
from engine.learning.statistics.drift import falls
from engine.learning.values import Adapter, Returned

TURNING_POINTS = ("adapter_promoted", "adapter_rolled_back", "adapter_returned", "adapter_failed")
"""What the trail says when another adapter, or none, answers from then on."""


class Watch:
    """Reads the ratings as they stand each time; nothing is kept but that a return was made. What a version on trial
    answered is passed over, and so are drafts shown side by side: they are not in use, or were picked by hand. The
    adapter of a domain is held against what was answered in that domain, the one for all against what no domain's
    adapter answered."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def look(self) -> Returned | None:
        """Take the first adapter out of use under which ratings fell; what was done, or None."""
        in_use = self._records.registry.in_use()
        if not in_use:
            return None
        ratings = [
            rating
            for rating in self._records.log.ratings()
            if not rating.compared and (rating.arm is None or not rating.arm.tried)
        ]
        special = {adapter.id for adapter in self._records.registry.all() if adapter.domain_id is not None}
        returns = (self._judge(adapter, _within(adapter.domain_id, ratings, special)) for adapter in in_use)
        return next((returned for returned in returns if returned is not None), None)

    def _judge(self, active: Adapter, ratings: list[Rated]) -> Returned | None:
        fall = next(reversed(falls([rating.liked for rating in ratings])), None)
        if fall is None or ratings[fall.noticed].at_ms <= (active.promoted_ms or 0):
            return None
        since = ratings[fall.since : fall.noticed + 1]
        if not _mostly_of(active, since):
            return None
        with self._records.database.write() as connection:
            if not self._records.registry.roll_back(connection, active.id):
                return None
            self._records.audit.record(
                connection,
                "adapter_returned",
                adapter=active.id,
                liked_before=round(fall.before, 4),
                liked_since=round(fall.after, 4),
                ratings=len(since),
            )
            self._records.trials.end(connection, "returned", of=[active.id])
        return self.returned()

    def returned(self) -> Returned | None:
        """The last return, as long as it is the last word on what answers and its adapter stands."""
        entry = self._records.audit.latest(*TURNING_POINTS)
        if entry is None or entry.action != "adapter_returned":
            return None
        fields = entry.fields
        adapter_id, before, since = str(fields["adapter"]), fields["liked_before"], fields["liked_since"]
        if all(adapter.id != adapter_id for adapter in self._records.registry.all()):
            return None
        assert isinstance(before, int | float)
        assert isinstance(since, int | float)
        return Returned(
            adapter=adapter_id,
            liked_before=before,
            liked_since=since,
            ratings=int(str(fields["ratings"])),
            at_ms=entry.at_ms,
        )


def _within(domain_id: str | None, ratings: list[Rated], special: set[str]) -> list[Rated]:
    """Those of one domain; or (None) those of all that the adapter of none gave."""
    if domain_id is None:
        return [rating for rating in ratings if rating.adapter_id not in special]
    return [rating for rating in ratings if rating.domain == domain_id]


def _mostly_of(adapter: Adapter, ratings: list[Rated]) -> bool:
    """Whether it gave most of the rated answers: another's fall is not its own."""
    return 2 * sum(rating.adapter_id == adapter.id for rating in ratings) > len(ratings)
