"""One keyed SQLite connection, with every pragma that privacy and durability rest on."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import apsw

from engine.errors import HearthsideError, KeyProblem
from engine.store.failures import explained

_BUSY_TIMEOUT_MS = 5000
_WAL_LIMIT_BYTES = 16 * 1024 * 1024


def connect(path: Path, key: bytes, *, cache_mb: int = 2, create: bool = False) -> apsw.Connection:
    """A connection to the file at `path`, encrypted page by page (ChaCha20-Poly1305) with the 32 bytes of `key`.

    SQLite reads nothing before the first statement: a wrong key shows there, as apsw.NotADBError.
    """
    if len(key) != 32:
        raise ValueError("a database key has 32 bytes")
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if create else 0)
    connection = apsw.Connection(str(path), flags=flags)
    _unlock(connection, key)
    connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
    connection.execute("PRAGMA temp_store = MEMORY")  # temporary files would be written in plain text
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = {-1024 * cache_mb}")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
    _load_vectors(connection)
    return connection


def connect_in_memory() -> apsw.Connection:
    """A connection to a database of its own that has no file and writes none, however much it sorts or rolls back."""
    connection = apsw.Connection(":memory:")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def connect_untouched(path: Path, key: bytes) -> apsw.Connection:
    """A connection that reads what was committed, its log included, and leaves the bytes of both as they were."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    _unlock(connection, key)
    connection.execute("PRAGMA query_only = ON")
    return connection


@contextlib.contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Committed at the end of the block, rolled back when anything is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk makes SQLite roll back by itself
            connection.execute("ROLLBACK")
        raise


def check(connection: apsw.Connection, path: Path) -> None:
    """Read every page and index. Raises HearthsideError("database_damaged")."""
    with explained(path, connection):
        findings = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    if findings != ["ok"]:
        raise HearthsideError("database_damaged", path=str(path))


def verify(path: Path, key: bytes) -> None:
    """Open a closed copy of a database and check all of it, changing nothing. Raises as `check` does, or KeyProblem."""
    alone = f"{path.absolute().as_uri()}?immutable=1"  # a copy has no log, and shall get none
    with explained(path):
        connection = apsw.Connection(alone, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    with explained(path), contextlib.closing(connection):
        _unlock(connection, key)
        _load_vectors(connection)
        recognise(connection, path)
        check(connection, path)


def recognise(connection: apsw.Connection, path: Path) -> None:
    """Raises KeyProblem("key_wrong") unless the key opens the file's first page.

    A first page overwritten with garbage looks the same to the cipher; whoever checked the key before (see
    engine.store.keys) knows that the file is damaged.
    """
    try:
        connection.execute("PRAGMA schema_version").fetchall()
    except apsw.NotADBError as error:
        raise KeyProblem("key_wrong", path=str(path)) from error


def side_files(path: Path) -> tuple[Path, Path]:
    """The write-ahead log and the shared index that SQLite keeps beside `path`."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def remove_database(path: Path) -> None:
    """Delete the file at `path` and what SQLite keeps beside it; absent ones are no error."""
    for file in (path, *side_files(path)):
        file.unlink(missing_ok=True)


def _unlock(connection: apsw.Connection, key: bytes) -> None:
    connection.execute("PRAGMA cipher = 'chacha20'")
    connection.execute(f"PRAGMA key = 'raw:{key.hex()}'")


def _load_vectors(connection: apsw.Connection) -> None:
    import sqlite_vec  # type: ignore[import-untyped]  # ships no stubs

    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.enable_load_extension(False)
