"""A small real schema for the store's own tests, and what the disk holds of a database."""

from pathlib import Path

import apsw
import pytest

from engine.paths import ProfilePaths
from engine.store import wrapping
from engine.store.connection import side_files
from engine.store.database import Database
from engine.store.migrations import Migration, erase_on_delete
from engine.store.wrapping import Argon2


def _notes(connection: apsw.Connection) -> None:
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE)")
    connection.execute("CREATE VIRTUAL TABLE note_words USING fts5 (body)")
    erase_on_delete(connection, "note_words")


NOTES = Migration("notes", _notes)


def open_notes(path: Path, key: bytes) -> Database:
    return Database.open(path, key, [NOTES], durable=True)


def add(database: Database, *bodies: str) -> None:
    with database.write() as connection:
        connection.executemany("INSERT INTO note (body) VALUES (?)", [(body,) for body in bodies])
        connection.executemany("INSERT INTO note_words (body) VALUES (?)", [(body,) for body in bodies])


def bodies(database: Database) -> list[str]:
    return [body for (body,) in database.read("SELECT body FROM note ORDER BY id")]


def files_of(path: Path) -> list[bytes]:
    """The bytes of a database and its log."""
    return [file.read_bytes() for file in (path, side_files(path)[0]) if file.exists()]


def copy_as_left(path: Path, target: Path) -> Path:
    """The file and its log, copied as a process killed now would leave them."""
    for source, copy in zip((path, side_files(path)[0]), (target, side_files(target)[0]), strict=True):
        copy.write_bytes(source.read_bytes())
    return target


@pytest.fixture(autouse=True)
def _cheap_passphrases(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its lowest cost, but for tests that use `real_cost`."""
    if "real_cost" not in request.fixturenames:
        monkeypatch.setattr(wrapping, "Argon2", lambda: Argon2(memory_kib=8, iterations=1, lanes=1))


@pytest.fixture
def real_cost() -> None:
    """Asks for Argon2id as it is for people."""


@pytest.fixture
def paths(tmp_path: Path) -> ProfilePaths:
    (tmp_path / "profile").mkdir()
    return ProfilePaths(tmp_path / "profile")


@pytest.fixture
def path(paths: ProfilePaths) -> Path:
    return paths.owner_db
