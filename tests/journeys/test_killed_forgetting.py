"""kill -9 in the middle of forgetting: all of it is still there, or none of it is, in the backups too."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.assistant import Assistant
from engine.chat.values import Answered, AskOptions
from engine.memory.values import EntryKind
from engine.store.values import WithPassphrase
from tests.journeys import owner

pytestmark = [pytest.mark.journey, pytest.mark.model]
SECRET = "The wedding is called off, tell nobody."
SCRIPT = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from engine.assistant import Assistant
from engine.store.values import WithPassphrase

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

profile, models, passphrase, module, holder, method = sys.argv[1:]
assistant = Assistant.open(Path(profile), WithPassphrase(passphrase), models=Path(models))
setattr(getattr(import_module(module), holder), method, die)
assistant.forget(everything=True)
"""


@pytest.fixture
def profile(tmp_path, models_folder):
    """One whose owner corrected an answer, and has a backup of that."""
    assistant, _ = Assistant.create(tmp_path / "profile", WithPassphrase(owner.PASSPHRASE), models=models_folder)
    try:
        assistant.learning.turn_on()
        asked = assistant.chat.ask("What about the wedding?", options=AskOptions(documents=False, max_tokens=4))
        [turn] = [event.turn for event in asked if isinstance(event, Answered)]
        assistant.correct(turn.id, SECRET)
        assistant.back_up()
    finally:
        assistant.close()
    return tmp_path / "profile"


def remembered(assistant: Assistant) -> list[bool]:
    """Whether the secret stands in the feedback, in the memory, and in the turn."""
    [thread] = assistant.chat.threads()
    return [
        any(row.final == SECRET for row in assistant.learning.capture.feedback(everything=True)),
        any(entry.text == SECRET for entry in assistant.memory.entries() if entry.kind is EntryKind.CORRECTION),
        any(turn.corrected for turn in assistant.chat.turns(thread.id)),
    ]


@pytest.mark.parametrize(
    ("step", "gone"),
    [
        (("engine.chat.chat", "Chat", "withdraw_feedback"), False),
        (("engine.learning.records.registry", "Registry", "remove_files"), True),
        (("engine.store.backups", "Backups", "replace_all"), True),
        (("engine.store.backups", "Backups", "_destroy"), True),
    ],
    ids=["before it is done", "before the adapters' files", "before the backups", "between new and old backups"],
)
def test_the_next_start_finds_all_of_it_or_none(profile, models_folder, step, gone):
    folder = profile / "backups"
    before = {path.name for path in folder.iterdir()}
    assert len(before) == 1
    command = [sys.executable, "-c", SCRIPT, profile, models_folder, owner.PASSPHRASE, *step]
    killed = subprocess.run([str(part) for part in command], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL
    assistant = Assistant.open(profile, WithPassphrase(owner.PASSPHRASE), models=models_folder)
    try:
        assert remembered(assistant) == [not gone] * 3
        after = {path.name for path in folder.iterdir()}
        assert len(after) == 1
        assert not before & after, "a backup from before is never left"
        assistant.forget(everything=True)
        assert remembered(assistant) == [False] * 3
    finally:
        assistant.close()
