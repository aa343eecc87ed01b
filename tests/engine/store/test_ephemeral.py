"""A database in memory alone: it reads and writes as one on the disk, and touches none."""

import threading

import apsw
import pytest

from engine.store.ephemeral import EphemeralDatabase
from tests.engine.store.conftest import NOTES, add, bodies


def test_it_is_written_read_and_gone_when_closed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    database = EphemeralDatabase([NOTES])
    add(database, "one", "two")
    assert bodies(database) == ["one", "two"]
    with pytest.raises(apsw.ConstraintError):
        add(database, "three", "two")
    assert bodies(database) == ["one", "two"]
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_two_are_apart():
    with EphemeralDatabase([NOTES]) as one, EphemeralDatabase([NOTES]) as other:
        add(one, "mine")
        assert bodies(other) == []


def test_threads_read_while_others_write():
    with EphemeralDatabase([NOTES]) as database:
        writers = [
            threading.Thread(target=lambda first=first: [add(database, f"{first} {n}") for n in range(50)])
            for first in range(3)
        ]
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            assert len(bodies(database)) <= 150
        assert len(bodies(database)) == 150
