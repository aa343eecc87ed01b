"""What learning keeps, in one place: the log of feedback and everything made from it."""

from collections.abc import Callable, Sequence

import apsw

from engine.clock import Clock
from engine.learning.records.comparisons import ComparisonLog, as_feedback
from engine.learning.records.dataset import Datasets
from engine.learning.records.feedback import FeedbackLog, outlived
from engine.learning.records.registry import Registry
from engine.learning.records.runs import Runs
from engine.learning.records.signals import SignalLog
from engine.learning.records.trials import Trials
from engine.learning.values import SIGNALS, Feedback, Retention
from engine.privacy.audit import AuditTrail
from engine.privacy.consent import Consent
from engine.store.database import Database
from engine.store.sealed import SealedFolder


class Records:
    """The tables of one profile's learning, and its two sealed folders. `base` names the base model that answers."""

    def __init__(
        self,
        database: Database,
        adapters: SealedFolder,
        checkpoints: SealedFolder,
        clock: Clock,
        *,
        base: Callable[[], str],
    ) -> None:
        self.database = database
        self.consent = Consent(database, clock)
        self.audit = AuditTrail(database, clock)
        self.log = FeedbackLog(database)
        self.signals = SignalLog(database)
        self.comparisons = ComparisonLog(database, clock)
        self.datasets = Datasets(database, clock)
        self.registry = Registry(database, adapters, clock, base)
        self.runs = Runs(database, checkpoints, clock)
        self.trials = Trials(database, self.audit, clock)

    def keep(self, connection: apsw.Connection, row: Feedback) -> bool:
        """Add a row; False for a sign that was there already."""
        if row.kind in SIGNALS:
            return self.signals.append(connection, row)
        self.log.append(connection, row)
        return True

    def all(self) -> list[Feedback]:
        """What was said, and the marks beside it, oldest first."""
        compared = [as_feedback(row) for row in self.comparisons.all()]
        return _once_by_time([*self.log.all(), *self.signals.all(), *compared])

    def find(
        self, *, feedback_id: str | None = None, turn_id: str | None = None, thread_id: str | None = None
    ) -> list[Feedback]:
        """Those of the one named thing, oldest first. A comparison brings the preference that was made of it."""
        named = {"feedback_id": feedback_id, "turn_id": turn_id, "thread_id": thread_id}
        compared = self.comparisons.find(**named)
        preferred = [said for row in compared for said in self.log.find(feedback_id=row.id)]
        return _once_by_time([*preferred, *self.log.find(**named), *self.signals.find(**named), *compared])

    def expired(self, retention: Retention, now_ms: int) -> list[str]:
        """Ids of rows not to be kept any longer. Marks do not push out what was said."""
        said = self.log.expired(retention, now_ms)
        compared = outlived(self.comparisons.times(), retention, now_ms)
        preferred = {row.id for row in self.log.all()}.difference(said) if compared else set()
        marks = [*outlived(self.signals.times(), retention, now_ms), *compared]
        return list(dict.fromkeys([*said, *(row_id for row_id in marks if row_id not in preferred)]))

    def delete(self, connection: apsw.Connection, ids: Sequence[str]) -> None:
        for log in (self.log, self.signals, self.comparisons):
            log.delete(connection, ids)

    def remove_files(self) -> None:
        """What no row stands for any more: forgotten, deleted, or left by a process that was killed in between."""
        self.registry.remove_files()
        self.runs.remove_stale_checkpoints()


def _once_by_time(rows: list[Feedback]) -> list[Feedback]:
    """A comparison and the preference made of it are one piece, the preference: they have one id."""
    first = {row.id: row for row in reversed(rows)}
    return sorted(first.values(), key=lambda row: (row.created_ms, row.id))
