"""Roots: kept in owner.db, for library.db may be lost; and whether what stands under them may teach."""

import pytest

from engine.errors import InputRefused
from engine.library.library import Library
from engine.library.schema import MIGRATIONS, OWNER_MIGRATIONS
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder


@pytest.fixture
def owner(tmp_path, key):
    with Database.open(tmp_path / "owner.db", key, OWNER_MIGRATIONS, durable=False) as database:
        yield database


@pytest.fixture
def anew(tmp_path, key, clock, owner):
    """Opens a library over a fresh library.db and the same owner.db."""
    opened = []

    def library(owner=owner):
        database = Database.open(tmp_path / f"library{len(opened)}.db", key, MIGRATIONS, durable=False)
        opened.append(database)
        return Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock, owner=owner)

    yield library
    for database in opened:
        database.close()


@pytest.fixture
def house(folder):
    (folder / "boiler.txt").write_text("The boiler.")
    (folder / "diary").mkdir()
    (folder / "diary" / "monday.txt").write_text("It rained.")
    return folder


def test_a_library_made_anew_reads_the_same_folders_but_for_what_was_taken_out(house, anew):
    before = anew()
    before.add([house], may_teach=False)
    before.remove(house / "diary")
    after = anew()
    assert [(root.path, root.may_teach, root.files) for root in after.roots()] == [(str(house), False, 0)]
    assert [file.path for file in after.refresh().files] == [str(house / "boiler.txt")]


def test_a_folder_that_was_removed_does_not_come_back(house, anew):
    before = anew()
    before.add([house])
    before.remove(house)
    assert anew().roots() == []


def test_roots_from_before_owner_db_knew_of_them_are_kept_at_the_next_start(house, anew, owner, clock):
    old = anew(owner=None)
    old.add([house])
    Library(old._database, HashingEmbedder(), text_limit_mb=1, clock=clock, owner=owner)
    assert [root.path for root in anew().roots()] == [str(house)]


def chunk(library, words):
    """The passage that holds `words`."""
    [found] = [passage.chunk_id for passage in library.search(words) if words in passage.text]
    return found


def test_what_must_not_teach_does_not_wherever_it_is_moved(house, anew, owner):
    library = anew()
    library.add([house])
    library.let_teach(house / "diary", False)
    rain = chunk(library, "rained")
    (house / "diary").rename(house / "journal")
    library.refresh()
    assert not library.may_teach([rain])
    assert [(root.path, root.may_teach) for root in library.roots()] == [
        (str(house), True), (str(house / "journal"), False),
    ]  # fmt: skip
    (house / "journal" / "new.txt").write_text("It snowed.")
    (house / "journal" / "monday.txt").rename(house / "monday.txt")
    library.refresh()
    assert not library.may_teach([rain])
    assert not library.may_teach([chunk(library, "snowed")])
    assert library.may_teach([chunk(library, "boiler")])


def test_a_folder_that_must_not_teach_bars_every_passage_in_it(house, anew):
    library = anew()
    library.add([house])
    boiler, rain = chunk(library, "boiler"), chunk(library, "rained")
    assert library.may_teach([boiler, rain])
    library.let_teach(house / "diary", False)
    assert library.may_teach([boiler])
    assert not library.may_teach([boiler, rain])
    assert library.may_teach([])
    library.let_teach(house / "diary", True)
    assert library.may_teach([boiler, rain])


def test_adding_a_folder_again_does_not_let_it_teach_again(house, anew):
    library = anew()
    library.add([house])
    library.let_teach(house, False)
    library.add([house])
    library.add([house / "diary"])
    assert [(root.path, root.may_teach) for root in library.roots()] == [(str(house), False)]


def test_a_new_file_in_a_folder_that_must_not_teach_is_barred_too(house, anew):
    library = anew()
    library.add([house])
    library.let_teach(house / "diary", False)
    (house / "diary" / "tuesday.txt").write_text("It snowed.")
    library.refresh()
    assert not library.may_teach([chunk(library, "snowed")])


def test_a_cited_passage_stays_barred_when_its_file_changes(house, anew):
    library = anew()
    library.add([house])
    library.let_teach(house, False)
    boiler = chunk(library, "boiler")
    library.cite([boiler])
    (house / "boiler.txt").write_text("Gone.")
    library.refresh()
    assert not library.may_teach([boiler])


@pytest.mark.parametrize("wanted", [True, False])
def test_a_path_outside_the_library_has_no_wish(house, anew, wanted):
    library = anew()
    library.add([house])
    with pytest.raises(InputRefused, match="root_absent"):
        library.let_teach(house.parent, wanted)


def test_a_library_made_anew_keeps_what_must_not_teach(house, anew):
    before = anew()
    before.add([house])
    before.let_teach(house / "diary", False)
    assert [(root.path, root.may_teach) for root in anew().roots()] == [
        (str(house), True),
        (str(house / "diary"), False),
    ]
