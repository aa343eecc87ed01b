"""Looking again at some places only: what is read, what is passed by, what the roots do not hold."""

import contextlib
import os
import threading
from pathlib import Path

import pytest

from engine.errors import Interrupted
from engine.library import survey
from engine.library.one_run import OneRun
from engine.library.places import is_under
from engine.library.survey import Places, root_of
from engine.progress import Control


def write(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


@pytest.fixture
def harbour(folder, library):
    write(folder, ships="Ships lie in the harbour.")
    write(folder / "below", deep="Deep water.", still="Still water.")
    library.add([folder])
    return folder


@pytest.fixture
def rescan(library):
    def look(*, trees=(), folders=()):
        places = Places(frozenset(map(str, trees)), frozenset(map(str, folders)))
        return library.rescan(places, control=Control())

    return look


@pytest.fixture
def listed(monkeypatch):
    """The folders that are listed."""
    seen = []
    scandir = os.scandir

    def noting(path):
        seen.append(Path(path).name)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noting)
    return seen


def names(library):
    return {Path(file.path).name for file in library.files()}


def test_only_the_folder_itself_is_looked_at(harbour, library, rescan, listed):
    write(harbour, gulls="Gulls cry.")
    write(harbour / "below", deep="Deeper water.")
    assert rescan(folders=[harbour]).fresh == 1
    assert listed == ["documents"]
    assert library.search("deeper")[0].text == "Deep water."
    assert rescan(folders=[harbour / "below"]).fresh == 1


def test_a_new_folder_is_looked_at_to_the_bottom(harbour, library, rescan, listed):
    write(harbour / "new" / "inner", one="One.")
    assert rescan(folders=[harbour]).fresh == 1
    assert listed == ["documents", "new", "inner"]


def test_a_folder_that_was_renamed_keeps_its_documents(harbour, library, rescan, embedder):
    before, old = embedder.embedded, library.search("deep water")[0]
    (harbour / "below").rename(harbour / "under")
    done = rescan(folders=[harbour])
    assert (done.moved, done.fresh, done.removed, embedder.embedded) == (2, 0, 0, before)
    assert library.search("deep water")[0].document_id == old.document_id


def test_a_file_moved_from_one_folder_to_another_keeps_its_document(harbour, library, rescan, embedder):
    before = embedder.embedded
    (harbour / "below" / "deep.txt").rename(harbour / "deep.txt")
    done = rescan(folders=[harbour, harbour / "below"])
    assert (done.moved, done.removed, embedder.embedded) == (1, 0, before)


def test_two_folders_that_changed_names_keep_their_documents(harbour, library, rescan, embedder):
    write(harbour / "other", one="One thing.")
    rescan(folders=[harbour])
    before = embedder.embedded
    for old, new in (("below", "aside"), ("other", "below"), ("aside", "other")):
        (harbour / old).rename(harbour / new)
    rescan(trees=[harbour / "below", harbour / "other"], folders=[harbour])
    assert {Path(file.path).relative_to(harbour).as_posix() for file in library.files()} == {
        "ships.txt",
        "below/one.txt",
        "other/deep.txt",
        "other/still.txt",
    }
    assert embedder.embedded == before


def test_a_place_that_is_gone_stands_for_the_nearest_folder_that_is_there(harbour, library, rescan):
    for file in (harbour / "below").iterdir():
        file.unlink()
    (harbour / "below").rmdir()
    assert rescan(folders=[harbour / "below"]).removed == 2
    assert names(library) == {"ships.txt"}


def test_a_root_that_is_gone_takes_nothing_with_it(harbour, library, rescan):
    harbour.rename(harbour.with_name("elsewhere"))
    done = rescan(trees=[harbour], folders=[harbour / "below"])
    assert (done.away, done.removed) == (3, 0)


def test_what_no_root_holds_is_left_alone(harbour, library, rescan, tmp_path, listed):
    write(tmp_path / "outside", secret="Secret.")
    library.remove(harbour / "below")
    listed.clear()
    assert not rescan(trees=[tmp_path / "outside", harbour / "below"]).changed
    assert listed == []
    assert names(library) == {"ships.txt"}


def test_what_patterns_leave_out_is_left_alone(harbour, library, rescan, listed):
    library.add([harbour], patterns="below/\n*.log")
    listed.clear()
    (harbour / "today.log").write_text("Logged.")
    write(harbour / "below", new="New.")
    assert not rescan(folders=[harbour, harbour / "below"], trees=[harbour / "below"]).changed
    assert (names(library), listed) == ({"ships.txt"}, ["documents"])


def test_a_place_above_a_root_stands_for_the_root(harbour, library, rescan):
    write(harbour, gulls="Gulls cry.")
    assert rescan(trees=[harbour.parent]).fresh == 1


def test_a_root_that_is_a_file_is_looked_at_alone(library, rescan, tmp_path, embedder):
    write(tmp_path / "letters", mine="Mine.", other="Other.")
    library.add([tmp_path / "letters" / "mine.txt"])
    new = tmp_path / "letters" / ".mine.new"
    new.write_text("Mine, again.")
    new.rename(tmp_path / "letters" / "mine.txt")
    assert rescan(trees=[tmp_path / "letters" / "mine.txt"]).fresh == 1
    assert (names(library), embedder.embedded) == ({"mine.txt"}, 2)


def test_an_editor_that_writes_by_rename_changes_one_document(harbour, library, rescan):
    old = library.search("ships harbour")[0].document_id
    (harbour / ".ships.txt.swp").write_text("Ships have left the harbour.")
    (harbour / ".ships.txt.swp").rename(harbour / "ships.txt")
    done = rescan(folders=[harbour])
    assert (done.fresh, done.removed) == (1, 0)
    new = library.search("ships harbour")[0]
    assert (new.document_id, new.text) == (old, "Ships have left the harbour.")


def test_an_unchanged_place_changes_nothing(harbour, library, rescan):
    assert not rescan(trees=[harbour], folders=[harbour / "below"]).changed


def test_how_many_are_left_is_told(harbour, library):
    write(harbour, **{f"new{number}": f"New {number}. " * 300 for number in range(3)})
    told, begun = [], []
    library.rescan(
        Places(frozenset({str(harbour)})),
        control=Control(),
        report=lambda progress: told.append(progress.left),
        begun=begun.append,
    )
    assert [Path(path).name for path in begun[0]] == ["new0.txt", "new1.txt", "new2.txt"]
    assert (told[0], told[-1]) == (3, 0)
    assert told == sorted(told, reverse=True)


@pytest.mark.parametrize(
    ("path", "folder", "is_held"),
    [("/a/b", "/a", True), ("/a", "/a", True), ("/ab", "/a", False), ("/a", "/", True), ("/a", "/a/b", False)],
)
def test_what_stands_under_what(path, folder, is_held):
    assert is_under(path, folder) is is_held


def test_the_innermost_root_holds():
    assert root_of("/a/b/c", ["/a", "/a/b", "/x"]) == "/a/b"
    assert root_of("/y", ["/a"]) is None


def test_places_add_up():
    assert Places(frozenset("a")) | Places(frozenset("b"), frozenset("c")) == survey.Places(
        frozenset("ab"), frozenset("c")
    )
    assert not Places()


class TestOneRun:
    def test_what_is_asked_for_cuts_short_what_runs_by_itself_and_goes_first(self):
        runs, order = OneRun(), []
        running, control, next_control = threading.Event(), Control(), Control()

        def by_itself():
            with contextlib.suppress(Interrupted), runs.by_itself(control):
                running.set()
                while True:
                    control.checkpoint()
            order.append("cut short")
            with runs.by_itself(next_control):
                order.append("by itself")

        thread = threading.Thread(target=by_itself)
        thread.start()
        assert running.wait(10)
        with runs.asked_for():
            order.append("asked for")
        thread.join(10)
        assert order == ["cut short", "asked for", "by itself"]
        assert not next_control.cancelled

    def test_waiting_ends_when_cancelled(self):
        runs, control = OneRun(), Control()
        ended = []

        def by_itself():
            try:
                with runs.by_itself(control):
                    ended.append("ran")
            except Interrupted:
                ended.append("interrupted")

        with runs.asked_for():
            thread = threading.Thread(target=by_itself)
            thread.start()
            control.cancel()
            thread.join(10)
        assert ended == ["interrupted"]
        with runs.by_itself(Control()):
            ended.append("free again")
        assert ended[-1] == "free again"

    def test_a_run_that_fails_leaves_it_free(self):
        runs = OneRun()
        for _ in range(2):
            with pytest.raises(ValueError, match="x"), runs.asked_for():
                raise ValueError("x")


def test_what_moved_into_a_folder_that_is_removed_meanwhile_goes_with_it(tmp_path, library, monkeypatch):
    write(tmp_path / "here", ship="Ships lie in the harbour.")
    write(tmp_path / "there", tree="Trees stand on the hill.")
    library.add([tmp_path / "here", tmp_path / "there"])
    (tmp_path / "here" / "ship.txt").rename(tmp_path / "there" / "ship.txt")
    move = library._index.move

    def removed_first(record, found):
        library._roots.remove(str(tmp_path / "there"))
        move(record, found)

    monkeypatch.setattr(library._index, "move", removed_first)
    library.refresh()
    assert not [passage for passage in library.search("ships harbour") if "harbour" in passage.text]
    assert not [file for file in library.files() if "ship" in file.path]
