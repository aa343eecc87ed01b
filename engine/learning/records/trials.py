"""Trials as rows: one version answers a share of the turns, until something or somebody ends it."""

import hashlib
import secrets
from collections.abc import Collection

import apsw
import msgspec

from engine.clock import Clock
from engine.errors import InputRefused
from engine.ids import new_id
from engine.learning.values import Arm, Trial, TrialEnding
from engine.privacy.audit import AuditTrail
from engine.store.database import Database

_FIELDS = {
    "id": "id", "adapter": "adapter_id", "against": "against_id", "share": "share", "seed": "seed",
    "begun_ms": "begun_ms", "ended_ms": "ended_ms", "ending": "ending",
}  # fmt: skip
_SELECT = f"SELECT {', '.join(_FIELDS.values())} FROM trials"  # noqa: S608 -- names of columns
_RUNNING = f"{_SELECT} WHERE ended_ms IS NULL"


class Trials:
    """At most one runs at a time. What begins, changes or ends one is in the transaction of its caller."""

    def __init__(self, database: Database, audit: AuditTrail, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    def all(self) -> list[Trial]:
        """Newest first."""
        return [_trial(row) for row in self._database.read(f"{_SELECT} ORDER BY begun_ms DESC, id DESC")]

    def running(self) -> Trial | None:
        row = self._database.one(_RUNNING)
        return None if row is None else _trial(row)

    def get(self, trial_id: str) -> Trial:
        """Raises InputRefused("trial_absent")."""
        row = self._database.one(f"{_SELECT} WHERE id = ?", trial_id)
        if row is None:
            raise InputRefused("trial_absent", trial=trial_id)
        return _trial(row)

    def begin(
        self, connection: apsw.Connection, adapter_id: str, against_id: str | None, share: float, serving_sha256: str
    ) -> Trial:
        """Begin a trial; of the adapter on trial already, change the share. Raises InputRefused("trial_running")."""
        running = _running(connection)
        if running is None:
            trial_id = new_id()
            connection.execute(
                "INSERT INTO trials (id, adapter_id, against_id, serving_sha256, share, seed, begun_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (trial_id, adapter_id, against_id, serving_sha256, share, secrets.randbits(31), self._clock()),
            )
            self._audit.record(connection, "trial_begun", trial=trial_id, adapter=adapter_id, share=share)
        elif running.adapter != adapter_id:
            raise InputRefused("trial_running", adapter=running.adapter)
        elif running.share != share:
            connection.execute("UPDATE trials SET share = ? WHERE id = ?", (share, running.id))
            self._audit.record(connection, "trial_changed", trial=running.id, adapter=adapter_id, share=share)
        begun = _running(connection)
        assert begun is not None
        return begun

    def end(self, connection: apsw.Connection, ending: TrialEnding, *, of: Collection[str] | None = None) -> bool:
        """End the trial that runs; with `of`, only where one of these adapters is an arm of it. Whether it was ended.

        The caller has opened a transaction, and what ends the trial stands in it too.
        """
        running = _running(connection)
        if running is None or (of is not None and {running.adapter, running.against}.isdisjoint(of)):
            return False
        connection.execute(
            "UPDATE trials SET ended_ms = ?, ending = ? WHERE id = ?", (self._clock(), ending, running.id)
        )
        self._audit.record(connection, "trial_ended", trial=running.id, adapter=running.adapter, ending=ending)
        return True

    def drop_idle(self, connection: apsw.Connection) -> None:
        """Of a trial whose version is destroyed nothing can be told any more once all feedback is forgotten."""
        connection.execute(
            "DELETE FROM trials WHERE ended_ms IS NOT NULL AND NOT EXISTS (SELECT 1 FROM feedback)"
            " AND adapter_id IN (SELECT id FROM adapters WHERE destroyed_ms IS NOT NULL)"
        )

    def end_on_other_file(self, base_sha256: str, serving_sha256: str) -> None:
        """End a trial begun on another model, or on another file of it: its answers cannot be compared with these."""
        row = self._database.one(
            "SELECT a.base_sha256, t.serving_sha256 FROM trials t JOIN adapters a ON a.id = t.adapter_id"
            " WHERE t.ended_ms IS NULL"
        )
        if row is not None and row != (base_sha256, serving_sha256):
            with self._database.write() as connection:
                self.end(connection, "model_changed")


def draw(trial: Trial, turn_id: str) -> Arm:
    """The arm that answers a turn: the same for the same seed and id, and new for a turn that is asked again."""
    digest = hashlib.sha256(f"{trial.seed}:{turn_id}".encode()).digest()
    tried = int.from_bytes(digest[:8]) / 2**64 < trial.share
    return Arm(trial=trial.id, tried=tried, propensity=trial.share if tried else 1 - trial.share)


def _running(connection: apsw.Connection) -> Trial | None:
    row = connection.execute(_RUNNING).fetchone()
    return None if row is None else _trial(row)


def _trial(row: tuple[object, ...]) -> Trial:
    return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Trial)
