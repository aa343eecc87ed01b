"""A database that stands nowhere but in this process's memory, and ends with it."""

from collections.abc import Sequence
from pathlib import Path

import apsw

from engine.ids import new_id
from engine.store import connection as sqlite
from engine.store.database import Database
from engine.store.failures import explained
from engine.store.migrations import Migration, apply


class EphemeralDatabase(Database):
    """Reads and writes as any Database; nothing of it is ever on the disk, and `close` lets go of it all."""

    def __init__(self, migrations: Sequence[Migration]) -> None:
        self._name = f"file:/{new_id()}?vfs=memdb"  # shared by the connections of this process, by its name
        super().__init__(Path(":memory:"), b"", durable=False, cache_mb=2)
        for migration in migrations:
            apply(self._writer, migration)

    def _connect_writer(self, *, durable: bool) -> apsw.Connection:  # noqa: ARG002 - nothing here is
        return self._connect()

    def _connect_reader(self) -> apsw.Connection:
        reader = self._connect()
        reader.execute("PRAGMA query_only = ON")
        return reader

    def _connect(self) -> apsw.Connection:
        with explained(self.path):
            return sqlite.connect_in_memory(self._name, cache_mb=self._cache_mb)
