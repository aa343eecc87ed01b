"""Replayed answers are the base model's own, made once on this machine, and none of them is what the gate asks."""

import pytest

from engine.errors import Interrupted
from engine.learning import schema
from engine.learning.instruction_checks import instruction_checks, reference_texts
from engine.learning.replay import Replay, prompts
from engine.models.values import Message
from engine.progress import Control
from engine.store.database import Database
from tests.fakes.runtime import ScriptedRuntime


@pytest.fixture
def database(tmp_path):
    with Database.open(tmp_path / "owner.db", bytes(32), schema.MIGRATIONS, durable=False) as database:
        yield database


def test_answers_are_the_base_models_as_chat_would_ask_it_and_are_made_once(database):
    asked = []
    runtime = ScriptedRuntime(lambda messages, adapter: asked.append((messages, adapter)) or "As I would.")
    replay = Replay(database, runtime, "Be brief.")

    first = replay.general(Control())
    again = Replay(database, runtime, "Be brief.").general(Control())

    every = prompts().replayed + prompts().watched
    assert asked == [([Message("system", "Be brief."), Message("user", prompt)], None) for prompt in every]
    assert [len(first.replayed), len(first.watched)] == [len(prompts().replayed), len(prompts().watched)]
    assert first.replayed[0].prompt == runtime.render(asked[0][0])
    assert runtime.detokenize(first.replayed[0].target).startswith("As I would.")
    assert again == first


def test_another_system_prompt_is_asked_anew(database):
    asked = []
    runtime = ScriptedRuntime(lambda messages, adapter: asked.append(messages) or "As I would.")
    Replay(database, runtime, "Be brief.").general(Control())
    Replay(database, runtime, "").general(Control())
    assert len(asked) == 2 * len(prompts().replayed + prompts().watched)


def test_what_was_answered_before_a_stop_stays(database):
    control, asked = Control(), []

    def answer(messages, adapter):
        asked.append(messages)
        if len(asked) == 3:
            control.cancel()
        return "As I would."

    replay = Replay(database, ScriptedRuntime(answer), "")
    with pytest.raises(Interrupted):
        replay.general(control)
    stopped = len(asked)
    replay.general(Control())
    assert stopped == 3
    assert len(asked) == 1 + len(prompts().replayed + prompts().watched)


def test_nothing_replayed_is_watched_or_asked_by_the_gate():
    replayed, watched = set(prompts().replayed), set(prompts().watched)
    assert len(replayed) == len(prompts().replayed)
    assert not replayed & watched
    assert not (replayed | watched) & {check.prompt for check in instruction_checks()}
    assert not any(prompt in text for prompt in replayed for text in reference_texts())
