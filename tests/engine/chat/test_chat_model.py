"""A chat with the real default model: small as it is, it reads a passage and its turns reuse what was read."""

import pytest

from engine.models.catalog import Models
from engine.models.llama import LlamaRuntime
from engine.progress import Control

pytestmark = pytest.mark.model


def no_adapter(adapter_id):
    raise AssertionError(adapter_id)


@pytest.fixture(scope="module")
def runtime(models_folder):
    runtime = LlamaRuntime(Models(models_folder).describe("smollm2-135m-instruct"), load_adapter=no_adapter)
    yield runtime
    runtime.close()


@pytest.fixture
def model_room(stored_room, runtime):
    stored_room.runtime = runtime
    stored_room.reopen()
    return stored_room


def test_it_answers_from_a_passage_and_cites_it(model_room):
    model_room.shelf.lay("The lighthouse keeper of Tarnholm is called Ingrid Valdottir. She has kept it since 2009.")
    turn = model_room.ask("What is the name of the lighthouse keeper of Tarnholm?", temperature=0, max_tokens=48)
    assert "Ingrid" in turn.answer
    assert [citation.number for citation in turn.citations] == [1]
    assert 0 < turn.confidence < 1


def test_the_second_turn_reads_only_what_is_new(model_room):
    first = model_room.ask("What is a lighthouse?", temperature=0, max_tokens=24)
    second = model_room.ask("And who keeps it?", first.thread_id, temperature=0, max_tokens=8)
    new = second.timings.prompt_tokens - second.timings.reused_tokens
    assert second.timings.reused_tokens >= first.timings.prompt_tokens
    assert new < 24


def test_the_same_seed_gives_the_same_answer(model_room):
    turns = [model_room.ask("Name a colour.", temperature=1.0, seed=7, max_tokens=12) for _ in range(2)]
    assert turns[0].answer == turns[1].answer


def test_cancelling_keeps_the_words_said_so_far(model_room):
    control = Control()
    events = model_room.chat.ask("Tell me a long story about a lighthouse.", control=control)
    for _ in range(4):
        next(events)
    control.cancel()
    turn = model_room.done(events)
    assert turn.finish == "cancelled"
    assert turn.answer
    assert model_room.chat.turn(turn.id) == turn
