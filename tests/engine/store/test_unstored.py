"""Rows in memory: a transaction is one, threads wait in turn, and nothing ever becomes a file."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from engine.store.unstored import Unstored
from tests.engine.store.conftest import NOTES


@pytest.fixture
def rows() -> Iterator[Unstored]:
    rows = Unstored([NOTES])
    yield rows
    rows.close()


def add(rows: Unstored, *bodies: str) -> None:
    with rows.write() as connection:
        connection.executemany("INSERT INTO note (body) VALUES (?)", [(body,) for body in bodies])


def test_a_write_counts_whole_or_not_at_all(rows: Unstored) -> None:
    add(rows, "first")
    with pytest.raises(apsw.ConstraintError):
        add(rows, "second", "first")
    assert rows.read("SELECT body FROM note") == [("first",)]
    assert rows.one("SELECT body FROM note WHERE id = ?", 2) is None


def test_another_thread_reads_what_was_committed_and_waits_for_the_rest(rows: Unstored) -> None:
    read: list[list[tuple[str]]] = []
    reader = threading.Thread(target=lambda: read.append(rows.read("SELECT body FROM note ORDER BY id")))
    with rows.write() as connection:
        connection.execute("INSERT INTO note (body) VALUES ('one')")
        reader.start()
        reader.join(0.05)
        assert read == []
        connection.execute("INSERT INTO note (body) VALUES ('two')")
    reader.join()
    assert read == [[("one",), ("two",)]]


def test_a_thread_that_would_wait_for_itself_is_told(rows: Unstored) -> None:
    with rows.write(), pytest.raises(RuntimeError):
        rows.read("SELECT 1")


def test_two_hold_nothing_of_one_another(rows: Unstored) -> None:
    add(rows, "mine")
    other = Unstored([NOTES])
    assert other.read("SELECT * FROM note") == []
    other.close()
    assert rows.read("SELECT body FROM note") == [("mine",)]


def test_nothing_of_it_can_be_read_once_it_is_closed(rows: Unstored) -> None:
    add(rows, "gone")
    rows.close()
    rows.close()
    with pytest.raises(apsw.ConnectionClosedError):
        rows.read("SELECT body FROM note")


@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed by /proc")
def test_a_sort_and_a_write_of_any_size_open_no_file(rows: Unstored) -> None:
    def open_files() -> list[str]:
        listed = [str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        return sorted(path for path in listed if path.startswith("/"))

    def while_busy() -> list[str]:
        with rows.write() as connection:
            connection.execute("UPDATE note SET body = body || 'x'")
            sorting = connection.execute("SELECT body FROM note ORDER BY substr(body, 4)")
            next(sorting)
            seen = open_files()
            sorting.close(True)
        return seen

    add(rows, *(f"{number} {'word ' * 200}" for number in range(20_000)))
    before = open_files()
    assert while_busy() == before
    rows._connection.execute("PRAGMA temp_store = FILE")
    assert while_busy() != before, "the look at the open files sees one that is there"
