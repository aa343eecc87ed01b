import numpy as np
import pytest

from engine.errors import InputRefused
from engine.memory.memory import ALIKE, LONGEST_PREFERENCE, MOST_RECALLED, Memory
from engine.memory.schema import MIGRATIONS
from engine.store.database import Database
from tests.fakes.embedder import HashingEmbedder


class ListedEmbedder:
    """Gives each question the vector it was listed with, so that a test says what is alike."""

    dimension = 2

    def __init__(self, name="listed", **angles):
        self.name = name
        self.angles = angles
        self.embedded = []

    def questions(self, texts):
        self.embedded += texts
        angles = np.array([self.angles.get(text.split()[0], 1.5) for text in texts])
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@pytest.fixture
def database(tmp_path, key):
    with Database.open(tmp_path / "owner.db", key, MIGRATIONS, durable=False) as database:
        yield database


@pytest.fixture
def memory(database, clock):
    return Memory(database, HashingEmbedder(), clock)


def test_preferences_are_kept_in_the_order_they_were_stated(memory):
    memory.prefer("Answer in German.")
    memory.prefer(" Be brief. ")
    assert [entry.text for entry in memory.preferences()] == ["Answer in German.", "Be brief."]


def test_stating_a_preference_again_keeps_one(memory):
    assert memory.prefer("Be brief.") == memory.prefer("be  BRIEF.")
    assert len(memory.entries()) == 1


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_an_empty_entry_is_refused(memory, text):
    kept = memory.prefer("Be brief.")
    for attempt in (
        lambda: memory.prefer(text),
        lambda: memory.edit(kept.id, text),
        lambda: memory.remember_correction("Why?", text, None),
        lambda: memory.remember_correction(text, "Because.", None),
    ):
        with pytest.raises(InputRefused) as refused:
            attempt()
        assert refused.value.code == "memory_empty"
    assert memory.entries() == [kept]


def test_a_preference_too_long_to_stand_beside_every_question_is_refused(memory):
    with pytest.raises(InputRefused) as refused:
        memory.prefer("x" * (LONGEST_PREFERENCE + 1))
    assert refused.value.code == "preference_too_long"


def test_a_question_asked_again_recalls_its_correction(memory):
    entry = memory.remember_correction("How do I greet Ada?", "Dear Ada", "feedback-1")
    memory.remember_correction("What is the capital of Kenya?", "Nairobi", None)
    [recalled] = memory.recall("how do i greet ada?")
    assert recalled.entry == entry
    assert recalled.similarity == pytest.approx(1, abs=1e-6)


def test_only_what_is_alike_enough_is_recalled_the_most_alike_first(database, clock):
    just_below = float(np.arccos(ALIKE - 0.001))
    just_above = float(np.arccos(ALIKE + 0.001))
    memory = Memory(database, ListedEmbedder(now=0.0, far=just_below, near=just_above, nearer=0.1), clock)
    for name in ("far", "near", "nearer"):
        memory.remember_correction(f"{name} question", name, None)
    assert [recalled.entry.text for recalled in memory.recall("now")] == ["nearer", "near"]


def test_at_most_a_few_are_recalled(database, clock):
    names = [f"n{index}" for index in range(MOST_RECALLED + 2)]
    angles = {name: 0.01 * (index + 1) for index, name in enumerate(names)}
    memory = Memory(database, ListedEmbedder(now=0.0, **angles), clock)
    for name in names:
        memory.remember_correction(f"{name} question", name, None)
    assert [recalled.entry.text for recalled in memory.recall("now")] == names[:MOST_RECALLED]


def test_preferences_are_never_recalled(memory):
    memory.prefer("Be brief.")
    assert memory.recall("Be brief.") == []


def test_the_latest_correction_of_a_question_takes_the_place_of_the_older(memory):
    memory.remember_correction("How tall is it?", "3 m", "first")
    latest = memory.remember_correction("how tall is  it?", "4 m", "second")
    assert memory.entries() == [latest]


def test_an_edited_answer_is_what_is_recalled(memory, clock):
    entry = memory.remember_correction("How tall is it?", "3 m", None)
    edited = memory.edit(entry.id, "4 m")
    assert [recalled.entry for recalled in memory.recall("How tall is it?")] == [edited]
    assert (edited.text, edited.question, edited.created_ms) == ("4 m", entry.question, entry.created_ms)
    assert edited.edited_ms is not None


def test_an_edited_question_is_recalled_by_its_new_words_alone(memory):
    entry = memory.remember_correction("How tall is the tower?", "3 m", None)
    memory.edit(entry.id, "3 m", question="Who painted this fresco here?")
    assert memory.recall("How tall is the tower?") == []
    assert len(memory.recall("Who painted this fresco here?")) == 1


def test_another_embedder_embeds_what_is_kept_once(database, clock):
    Memory(database, ListedEmbedder("old", now=0.0), clock).remember_correction("now or never", "now", None)
    other = ListedEmbedder("new", now=0.3)
    memory = Memory(database, other, clock)
    assert len(memory.recall("now again")) == 1
    assert len(memory.recall("now again")) == 1
    assert other.embedded.count("now or never") == 1


def test_deleting_has_an_undo(memory):
    kept = memory.prefer("Be brief.")
    entry = memory.remember_correction("How tall is it?", "3 m", "feedback-1")
    deleted = memory.delete(entry.id)
    assert memory.recall("How tall is it?") == []
    assert memory.entries() == [kept]
    memory.restore(deleted)
    memory.restore(deleted)
    assert [recalled.entry for recalled in memory.recall("How tall is it?")] == [entry]
    assert memory.entries() == [entry, kept]


def test_forgetting_feedback_takes_what_came_from_it(memory, database):
    memory.remember_correction("How tall is it?", "3 m", "feedback-1")
    other = memory.remember_correction("How wide is it?", "2 m", "feedback-2")
    with database.write() as connection:
        memory.forget_feedback(connection, ["feedback-1", "feedback-0"])
    assert memory.entries() == [other]


def test_an_entry_that_is_not_there_is_named(memory):
    for attempt in (lambda: memory.edit("nowhere", "text"), lambda: memory.delete("nowhere")):
        with pytest.raises(InputRefused) as refused:
            attempt()
        assert refused.value.code == "memory_absent"
    assert memory.find("nowhere") is None


def test_deleted_words_are_not_in_the_database(memory, database):
    entry = memory.remember_correction("Who is Zanzibarius?", "A cat.", None)
    memory.delete(entry.id)
    assert database.read("SELECT * FROM memory_entry") == []
    assert database.read("SELECT * FROM memory_vector") == []


def test_memory_survives_a_restart(tmp_path, key, clock):
    for expected in ([], ["Be brief."]):
        with Database.open(tmp_path / "owner.db", key, MIGRATIONS, durable=False) as database:
            memory = Memory(database, HashingEmbedder(), clock)
            assert [entry.text for entry in memory.entries()] == expected
            memory.prefer("Be brief.")
