"""Names in a real profile: masked once its owner says so, forgotten with what they stood in, or nothing is learned."""

import contextlib
import json

import pytest
from msgspec.structs import replace

from engine.assistant import Assistant
from engine.errors import InputRefused
from engine.store.values import WithPassphrase
from tests.journeys import owner

pytestmark = pytest.mark.model
UNLOCK = WithPassphrase(owner.PASSPHRASE)
SAID = {"prompt": "Who repaired the boiler?", "correction": "It was Siobhan Murphy, of 12 Mill Lane, Leeds."}


@pytest.fixture
def assistant(tmp_path, models_folder):
    made, _ = Assistant.create(tmp_path / "profile", UNLOCK, models=models_folder)
    with contextlib.closing(made):
        made.learning.turn_on()
        said = tmp_path / "said.jsonl"
        said.write_text(json.dumps(SAID), encoding="utf-8")
        made.learning.capture.import_file(said)
        yield made


def mask_names(assistant, wanted):
    assistant.change_settings(replace(assistant.settings, mask_names=wanted))


def remembered(assistant):
    return assistant._owner.read("SELECT sha256 FROM found_names")


def test_the_review_shows_what_the_setting_says(assistant):
    assert [one.target for one in assistant.learning.review()] == [SAID["correction"]]
    mask_names(assistant, True)
    assert [one.target for one in assistant.learning.review()] == ["It was «name», of «address»."]
    mask_names(assistant, False)
    assert [one.target for one in assistant.learning.review()] == [SAID["correction"]]


def test_forgetting_takes_what_was_found_along(assistant):
    mask_names(assistant, True)
    assert len(assistant.learning.review()) == 1
    assert remembered(assistant)
    assistant.forget(everything=True)
    assert not remembered(assistant)


@pytest.fixture
def without_tagger(tmp_path, models_folder):
    folder = tmp_path / "models"
    folder.mkdir()
    for model in models_folder.iterdir():
        if model.name != "rampart":
            (folder / model.name).symlink_to(model)
    return folder


def test_without_the_tagger_the_setting_is_refused_and_nothing_is_learned(assistant, without_tagger):
    mask_names(assistant, True)
    assistant.close()
    with contextlib.closing(Assistant.open(assistant.paths.root, UNLOCK, models=without_tagger)) as again:
        with pytest.raises(InputRefused, match="model_absent"):
            again.learning.review()
        with pytest.raises(InputRefused, match="model_absent"):
            mask_names(again, True)
        mask_names(again, False)
        assert len(again.learning.review()) == 1
