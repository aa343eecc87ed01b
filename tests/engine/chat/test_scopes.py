"""What of the documents a question is asked of: kept with the conversation, and with each turn."""

import pytest

from engine.chat import schema as chat_schema
from engine.chat.values import AskOptions
from engine.errors import InputRefused
from engine.library.values import Scope
from engine.store.database import Database

ONE = Scope(places=("/documents/1.txt",))
TWO = Scope(places=("/documents/2.txt",))


@pytest.fixture
def laid(room):
    room.shelf.lay("It leans because of the wind.", "It leans because of the sand.")
    return room


def beside(room, turn):
    return room.chat.messages(turn.id)[-1].content


def test_only_what_is_in_scope_stands_beside_the_question(laid):
    turn = laid.ask("Why does it lean?", scope=TWO)
    assert "sand" in beside(laid, turn)
    assert "wind" not in beside(laid, turn)
    assert turn.scope == TWO
    assert "Searched only: 2.txt." in turn.route.reason
    assert "Searched" not in laid.ask("Why does it lean?").route.reason


def test_a_conversation_goes_on_in_its_scope_until_that_is_changed(laid):
    first = laid.ask("Why does it lean?", scope=ONE)
    assert laid.ask("And now?", first.thread_id).scope == ONE
    laid.chat.set_scope(first.thread_id, TWO)
    assert laid.chat.scope(first.thread_id) == TWO
    assert laid.ask("And now?", first.thread_id).scope == TWO
    assert laid.ask("And now?", first.thread_id, scope=Scope()).scope == Scope()
    assert laid.chat.scope(first.thread_id) == Scope()
    assert laid.chat.scope(None) == Scope()


def test_a_turn_is_asked_again_as_it_was_asked(laid):
    first = laid.ask("Why does it lean?", scope=ONE)
    laid.chat.set_scope(first.thread_id, TWO)
    again = laid.done(laid.chat.regenerate(first.id))
    assert (again.scope, laid.chat.messages(again.id)) == (ONE, laid.chat.messages(first.id))
    elsewhere = laid.done(laid.chat.edit(first.id, "Why?", options=AskOptions(scope=TWO)))
    assert "sand" in beside(laid, elsewhere)
    assert laid.chat.scope(first.thread_id) == TWO, "asking again changes nothing for the next question"


def test_it_is_said_when_the_scope_holds_nothing(laid):
    turn = laid.ask("Why does it lean?", scope=Scope(places=("/nowhere",)))
    assert not turn.route.documents
    assert "There are no documents in what you chose to search." in turn.route.reason
    assert "Searched only: nowhere." in turn.route.reason


def test_without_documents_the_scope_is_of_no_matter(laid):
    turn = laid.ask("Why does it lean?", scope=ONE, documents=False)
    assert "Searched" not in turn.route.reason
    assert turn.scope == ONE


def test_both_are_kept_over_a_restart(stored_room):
    stored_room.shelf.lay("It leans because of the wind.")
    turn = stored_room.ask("Why does it lean?", scope=ONE)
    stored_room.reopen()
    assert stored_room.chat.turn(turn.id) == turn
    assert stored_room.chat.scope(turn.thread_id) == ONE


def test_a_conversation_that_is_not_there_has_no_scope(laid):
    for work in (lambda: laid.chat.scope("nowhere"), lambda: laid.chat.set_scope("nowhere", ONE)):
        with pytest.raises(InputRefused) as refused:
            work()
        assert refused.value.code == "thread_absent"


def test_conversations_from_before_there_were_scopes_are_of_everything(tmp_path, key):
    path = tmp_path / "owner.db"
    with Database.open(path, key, chat_schema.MIGRATIONS[:1], durable=False) as before, before.write() as connection:
        connection.execute("INSERT INTO thread (id, title, created_ms, updated_ms) VALUES ('t', 'Why?', 0, 0)")
        connection.execute("INSERT INTO turn (id, thread_id, question, created_ms) VALUES ('1', 't', 'Why?', 0)")
    with Database.open(path, key, chat_schema.MIGRATIONS, durable=False) as now:
        rows = now.read("SELECT scope FROM thread UNION ALL SELECT scope FROM turn")
        assert [Scope.read(stored) for (stored,) in rows] == [Scope(), Scope()]
