"""Forgetting: what was said goes, and everything that was made from it goes with it."""

from collections.abc import Callable, Sequence

import apsw
from msgspec import Struct

from engine.learning.records.records import Records
from engine.learning.values import Feedback
from engine.models.values import Message

TELLING_CHARACTERS = 20
"""A shorter text stands in other prompts by chance."""


class Plan(Struct, frozen=True):
    """What forgetting would take: rows of feedback, the dataset versions they went into, the adapters of those."""

    feedback: list[str]
    datasets: list[str]
    adapters: list[str]


class Forgetting:
    """Finds what depends on feedback, and erases both. Prompts are read once more: ask before their turns go."""

    def __init__(self, records: Records, prompt_of: Callable[[Feedback], list[Message] | None]) -> None:
        self._records = records
        self._prompt_of = prompt_of

    def plan(self, rows: Sequence[Feedback]) -> Plan:
        """The dependants of `rows`: what was trained on them, or on a prompt in which their words stood."""
        touched = {row.id for row in rows}
        texts = [text for row in rows for text in (row.final, row.draft, row.rejected) if text and _telling(text)]
        if texts:
            touched |= {row.id for row in self._records.log.all() if row.id not in touched and self._shows(row, texts)}
        datasets = self._records.datasets.containing(frozenset(touched))
        return Plan([row.id for row in rows], datasets, self._records.registry.made_from(datasets))

    def erase(self, connection: apsw.Connection, plan: Plan) -> None:
        """All of `plan` in one transaction; the files go after it, with `Registry.remove_files`."""
        for dataset_id in plan.datasets:
            self._erase_scores(connection, dataset_id)
        connection.execute("DELETE FROM tried")
        self._records.runs.discard_made_from(connection, plan.datasets)
        self._records.registry.mark_destroyed(connection, plan.adapters)
        self._records.datasets.erase(connection, plan.datasets)
        self._records.delete(connection, plan.feedback)

    def _shows(self, row: Feedback, texts: Sequence[str]) -> bool:
        prompt = "\n".join(message.content for message in self._prompt_of(row) or [])
        return any(text in prompt for text in texts)

    def _erase_scores(self, connection: apsw.Connection, dataset_id: str) -> None:
        """A kept score is named by a hash of what it scored: somebody who guesses the text could confirm it."""
        manifest = self._records.datasets.manifest(dataset_id)
        names = [(f"%example:{entry.sha256}",) for entry in manifest.entries] if manifest is not None else []
        connection.executemany("DELETE FROM scores WHERE item LIKE ?", names)


def _telling(text: str) -> bool:
    return len(text.strip()) >= TELLING_CHARACTERS
