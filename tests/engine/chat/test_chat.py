import threading
from contextlib import contextmanager

import pytest

from engine.chat.values import Answered, AskOptions, Delta, Routed
from engine.errors import InputRefused
from engine.models.values import AdapterInUse
from engine.settings import Settings
from engine.words import explain


def test_a_turn_is_routed_then_streamed_then_recorded(room):
    room.says("Because it is.")
    routed, *deltas, answered = room.chat.ask("Why?")
    assert isinstance(routed, Routed)
    assert all(isinstance(delta, Delta) for delta in deltas)
    assert isinstance(answered, Answered)
    turn = answered.turn
    assert "".join(delta.text for delta in deltas) == turn.answer == turn.draft == "Because it is."
    assert (turn.id, turn.thread_id) == (routed.turn_id, routed.thread_id)
    assert (turn.question, turn.finish, turn.parent_id) == ("Why?", "stop", None)
    assert turn.timings is not None
    assert turn == room.chat.turn(turn.id)


@pytest.mark.parametrize("question", ["", "  \n", "x " * 100_000])
def test_a_refused_question_stores_nothing(room, question):
    with pytest.raises(InputRefused) as refused:
        next(room.chat.ask(question))
    assert explain(refused.value).hint
    assert room.chat.threads() == []


def test_a_thread_goes_on_and_remembers_what_was_said(room):
    room.says("Because.", "Like so.")
    first = room.ask("Why?")
    second = room.ask("How?", first.thread_id)
    assert second.parent_id == first.id
    assert [turn.id for turn in room.chat.turns(first.thread_id)] == [first.id, second.id]
    contents = [message.content for message in room.chat.messages(second.id)]
    assert contents[1:] == ["Why?", "Because.", "How?"]
    [thread] = room.chat.threads()
    assert (thread.title, thread.turns) == ("Why?", 2)


def test_asking_in_a_thread_that_is_not_there_is_refused(room):
    with pytest.raises(InputRefused) as refused:
        room.ask("Why?", "nowhere")
    assert refused.value.code == "thread_absent"


def test_everything_survives_a_restart(stored_room):
    room = stored_room
    room.shelf.lay("Because of the wind.")
    turn = room.ask("Why does it lean?")
    before = room.chat.turns(turn.thread_id), room.chat.messages(turn.id), room.chat.provenance(turn.id)
    room.reopen()
    assert (room.chat.turns(turn.thread_id), room.chat.messages(turn.id), room.chat.provenance(turn.id)) == before


def test_regenerating_makes_a_sibling_with_a_new_seed_and_overwrites_nothing(room):
    room.says("First.", "Second.")
    first = room.ask("Why?")
    second = room.done(room.chat.regenerate(first.id))
    assert (second.question, second.parent_id) == (first.question, first.parent_id)
    assert (second.sibling_ids, second.sibling_index) == ([first.id, second.id], 1)
    assert room.chat.turn(first.id).answer == "First."
    assert room.chat.turn(first.id).sibling_ids == second.sibling_ids
    seeds = [room.chat.provenance(turn.id).sampling.seed for turn in (first, second)]
    assert seeds == [1000, 1001]
    assert room.chat.messages(first.id) == room.chat.messages(second.id)


def test_editing_asks_another_question_in_the_same_place(room):
    first = room.ask("Why?")
    second = room.ask("How?", first.thread_id)
    edited = room.done(room.chat.edit(second.id, "When?"))
    assert (edited.question, edited.parent_id, edited.sibling_index) == ("When?", first.id, 1)
    assert [turn.question for turn in room.chat.turns(first.thread_id)] == ["Why?", "When?"]
    with pytest.raises(InputRefused):
        next(room.chat.edit(second.id, " "))


def test_choosing_a_sibling_brings_back_the_branch_that_grew_from_it(room):
    first = room.ask("Why?")
    follow = room.ask("And then?", first.thread_id)
    other = room.done(room.chat.regenerate(first.id))
    assert [turn.id for turn in room.chat.turns(first.thread_id)] == [other.id]
    assert [turn.id for turn in room.chat.choose(first.id)] == [first.id, follow.id]
    assert room.chat.turns(first.thread_id) == room.chat.choose(first.id)
    assert room.ask("Go on.", first.thread_id).parent_id == follow.id


def test_a_prompt_looks_back_on_its_own_branch_alone(room):
    room.says("One.", "Two.", "Three.")
    first = room.ask("Why?")
    room.done(room.chat.regenerate(first.id))
    third = room.ask("How?", first.thread_id)
    assert [message.content for message in room.chat.messages(third.id)][1:] == ["Why?", "Two.", "How?"]


def test_what_made_an_answer_is_recorded(room):
    room.adapter = AdapterInUse("adapter-1", 0.5)
    room.settings = Settings(temperature=0.7, answer_tokens=64)
    turn = room.ask("Why?", seed=7)
    provenance = room.chat.provenance(turn.id)
    description = room.runtime.description
    assert provenance.base_sha256 == description.base_sha256
    assert provenance.serving_sha256 == description.serving_sha256
    assert provenance.template_sha256 == description.template_sha256
    assert provenance.adapter == room.adapter
    sampling = provenance.sampling
    assert (sampling.seed, sampling.temperature, sampling.max_tokens) == (7, 0.7, 64)
    assert provenance.logprobs.tokens == turn.timings.tokens
    assert turn.route.adapter == "adapter-1"


def test_settings_are_read_for_each_turn(room):
    room.ask("Why?")
    room.settings = Settings(temperature=0.9)
    turn = room.ask("Why?")
    assert room.chat.provenance(turn.id).sampling.temperature == 0.9


def test_a_thumb_is_kept_and_taken_back(room):
    turn = room.ask("Why?")
    assert room.chat.set_rating(turn.id, "up").rating == "up"
    assert room.chat.set_rating(turn.id, None).rating is None
    with pytest.raises(InputRefused):
        room.chat.set_rating("nowhere", "up")


def test_a_correction_counts_from_then_on_and_the_draft_is_kept(room):
    room.says("It is red.", "Yes.")
    first = room.ask("Which colour?")
    corrected = room.chat.set_correction(first.id, " It is blue. ")
    assert (corrected.answer, corrected.draft, corrected.corrected) == ("It is blue.", "It is red.", True)
    second = room.ask("Sure?", first.thread_id)
    assert [message.content for message in room.chat.messages(second.id)][2] == "It is blue."
    back = room.chat.set_correction(first.id, "It is red.")
    assert (back.answer, back.corrected) == ("It is red.", False)
    with pytest.raises(InputRefused) as refused:
        room.chat.set_correction(first.id, " ")
    assert refused.value.code == "correction_empty"


def test_feedback_can_be_withdrawn(room):
    room.says("It is red.")
    turn = room.ask("Which colour?")
    room.chat.set_rating(turn.id, "down")
    room.chat.set_correction(turn.id, "It is blue.")
    with room.database.write() as connection:
        room.chat.withdraw_feedback(connection, [turn.id, "nowhere"])
    assert room.chat.turn(turn.id) == turn


def test_a_later_correction_does_not_rewrite_what_the_model_was_told(room):
    room.says("It is red.", "Yes.")
    first = room.ask("Which colour?")
    second = room.ask("Sure?", first.thread_id)
    before = room.chat.messages(second.id)
    room.chat.set_correction(first.id, "It is blue.")
    assert room.chat.messages(second.id) == before


def test_a_turn_that_is_not_there_has_no_messages(room):
    assert room.chat.messages("nowhere") is None
    with pytest.raises(InputRefused) as refused:
        room.chat.turn("nowhere")
    assert refused.value.code == "turn_absent"


def test_a_thread_can_be_read_while_an_answer_streams(room):
    events = room.chat.ask("Why?")
    routed = next(events)
    next(events)
    seen = []
    reader = threading.Thread(
        target=lambda: seen.extend([room.chat.threads(), room.chat.turns(routed.thread_id)]), name="reader"
    )
    reader.start()
    reader.join()
    threads, turns = seen
    assert [thread.id for thread in threads] == [routed.thread_id]
    assert [(turn.question, turn.answer) for turn in turns] == [("Why?", "")]
    assert room.done(events).answer


def test_two_answers_may_stream_in_one_thread(room):
    room.says("Once.", "Twice.")
    turn = room.ask("First?")
    one = room.chat.ask("One?", thread_id=turn.thread_id, options=AskOptions())
    two = room.chat.ask("Two?", thread_id=turn.thread_id, options=AskOptions())
    next(one), next(two)
    first, second = room.done(one), room.done(two)
    assert {first.question, second.question} == {"One?", "Two?"}
    assert room.chat.turns(turn.thread_id)[-1].id == second.id


def test_the_sources_of_an_answer_are_its_own_and_those_it_looked_back_on(room):
    room.shelf.lay("The boiler stands in the cellar.")
    first = room.ask("Where is the boiler?")
    second = room.ask("And why?", first.thread_id, documents=False)
    third = room.ask("So?", first.thread_id, documents=False)
    other = room.ask("Hello", documents=False)
    assert room.chat.sources(first.id) == ["chunk-1"]
    assert room.chat.sources(second.id) == ["chunk-1"]
    assert room.chat.sources(third.id) == ["chunk-1"]
    assert room.chat.sources(other.id) == []


def test_other_work_makes_way_from_the_question_to_the_end_of_its_answer(room):
    told = []

    @contextmanager
    def make_way():
        told.append("held")
        try:
            yield
        finally:
            told.append("let go")

    room.chat._make_way = make_way
    events = room.chat.ask("When?")
    assert told == []
    next(events)
    assert told == ["held"]
    turn = room.done(events)
    assert told == ["held", "let go"]
    next(again := room.chat.regenerate(turn.id))
    again.close()
    assert told == ["held", "let go"] * 2
