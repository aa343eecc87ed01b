"""The database on real files: one writer, readers with snapshots, keys, damage, and what each failure leaves behind."""

import threading
from pathlib import Path

import apsw
import pytest

from engine.errors import HearthsideError, KeyProblem
from engine.store.connection import side_files
from tests.engine.store.conftest import add, bodies, copy_as_left, files_of, open_notes


def test_what_was_written_is_there_after_a_restart(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        add(database, "first", "second")
    with open_notes(path, key) as database:
        assert bodies(database) == ["first", "second"]
        assert database.one("SELECT body FROM note WHERE id = ?", 2) == ("second",)
        assert database.one("SELECT body FROM note WHERE id = ?", 3) is None


def test_a_write_is_whole_or_not_there(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        add(database, "kept")
        with pytest.raises(apsw.ConstraintError):
            add(database, "new", "kept")
        assert bodies(database) == ["kept"]


def test_readers_see_only_what_is_committed(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        with database.write() as connection:
            connection.execute("INSERT INTO note (body) VALUES ('draft')")
            assert bodies(database) == []
        assert bodies(database) == ["draft"]


def test_readers_cannot_write(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database, pytest.raises(HearthsideError, match="database_not_writable"):
        database.read("DELETE FROM note")


def test_writers_queue(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        threads = [
            threading.Thread(target=lambda n=n: [add(database, f"{n} {m}") for m in range(20)]) for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert database.one("SELECT count(*) FROM note") == (160,)


def test_a_write_inside_a_write_is_refused_and_rolls_back(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        with pytest.raises(RuntimeError), database.write() as connection:  # noqa: PT012 -- the outer write is the point
            connection.execute("INSERT INTO note (body) VALUES ('outer')")
            add(database, "inner")
        add(database, "after")
        assert bodies(database) == ["after"]


def test_vectors_and_full_text_work(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        assert database.one("SELECT vec_distance_l2('[0, 0]', '[3, 4]')") == (5.0,)
        with database.write() as connection:
            connection.execute("INSERT INTO note_words (body) VALUES ('a lighthouse keeper')")
        assert database.read("SELECT body FROM note_words WHERE note_words MATCH 'keeper'") == [
            ("a lighthouse keeper",)
        ]


def test_a_wrong_key_is_refused_and_changes_nothing(path: Path, key: bytes) -> None:
    database = open_notes(path, key)
    add(database, "in the log")
    crashed = copy_as_left(path, path.with_name("crashed.db"))
    database.close()
    before = files_of(crashed)

    with pytest.raises(KeyProblem, match="key_wrong"):
        open_notes(crashed, bytes(32))

    assert files_of(crashed) == before
    with open_notes(crashed, key) as reopened:
        assert bodies(reopened) == ["in the log"]


def test_damage_is_noticed(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        add(database, *(f"note {number}" * 50 for number in range(200)))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with open_notes(path, key) as database, pytest.raises(HearthsideError, match="database_damaged"):
        database.check()


def test_an_emptied_file_is_damage_not_a_new_database(path: Path, key: bytes) -> None:
    path.touch()
    with pytest.raises(HearthsideError, match="database_damaged"):
        open_notes(path, key)
    assert path.read_bytes() == b""


def test_a_log_without_its_file_is_damage_not_a_new_database(path: Path, key: bytes) -> None:
    side_files(path)[0].write_bytes(b"precious")
    with pytest.raises(HearthsideError, match="database_damaged"):
        open_notes(path, key)
    assert side_files(path)[0].read_bytes() == b"precious"


def test_only_the_owner_may_read_the_files(path: Path, key: bytes) -> None:
    with open_notes(path, key) as database:
        add(database, "private")
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_threads_read_at_once_and_share_warm_connections(path: Path, key: bytes) -> None:
    together = threading.Barrier(4, timeout=30)
    counts = []

    def read() -> None:
        with database._reader() as reader:
            together.wait()
            counts.append(reader.execute("SELECT count(*) FROM note").get)

    with open_notes(path, key) as database:
        add(database, "one", "two")
        for _ in range(2):
            threads = [threading.Thread(target=read) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert counts == [2] * 8
        assert len(database._idle) == 4


def test_closing_leaves_one_file_and_may_be_repeated(path: Path, key: bytes) -> None:
    database = open_notes(path, key)
    with database._reader() as still_reading:
        database.close()
        assert still_reading.execute("SELECT count(*) FROM note").get == 0
    database.close()
    with pytest.raises(apsw.ConnectionClosedError):
        database.read("SELECT 1")
    assert [file.name for file in path.parent.iterdir()] == ["owner.db"]
