"""An encrypted database: one writer, readers beside it, migrated and backed up as it opens."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import apsw

from engine.durable import flush_folder
from engine.errors import HearthsideError
from engine.store import connection as sqlite
from engine.store.backups import Backups
from engine.store.failures import explained
from engine.store.migrations import Migration, applied, apply, pending
from engine.store.profile import Reserve

Result = TypeVar("Result")

_WRITER_CACHE_MB = 8  # inserting is as fast as with 32


class Database:
    """Rows in the file at `path`. Any thread may use it; writes queue.

    Built by `open`. Every method raises HearthsideError("disk_full"), ("disk_failed") or ("database_damaged") when the
    disk or the file is to blame; whatever was committed before stays.
    """

    def __init__(self, path: Path, key: bytes, *, durable: bool, cache_mb: int, reserve: Reserve | None = None) -> None:
        self.path = path
        self._key = key
        self._cache_mb = cache_mb
        self._reserve = reserve
        self._write_lock = threading.Lock()
        self._writing: int | None = None
        self._idle: list[apsw.Connection] = []
        self._closed = False
        self._writer = self._connect_writer(durable=durable)

    @classmethod
    def open(
        cls,
        path: Path,
        key: bytes,
        migrations: Sequence[Migration],
        *,
        durable: bool,
        backups: Path | None = None,
        cache_mb: int = 32,
        reserve: Reserve | None = None,
    ) -> Self:
        """Open the database at `path`, or create it, and bring it to the last of `migrations`.

        `durable` makes a committed write survive a power cut, at the price of a disk flush each. With `backups` (a
        folder; see engine.store.backups) an existing file is backed up, and the copy verified, before it is migrated.
        `cache_mb` bounds the decrypted pages that each reader keeps. `reserve` is what `freeing` may spend.

        Raises, leaving the bytes as they were: KeyProblem("key_wrong"), HearthsideError("database_newer") for a
        file of a later Hearthside, HearthsideError("database_damaged"). What to do about damage is for the caller,
        who knows whether this database can be rebuilt (`remove_database`) or must be restored.
        """
        if not path.exists():
            _create(path, key, migrations)
        todo = _inspect(path, key, migrations)
        unclean = _left_open(path)
        database = cls(path, key, durable=durable, cache_mb=cache_mb, reserve=reserve)
        try:
            database._bring_up(todo, backups, check=durable and unclean)
        except BaseException:
            database.close()
            raise
        return database

    def read(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of one statement, as last committed: a write in progress, even this thread's, is not seen."""
        with self._reader() as reader, explained(self.path, reader):
            return reader.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> tuple[Any, ...] | None:
        """The first row of `read`."""
        rows = self.read(sql, *values)
        return rows[0] if rows else None

    @contextlib.contextmanager
    def write(self) -> Iterator[apsw.Connection]:
        """A transaction on the one writer: committed at the end of the block, rolled back when anything is raised."""
        if self._writing == threading.get_ident():
            raise RuntimeError("a write inside a write of the same thread")
        with self._write_lock:
            self._writing = threading.get_ident()
            try:
                with explained(self.path, self._writer), sqlite.transaction(self._writer):
                    yield self._writer
            finally:
                self._writing = None

    def freeing(self, work: Callable[[], Result]) -> Result:
        """Do `work`, which deletes and may be done twice: also on a full disk, in the room of the reserve."""
        return work() if self._reserve is None else self._reserve.spend_on(work)

    def backup(self, target: Path) -> None:
        """A copy, under the same key, of what is committed now; `target` appears once all of it was read back well."""
        part = target.with_name(f".{target.name}.part")
        sqlite.remove_database(part)
        try:
            self._copy(part)
            sqlite.verify(part, self._key)
            part.replace(target)
        finally:
            sqlite.remove_database(part)
        flush_folder(target.parent)

    def check(self) -> None:
        """Read every page and index. Raises HearthsideError("database_damaged")."""
        with self._reader() as reader:
            sqlite.check(reader, self.path)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and empty it, so that deleted text stands in neither."""
        with self._write_lock, explained(self.path, self._writer):
            self._writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def close(self) -> None:
        """Close every connection; one that reads just now closes when it is done. Later calls do nothing."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()
        with self._write_lock, explained(self.path, self._writer):
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _connect_writer(self, *, durable: bool) -> apsw.Connection:
        with explained(self.path):
            writer = sqlite.connect(self.path, self._key, cache_mb=_WRITER_CACHE_MB)
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            writer.execute(f"PRAGMA fullfsync = {'ON' if durable else 'OFF'}")  # macOS: flush the drive's cache too
            return writer

    def _bring_up(self, todo: Sequence[Migration], backups: Path | None, *, check: bool) -> None:
        if check:
            self.check()
        if todo and backups is not None:
            Backups(backups).take(self, before_migration=True)
        with explained(self.path, self._writer):
            for migration in todo:
                apply(self._writer, migration)

    @contextlib.contextmanager
    def _reader(self) -> Iterator[apsw.Connection]:
        """A connection of this thread's for the length of the block; the last one used, whose pages are warm, first."""
        if self._closed:
            raise apsw.ConnectionClosedError
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = self._connect_reader()
        try:
            yield reader
        finally:
            self._give_back(reader)

    def _give_back(self, reader: apsw.Connection) -> None:
        self._idle.append(reader)
        if self._closed:  # `close` may have looked before; closing twice is no error
            reader.close()

    def _connect_reader(self) -> apsw.Connection:
        with explained(self.path):
            reader = sqlite.connect(self.path, self._key, cache_mb=self._cache_mb)
            reader.execute("PRAGMA query_only = ON")
            return reader

    def _copy(self, target: Path) -> None:
        _make_owner_only(target)
        with explained(target):
            copy = sqlite.connect(target, self._key)
        with (
            contextlib.closing(copy),
            self._reader() as reader,
            explained(target, copy),
            copy.backup("main", reader, "main") as pages,
        ):
            pages.step(-1)


def _create(path: Path, key: bytes, migrations: Sequence[Migration]) -> None:
    """Build the file under another name, so that a crash leaves a whole database or none."""
    if _left_open(path):
        raise HearthsideError("database_damaged", path=str(path))  # its log is here: the file itself was lost
    new = path.with_name(f".{path.name}.new")
    sqlite.remove_database(new)
    _make_owner_only(new)
    with explained(new), contextlib.closing(sqlite.connect(new, key)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for migration in migrations:
            with explained(new, connection):
                apply(connection, migration)
    new.replace(path)
    flush_folder(path.parent)


def _inspect(path: Path, key: bytes, migrations: Sequence[Migration]) -> list[Migration]:
    """The migrations this file still needs, found without changing a byte of it."""
    if path.stat().st_size == 0:
        raise HearthsideError("database_damaged", path=str(path))  # SQLite would take it for a new one
    with explained(path), contextlib.closing(sqlite.connect_untouched(path, key)) as connection:
        sqlite.recognise(connection, path)
        return pending(applied(connection), migrations, path)


def _left_open(path: Path) -> bool:
    """Whether the last process that had the database open ended without closing it."""
    log, _ = sqlite.side_files(path)
    return log.exists() and log.stat().st_size > 0


def _make_owner_only(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
