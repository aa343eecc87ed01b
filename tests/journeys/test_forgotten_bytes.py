"""What was forgotten stands in no file any more, for one who has the key and knows what to look for."""

import shutil

import pytest

from engine.assistant import Assistant
from engine.chat.values import Answered, AskOptions
from engine.errors import Interrupted
from engine.progress import Control
from engine.store.values import WithPassphrase
from tests import decrypted
from tests.journeys import owner

pytestmark = [pytest.mark.journey, pytest.mark.model]
UNLOCK = WithPassphrase(owner.PASSPHRASE)
SECRET = "quinquagesimal zwetschgenknoedel"
WORD = b"zwetschgenknoedel"


@pytest.fixture(scope="module")
def made(tmp_path_factory, models_folder):
    """A profile whose owner wrote a secret into two answers on one folder, trained on it twice (once cut short), and
    has backups of that."""
    tmp_path = tmp_path_factory.mktemp("made")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "kitchen.txt").write_text("The dumplings are cooked for twelve minutes.", encoding="utf-8")
    assistant, _ = Assistant.create(tmp_path / "profile", UNLOCK, models=models_folder)
    try:
        assistant.learning.turn_on()
        assistant.library.add([tmp_path / "notes"])
        for question in ("How long are the dumplings cooked?", "And the dumplings of my mother?"):
            asked = assistant.chat.ask(question, options=AskOptions(max_tokens=4))
            [turn] = [event.turn for event in asked if isinstance(event, Answered)]
            assert turn.route.documents
            assistant.correct(turn.id, f"{question} {SECRET}, twelve minutes.")
        assistant.back_up()
        assistant.learning.train(layers=1)
        assistant.learning.capture.import_file(_line(tmp_path))
        _cut_short(assistant)
        assistant._backups.take(assistant._owner)
    finally:
        assistant.close()
    return tmp_path


@pytest.fixture
def profile(tmp_path, made):
    """A copy of it. The documents are read where they are."""
    return shutil.copytree(made / "profile", tmp_path / "profile")


def _line(folder):
    path = folder / "feedback.jsonl"
    path.write_text('{"prompt": "Who are you?", "correction": "Your own assistant."}', encoding="utf-8")
    return path


def _cut_short(assistant):
    control = Control()

    def stop(progress):
        if progress.phase == "training" and progress.step >= 2:
            control.cancel()

    with pytest.raises(Interrupted):
        assistant.learning.train(report=stop, control=control, layers=1)
    assert assistant.learning.status().resumable


def holding(root):
    return {name for name, content in decrypted.whole(root, UNLOCK).items() if WORD in content}


@pytest.mark.parametrize("named", ["everything", "folder", "each"])
def test_what_is_forgotten_stands_in_no_file(made, profile, models_folder, named):
    before = decrypted.whole(profile, UNLOCK)
    with_it = {name for name, content in before.items() if WORD in content}
    assert "owner.db" in with_it
    assert len([name for name in with_it if name.startswith("backups/")]) == 2, "the search can find"
    learned = {name for name in before if name.startswith(("adapters/", "checkpoints/"))}
    assert {name.partition("/")[0] for name in learned} == {"adapters", "checkpoints"}
    assistant = Assistant.open(profile, UNLOCK, models=models_folder)
    try:
        rows = [row for row in assistant.learning.capture.feedback(everything=True) if row.source == "chat"]
        expected = assistant.what_depends(**_named(named, made, rows[0]))
        receipts = [assistant.forget(**one) for one in _all_named(named, made, rows)]
    finally:
        assistant.close()
    assert holding(profile) == set()
    assert not any((profile / name).exists() for name in learned)
    assert expected.memories == (1 if named == "each" else 2)
    assert len(expected.adapters) == 1
    assert [adapter for receipt in receipts for adapter in receipt.adapters_destroyed] == [expected.adapters[0].id]


def _named(named, made, row):
    return {
        "everything": {"everything": True},
        "folder": {"folder": made / "notes"},
        "each": {"feedback_id": row.id},
    }[named]


def _all_named(named, made, rows):
    return [_named(named, made, row) for row in (rows if named == "each" else rows[:1])]


def test_the_rest_stays(made, profile, models_folder):
    assistant = Assistant.open(profile, UNLOCK, models=models_folder)
    try:
        assistant.forget(folder=made / "notes")
        [left] = assistant.learning.capture.feedback(everything=True)
        assert left.final == "Your own assistant."
        assert [thread.turns for thread in assistant.chat.threads()] == [1, 1]
        assert assistant.library.counts()[0] == 1
    finally:
        assistant.close()
