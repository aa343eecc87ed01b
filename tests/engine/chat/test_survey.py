"""A question for everything: every file that matches is read, and what can be counted is counted, not made up."""

import msgspec
import pytest

from engine.chat import survey
from engine.chat.values import Answered, Delta, Reading, Routed
from engine.errors import HearthsideError
from engine.library.values import Scope
from engine.progress import Control
from engine.settings import Settings


@pytest.fixture
def laid(room):
    room.shelf.lay("The rent is 700.", "The rent is 800.", "The rent is 900.")
    room.shelf.lay("Nothing of the kind.", score=0.1)
    return room


def asked(room):
    """What the model was shown of each file."""
    return [messages[-1].content for messages in room.runtime.prompts]


def test_each_file_is_read_and_what_is_said_of_it_is_cited(laid):
    laid.says("It is 700.", "It is 800 [1].", "It is 900. [1")
    routed, *between, answered = laid.chat.ask("List all rents.")
    assert isinstance(routed, Routed)
    assert "files 3 of 4" in routed.route.reason
    assert [event.done for event in between if isinstance(event, Reading)] == [0, 1, 2]
    assert isinstance(answered, Answered)
    turn = answered.turn
    assert turn.answer.splitlines() == [
        "- **1.txt**: It is 700. [1]",
        "- **2.txt**: It is 800. [2]",
        "- **3.txt**: It is 900. [3]",
    ]
    assert "".join(event.text for event in between if isinstance(event, Delta)).strip() == turn.answer
    assert [(one.number, one.path) for one in turn.citations] == [(n, f"/documents/{n}.txt") for n in (1, 2, 3)]
    assert ["700" in asked(laid)[0], "800" in asked(laid)[0], "800" in asked(laid)[1]] == [True, False, True]
    assert laid.shelf.cited == ["chunk-1", "chunk-2", "chunk-3"]
    assert sorted(laid.chat.sources(turn.id)) == ["chunk-1", "chunk-2", "chunk-3"]
    assert turn == laid.chat.turn(turn.id)


def test_what_is_kept_as_its_prompt_goes_into_one_and_what_it_draws_on_is_kept_whole(laid):
    laid.settings = Settings(context_tokens=1024, answer_tokens=64)
    for number in range(5, 45):
        laid.shelf.lay(f"The rent is {number}. " + "It is due on the first of the month. " * 8)
    turn = laid.ask("List all rents.")
    assert len(turn.citations) == 43
    assert len(laid.chat.sources(turn.id)) == 43
    assert len(laid.runtime.render(laid.chat.messages(turn.id))) <= 1024 - 64


def test_the_same_said_of_several_files_stands_once(laid):
    laid.shelf.passages.clear()
    laid.shelf.lay("The rent is due.", "The rent is late.", "Rents are due by now.")
    laid.says("It is due.", "It is late.", "it is due")
    turn = laid.ask("Compare the rents.")
    assert turn.answer.splitlines() == ["- **1.txt · 3.txt**: It is due. [1][3]", "- **2.txt**: It is late. [2]"]


@pytest.mark.parametrize("made_up", ["It is 701.", "It was paid by somebody in the spring.", "", "[9] 7"])
def test_where_what_is_said_does_not_rest_on_the_file_that_is_cited_and_none_of_its_words_kept(laid, made_up):
    first = laid.shelf.passages["chunk-1"]
    laid.shelf.passages["chunk-1"] = msgspec.structs.replace(first, text="The *rent*\nis 700. And more.")
    laid.says(made_up, "It is 800.", "It is 900.")
    lines = laid.ask("List all rents.").answer.splitlines()
    assert lines[:2] == ["- **1.txt**: see what stands there [1]", "- **2.txt**: It is 800. [2]"]


def test_a_number_is_counted_by_the_program_and_no_model_is_asked(laid):
    turn = laid.ask("How many documents name a rent?")
    assert laid.runtime.prompts == []
    assert "**3** of 4" in turn.answer
    assert len(turn.citations) == 3
    assert turn.finish == "stop"


def test_only_files_in_scope_are_read(laid):
    turn = laid.ask("List all rents.", scope=Scope(places=("/documents/1.txt", "/documents/3.txt")))
    assert [one.path for one in turn.citations] == ["/documents/1.txt", "/documents/3.txt"]
    assert "files 2 of 2" in turn.route.reason
    assert "Searched only: 1.txt · 3.txt." in turn.route.reason


def test_where_one_file_matches_the_question_is_asked_as_any_other(laid):
    turn = laid.ask("List all rents.", scope=Scope(places=("/documents/1.txt", "/documents/4.txt")))
    assert turn.answer == "I see."


def test_without_documents_nothing_is_read(laid):
    assert laid.ask("List all rents.", documents=False).answer == "I see."


def test_what_is_beyond_the_number_of_files_is_told(laid, monkeypatch):
    monkeypatch.setattr(survey, "_MOST_FILES", 2)
    turn = laid.ask("List all rents.")
    assert "files 2 of 4" in turn.route.reason
    assert "Files left out because they match least: 1." in turn.route.reason
    assert turn.answer.endswith("Read or listed here: 2. Files left out, which match less: 1.")
    counted = laid.ask("How many documents name a rent?")
    assert "**3** of 4" in counted.answer, "what is not listed is counted nevertheless"


def test_it_ends_when_its_time_is_over_and_says_what_it_did_not_read(laid):
    budget = survey.BUDGET_S * 1000

    def slow(_number):
        laid.clock.now += budget

    laid.runtime.on_token = slow
    turn = laid.ask("List all rents.")
    assert len(turn.citations) == 1
    assert turn.answer.endswith("Read or listed here: 1. Files left out, which match less: 2.")


def test_the_next_question_does_not_look_back_on_it_but_on_what_was_said_before(laid):
    laid.says("It leans.", "a", "b", "c", "So it is.")
    first = laid.ask("Why?", documents=False)
    laid.ask("List all rents.", first.thread_id)
    third = laid.ask("And now?", first.thread_id, documents=False)
    contents = [message.content for message in laid.chat.messages(third.id)]
    assert contents[1:] == ["Why?", "It leans.", "And now?"]


def test_stopped_it_keeps_what_was_read(laid):
    control = Control()
    laid.says("It is 700.", "It is 800.")
    events = laid.chat.ask("List all rents.", control=control)
    for event in events:
        if isinstance(event, Delta):
            control.cancel()
        last = event
    assert isinstance(last, Answered)
    assert last.turn.finish == "cancelled"
    assert last.turn.answer.startswith("- **1.txt**: It is 700. [1]")
    assert last.turn.answer.endswith("Read or listed here: 1. Files left out, which match less: 2.")


def test_stopped_before_anything_was_read_it_cites_nothing(laid):
    control = Control()
    for event in laid.chat.ask("List all rents.", control=control):
        if isinstance(event, Reading):
            control.cancel()
        last = event
    assert isinstance(last, Answered)
    assert (last.turn.finish, last.turn.citations) == ("cancelled", [])


def test_when_the_model_fails_what_was_read_is_kept(laid):
    events = laid.chat.ask("List all rents.")
    turn_id = next(events).turn_id
    assert isinstance(next(events), Reading)
    assert isinstance(next(events), Delta)

    def crash(_number):
        raise HearthsideError("worker_crashed", worker="model", how="SIGKILL")

    laid.runtime.on_token = crash
    with pytest.raises(HearthsideError):
        list(events)
    turn = laid.chat.turn(turn_id)
    assert turn.answer.startswith("- **1.txt**")
    assert turn.finish == "cancelled"


def test_asked_again_it_counts_again_and_a_name_is_no_markup(laid):
    first = laid.shelf.passages["chunk-1"]
    laid.shelf.passages["chunk-1"] = msgspec.structs.replace(first, path="/d/[3] **a** <b>.txt")
    turn = laid.ask("How many documents name a rent?")
    assert "\\[3\\] \\*\\*a\\*\\* \\<b\\>.txt: passages 1 [1]" in turn.answer
    assert laid.done(laid.chat.regenerate(turn.id)).answer == turn.answer
