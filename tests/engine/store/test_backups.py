"""Backups: only verified ones count, they are thinned, they restore, and "forget" reaches them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import rfc3339
from engine.errors import HearthsideError, KeyProblem
from engine.paths import ProfilePaths
from engine.store import keys
from engine.store.backups import Backups, moment, worth_keeping
from engine.store.values import ProfileState, WithPassphrase, WithRecoveryCode
from tests.engine.store.conftest import add, bodies, copy_as_left, files_of, open_notes
from tests.fakes.clock import FakeClock

DAY_MS = 86_400_000


@pytest.fixture
def backups(paths: ProfilePaths, clock: FakeClock) -> Backups:
    return Backups(paths.backups, clock)


def test_a_backup_restores_what_was_there(paths: ProfilePaths, key: bytes, backups: Backups) -> None:
    with open_notes(paths.owner_db, key) as database:
        add(database, "kept")
        backup = backups.take(database)
        add(database, "later")
    backups.restore(backup, key)
    with open_notes(paths.owner_db, key) as database:
        assert bodies(database) == ["kept"]


def test_what_a_restore_replaces_is_set_aside_with_its_log(paths: ProfilePaths, key: bytes, backups: Backups) -> None:
    with open_notes(paths.owner_db, key) as database:
        backup = backups.take(database)
        add(database, "only in the log")
        left = copy_as_left(paths.owner_db, paths.root / "left.db")
    for file in (left, left.with_name("left.db-wal")):
        file.rename(file.with_name(file.name.replace("left", "owner")))
    backups.restore(backup, key)
    with open_notes(paths.owner_db, key) as database:
        assert bodies(database) == []
    (aside,) = (folder for folder in paths.backups.iterdir() if folder not in backups.listed())
    with open_notes(aside / "owner.db", key) as database:
        assert bodies(database) == ["only in the log"]


def test_a_backup_is_one_moment_even_while_others_write(path: Path, key: bytes, tmp_path: Path) -> None:
    with open_notes(path, key) as database, database.write() as connection:
        connection.execute("INSERT INTO note (body) VALUES ('not yet committed')")
        database.backup(tmp_path / "copy.db")
    with open_notes(tmp_path / "copy.db", key) as copy:
        assert bodies(copy) == []


def test_nothing_but_the_backup_is_left(paths: ProfilePaths, key: bytes, backups: Backups) -> None:
    with open_notes(paths.owner_db, key) as database:
        backup = backups.take(database)
    assert [file.name for file in backup.iterdir()] == ["owner.db"]
    assert (backup / "owner.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("part", ["whole", "first page", "middle"])
def test_a_damaged_or_foreign_backup_is_not_restored(
    paths: ProfilePaths, key: bytes, backups: Backups, part: str
) -> None:
    with open_notes(paths.owner_db, key) as database:
        add(database, *(f"note {number}" * 30 for number in range(100)))
        backup = backups.take(database)
        add(database, "newest")
    file = backup / "owner.db"
    data = bytearray(file.read_bytes())
    if part == "whole":
        key, wrong = bytes(32), KeyProblem
    else:
        data[100 if part == "first page" else len(data) // 2] ^= 1
        wrong = HearthsideError
    file.write_bytes(data)
    before = files_of(paths.owner_db)
    with pytest.raises(wrong):
        backups.restore(backup, key)
    assert files_of(paths.owner_db) == before


def test_a_copy_that_does_not_verify_does_not_count(
    paths: ProfilePaths, key: bytes, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.store import database as module

    def damage_first(path: Path, key: bytes) -> None:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        verify(path, key)

    verify = module.sqlite.verify
    with open_notes(paths.owner_db, key) as database:
        add(database, *(f"note {number}" * 30 for number in range(100)))
        monkeypatch.setattr(module.sqlite, "verify", damage_first)
        with pytest.raises(HearthsideError, match="database_damaged"):
            backups.take(database)
    assert list(paths.backups.iterdir()) == []


def test_forgetting_leaves_one_fresh_backup(paths: ProfilePaths, key: bytes, backups: Backups) -> None:
    with open_notes(paths.owner_db, key) as database:
        add(database, "forget me", "keep me")
        old = backups.take(database, before_migration=True)
        (paths.backups / "20200101T000000.000Z-set-aside").mkdir()
        (paths.backups / ".20200101T000000.000Z").mkdir()
        with database.write() as connection:
            connection.execute("DELETE FROM note WHERE body = 'forget me'")
        fresh = backups.replace_all(database)
    assert not old.exists()
    assert list(paths.backups.iterdir()) == [fresh]
    with open_notes(fresh / "owner.db", key) as copy:
        assert bodies(copy) == ["keep me"]


def test_a_backup_is_due_once_a_day(paths: ProfilePaths, key: bytes, backups: Backups, clock: FakeClock) -> None:
    assert backups.due()
    with open_notes(paths.owner_db, key) as database:
        backups.take(database)
    assert not backups.due()
    clock.advance(DAY_MS)
    assert backups.due()


@given(st.lists(st.integers(0, 400 * DAY_MS), max_size=60, unique=True), st.sets(st.integers(0, 59)))
def test_thinning_keeps_the_newest_and_a_trail(moments: list[int], migrated: set[int]) -> None:
    folders = [
        Path(_name(moment_ms) + ("-before-migration" if position in migrated else ""))
        for position, moment_ms in enumerate(moments)
    ]
    kept = worth_keeping(folders)
    newest_first = sorted(folders, key=moment, reverse=True)
    assert kept <= set(folders)
    assert len(kept) <= 3 + 1 + 7 + 4
    assert set(newest_first[:3]) <= kept
    before_migration = [folder for folder in newest_first if folder.name.endswith("migration")]
    assert set(before_migration[:1]) <= kept
    assert worth_keeping(kept) == kept


def test_taking_many_keeps_few(paths: ProfilePaths, key: bytes, backups: Backups, clock: FakeClock) -> None:
    with open_notes(paths.owner_db, key) as database:
        for _ in range(6):
            newest = backups.take(database)
            clock.advance(60_000)
    assert len(backups.listed()) <= 4
    assert backups.listed()[0] == newest


def test_the_keys_lie_beside_each_backup_and_bring_back_an_emptied_profile(
    paths: ProfilePaths, backups: Backups
) -> None:
    data_key, code = keys.create(paths, WithPassphrase("correct horse"))
    key = data_key.derive("owner.db")
    with open_notes(paths.owner_db, key) as database:
        add(database, "kept")
        backup = backups.take(database)
    for file in (paths.owner_db, paths.keys):
        file.unlink()
    found = keys.find(paths)
    assert (found.state, found.backups) == (ProfileState.FILES_GONE, [backup])

    again = keys.unlock(paths, WithRecoveryCode(code), backup=backup)
    backups.restore(backup, again.derive("owner.db"))

    assert keys.find(paths).state is ProfileState.READY
    with open_notes(paths.owner_db, keys.unlock(paths, WithPassphrase("correct horse")).derive("owner.db")) as database:
        assert bodies(database) == ["kept"]


def test_lost_keys_come_back_from_a_backup_alone(paths: ProfilePaths, backups: Backups) -> None:
    data_key, _ = keys.create(paths, WithPassphrase("correct horse"))
    with open_notes(paths.owner_db, data_key.derive("owner.db")) as database:
        backup = backups.take(database)
        add(database, "newer than the backup")
    with pytest.raises(HearthsideError, match="keys_present"):
        backups.restore_keys(backup)
    paths.keys.unlink()
    assert keys.find(paths).state is ProfileState.KEYS_GONE
    with pytest.raises(KeyProblem, match="profile_keys_gone"):
        keys.unlock(paths, WithPassphrase("correct horse"))
    backups.restore_keys(backup)
    again = keys.unlock(paths, WithPassphrase("correct horse"))
    with open_notes(paths.owner_db, again.derive("owner.db")) as database:
        assert bodies(database) == ["newer than the backup"]


def _name(moment_ms: int) -> str:
    return rfc3339(moment_ms).replace("-", "").replace(":", "")
