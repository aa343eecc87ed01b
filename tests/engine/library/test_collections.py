"""Collections: kept with the owner's own, told by path, and true to what happens to their files."""

import shutil

import pytest

from engine.errors import InputRefused
from engine.library.library import Library
from engine.library.schema import MIGRATIONS, OWNER_MIGRATIONS
from engine.library.values import Scope
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder


@pytest.fixture
def owner(tmp_path, key):
    with Database.open(tmp_path / "owner.db", key, OWNER_MIGRATIONS, durable=False) as opened:
        yield opened


@pytest.fixture
def library(database, embedder, clock, owner):
    return Library(database, embedder, text_limit_mb=1, clock=clock, owner=owner)


@pytest.fixture
def filled(library, folder):
    """A folder of two folders and a file beside them."""
    for name in ("tax/2024/bill.txt", "tax/letter.txt", "trips/alps.txt", "list.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"What {name} says.")
    library.add([folder])
    return library


def refused(work, *arguments):
    with pytest.raises(InputRefused) as error:
        work(*arguments)
    return error.value.code


def found(library, scope):
    return sorted(passage.path.rsplit("/", 1)[-1] for passage in library.search("what says", 20, scope))


def test_a_collection_holds_folders_and_files_and_a_document_may_be_in_many(filled, folder):
    money = filled.collections.new("  Money \n matters", [str(folder / "tax"), str(folder / "list.txt")])
    lists = filled.collections.new("Lists", [str(folder / "list.txt")])
    assert (money.name, money.files, lists.files) == ("Money matters", 3, 1)
    assert [one.name for one in filled.collections.all()] == ["Lists", "Money matters"]
    assert found(filled, Scope(collections=(money.id,))) == ["bill.txt", "letter.txt", "list.txt"]
    assert found(filled, Scope(collections=(lists.id,))) == ["list.txt"]


def test_a_new_file_in_a_folder_belongs_at_once(filled, folder):
    trips = filled.collections.new("Trips", [str(folder / "trips")])
    (folder / "trips" / "sea.txt").write_text("What the sea says.")
    filled.refresh()
    assert filled.collections.get(trips.id).files == 2


def test_names_are_unique_and_say_something(filled):
    made = filled.collections.new("Money")
    assert refused(filled.collections.new, "mONEY") == "collection_name_taken"
    assert refused(filled.collections.new, " \u200b ") == "collection_unnamed"
    assert refused(filled.collections.get, "Monet") == "collection_absent"
    assert filled.collections.change(made.id, "MONEY", []).name == "MONEY"
    assert filled.collections.get("money").id == made.id


def test_what_is_not_in_the_library_is_in_no_collection(filled, folder, tmp_path):
    assert refused(filled.collections.new, "Away", [str(tmp_path / "elsewhere")]) == "collection_place_outside"
    assert filled.collections.all() == []
    assert filled.collections.new("All", [str(tmp_path)]).files == 4, "a folder above one of the library's may be"


def test_putting_in_taking_out_and_deleting_leave_the_documents(filled, folder):
    made = filled.collections.new("Money", [str(folder / "tax")])
    assert filled.collections.put(made.id, [str(folder / "list.txt"), str(folder / "tax")]).files == 3
    assert filled.collections.take(made.id, [str(folder / "tax")]).places == (str(folder / "list.txt"),)
    assert refused(filled.collections.take, made.id, [str(folder / "tax")]) == "collection_place_absent"
    filled.collections.delete(made.id)
    assert refused(filled.collections.delete, made.id) == "collection_absent"
    assert filled.counts()[0] == 4


def test_a_collection_without_anything_in_it_holds_nothing(filled):
    empty = filled.collections.new("Empty")
    assert found(filled, Scope(collections=(empty.id,))) == []
    filled.collections.delete(empty.id)
    assert found(filled, Scope(collections=(empty.id,))) == []
    assert filled.scope_parts(Scope(collections=(empty.id,)))[0].words == "A collection that is gone"


@pytest.fixture
def again(tmp_path, key, clock, owner):
    """The library, once its database was lost."""
    with Database.open(tmp_path / "again.db", key, MIGRATIONS, durable=False) as database:
        yield Library(database, HashingEmbedder(), text_limit_mb=1, clock=clock, owner=owner)


def test_collections_outlast_the_library_database(filled, folder, again):
    filled.collections.new("Money", [str(folder / "tax")])
    assert [(one.name, one.files) for one in again.collections.all()] == [("Money", 0)]
    again.refresh()
    assert again.collections.get("Money").files == 2


def test_files_and_folders_that_move_stay_in_their_collections(filled, folder):
    money = filled.collections.new("Money", [str(folder / "tax"), str(folder / "list.txt")])
    shutil.move(folder / "tax", folder / "taxes")
    shutil.move(folder / "list.txt", folder / "trips" / "shopping.txt")
    filled.refresh()
    moved = filled.collections.get(money.id)
    assert moved.places == (str(folder / "taxes"), str(folder / "trips" / "shopping.txt"))
    assert moved.files == 3


def test_a_folder_one_file_of_which_moved_away_stays_where_it_is(filled, folder):
    money = filled.collections.new("Money", [str(folder / "tax")])
    shutil.move(folder / "tax" / "letter.txt", folder / "letter.txt")
    filled.refresh()
    assert filled.collections.get(money.id).places == (str(folder / "tax"),)
    assert filled.collections.get(money.id).files == 1


def test_a_folder_whose_only_file_moved_among_others_does_not_take_those_in(filled, folder):
    trips = filled.collections.new("Trips", [str(folder / "trips")])
    shutil.move(folder / "trips" / "alps.txt", folder / "alps.txt")
    filled.refresh()
    assert filled.collections.get(trips.id).places == (str(folder / "alps.txt"),)
    assert filled.collections.get(trips.id).files == 1


def test_what_is_taken_out_of_the_library_leaves_its_collections(filled, folder):
    money = filled.collections.new("Money", [str(folder / "tax"), str(folder / "list.txt")])
    filled.remove(folder / "tax")
    assert filled.collections.get(money.id).places == (str(folder / "list.txt"),)
