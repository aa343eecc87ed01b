"""Names masked with the rest: idempotent, remembered by hash and place only, and only for as long as it is needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputRefused
from engine.privacy.masking import Masking
from engine.privacy.private_words import PrivateWords
from engine.privacy.redact import MASKS
from engine.privacy.schema import MIGRATIONS
from engine.privacy.spans import Span
from engine.store.database import Database
from engine.words import say
from tests.fakes.clock import FakeClock
from tests.fakes.names import KnownNames

ANNA = "Anna of 12 Mill Lane writes from anna@example.org"


def masking(database, finder, *, wanted=True):
    return Masking(database, PrivateWords(database, FakeClock()), finder, names_wanted=lambda: wanted)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("owner")
    with Database.open(folder / "owner.db", bytes(32), MIGRATIONS, durable=False) as database:
        yield database


@pytest.fixture
def finder():
    return KnownNames()


@pytest.fixture
def mask(database, finder):
    mask = masking(database, finder)
    with database.write() as connection:
        mask.forget(connection)
    return mask


def test_names_and_addresses_are_masked_beside_the_rest(mask):
    [masked] = mask([ANNA])
    assert masked.text == "«name» of «address» writes from «email»"
    assert masked.masked == {"name": 1, "address": 1, "email": 1}


def test_names_stand_where_their_masking_is_not_wanted(database, finder, mask):
    assert masking(database, finder, wanted=False)([ANNA])[0].text == "Anna of 12 Mill Lane writes from «email»"
    assert finder.looked == 0


class Absent(KnownNames):
    def find(self, texts):
        raise InputRefused("model_absent", name="tagger")


def test_without_a_finder_nothing_comes_back(database):
    with pytest.raises(InputRefused):
        masking(database, Absent())(["Somebody new"])


def test_texts_come_back_in_order_also_doubles(mask):
    assert [one.text for one in mask(["Bert.", ANNA, "Bert.", "No one."])] == [
        "«name».",
        "«name» of «address» writes from «email»",
        "«name».",
        "No one.",
    ]


def test_a_text_is_looked_at_once(database, finder, mask):
    first = mask([ANNA, "No one."])
    looked = finder.looked
    assert looked == 3  # and once more, whether masking left a name
    assert mask([ANNA, "No one."]) == first
    assert masking(database, finder)(["No one.", ANNA]) == first[::-1]
    assert finder.looked == looked


def test_only_hashes_and_places_are_kept(database, mask):
    mask([ANNA])
    rows = database.read("SELECT sha256, spans FROM found_names")
    assert sorted(spans for _, spans in rows) == ['[[0,4,"name"],[8,20,"address"]]', "[]"]
    assert all(len(sha256) == 64 for sha256, _ in rows)


def test_what_is_no_longer_asked_for_is_dropped(database, mask):
    mask([ANNA, "No one."])
    mask(["No one."])
    assert len(database.read("SELECT sha256 FROM found_names")) == 1
    with database.write() as connection:
        mask.forget(connection)
    assert database.read("SELECT sha256 FROM found_names") == []


def test_another_finder_looks_for_itself(database, finder, mask):
    mask([ANNA])
    other = KnownNames("other")
    masking(database, other)([ANNA])
    assert other.looked == 2
    assert database.read("SELECT DISTINCT finder FROM found_names") == [("other",)]


class Everything(KnownNames):
    """Claims every word, those in masks too."""

    def find(self, texts):
        return [[Span(0, len(text), "name")] if text else [] for text in texts]


def test_masks_are_not_masked(database):
    mask = masking(database, Everything())
    assert [one.text for one in mask(["Whatever", "by «email» only"])] == ["«name»", "by «email» only"]


def test_every_mask_has_words():
    assert all(say(f"privacy.mask_{kind}") for kind in MASKS)


pieces = st.sampled_from(
    ["Anna", "Bert", " ", "12 Mill Lane", "«name»", "«", "»", "a@example.org", "202-898-8312", "x", "."]
)


@given(text=st.lists(pieces | st.text(max_size=4), max_size=10).map("".join))
def test_masking_again_changes_nothing(database, text):
    mask = masking(database, KnownNames())
    [once] = mask([text])
    [twice] = mask([once.text])
    assert (twice.text, twice.count) == (once.text, 0)
