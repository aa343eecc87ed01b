"""What a turn draws on, and what it says of it."""

import pytest

from engine.chat.router import FLOOR
from engine.learning.values import Nearest
from engine.models.values import AdapterInUse
from engine.settings import Settings
from engine.words import say


def last_message(room, turn):
    return room.chat.messages(turn.id)[-1].content


def test_with_nothing_to_draw_on_the_route_says_so(room):
    route = room.ask("Why?").route
    assert (route.documents, route.memory, route.adapter) == (False, False, None)
    for key in ("route_documents_empty", "route_memory_none", "route_adapter_none"):
        assert say(f"chat.{key}") in route.reason


def test_everything_is_drawn_on_and_named(room):
    room.shelf.lay("The wind did it.", "The sea did it.")
    room.memory.prefer("Be brief.")
    room.memory.remember_correction("why does it lean", "The wind.", None)
    room.adapter = AdapterInUse("adapter-1", 1.0)
    turn = room.ask("Why does it lean")
    assert (turn.route.documents, turn.route.memory, turn.route.adapter) == (True, True, "adapter-1")
    assert say("chat.route_documents", passages=2, files=2) in turn.route.reason
    assert say("chat.route_memory", preferences=1, corrections=1) in turn.route.reason
    told = last_message(room, turn)
    assert all(text in told for text in ("The wind did it.", "The sea did it.", "Be brief.", "The wind."))


def test_each_source_can_be_left_out(room):
    room.shelf.lay("The wind did it.")
    room.memory.prefer("Be brief.")
    room.adapter = AdapterInUse("adapter-1", 1.0)
    turn = room.ask("Why?", documents=False, memory=False, adapter=False)
    assert (turn.route.documents, turn.route.memory, turn.route.adapter) == (False, False, None)
    for key in ("route_documents_off", "route_memory_off", "route_adapter_off"):
        assert say(f"chat.{key}") in turn.route.reason
    assert last_message(room, turn) == "Why?"
    assert room.chat.provenance(turn.id).adapter is None
    assert room.shelf.asked == []


@pytest.mark.parametrize("name", ["work", ""])
def test_the_adapter_of_a_bin_is_named_where_its_owner_gave_a_name(room, name):
    room.adapter, room.domain, room.own = AdapterInUse("adapter-1", 1.0), Nearest("bin-1", name), True
    route = room.ask("Why?").route
    assert (route.adapter, route.domain) == ("adapter-1", "bin-1")
    assert say("chat.route_domain_named" if name else "chat.route_domain_unnamed", domain=name) in route.reason
    left_out = room.ask("Why?", adapter=False).route
    assert (left_out.adapter, left_out.domain) == (None, "bin-1")
    assert say("chat.route_adapter_off") in left_out.reason


def test_the_adapter_for_all_is_not_said_to_be_of_the_bin(room):
    room.adapter, room.domain = AdapterInUse("adapter-1", 1.0), Nearest("bin-1", "work")
    route = room.ask("Why?").route
    assert route.domain == "bin-1"
    assert "work" not in route.reason


def test_passages_far_from_the_question_are_not_shown(room):
    room.shelf.lay("Nothing to do with it.", score=FLOOR - 0.01)
    turn = room.ask("Why?")
    assert not turn.route.documents
    assert say("chat.route_documents_far") in turn.route.reason


def test_the_settings_say_how_many_passages_are_shown(room):
    room.shelf.lay("One.", "Two.", "Three.")
    room.settings = Settings(passages=2)
    assert len(next(room.chat.ask("Why?")).citations) == 2
    room.settings = Settings(passages=0)
    assert next(room.chat.ask("Why?")).citations == []


def test_what_has_no_room_is_named(room):
    room.settings = Settings(context_tokens=512)
    room.shelf.lay("long " * 600)
    room.memory.prefer("very " * 150)
    route = room.ask("Why?").route
    assert (route.documents, route.memory) == (False, False)
    assert say("chat.route_documents_no_room") in route.reason
    assert say("chat.route_memory_no_room") in route.reason


def test_an_answer_cites_the_passages_it_names(room):
    room.shelf.lay("The wind did it.", "The sea did it.", "Nobody knows.")
    room.says("The sea [2], not [7].")
    routed, *_, answered = room.chat.ask("Who?")
    assert [citation.number for citation in routed.citations] == [1, 2, 3]
    turn = answered.turn
    assert turn.answer == "The sea [2], not."
    [citation] = turn.citations
    assert (citation.number, citation.chunk_id, citation.text) == (2, "chunk-2", "The sea did it.")
    assert room.shelf.cited == ["chunk-1", "chunk-2", "chunk-3"]


def test_an_answer_that_names_none_cites_the_one_its_words_stand_in(room):
    room.shelf.lay("It was open for 71 years.", "Entry was free.")
    room.says("For 71 years.", "Purple elephants everywhere.")
    assert [citation.number for citation in room.ask("How long was it open?").citations] == [1]
    assert room.ask("How long was it open?").citations == []


def test_a_removed_document_takes_its_words_along_and_leaves_the_answer(room):
    room.shelf.lay("The wind did it.", "The sea did it.")
    room.says("The wind [1] or the sea [2].")
    turn = room.ask("Who?")
    room.shelf.remove("chunk-1")
    removed, there = room.chat.turn(turn.id).citations
    assert (removed.text, removed.path, removed.number) == (None, None, 1)
    assert there == turn.citations[1]
    assert room.chat.turn(turn.id).answer == turn.answer
    told = last_message(room, turn)
    assert "wind" not in told
    assert "[2]\n> The sea did it." in told


def test_a_deleted_memory_entry_is_gone_from_old_prompts_too(room):
    entry = room.memory.prefer("Call me Zanzibarius.")
    turn = room.ask("Who am I?")
    assert "Zanzibarius" in last_message(room, turn)
    room.memory.edit(entry.id, "Call me Ada.")
    assert "Call me Ada." in last_message(room, turn)
    room.memory.delete(entry.id)
    assert last_message(room, turn) == "Who am I?"


def test_no_word_of_a_document_is_in_the_owner_database(room):
    room.shelf.lay("Zanzibarius did it.")
    room.says("A cat did it [1].")
    turn = room.ask("Who?")
    assert len(turn.citations) == 1
    for table in ("thread", "turn", "prompt_part", "citation"):
        assert "Zanzibarius" not in str(room.database.read(f"SELECT * FROM {table}"))
