"""Migrations: all of one or none of it, a backup first, and hands off what a newer version wrote."""

from pathlib import Path

import apsw
import pytest

from engine.errors import HearthsideError
from engine.paths import ProfilePaths
from engine.store.backups import Backups
from engine.store.database import Database
from engine.store.migrations import Migration
from tests.engine.store.conftest import NOTES, add, bodies, copy_as_left, files_of, open_notes


def _dates(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE note ADD COLUMN written INTEGER")
    connection.execute("UPDATE note SET written = 7")


def _broken(connection: apsw.Connection) -> None:
    _dates(connection)
    raise ZeroDivisionError


DATES = Migration("note dates", _dates)


def test_pending_migrations_are_applied_in_order_and_once(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        add(database, "old")
    for _ in range(2):
        with Database.open(path, key, [NOTES, DATES], durable=True) as database:
            assert database.read("SELECT body, written FROM note") == [("old", 7)]
            assert database.read("SELECT name FROM migration ORDER BY position") == [("notes",), ("note dates",)]


def test_a_migration_that_fails_leaves_nothing_of_itself(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        add(database, "old")
    with pytest.raises(ZeroDivisionError):
        Database.open(path, key, [NOTES, Migration("note dates", _broken)], durable=True)
    with open_notes(path, key) as database:
        assert bodies(database) == ["old"]
        assert database.read("SELECT name FROM pragma_table_info('note')") == [("id",), ("body",)]


def test_a_new_file_that_cannot_be_migrated_is_not_there(path: Path, key: bytes) -> None:
    with pytest.raises(ZeroDivisionError):
        Database.open(path, key, [NOTES, Migration("note dates", _broken)], durable=True)
    assert not path.exists()
    with open_notes(path, key) as database:
        assert bodies(database) == []


def test_a_newer_file_is_refused_untouched(path: Path, key: bytes) -> None:
    with Database.open(path, key, [NOTES, DATES], durable=True) as database:
        add(database, "from the future")
        left = copy_as_left(path, path.with_name("left.db"))
    before = files_of(left)
    with pytest.raises(HearthsideError, match="database_newer") as refusal:
        open_notes(left, key)
    assert refusal.value.fields["unknown"] == "note dates"
    assert files_of(left) == before


def test_an_existing_file_is_backed_up_before_it_is_migrated(paths: ProfilePaths, key: bytes) -> None:
    with Database.open(paths.owner_db, key, [NOTES], durable=True, backups=paths.backups) as database:
        add(database, "old")
    assert Backups(paths.backups).listed() == []
    with pytest.raises(ZeroDivisionError):
        Database.open(
            paths.owner_db, key, [NOTES, Migration("note dates", _broken)], durable=True, backups=paths.backups
        )
    (backup,) = Backups(paths.backups).listed()
    with open_notes(backup / "owner.db", key) as copy:
        assert bodies(copy) == ["old"]


def test_without_a_backup_nothing_is_migrated(paths: ProfilePaths, key: bytes) -> None:
    open_notes(paths.owner_db, key).close()
    paths.backups.touch()  # a file where the folder should be
    with pytest.raises(OSError):
        Database.open(paths.owner_db, key, [NOTES, DATES], durable=True, backups=paths.backups)
    open_notes(paths.owner_db, key).close()  # still the old schema: a newer one would be refused
