"""Killed at any moment: what was acknowledged is there, what was half done is not."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from engine.paths import ProfilePaths
from engine.store.backups import Backups
from engine.store.connection import side_files
from tests.engine.store.conftest import add, bodies, open_notes

ROOT = Path(__file__).parents[3]


def run(module: str, path: Path, key: bytes, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", f"tests.engine.store.{module}", path, key.hex(), *arguments]
    return subprocess.Popen([str(part) for part in command], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_no_acknowledged_row_is_lost_to_kill_9(path: Path, key: bytes) -> None:
    luck = random.Random(7)
    acknowledged = 0
    for _ in range(3):
        process = run("writer", path, key, acknowledged)
        assert process.stdout
        wanted = acknowledged + luck.randrange(5, 60)
        while (acknowledged := int(process.stdout.readline()) + 1) < wanted:
            pass
        os.kill(process.pid, signal.SIGKILL)
        acknowledged += len(process.stdout.read().split("\n")) - 1  # said between the last line read and the kill
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
        assert side_files(path)[0].stat().st_size > 0

        with open_notes(path, key) as database:
            database.check()
            found = bodies(database)
            assert found[:acknowledged] == [f"note {number}" for number in range(acknowledged)]
            assert len(found) - acknowledged in {0, 1}  # one may be committed and not yet acknowledged
            assert database.read("SELECT body FROM note_words ORDER BY rowid") == [(body,) for body in found]
        acknowledged = len(found)


def test_a_migration_that_is_killed_leaves_nothing_of_itself(paths: ProfilePaths, key: bytes) -> None:
    with open_notes(paths.owner_db, key) as database:
        add(database, "old")
    process = run("migrator", paths.owner_db, key)
    assert process.wait() == -signal.SIGKILL
    assert process.stdout
    process.stdout.close()
    with open_notes(paths.owner_db, key) as database:
        database.check()
        assert bodies(database) == ["old"]
        assert database.read("SELECT name FROM pragma_table_info('note')") == [("id",), ("body",)]
    assert len(Backups(paths.backups).listed()) == 1


def test_a_creation_that_is_killed_leaves_no_half_database(path: Path, key: bytes) -> None:
    process = run("migrator", path, key)
    assert process.wait() == -signal.SIGKILL
    assert process.stdout
    process.stdout.close()
    assert not path.exists()
    with open_notes(path, key) as database:
        assert bodies(database) == []
    assert [file.name for file in path.parent.iterdir()] == ["owner.db"]
