"""Removed text is in no file: the pages are laid open, free ones included, and searched byte by byte."""

import contextlib
import shutil
from pathlib import Path

import apsw
import pytest

from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.store.connection import connect, side_files
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder

SECRET = "xylophoneharbour"


@pytest.fixture
def filled(tmp_path, key, folder, clock):
    database = Database.open(tmp_path / "library.db", key, MIGRATIONS, durable=False)
    with database:
        library = Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock)
        for number in range(20):
            (folder / f"{number}.txt").write_text(f"Common words of {number}.\n\n" * 30)
        (folder / "private.txt").write_text(f"The {SECRET} lies in paragraph {{}}.\n\n" * 100)
        library.add([folder])
        yield library, database, folder


def laid_open(path: Path, key: bytes, tmp_path: Path) -> bytes:
    """The bytes of a copy of the database with its encryption taken off, page by page: nothing is dropped or moved."""
    copy = tmp_path / "open.db"
    for source, target in zip((path, *side_files(path)), (copy, *side_files(copy)), strict=True):
        if source.exists():
            shutil.copyfile(source, target)
    with contextlib.closing(connect(copy, key)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA rekey = ''")
    with contextlib.closing(apsw.Connection(str(copy))) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    return copy.read_bytes().lower()


def words_of(path: Path, key: bytes, tmp_path: Path) -> bool:
    return SECRET.encode() in laid_open(path, key, tmp_path)


def test_the_search_finds_what_is_there(filled, tmp_path, key):
    _, database, _ = filled
    database.checkpoint()
    assert words_of(database.path, key, tmp_path)


def test_the_file_as_it_lies_shows_no_word(filled):
    _, database, _ = filled
    for file in (database.path, *side_files(database.path)):
        assert SECRET.encode() not in (file.read_bytes() if file.exists() else b"").lower()


def test_nothing_is_left_of_a_removed_file(filled, tmp_path, key):
    library, database, folder = filled
    library.remove(folder / "private.txt")
    assert not words_of(database.path, key, tmp_path)


def test_nothing_is_left_of_a_deleted_file(filled, tmp_path, key):
    library, database, folder = filled
    (folder / "private.txt").unlink()
    library.refresh()
    assert not words_of(database.path, key, tmp_path)


def test_nothing_is_left_of_a_changed_file(filled, tmp_path, key):
    library, database, folder = filled
    (folder / "private.txt").write_text("Nothing to see.")
    library.refresh()
    database.checkpoint()
    assert not words_of(database.path, key, tmp_path)


def test_nothing_is_left_of_a_cited_passage_once_its_file_is_removed(filled, tmp_path, key):
    library, database, folder = filled
    library.cite([passage.chunk_id for passage in library.search(SECRET)])
    (folder / "private.txt").write_text("Nothing to see.")
    library.refresh()
    assert words_of(database.path, key, tmp_path)
    library.remove(folder)
    assert not words_of(database.path, key, tmp_path)
