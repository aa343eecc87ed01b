"""Two drafts to choose from in a real profile, with the real model: both kept, one goes on, both are forgotten."""

import contextlib
import json

import msgspec
import pytest

from engine.assistant import Assistant
from engine.chat.values import Answered, AskOptions, Compared
from engine.errors import InputRefused
from engine.store.values import WithPassphrase
from tests import decrypted
from tests.journeys import owner

pytestmark = pytest.mark.model
OPTIONS = AskOptions(compare="always", temperature=1.0, seed=1, max_tokens=12)
UNLOCK = WithPassphrase(owner.PASSPHRASE)


@pytest.fixture(scope="module")
def profile(tmp_path_factory, models_folder):
    made, _ = Assistant.create(tmp_path_factory.mktemp("compared") / "profile", UNLOCK, models=models_folder)
    with contextlib.closing(made):
        yield made


@pytest.fixture
def assistant(profile):
    profile.learning.turn_on()
    yield profile
    profile.forget(everything=True)
    profile.learning.turn_off()


def compared(assistant):
    *_, last = assistant.chat.ask("Write a short poem about snow.", options=OPTIONS)
    assert isinstance(last, Compared)
    return last.left, last.right


@pytest.mark.parametrize(("choice", "side"), [("left", 0), ("right", 1), ("both", 0), ("neither", 0)])
def test_what_was_chosen_goes_on_and_the_other_is_a_version_of_it(assistant, choice, side):
    drafts = compared(assistant)
    chosen = assistant.choose(drafts[1].id, choice)
    assert chosen.id == drafts[side].id
    assert assistant.chat.turns(chosen.thread_id) == [chosen]
    assert chosen.sibling_ids == [draft.id for draft in drafts]
    assert assistant.learning.comparing.all()[-1].choice == choice


def test_a_choice_made_later_does_not_take_the_conversation_back(assistant):
    left, right = compared(assistant)
    *_, last = assistant.chat.ask("And why?", thread_id=left.thread_id, options=AskOptions(max_tokens=4))
    assistant.choose(left.id, "right")
    assert [turn.id for turn in assistant.chat.turns(left.thread_id)] == [left.id, last.turn.id]
    [row] = assistant.learning.capture.feedback(turn_id=right.id)
    assert row.kind == "preferred"


def test_a_turn_of_no_comparison_is_refused(assistant):
    *_, last = assistant.chat.ask("Why?", options=AskOptions(max_tokens=4))
    with pytest.raises(InputRefused, match="comparison_absent"):
        assistant.choose(last.turn.id, "left")


def test_a_chat_that_is_kept_nowhere_gives_one_answer(assistant):
    with contextlib.closing(assistant.incognito()) as private:
        *_, last = private.chat.ask("Write a short poem about snow.", options=OPTIONS)
    assert isinstance(last, Answered)
    assert assistant.learning.comparing.all() == []


def test_how_often_is_a_setting_within_bounds(assistant):
    for share in (0.0, 0.04, 0.51):
        with pytest.raises(InputRefused, match="comparison_share"):
            assistant.compare("nobody", share)
    with pytest.raises(InputRefused, match="adapter_absent"):
        assistant.compare("nobody", 0.2)
    assert assistant.settings.side_by_side == 0
    assistant.change_settings(msgspec.structs.replace(assistant.settings, side_by_side=0.5))
    options = msgspec.structs.replace(OPTIONS, compare="drawn", max_tokens=3)
    ends = {type([*assistant.chat.ask("Why snow?", options=options)][-1]) for _ in range(24)}
    assistant.stop_comparing()
    assert ends == {Answered, Compared}
    assert assistant.settings.side_by_side == 0


def test_an_export_holds_both_drafts(assistant, tmp_path):
    left, right = compared(assistant)
    assistant.choose(left.id, "both")
    assistant.export(tmp_path / "exported")
    [line] = (tmp_path / "exported" / "comparisons.jsonl").read_text().splitlines()
    written = json.loads(line)
    assert (written["left"]["draft"], written["right"]["draft"]) == (left.draft, right.draft)
    assert written["comparison"]["choice"] == "both"


def test_a_forgotten_comparison_is_in_no_file(assistant):
    left, right = compared(assistant)
    assistant.choose(left.id, "neither")
    assistant._backups.take(assistant._owner)

    def named():
        assistant._owner.checkpoint()
        return sum(
            content.count(right.id.encode()) for content in decrypted.whole(assistant.paths.root, UNLOCK).values()
        )

    before = named()
    assert assistant.what_depends(thread_id=left.thread_id).items == 1
    assert assistant.forget(thread_id=left.thread_id).items == 1
    assert assistant.learning.comparing.all() == []
    assert 0 < named() < before, "the turn stays in its conversation, what was said of it does not"
