import pytest

from engine.chat.threads import LONGEST_TITLE, title_of
from engine.errors import InputRefused


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Why?", "Why?"),
        ("  First  line\nsecond", "First line"),
        ("word " * 30, "word word word word word word word word word word word…"),
        ("x" * 100, "x" * (LONGEST_TITLE - 1) + "…"),
    ],
)
def test_a_thread_is_named_after_its_first_question(question, title):
    assert title_of(question) == title
    assert len(title) <= LONGEST_TITLE


def test_the_thread_used_last_is_first(room):
    first = room.ask("One?").thread_id
    second = room.ask("Two?").thread_id
    assert [thread.id for thread in room.chat.threads()] == [second, first]
    room.ask("More?", first)
    assert [thread.id for thread in room.chat.threads()] == [first, second]


def test_search_finds_words_of_titles_questions_and_answers_in_any_script(room):
    room.says("Ein Fluß in Köln.", "No.", "Да, Москва.")
    rhine = room.ask("What is the Rhine?").thread_id
    other = room.ask("Is it 100 % sure?").thread_id
    moscow = room.ask("Which capital?").thread_id
    room.chat.rename(other, "Über Zweifel")

    def found(search):
        return {thread.id for thread in room.chat.threads(search)}

    assert found("KÖLN rhine") == {rhine}
    assert found("москва") == {moscow}
    assert found("über") == {other}
    assert found("%") == {other}
    assert found("rhine capital") == set()
    assert found("  ") == {rhine, other, moscow}


def test_every_branch_is_searched(room):
    room.says("An early word: quokka.", "A later word.")
    turn = room.ask("Which animal?")
    room.done(room.chat.regenerate(turn.id))
    assert len(room.chat.threads("quokka")) == 1


def test_renaming(room):
    thread_id = room.ask("Why?").thread_id
    room.chat.rename(thread_id, " About reasons ")
    assert room.chat.threads()[0].title == "About reasons"
    with pytest.raises(InputRefused) as refused:
        room.chat.rename(thread_id, "  ")
    assert refused.value.code == "title_empty"


def test_a_deleted_thread_is_hidden_until_it_is_restored(room):
    turn = room.ask("Why?")
    room.chat.delete_thread(turn.thread_id)
    assert room.chat.threads() == room.chat.threads("why") == []
    for attempt in (
        lambda: room.chat.turns(turn.thread_id),
        lambda: room.ask("How?", turn.thread_id),
        lambda: next(room.chat.regenerate(turn.id)),
        lambda: room.chat.delete_thread(turn.thread_id),
    ):
        with pytest.raises(InputRefused) as refused:
            attempt()
        assert refused.value.code == "thread_absent"
    room.chat.restore_thread(turn.thread_id)
    assert room.chat.turns(turn.thread_id) == [turn]


def test_purging_removes_deleted_threads_for_good_and_no_others(room):
    room.shelf.lay("Because of the wind.")
    room.says("Because of the wind [1].")
    kept = room.ask("Why?")
    gone = room.ask("How?")
    room.ask("And?", gone.thread_id)
    room.chat.delete_thread(gone.thread_id)
    room.chat.purge()
    with pytest.raises(InputRefused):
        room.chat.restore_thread(gone.thread_id)
    with pytest.raises(InputRefused):
        room.chat.turn(gone.id)
    assert room.chat.turns(kept.thread_id) == [kept]
    for table in ("turn", "prompt_part", "citation"):
        column = "id" if table == "turn" else "turn_id"
        assert {row[0] for row in room.database.read(f"SELECT {column} FROM {table}")} == {kept.id}


def test_a_very_long_thread_can_be_purged(room):
    """SQLite follows a chain of cascades 1,000 deep and no deeper."""
    thread_id = room.ask("Why?").thread_id
    with room.database.write() as connection:
        connection.executemany(
            "INSERT INTO turn (id, thread_id, parent_id, question, created_ms) VALUES (?, ?, ?, 'q', 1)",
            [(f"t{n}", thread_id, f"t{n - 1}" if n else None) for n in range(1500)],
        )
    room.chat.delete_thread(thread_id)
    room.chat.purge()
    assert room.database.read("SELECT count(*) FROM turn") == [(0,)]
