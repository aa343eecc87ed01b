"""Keeps signs of how answers were taken, where that was agreed to, and counts them by what gave the answers."""

from collections.abc import Callable, Iterable, Sequence

from engine.clock import Clock
from engine.learning.reach import Reach
from engine.learning.records.feedback import DAY_MS
from engine.learning.records.records import Records
from engine.learning.records.signals import Given, counted
from engine.learning.values import Feedback, Retention, SignalKind, Signals


class Listening:
    """`answers` gives the answers that stand in the conversations."""

    def __init__(
        self,
        records: Records,
        reach: Reach,
        answers: Callable[[], Iterable[Given]],
        clock: Clock,
        retention: Callable[[], Retention],
    ) -> None:
        self._records = records
        self._reach = reach
        self._answers = answers
        self._clock = clock
        self._retention = retention

    def wants(self, turn_id: str, kind: SignalKind) -> bool:
        """Whether a sign is new and may be kept. Asked before anything is written: most signs are repeated."""
        return self._reach.hears_signals and not self._records.signals.holds(turn_id, kind)

    def counts(self) -> list[Signals]:
        """Those of the base model first; none while no sign is kept."""
        rows = self._records.signals.all()
        if not rows:
            return []
        since = self._since(rows)
        answers = [one for one in self._reach.heard(self._answers()) if one.at_ms >= since]
        return counted(rows, answers, self._records.log.judged())

    def _since(self, rows: Sequence[Feedback]) -> int:
        """The time before which signs may have expired: an older answer would count as one nobody took up."""
        retention = self._retention()
        oldest = self._clock() - retention.days * DAY_MS if retention.days else 0
        return max(oldest, rows[0].created_ms) if 0 < retention.items <= len(rows) else oldest
