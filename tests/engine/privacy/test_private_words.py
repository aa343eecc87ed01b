"""The owner's private words: kept once, found whole, and masked whether or not names are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputRefused
from engine.privacy.masking import Masking
from engine.privacy.private_words import PrivateWords
from engine.privacy.schema import MIGRATIONS
from engine.store.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.names import KnownNames


def words_in(folder, *kept):
    database = Database.open(folder / "owner.db", bytes(32), MIGRATIONS, durable=False)
    words = PrivateWords(database, FakeClock())
    for word in kept:
        words.add(word)
    return database, words


@pytest.fixture
def words(tmp_path):
    database, words = words_in(tmp_path, "Anna", "Anna Lind", "Project X-7", "private")
    with database:
        yield words


def test_they_are_kept_once_and_in_order(words):
    words.add("  anna   LIND ")
    words.add("Über uns")
    assert words.all() == ["Anna", "Anna Lind", "private", "Project X-7", "Über uns"]
    words.remove("ANNA lind")
    assert "Anna Lind" not in words.all()


def test_one_that_is_not_there_is_named(words):
    with pytest.raises(InputRefused, match="private_word_absent"):
        words.remove("Bert")


@pytest.mark.parametrize("word", ["", " ", "x", "--", "«Anna»", "x" * 101])
def test_what_cannot_be_masked_is_refused(words, word):
    with pytest.raises(InputRefused, match="private_word_unfit"):
        words.add(word)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ask Anna.", ["Anna"]),
        ("ask ANNA LIND's sister", ["ANNA LIND"]),
        ("Anna\nLind", ["Anna\nLind"]),
        ("Annas Haus", ["Annas"]),
        ("Hannah and Annabel", []),
        ("Project X-7, not project X-70", ["Project X-7"]),
        ("", []),
    ],
)
def test_they_are_found_whole_in_any_case(words, text, found):
    assert [text[span.start : span.end] for span in words.recogniser()(text)] == found


def test_an_empty_list_finds_nothing(tmp_path):
    database, words = words_in(tmp_path)
    with database:
        assert list(words.recogniser()("Anna")) == []


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Maskings with names and without."""
    database, words = words_in(tmp_path_factory.mktemp("both"), "Anna", "private", "email", "a@example.org")
    with database:
        yield [Masking(database, words, KnownNames(), names_wanted=lambda on=on: on) for on in (True, False)]


def test_they_are_masked_whether_or_not_names_are(both):
    text = "Anna and Bert wrote to b@example.org."
    assert [mask([text])[0].text for mask in both] == [
        "«private» and «name» wrote to «email».",
        "«private» and Bert wrote to «email».",
    ]
    assert both[1]([text])[0].masked == {"private": 1, "email": 1}


pieces = st.sampled_from(
    ["Anna", "Bert", " ", "«private»", "«", "»", "a@example.org", "email", "@", "202-898-8312", "s"]
)


@given(text=st.lists(pieces | st.text(max_size=3), max_size=10).map("".join))
def test_masking_again_changes_nothing(both, text):
    for mask in both:
        [once] = mask([text])
        [twice] = mask([once.text])
        assert (twice.text, twice.count) == (once.text, 0)
