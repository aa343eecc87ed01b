"""The audit trail: what was kept, trained, used and forgotten, when — in names, ids and numbers, never in content."""

import re

import apsw
import msgspec

from engine.clock import Clock
from engine.privacy.values import AuditEntry, AuditField
from engine.store.database import Database

_NAME = re.compile(r"[0-9a-z_.:-]{0,64}")


class AuditTrail:
    """Appended to in the transaction of what it records, so neither stands without the other."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(self, connection: apsw.Connection, action: str, **fields: AuditField) -> None:
        """Append `action`. Raises ValueError for a text that is not an id or a name: content has no place here."""
        for field, value in fields.items():
            for text in [value] if isinstance(value, str) else value if isinstance(value, list) else []:
                if not _NAME.fullmatch(text):
                    raise ValueError(f"the audit field {field} is not an id or a name")
        connection.execute(
            "INSERT INTO audit (action, fields, at_ms) VALUES (?, ?, ?)",
            (action, msgspec.json.encode(fields).decode(), self._clock()),
        )

    def latest(self, *actions: str) -> AuditEntry | None:
        """The newest entry of any of `actions`."""
        row = self._database.one(
            "SELECT id, action, fields, at_ms FROM audit WHERE action IN (SELECT value FROM json_each(?))"
            " ORDER BY id DESC LIMIT 1",
            msgspec.json.encode(actions).decode(),
        )
        return None if row is None else _entry(*row)

    def of(self, *actions: str) -> list[AuditEntry]:
        """Every entry of any of `actions`, oldest first."""
        rows = self._database.read(
            "SELECT id, action, fields, at_ms FROM audit WHERE action IN (SELECT value FROM json_each(?)) ORDER BY id",
            msgspec.json.encode(actions).decode(),
        )
        return [_entry(*row) for row in rows]

    def entries(self, limit: int = 500) -> list[AuditEntry]:
        """The newest `limit` entries, newest first."""
        rows = self._database.read("SELECT id, action, fields, at_ms FROM audit ORDER BY id DESC LIMIT ?", limit)
        return [_entry(*row) for row in rows]


def _entry(id_: int, action: str, fields: str, at_ms: int) -> AuditEntry:
    return AuditEntry(
        id=id_, action=action, fields=msgspec.json.decode(fields, type=dict[str, AuditField]), at_ms=at_ms
    )
