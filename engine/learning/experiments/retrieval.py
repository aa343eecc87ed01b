"""Other retrieval settings, tried on a share of the questions where the owner wants that, and what they would do."""

from collections.abc import Callable

from engine.learning.experiments.retrieval_report import RetrievalReport, retrieval_report
from engine.learning.policies import Drawn, draw
from engine.learning.reach import Reach
from engine.learning.records.records import Records


class Retrieval:
    """`share` is the owner's setting, of the questions; 0 tries nothing."""

    def __init__(self, records: Records, reach: Reach, share: Callable[[], float]) -> None:
        self._records = records
        self._reach = reach
        self._share = share

    def drawn(self, thread_id: str, turn_id: str) -> Drawn | None:
        """The setting for a turn; None where nothing is tried: what is said of its answer could not be counted."""
        if not self._trying() or not self._reach.learns_from(thread_id):
            return None
        return draw(self._share(), turn_id)

    def report(self) -> RetrievalReport:
        """By the ratings and corrections that stand."""
        return retrieval_report(self._records.log.viewed(), self._share() if self._trying() else 0.0)

    def _trying(self) -> bool:
        return self._share() > 0 and self._reach.consent is not None
