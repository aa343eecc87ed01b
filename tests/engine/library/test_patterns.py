"""Patterns of what to leave out, kept with their root, and what indexing is told to take before anything is read."""

import pytest

from engine.errors import InputRefused, Interrupted
from engine.library.library import Library
from engine.library.patterns import LeftOut, checked
from engine.library.schema import MIGRATIONS, OWNER_MIGRATIONS
from engine.progress import Control
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder


@pytest.fixture
def house(folder):
    for name, text in {
        "boiler.txt": "The boiler.",
        "notes/monday.txt": "It rained.",
        "notes/drafts/tuesday.txt": "It snowed.",
        "picture.gif": "0",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def names(library, house):
    return {file.path.removeprefix(f"{house}/") for file in library.files() if file.chunks}


def test_what_matches_is_not_read_and_stays_out(library, house):
    (house / "boiler.log").write_text("Lit.")
    library.add([house], patterns="# nothing\n\ndrafts/\n*.log\n")
    assert names(library, house) == {"boiler.txt", "notes/monday.txt"}
    (house / "drafts").mkdir()
    (house / "drafts" / "new.txt").write_text("New.")
    library.refresh()
    library.add([house])
    assert names(library, house) == {"boiler.txt", "notes/monday.txt"}
    assert [root.patterns for root in library.roots()] == ["drafts/\n*.log"]


def test_what_is_left_out_later_leaves_no_text_and_comes_back_when_it_is_let_in(library, house):
    library.add([house])
    library.add([house], patterns="notes/")
    assert names(library, house) == {"boiler.txt"}
    assert library.search("rained snowed") == [] or all("boiler" in one.path for one in library.search("rained"))
    library.add([house], patterns="")
    assert names(library, house) == {"boiler.txt", "notes/monday.txt", "notes/drafts/tuesday.txt"}


def test_of_folders_within_one_another_the_innermost_decides(library, house):
    library.add([house], patterns="*.txt")
    library.add([house / "notes"], patterns="drafts/")
    for again in ([house], [house / "notes"], [house / "notes", house]):
        library.add(again)
        assert names(library, house) == {"notes/monday.txt"}, again


def test_a_folder_that_was_named_is_read_though_the_one_around_it_leaves_it_out(library, house):
    library.add([house], patterns="notes/")
    library.add([house / "notes"])
    for _ in range(2):
        assert names(library, house) == {"boiler.txt", "notes/monday.txt", "notes/drafts/tuesday.txt"}
        library.add([house])


def test_a_folder_kept_from_teaching_leaves_out_what_the_one_around_it_does(library, house):
    library.add([house], patterns="drafts/")
    library.let_teach(house / "notes", False)
    library.refresh()
    assert names(library, house) == {"boiler.txt", "notes/monday.txt"}


def test_patterns_outlive_the_library(house, tmp_path, key, clock):
    with Database.open(tmp_path / "owner.db", key, OWNER_MIGRATIONS, durable=False) as owner:
        for number in range(2):
            with Database.open(tmp_path / f"library{number}.db", key, MIGRATIONS, durable=False) as database:
                library = Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock, owner=owner)
                if number == 0:
                    library.add([house], patterns="drafts/")
                library.refresh()
                assert names(library, house) == {"boiler.txt", "notes/monday.txt"}


@pytest.mark.parametrize("wrong", ["!", "[z-a]", "fine\n\\"])
def test_a_pattern_that_means_nothing_is_refused_and_nothing_is_kept(library, house, wrong):
    with pytest.raises(InputRefused, match="pattern_invalid"):
        library.add([house], patterns=wrong)
    with pytest.raises(InputRefused, match="pattern_invalid"):
        library.plan([house], patterns=wrong)
    assert library.roots() == []


def test_patterns_mean_what_they_mean_in_git():
    left_out = LeftOut({"/a": checked("build/\n*.log\n/top.txt\n!keep.log"), "/a/inside": ""})
    out = {
        path
        for path in ("/a/x.log", "/a/keep.log", "/a/top.txt", "/a/b/top.txt", "/a/inside/x.log", "/b/x.log")
        if left_out(path)
    }
    assert out == {"/a/x.log", "/a/top.txt"}
    assert left_out("/a/b/build", folder=True)
    assert not left_out("/a/b/build")
    assert not left_out("/a", folder=True)


def test_the_plan_says_what_reading_then_does(library, house):
    plan = library.plan([house], patterns="drafts/")
    assert library.roots() == []
    assert {(kind.suffix, kind.files) for kind in plan.reading} == {(".txt", 2)}
    assert plan.skipped == {"picture": 1}
    assert plan.bytes == len("The boiler.") + len("It rained.")
    assert (plan.unchanged, plan.seconds_measured) == (0, False)
    assert plan.seconds_estimated > 0
    assert plan.bytes_estimated > 0
    library.add([house], patterns="drafts/")
    after = library.plan([house])
    assert (after.reading, after.unchanged, after.bytes) == ([], 2, 0)
    assert library.plan([house / "notes"]).unchanged == 1, "a folder inside is planned as it would be read"


def test_counting_tells_how_far_it_is_and_ends_when_told(library, house):
    control, told = Control(), []

    def report(progress):
        told.append(progress.done)
        control.cancel()

    with pytest.raises(Interrupted):
        library.plan([house], report=report, control=control)
    assert told == [0]


def test_time_is_reckoned_by_the_pace_of_this_machine_once_it_is_known(library, database, house):
    library.add([house])
    assert not library.plan([house]).seconds_measured, "a few passages say nothing"
    (house / "long.txt").write_text("\n\n".join(f"Paragraph {number}. " + "word " * 150 for number in range(80)))
    library.add([house])
    [(chunks, seconds)] = database.read("SELECT chunks, seconds FROM pace")
    assert chunks >= 50
    (house / "new.txt").write_text("x" * 50_000)
    plan = library.plan([house])
    assert plan.seconds_measured
    assert plan.seconds_estimated == pytest.approx(50 * seconds / chunks, rel=0.01)


def test_pictures_are_planned_for_the_time_of_looking_at_them(library, folder):
    from tests.engine.library import documents

    (folder / "photo.png").write_bytes(documents.picture("harbour"))
    assert library.plan([folder]).seconds_estimated > 1
    library._read_pictures = lambda: False
    assert library.plan([folder]).seconds_estimated < 1
