"""A library that keeps itself current: a real folder, a real watch worker, a real database."""

import os
import threading
import time
from pathlib import Path

import pytest

from engine.errors import HearthsideError
from engine.library.keeping import Keeping
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.library.values import Rescanned
from engine.library.watch_protocol import Watching
from engine.store.database import Database
from tests.engine.library.test_removal import SECRET, words_of
from tests.fakes.embedder import HashingEmbedder


def write(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def until(condition, what, seconds=30):
    """A person's patience, not the program's: it only bounds how long a failure takes."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return value


@pytest.fixture
def kept(library):
    keeping = Keeping(library, quiet_s=0.1)
    keeping.start()
    yield keeping
    keeping.close()


def settled(keeping, state="current", unwatched=""):
    def there():
        standings = keeping.kept().standings
        return standings and all((one.state, one.unwatched) == (state, unwatched) for one in standings)

    until(there, keeping.kept())


@pytest.fixture
def harbour(folder, library, kept):
    write(folder, ships="Ships lie in the harbour.")
    write(folder / "below", deep="Deep water.")
    library.add([folder])
    until(lambda: _watches(kept), "watching")
    settled(kept)
    return folder


def _watches(keeping):
    return keeping._looked and keeping._worker.pid and keeping.kept().standings


def test_an_edit_is_found(harbour, library):
    write(harbour / "below", deep="Deep and dark.")
    until(lambda: library.search("dark")[0].text == "Deep and dark.", "the new text")


def test_a_rename_keeps_the_document_and_its_vectors(harbour, library, embedder, database):
    before = embedder.embedded, database.read("SELECT chunk, vector FROM vectors ORDER BY chunk")
    (harbour / "ships.txt").rename(harbour / "below" / "vessels.txt")
    until(lambda: any(file.path.endswith("vessels.txt") for file in library.files()), "the new name")
    assert (embedder.embedded, database.read("SELECT chunk, vector FROM vectors ORDER BY chunk")) == before
    (harbour / "below").rename(harbour / "under")
    until(lambda: all("/below/" not in file.path for file in library.files()), "the new folder's name")
    assert (embedder.embedded, database.read("SELECT chunk, vector FROM vectors ORDER BY chunk")) == before


def test_a_deleted_file_leaves_no_text_in_the_database(harbour, library, kept, key, tmp_path):
    database = library._database
    write(harbour, private=f"The {SECRET} lies there. " * 100)
    until(lambda: SECRET in library.search(SECRET)[0].text, "the secret")
    settled(kept)
    database.checkpoint()
    assert words_of(database.path, key, tmp_path)
    (harbour / "private.txt").unlink()
    until(lambda: len(library.files()) == 2, "its end")
    settled(kept)
    assert not words_of(database.path, key, tmp_path)


def test_a_root_that_is_renamed_is_away_and_comes_back_unread(harbour, library, kept, embedder):
    before = embedder.embedded
    harbour.rename(harbour.with_name("elsewhere"))
    settled(kept, "away")
    assert [(one.reason, one.away) for one in kept.kept().standings] == [("absent", 2)]
    assert library.search("ships harbour")[0].away == "absent"
    harbour.with_name("elsewhere").rename(harbour)
    settled(kept)
    assert ({file.away for file in library.files()}, embedder.embedded) == ({""}, before)
    write(harbour, gulls="Gulls cry.")
    until(lambda: len(library.files()) == 3, "a file after that")


def test_a_burst_is_taken_in_together(harbour, library, kept, monkeypatch):
    looks = []
    rescan = library.rescan

    def counting(places, **named):
        looks.append(places)
        return rescan(places, **named)

    monkeypatch.setattr(library, "rescan", counting)
    for number in range(300):
        write(harbour / f"tree{number % 20}", **{f"file{number}": f"Words of {number}."})
    until(lambda: len(library.files()) == 302, "all of them", seconds=120)
    settled(kept)
    assert len(looks) < 60, "not one look a file"


def test_what_changes_while_a_folder_is_added_is_found(folder, library, kept):
    write(folder, **{f"file{number:02}": f"Words of {number}. " * 300 for number in range(12)})
    begun = threading.Event()

    def told(_progress):
        if not begun.is_set():
            begun.set()
            write(folder, file11="Quite another text.", new="A new one.")
            (folder / "file00.txt").rename(folder / "first.txt")

    library.add([folder], report=told)
    until(lambda: {"new.txt", "first.txt"} <= {Path(file.path).name for file in library.files()}, "what came")
    until(lambda: library.search("quite another")[0].text == "Quite another text.", "what changed")
    settled(kept)
    assert len(library.files()) == 13


def test_two_roots_are_told_apart_and_a_removed_one_is_not_told(harbour, library, kept, tmp_path):
    write(tmp_path / "second", one="One.")
    library.add([tmp_path / "second"])
    settled(kept)
    assert [Path(one.path).name for one in kept.kept().standings] == ["documents", "second"]
    library.remove(harbour)
    until(lambda: [Path(one.path).name for one in kept.kept().standings] == ["second"], "one root")
    write(tmp_path / "second", two="Two.")
    until(lambda: len(library.files()) == 2, "its file")


def test_files_that_are_left_are_counted_by_root(harbour, library, kept):
    held, going = threading.Event(), threading.Event()
    passages = library._indexing._embedder.passages

    def waiting(*arguments):
        held.set()
        assert going.wait(30)
        return passages(*arguments)

    library._indexing._embedder.passages = waiting
    write(harbour, **{f"new{number}": f"New {number}. " * 400 for number in range(3)})
    assert held.wait(30)
    [standing] = kept.kept().standings
    going.set()
    assert (standing.state, standing.left > 0) == ("catching_up", True)
    settled(kept)


def test_nothing_is_read_while_paused(harbour, library, kept):
    kept.pause()
    write(harbour, gulls="Gulls cry.")
    settled(kept, "paused")
    assert len(library.files()) == 2
    library.add([harbour])
    assert len(library.files()) == 3, "what is asked for goes on"
    write(harbour, ropes="Ropes of hemp.")
    settled(kept, "paused")
    kept.resume()
    until(lambda: len(library.files()) == 4, "what came meanwhile")
    settled(kept)


def test_what_is_paused_can_be_closed(harbour, kept):
    kept.pause()
    write(harbour, gulls="Gulls cry.")
    settled(kept, "paused")
    kept.close()
    assert not any(thread.is_alive() for thread in kept._threads)


def test_a_share_of_another_computer_is_looked_at_now_and_then(folder, library, monkeypatch):
    monkeypatch.setattr("engine.library.keeping._LOOK_UNWATCHED_S", 0.0)
    keeping = Keeping(library, quiet_s=0.0)
    told = Watching("", [str(folder)])
    monkeypatch.setattr(keeping, "_watch", lambda: keeping._hear(told, [str(folder)]))
    write(folder, ships="Ships.")
    library.add([folder])
    keeping.start()
    try:
        until(lambda: keeping._looked, "the first look")
        assert {one.unwatched for one in keeping.kept().standings} == {"watch_remote"}
        write(folder, gulls="Gulls.")
        until(lambda: len(library.files()) == 2, "what another computer wrote")
    finally:
        keeping.close()


def test_what_goes_wrong_is_told_and_tried_again(harbour, library, kept, monkeypatch):
    rescan, calls = library.rescan, []

    def failing(places, **named):
        calls.append(places)
        if len(calls) == 1:
            raise HearthsideError("disk_full", path="x")
        return rescan(places, **named)

    monkeypatch.setattr(library, "rescan", failing)
    monkeypatch.setattr("engine.library.keeping._AFTER_TROUBLE_S", 0.0)
    before = kept.kept().changes
    write(harbour, gulls="Gulls cry.")
    until(lambda: len(library.files()) == 3, "the second try")
    settled(kept)
    assert kept.kept().trouble is None
    assert kept.kept().changes > before


def test_a_watch_worker_that_is_killed_is_started_again(harbour, library, kept, monkeypatch):
    monkeypatch.setattr("engine.library.keeping._AFTER_TROUBLE_S", 0.0)
    before = kept._worker.pid
    os.kill(before, 9)
    until(lambda: kept._worker.pid not in {None, before}, "another worker")
    write(harbour, gulls="Gulls cry.")
    until(lambda: len(library.files()) == 3, "what came meanwhile")
    settled(kept)


def test_closing_ends_the_worker_and_the_threads_and_may_be_done_twice(harbour, kept):
    pid = kept._worker.pid
    kept.close()
    kept.close()
    assert not any(thread.is_alive() for thread in kept._threads)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_was_never_started_is_closed(library):
    keeping = Keeping(library)
    keeping.close()
    keeping.start()
    assert keeping._threads == []


def test_where_nothing_is_watched_everything_is_looked_at_now_and_then(folder, library, monkeypatch):
    """Told by the worker itself, for a limit cannot be reached at will: then time alone brings what changed."""
    monkeypatch.setattr("engine.library.keeping._LOOK_UNWATCHED_S", 0.0)
    keeping = Keeping(library, quiet_s=0.0)
    monkeypatch.setattr(keeping, "_watch", lambda: keeping._hear(Watching("watch_limit"), [str(folder)]))
    write(folder, ships="Ships.")
    library.add([folder])
    keeping.start()
    try:
        until(lambda: keeping._looked, "the first look")
        assert {one.unwatched for one in keeping.kept().standings} == {"watch_limit"}
        write(folder, gulls="Gulls.")
        until(lambda: len(library.files()) == 2, "what nobody told of")
    finally:
        keeping.close()


def test_after_a_start_what_changed_before_is_taken_in(tmp_path, folder, key, clock):
    write(folder, ships="Ships.", gulls="Gulls.")
    path = tmp_path / "again.db"
    with Database.open(path, key, MIGRATIONS, durable=False) as database:
        Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock).add([folder])
    (folder / "gulls.txt").unlink()
    (folder / "ships.txt").rename(folder / "vessels.txt")
    embedder = HashingEmbedder()
    with Database.open(path, key, MIGRATIONS, durable=False) as database:
        library = Library(database, embedder, text_limit_mb=1, clock=clock)
        assert [(one.state, one.left) for one in library.standings()] == [("behind", 2)]
        keeping = Keeping(library, quiet_s=0.1)
        keeping.start()
        try:
            until(lambda: [Path(file.path).name for file in library.files()] == ["vessels.txt"], "one file")
        finally:
            keeping.close()
    assert embedder.embedded == 0


def test_a_look_that_found_nothing_is_no_change():
    assert not Rescanned(0, 0, 0, 0, 0, 0).changed
    assert Rescanned(0, 0, 1, 0, 0, 0).changed
