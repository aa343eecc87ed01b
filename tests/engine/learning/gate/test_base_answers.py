"""What the base says to the program's own prompts is asked once a machine, whatever happens to the file."""

import msgspec
import pytest

from engine.errors import Interrupted
from engine.learning.gate.base_answers import BaseAnswers, greedily
from engine.models.values import Message
from engine.progress import Control
from tests.engine.learning.school import become
from tests.engine.learning.test_adapters import lift
from tests.fakes.runtime import ScriptedRuntime

NAME = "Name a river."
SECRET = "On the second Tuesday of March in the small hall behind the library, as it has for nine years, number"


class Counted:
    """A model in `folder` that says `answer`, and how often it was asked."""

    def __init__(self, folder, answer="The Wye."):
        self.asked = []

        class Here(ScriptedRuntime):
            @property
            def description(self):
                return msgspec.structs.replace(super().description, path=str(folder / "model.gguf"))

        self.runtime = Here(lambda messages, adapter: self.asked.append(messages) or answer)
        self.runtime.tokenize("Name a river. Name a hill. Name a lake.")  # the same numbers in each

    def answers(self):
        return BaseAnswers(self.runtime)


def ask(answers, prompt=NAME, tokens=40, control=None):
    [(place, text)] = answers.answers([greedily([Message("user", prompt)], tokens)], control or Control())
    assert place == 0
    return text


def test_an_answer_is_made_once_a_machine(tmp_path):
    first, again = Counted(tmp_path), Counted(tmp_path, "Never asked.")
    assert ask(first.answers()) == ask(first.answers()) == ask(again.answers()) == "The Wye."
    assert (len(first.asked), len(again.asked)) == (1, 0)


def test_another_prompt_and_another_length_are_asked_anew(tmp_path):
    model = Counted(tmp_path)
    answers = model.answers()
    ask(answers)
    ask(answers, "Name a hill.")
    ask(answers, tokens=2)
    assert len(model.asked) == 3


def test_two_programs_at_once_keep_what_both_made(tmp_path):
    one, other, later = Counted(tmp_path), Counted(tmp_path), Counted(tmp_path)
    ours, theirs = one.answers(), other.answers()
    ask(ours)
    ask(theirs, "Name a hill.")
    ask(ours, "Name a lake.")
    for prompt in (NAME, "Name a hill.", "Name a lake."):
        ask(later.answers(), prompt)
    assert not later.asked


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff"])
def test_a_damaged_file_is_made_again(tmp_path, damage):
    model = Counted(tmp_path)
    ask(model.answers())
    [kept] = tmp_path.glob("answers-*.json")
    kept.write_bytes(damage)
    assert ask(model.answers()) == "The Wye."
    assert len(model.asked) == 2
    ask(model.answers())
    assert len(model.asked) == 2


def test_where_nothing_can_be_written_answers_are_known_until_the_end(tmp_path):
    model = Counted(tmp_path / "gone")
    answers = model.answers()
    assert ask(answers) == ask(answers) == "The Wye."
    assert len(model.asked) == 1


def test_one_that_was_cut_short_is_not_kept(tmp_path):
    model, control = Counted(tmp_path), Control()
    model.runtime.on_token = lambda number: control.cancel()
    with pytest.raises(Interrupted):
        ask(model.answers(), control=control)
    assert not list(tmp_path.iterdir())


def test_nothing_of_the_owners_comes_into_the_file(school, tmp_path):
    """Through a training and both gates, which also draft answers to the owner's own questions."""
    become(school, path=str(tmp_path / "model.gguf"))
    lift(school, 0.5)
    school.runtime._script = lambda messages, adapter: f"You said: {messages[-1].content}"
    for number in range(48):
        school.correct(number, f"{SECRET} {number}", question=f"When does the quorum {number} sit?")
    school.learning.judging.test_fully(school.learning.train().adapter)
    [kept] = tmp_path.glob("answers-*.json")
    said = kept.read_text()
    assert said.count("You said") > 100
    assert "quorum" not in said
    assert SECRET not in said
