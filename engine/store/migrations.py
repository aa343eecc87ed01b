"""Named migrations: a change to a database and the record that it was made, in one transaction."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import apsw

from engine.errors import HearthsideError


class Migration(NamedTuple):
    """A change under a name that never changes. `apply` works on raw rows with literals of its own: it must do the
    same in years, whatever the code around it has become."""

    name: str
    apply: Callable[[apsw.Connection], None]


def applied(connection: apsw.Connection) -> list[str]:
    """Names of the migrations this database has had, in order."""
    if not connection.table_exists("main", "migration"):
        return []
    return [str(name) for (name,) in connection.execute("SELECT name FROM migration ORDER BY position")]


def pending(done: Sequence[str], migrations: Sequence[Migration], path: Path) -> list[Migration]:
    """Those of `migrations` still to apply. Raises HearthsideError("database_newer") if `done` holds unknown ones."""
    known = {migration.name for migration in migrations}
    if unknown := [name for name in done if name not in known]:
        raise HearthsideError("database_newer", path=str(path), unknown=", ".join(unknown))
    return [migration for migration in migrations if migration.name not in done]


def apply(connection: apsw.Connection, migration: Migration) -> None:
    """Apply `migration` and record it, or neither."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS migration (position INTEGER PRIMARY KEY, name TEXT UNIQUE)")
        migration.apply(connection)
        connection.execute("INSERT INTO migration (name) VALUES (?)", (migration.name,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def erase_on_delete(connection: apsw.Connection, fts5_table: str) -> None:
    """Make a full-text index drop the words of a deleted row at once; without it they stay in the file until a merge.

    A lasting property of the index: call it once, in the migration that creates it.
    """
    connection.execute(f"INSERT INTO {fts5_table} ({fts5_table}, rank) VALUES ('secure-delete', 1)")  # noqa: S608 -- a name from a migration
