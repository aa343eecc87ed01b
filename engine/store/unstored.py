"""Rows that are in no file: for what shall be gone when it is let go of, and leave nothing behind on the disk."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import apsw

from engine.store import connection as sqlite
from engine.store.database import Database
from engine.store.migrations import Migration, apply

Result = TypeVar("Result")


class Unstored:
    """What chat asks of a `Database`, in the memory of this process alone. Any thread may use it; all wait in turn."""

    def __init__(self, migrations: Sequence[Migration]) -> None:
        self._in_turn = threading.Lock()
        self._writing: int | None = None
        self._connection = sqlite.connect_in_memory()
        for migration in migrations:
            apply(self._connection, migration)

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of one statement, as last committed."""
        with self._alone():
            return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of `read`."""
        rows = self.read(sql, *values)
        return rows[0] if rows else None

    @contextlib.contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A transaction: committed at the end of the block, rolled back when anything is raised."""
        with self._alone(), sqlite.transaction(self._connection):
            yield self._connection

    def freeing(self, work: Callable[[], Result]) -> Result:
        """Do `work`, which deletes: no disk can be too full for it."""
        return work()

    def close(self) -> None:
        """Let go of everything. Later calls do nothing."""
        with self._alone():
            self._connection.close()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if self._writing == threading.get_ident():
            raise RuntimeError("a statement beside the write of the same thread")
        with self._in_turn:
            self._writing = threading.get_ident()
            try:
                yield
            finally:
                self._writing = None


Rows = Database | Unstored
