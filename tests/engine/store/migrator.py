"""A process that dies in the middle of a migration (see test_durability.py)."""

import os
import signal
import sys
from pathlib import Path

import apsw

from engine.store.database import Database
from engine.store.migrations import Migration
from tests.engine.store.conftest import NOTES


def _dies(connection: apsw.Connection) -> None:
    connection.execute("ALTER TABLE note ADD COLUMN written INTEGER")
    connection.execute("CREATE TABLE filler (body TEXT)")
    connection.executemany("INSERT INTO filler VALUES (?)", [("x" * 1000,) for _ in range(20_000)])  # spills to the log
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    Database.open(
        Path(sys.argv[1]),
        bytes.fromhex(sys.argv[2]),
        [NOTES, Migration("dies", _dies)],
        durable=True,
        backups=Path(sys.argv[1]).parent / "backups",
    )
