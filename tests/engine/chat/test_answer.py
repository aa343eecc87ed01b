"""Whatever happens to a stream, what was said so far is stored and everything goes on."""

import pytest

from engine.chat.values import Answered, Delta, Routed
from engine.errors import HearthsideError, InputRefused, Interrupted
from engine.progress import Control


def broken_off(room, error, after=2):
    """Let the model fail with `error` after some chunks."""
    whole = room.runtime.stream

    def stream(*arguments, **options):
        for index, record in enumerate(whole(*arguments, **options)):
            if index == after:
                raise error
            yield record

    room.runtime.stream = stream


def stored(room):
    [thread] = room.chat.threads()
    [turn] = room.chat.turns(thread.id)
    return turn


def test_the_question_is_stored_before_the_answer_begins(room):
    events = room.chat.ask("Why?")
    assert isinstance(next(events), Routed)
    turn = stored(room)
    assert (turn.question, turn.answer, turn.finish) == ("Why?", "", "cancelled")
    events.close()


def test_closing_the_iterator_keeps_what_was_said_and_closes_the_stream(room):
    room.says("One two three four.")
    closed = []
    whole = room.runtime.stream

    def stream(*arguments, **options):
        try:
            yield from whole(*arguments, **options)
        finally:
            closed.append(True)

    room.runtime.stream = stream
    events = room.chat.ask("Why?")
    said = [next(events) for _ in range(3)]
    events.close()
    turn = stored(room)
    assert turn.answer == "".join(event.text for event in said if isinstance(event, Delta)).strip()
    assert turn.answer
    assert turn.finish == "cancelled"
    assert closed == [True]


def test_cancelling_ends_with_what_was_said(room):
    room.says("One two three four.")
    control = Control()
    events = room.chat.ask("Why?", control=control)
    next(events), next(events)
    control.cancel()
    *_, last = events
    assert isinstance(last, Answered)
    assert last.turn.finish == "cancelled"
    assert "One two three four.".startswith(last.turn.answer)
    assert last.turn.answer != "One two three four."


def test_an_interrupted_stream_ends_like_a_cancelled_one(room):
    room.says("One two three four.")
    broken_off(room, Interrupted())
    turn = room.ask("Why?")
    assert turn.finish == "cancelled"
    assert turn.answer


def test_a_crash_of_the_model_is_told_after_the_answer_so_far_is_stored(room):
    room.says("One two three four.")
    broken_off(room, HearthsideError("worker_crashed", worker="model", how="SIGSEGV"))
    with pytest.raises(HearthsideError) as crash:
        room.ask("Why?")
    assert crash.value.code == "worker_crashed"
    turn = stored(room)
    assert turn.finish == "cancelled"
    assert turn.answer
    assert room.chat.messages(turn.id)[-1].content == "Why?"


def test_a_thread_goes_on_after_a_turn_that_was_never_answered(room):
    broken_off(room, HearthsideError("worker_crashed", worker="model", how="SIGSEGV"), after=0)
    first = next(room.chat.ask("Why?"))
    with pytest.raises(HearthsideError):
        room.ask("How?", first.thread_id)
    del room.runtime.stream
    turn = room.ask("When?", first.thread_id)
    assert [message.content for message in room.chat.messages(turn.id)][1:] == ["When?"]
    assert [turn.question for turn in room.chat.turns(first.thread_id)] == ["Why?", "How?", "When?"]


def test_a_failing_search_leaves_the_question_to_be_asked_again(room):
    room.shelf.lay("Because.")

    def crash(*_):
        raise HearthsideError("worker_crashed", worker="embed", how="SIGKILL")

    room.shelf.search = crash
    with pytest.raises(HearthsideError):
        room.ask("Why?")
    turn = stored(room)
    assert room.chat.messages(turn.id) is None
    del room.shelf.search
    again = room.done(room.chat.regenerate(turn.id))
    assert again.finish == "stop"


def test_a_killed_process_loses_at_most_a_second_of_the_answer(room):
    room.says("One two three four.")
    events = room.chat.ask("Why?")
    next(events), next(events)
    room.clock.advance(1000)
    next(events)
    assert stored(room).answer == "One two"
    events.close()


def test_a_thread_purged_while_it_is_answered_stays_gone(room):
    room.shelf.lay("Because of the wind.")
    room.says("Because of the wind [1].")
    events = room.chat.ask("Why?")
    routed = next(events)
    room.chat.delete_thread(routed.thread_id)
    room.chat.purge()
    with pytest.raises(InputRefused) as refused:
        room.done(events)
    assert refused.value.code == "turn_absent"
    assert room.database.read("SELECT * FROM turn") == room.database.read("SELECT * FROM citation") == []


def test_few_tokens_give_no_confidence_and_more_do(room):
    room.says("Yes.", "One two three four five six.")
    assert room.ask("Why?").confidence is None
    assert 0 < room.ask("How?").confidence < 1
