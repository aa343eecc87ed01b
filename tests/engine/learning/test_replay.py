"""Replayed answers are the base model's own, and none of them is what the gate asks."""

from engine.learning.gate.base_answers import BaseAnswers
from engine.learning.gate.instruction_checks import instruction_checks, reference_texts
from engine.learning.replay import Replay, prompts
from engine.models.values import Message
from engine.progress import Control
from tests.fakes.runtime import ScriptedRuntime


def replay(runtime, system):
    return Replay(runtime, BaseAnswers(runtime), system)


def test_answers_are_the_base_models_as_chat_would_ask_it():
    asked = []
    runtime = ScriptedRuntime(lambda messages, adapter: asked.append((messages, adapter)) or "As I would.")

    first = replay(runtime, "Be brief.").general(Control())

    every = prompts().replayed + prompts().watched
    assert asked == [([Message("system", "Be brief."), Message("user", prompt)], None) for prompt in every]
    assert [len(first.replayed), len(first.watched)] == [len(prompts().replayed), len(prompts().watched)]
    assert first.replayed[0].prompt == runtime.render(asked[0][0])
    assert runtime.detokenize(first.replayed[0].target).startswith("As I would.")


def test_nothing_replayed_is_watched_or_asked_by_the_gate():
    replayed, watched = set(prompts().replayed), set(prompts().watched)
    assert len(replayed) == len(prompts().replayed)
    assert not replayed & watched
    assert not (replayed | watched) & {check.prompt for check in instruction_checks()}
    assert not any(prompt in text for prompt in replayed for text in reference_texts())
