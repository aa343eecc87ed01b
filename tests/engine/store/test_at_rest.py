"""What the disk holds: nothing readable without the key, and nothing deleted even with it."""

import hashlib
from pathlib import Path

import apsw
import pytest

from engine.store.connection import side_files
from engine.store.database import Database
from engine.store.migrations import Migration
from tests.decrypted import pages
from tests.engine.store.conftest import NOTES, add, open_notes

CANARY = "zwetschgenknoedel"


def _notes_kept_carelessly(connection: apsw.Connection) -> None:
    connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE)")
    connection.execute("CREATE VIRTUAL TABLE note_words USING fts5 (body)")


NOTES_KEPT_CARELESSLY = Migration("notes", _notes_kept_carelessly)


def word(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def found_in(pages: bytes, number: int) -> bool:
    """Whether the word stands in `pages`; its first letters aside, which an index shares between neighbours."""
    return word(number)[4:].encode() in pages


def test_nothing_is_readable_in_any_file_at_any_time(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        add(database, *(f"{CANARY} {number}" for number in range(500)))
        database.read("SELECT body, row_number() OVER (ORDER BY body DESC) FROM note")
        for file in (path, *side_files(path)):
            assert CANARY.encode() not in file.read_bytes()
            assert b"CREATE TABLE" not in file.read_bytes()
            assert not file.read_bytes().startswith(b"SQLite")
        assert side_files(path)[0].stat().st_size > 0
    assert CANARY.encode() not in path.read_bytes()
    assert CANARY.encode() in pages(path, key)  # the search itself can find


@pytest.mark.parametrize(
    ("migration", "secure_delete", "residue"),
    [(NOTES, "ON", False), (NOTES, "OFF", True), (NOTES_KEPT_CARELESSLY, "ON", True)],
    ids=["as we do it", "without secure_delete", "without FTS5 secure-delete"],
)
def test_deleted_text_is_gone_even_for_who_has_the_key(
    path: Path, key: bytes, migration: Migration, secure_delete: str, residue: bool
) -> None:
    with Database.open(path, key, [migration], durable=True) as database:
        database._writer.execute(f"PRAGMA secure_delete = {secure_delete}")
        add(database, *(word(number) for number in range(200)))
        with database.write() as connection:
            connection.execute("DELETE FROM note WHERE id <= 100")
            connection.execute("DELETE FROM note_words WHERE rowid <= 100")
        database.checkpoint()
        assert side_files(path)[0].stat().st_size == 0
    left = pages(path, key)
    assert all(found_in(left, number) for number in range(100, 200))
    assert any(found_in(left, number) for number in range(100)) is residue
