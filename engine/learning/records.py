"""What learning keeps, in one place: the log of feedback and everything made from it."""

from collections.abc import Callable

from engine.clock import Clock
from engine.learning.dataset import Datasets
from engine.learning.feedback import FeedbackLog
from engine.learning.registry import Registry
from engine.learning.runs import Runs
from engine.learning.trials import Trials
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
        self.datasets = Datasets(database, clock)
        self.registry = Registry(database, adapters, clock, base)
        self.runs = Runs(database, checkpoints, clock)
        self.trials = Trials(database, self.audit, clock)

    def remove_files(self) -> None:
        """What no row stands for any more: forgotten, deleted, or left by a process that was killed in between."""
        self.registry.remove_files()
        self.runs.remove_stale_checkpoints()
