"""Tests that run with their temporary folder on a disk of 8 MB (see test_full_disk.py)."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import HearthsideError
from engine.paths import ProfilePaths
from engine.store import keys
from engine.store.backups import Backups
from engine.store.database import Database
from engine.store.keys import DataKey
from engine.store.profile import Reserve
from engine.store.sealed import SealedFolder
from engine.store.values import WithPassphrase
from tests.engine.store.conftest import add, bodies, open_notes

MB = 1024 * 1024


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[ProfilePaths]:
    (tmp_path / "profile").mkdir()
    yield ProfilePaths(tmp_path / "profile")
    shutil.rmtree(tmp_path)


def fill_disk(folder: Path, leave: int = 0) -> Path:
    """A file that takes all that is free but `leave` bytes."""
    ballast = folder / "ballast"
    os.sync()
    with ballast.open("wb") as file:
        file.write(b"\1" * (shutil.disk_usage(folder).free - leave))
    return ballast


def add_until_full(database: Database) -> int:
    """Add notes until the disk is full; how many were acknowledged."""
    number = 0
    while True:
        try:
            add(database, f"note {number}" + "x" * 5000)
        except HearthsideError as error:
            assert error.code == "disk_full"  # noqa: PT017 -- some are to succeed first
            return number
        number += 1


def delete_all(database: Database) -> None:
    with database.write() as connection:
        connection.execute("DELETE FROM note")
        connection.execute("DELETE FROM note_words")


def test_a_full_disk_loses_nothing_and_the_reserve_keeps_delete_working(paths: ProfilePaths, key: bytes) -> None:
    reserve = Reserve(paths.reserve, 2 * MB)
    with open_notes(paths.owner_db, key) as database:
        assert reserve.fill()
        acknowledged = add_until_full(database)
        fill_disk(paths.root)
        assert len(bodies(database)) == acknowledged > 50
        database.check()

        with pytest.raises(HearthsideError, match="disk_full"):  # the reason for the reserve
            delete_all(database)
        assert len(bodies(database)) == acknowledged

        reserve.spend_on(lambda: delete_all(database))
        assert bodies(database) == []
        assert not reserve.held
    with open_notes(paths.owner_db, key) as database:
        assert bodies(database) == []
        database.check()


def test_the_reserve_is_made_again_when_there_is_room(paths: ProfilePaths) -> None:
    reserve = Reserve(paths.reserve, 2 * MB)
    ballast = fill_disk(paths.root, leave=3 * MB)
    assert not reserve.fill()  # it would take the last room from the owner
    ballast.unlink()
    before = shutil.disk_usage(paths.root).free
    assert reserve.fill()
    assert before - shutil.disk_usage(paths.root).free >= 2 * MB


@pytest.mark.parametrize("leave", range(0, 400_000, 70_000))
def test_a_write_on_a_nearly_full_disk_is_whole_or_not_there(paths: ProfilePaths, key: bytes, leave: int) -> None:
    with open_notes(paths.owner_db, key) as database:
        add(database, *(f"old {number}" for number in range(100)))
        fill_disk(paths.root, leave)
        try:
            add(database, *(f"new {number}" + "x" * 500 for number in range(200)))
            expected = 300
        except HearthsideError as error:
            assert error.code == "disk_full"  # noqa: PT017 -- the roomier disks take it
            expected = 100
        assert len(bodies(database)) == expected
        database.check()
    with open_notes(paths.owner_db, key) as database:
        assert len(bodies(database)) == expected
        database.check()


def test_backups_keys_and_sealed_files_say_that_the_disk_is_full(paths: ProfilePaths) -> None:
    old, new = WithPassphrase("correct horse"), WithPassphrase("battery staple")
    data_key, _ = keys.create(paths, old)
    folder = SealedFolder(paths.adapters, data_key)
    folder.write("one", b"first")
    with open_notes(paths.owner_db, data_key.derive("owner.db")) as database:
        add(database, *(f"note {number}" for number in range(100)))
        fill_disk(paths.root)
        for act in (
            lambda: Backups(paths.backups).take(database),
            lambda: keys.change_lock(paths, old, new),
            lambda: folder.write("one", b"second" * 10_000),
            lambda: open_notes(paths.library_db, bytes(32)),
        ):
            with pytest.raises(HearthsideError) as refusal:
                act()
            assert refusal.value.code == "disk_full"
    assert Backups(paths.backups).listed() == []
    assert not paths.library_db.exists()
    assert folder.read("one") == b"first"
    assert keys.unlock(paths, old).derive("any") == data_key.derive("any")


def test_a_profile_that_cannot_be_created_leaves_no_keys(paths: ProfilePaths) -> None:
    fill_disk(paths.root)
    with pytest.raises(HearthsideError, match="disk_full"):
        keys.create(paths, WithPassphrase("correct horse"))
    assert not paths.keys.exists()


def test_a_sealed_file_on_a_disk_without_room_for_its_folder(paths: ProfilePaths) -> None:
    fill_disk(paths.root)
    folder = SealedFolder(paths.adapters, DataKey(bytes(32)))
    with pytest.raises(HearthsideError, match="disk_full"):
        folder.write("one", b"x" * MB)
    assert folder.names() == []
