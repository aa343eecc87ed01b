"""library.db may be lost: what it was made of is known to owner.db."""

import pytest

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
