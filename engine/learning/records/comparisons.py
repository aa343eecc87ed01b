"""Comparisons as rows: two drafts of an answer as they were shown, side by side and unlabelled, and what was chosen."""

import hashlib
from collections.abc import Sequence

import apsw
import msgspec
from msgspec import Struct

from engine.clock import Clock
from engine.learning.values import Choice, Feedback, Side
from engine.models.values import AdapterInUse
from engine.store.database import Database

_FIELDS = {
    "id": "id", "thread_id": "thread_id", "left": "left_turn", "right": "right_turn", "left_adapter": "left_adapter",
    "right_adapter": "right_adapter", "rival": "rival", "serving_sha256": "serving_sha256", "propensity": "propensity",
    "consent_version": "consent_version", "created_ms": "created_ms", "choice": "choice", "chosen_ms": "chosen_ms",
}  # fmt: skip
_SELECT = f"SELECT {', '.join(_FIELDS.values())} FROM comparisons"  # noqa: S608 -- names of columns


class Pair(Struct, frozen=True, kw_only=True):
    """Two drafts to be made of one answer, and by what; `rival` is the side of the version compared with the one in
    use, None where both are by the one in use. `propensity` is how likely the turn was to be answered so."""

    id: str
    left: AdapterInUse | None
    right: AdapterInUse | None
    rival: Side | None
    propensity: float


class SideBySide(Struct, frozen=True, kw_only=True):
    """Two drafts as they were shown, by the ids of their turns and adapters (None: the base model). The left one was
    made first. `choice` is None until there is one, and stays so where the owner went on without."""

    id: str
    thread_id: str
    left: str
    right: str
    left_adapter: str | None
    right_adapter: str | None
    rival: Side | None
    serving_sha256: str
    propensity: float
    consent_version: int
    created_ms: int
    choice: Choice | None = None
    chosen_ms: int | None = None


class ComparisonLog:
    """A row has the id of the preference that was made of it, if one was: who forgets one forgets both."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def append(self, connection: apsw.Connection, shown: SideBySide) -> None:
        places = ", ".join("?" * len(_FIELDS))
        connection.execute(
            f"INSERT INTO comparisons ({', '.join(_FIELDS.values())}) VALUES ({places})",  # noqa: S608 -- names of columns
            tuple(getattr(shown, field) for field in _FIELDS),
        )

    def choose(self, connection: apsw.Connection, comparison_id: str, choice: Choice) -> bool:
        """Keep a choice; False where one stands, or where the row is gone."""
        connection.execute(
            "UPDATE comparisons SET choice = ?, chosen_ms = ? WHERE id = ? AND choice IS NULL",
            (choice, self._clock(), comparison_id),
        )
        return bool(connection.changes())

    def all(self) -> list[SideBySide]:
        """Every row, oldest first."""
        return self._select("1")

    def on(self, serving_sha256: str) -> list[SideBySide]:
        """Those made with one serving file, oldest first: on another a version is not the same."""
        return self._select("serving_sha256 = ?", serving_sha256)

    def of_turn(self, turn_id: str) -> SideBySide | None:
        """The one this turn is a draft of."""
        return next(iter(self._select("? IN (left_turn, right_turn)", turn_id)), None)

    def find(
        self, *, feedback_id: str | None = None, turn_id: str | None = None, thread_id: str | None = None
    ) -> list[Feedback]:
        """Rows of the one named thing as feedback, oldest first."""
        rows = self._select(
            "id = ? OR left_turn = ? OR right_turn = ? OR thread_id = ?", feedback_id, turn_id, turn_id, thread_id
        )
        return [as_feedback(row) for row in rows]

    def times(self) -> list[tuple[str, int]]:
        """Ids with their times, newest first."""
        return [(row.id, row.created_ms) for row in reversed(self.all())]

    def delete(self, connection: apsw.Connection, ids: Sequence[str]) -> None:
        connection.executemany("DELETE FROM comparisons WHERE id = ?", [(row_id,) for row_id in ids])

    # Of the comparisons to come

    def seed(self) -> int:
        """What their draws are made with, besides the turn's id."""
        row = self._database.one("SELECT seed FROM comparing")
        assert row is not None
        return int(row[0])

    def rival(self) -> str | None:
        """The adapter that the one in use is compared with, as its owner named it."""
        row = self._database.one("SELECT rival_id FROM comparing")
        return None if row is None else row[0]

    def set_rival(self, connection: apsw.Connection, adapter_id: str | None) -> bool:
        """Whether that changed anything."""
        connection.execute("UPDATE comparing SET rival_id = ?1 WHERE rival_id IS NOT ?1", (adapter_id,))
        return bool(connection.changes())

    def _select(self, condition: str, *values: str | None) -> list[SideBySide]:
        rows = self._database.read(f"{_SELECT} WHERE {condition} ORDER BY created_ms, id", *values)
        return [msgspec.convert(dict(zip(_FIELDS, row, strict=True)), SideBySide) for row in rows]


def draw(seed: int, turn_id: str, share: float) -> Side | None:
    """Whether a turn is to be answered twice, and if so the side of the rival: the same for the same seed and id.

    The first has the chance `share`, each side an even one.
    """
    digest = hashlib.sha256(f"{seed}:{turn_id}".encode()).digest()
    if int.from_bytes(digest[:8]) / 2**64 >= share:
        return None
    return "left" if digest[8] % 2 else "right"


def as_feedback(row: SideBySide) -> Feedback:
    """The mark that a comparison is: named with what was said, to be forgotten and to expire as that does."""
    return Feedback(
        id=row.id,
        kind="compared",
        prompt=[],
        turn_id=row.left,
        thread_id=row.thread_id,
        consent_version=row.consent_version,
        created_ms=row.created_ms,
    )
