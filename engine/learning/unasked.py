"""Whether a training may begin without being asked: enough is new, and nothing else wants the machine."""

from collections.abc import Callable
from typing import Final

from engine.learning.gate.gate import CORRECTIONS_NEEDED
from engine.learning.machine import is_busy, is_on_mains
from engine.learning.records.records import Records
from engine.learning.values import Example
from engine.privacy.consent import LEARNING

NEW_WANTED: Final = 12
"""Usable examples that no version of the whole dataset holds: with fewer, the gate would say what it said last time."""


class Unasked:
    """`review` gives everything curated."""

    def __init__(self, records: Records, review: Callable[[], list[Example]]) -> None:
        self._records = records
        self._review = review

    def may_begin(self) -> bool:
        """Takes half a second to listen to the processors."""
        wanted = self._records.consent.current(LEARNING) is not None and (
            self._was_cut_short() or self._is_enough_new()
        )
        return wanted and is_on_mains() and not is_busy()

    def may_go_on(self) -> bool:
        return is_on_mains()

    def _was_cut_short(self) -> bool:
        return self._records.runs.unfinished() is not None

    def _is_enough_new(self) -> bool:
        usable = {example.id for example in self._review() if example.left_out is None}
        versions = self._records.datasets.versions()
        known = {one for version in versions if version.domain is None for one in (*version.train, *version.held_out)}
        return len(usable) >= CORRECTIONS_NEEDED and len(usable - known) >= NEW_WANTED
