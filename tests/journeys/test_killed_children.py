"""Each child process is killed in the middle of its work: words for a person, nothing lost, and the work finishes."""

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.assistant import Assistant
from engine.chat.values import Answered, AskOptions, Delta
from engine.errors import HearthsideError
from engine.library.values import FileState
from engine.store.values import WithPassphrase
from engine.words import explain
from tests.journeys import owner

pytestmark = [
    pytest.mark.journey,
    pytest.mark.model,
    pytest.mark.skipif(sys.platform != "linux", reason="finds the children in /proc"),
]
PLAIN = AskOptions(documents=False, memory=False, temperature=0.0, max_tokens=200)
STORY = "Tell me a long story about a lighthouse."


@pytest.fixture(scope="module")
def assistant(tmp_path_factory, models_folder):
    made, _code = Assistant.create(
        tmp_path_factory.mktemp("killed") / "profile", WithPassphrase(owner.PASSPHRASE), models=models_folder
    )
    yield made
    made.close()


def children(service: str) -> list[int]:
    """The processes of ours that serve `service`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = re.search(r"^PPid:\s+(\d+)", (folder / "status").read_text(), re.MULTILINE)
        except OSError:
            continue
        if service.encode() in words and parent is not None and int(parent[1]) == os.getpid():
            found.append(int(folder.name))
    return found


def kill(service: str) -> int:
    """Kill what serves `service`; how many there were."""
    pids = children(service)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return len(pids)


def assert_explained(error: HearthsideError) -> None:
    words = explain(error)
    assert words.title
    assert words.hint
    assert "Traceback" not in words.message
    assert "{" not in words.title + words.message + words.hint


def kill_at(moment: int, service: str) -> tuple[Callable[[object], None], list[int]]:
    """A report that kills `service` the `moment`th time it is told something; and how many that ended."""
    told, killed = [], []

    def report(progress: object) -> None:
        told.append(progress)
        if len(told) == moment:
            killed.append(kill(service))

    return report, killed


def test_model_worker_killed_while_an_answer_streams(assistant):
    said: list[str] = []

    def listen_and_kill() -> None:
        for event in assistant.chat.ask(STORY, options=PLAIN):
            if isinstance(event, Delta):
                said.append(event.text)
                if len(said) == 20:
                    kill("engine.models.llama_service")

    with pytest.raises(HearthsideError) as caught:
        listen_and_kill()
    heard = "".join(said).strip()
    assert caught.value.code == "worker_crashed"
    assert_explained(caught.value)
    [thread] = [thread for thread in assistant.chat.threads() if thread.title.startswith("Tell me")]
    [turn] = assistant.chat.turns(thread.id)
    assert turn.question == STORY
    assert turn.answer == heard, "what was said is kept to the letter"
    assert turn.finish == "cancelled"
    [again] = [event.turn for event in assistant.chat.regenerate(turn.id, options=PLAIN) if isinstance(event, Answered)]
    assert again.finish != "cancelled"
    assert again.answer.startswith(heard)
    assert again.sibling_ids == [turn.id, again.id]


def test_embed_worker_killed_while_it_indexes(assistant, tmp_path):
    owner.write_diary(tmp_path / "diary", days=12)
    report, killed = kill_at(8, "engine.library.embed_service")
    indexed = assistant.library.add([tmp_path / "diary"], report=report)
    assert killed == [1]
    assert {file.state for file in indexed.files} == {FileState.INDEXED}, "one death is made good at once"
    assert assistant.library.search("thought about the piano lesson", k=3)


def test_embed_worker_killed_again_and_again(assistant, tmp_path):
    """Whatever keeps killing it, the owner hears of it; the files before it are in, and the rest follows later."""
    owner.write_diary(tmp_path / "letters", days=12)
    for file in (tmp_path / "letters").iterdir():
        file.write_text(f"A letter of its own, number {file.stem}.\n\n{file.read_text()}")
    chunks_before = assistant.library.counts()[1]
    giving_up = threading.Event()

    def hunt() -> None:
        while not giving_up.wait(0.02):
            kill("engine.library.embed_service")

    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        with pytest.raises(HearthsideError) as caught:
            assistant.library.add([tmp_path / "letters"])
    finally:
        giving_up.set()
        hunter.join()
    assert caught.value.code == "worker_crashed"
    assert_explained(caught.value)
    assert assistant.library.counts()[1] >= chunks_before
    again = assistant.library.add([tmp_path / "letters"])
    assert {file.state for file in again.files} == {FileState.INDEXED}
    assert len(again.files) == 12


def test_parse_worker_killed_while_it_indexes(assistant, tmp_path):
    owner.write_diary(tmp_path / "notes", days=6)
    for file in (tmp_path / "notes").iterdir():
        file.write_text(f"A note of its own, number {file.stem}.\n\n{file.read_text()}")
    report, killed = kill_at(1, "engine.library.parse_service")
    first = assistant.library.add([tmp_path / "notes"], report=report)
    assert killed == [1]
    assert {file.state for file in first.files} <= {FileState.INDEXED, FileState.UNREADABLE}
    blamed = [file for file in first.files if file.state is FileState.UNREADABLE]
    assert len(blamed) <= 1, "no other file suffers"
    assert all(file.reason == "crashed" for file in blamed)
    again = assistant.library.add([tmp_path / "notes"])
    assert {file.state for file in again.files} == {FileState.INDEXED}


def test_training_worker_killed_while_it_trains(assistant, tmp_path):
    owner.write_corrections(tmp_path / "corrections.jsonl", owner.corrections())
    assistant.learning.turn_on()
    assert assistant.learning.capture.import_file(tmp_path / "corrections.jsonl").imported == 48
    checkpoints = assistant.paths.checkpoints
    steps: list[int] = []

    kept: list[bool] = []

    def kill_after_a_checkpoint(progress):
        if progress.phase == "training":
            steps.append(progress.step)
            kept[:] = [any(checkpoints.glob("*"))]  # a fast machine is done before the first
            if kept[0] or progress.step == progress.steps - 1:
                kill("engine.learning.training.service")

    with pytest.raises(HearthsideError) as caught:
        assistant.learning.train(report=kill_after_a_checkpoint, layers=8)
    assert caught.value.code == "worker_crashed"
    assert_explained(caught.value)
    status = assistant.learning.status()
    assert status.resumable
    assert not status.training
    assert status.feedback == 48
    reached = steps[-1]

    resumed: list[int] = []
    trained = assistant.learning.train(
        report=lambda progress: resumed.append(progress.step) if progress.phase == "training" else None, layers=8
    )
    assert resumed[0] <= reached + 1
    assert (resumed[0] > 1) is kept[0], "it goes on from its checkpoint"
    [adapter] = assistant.learning.versions.all()
    assert adapter.id == trained.adapter
    assert len(adapter.losses) == resumed[-1], "every step has its loss, those before the kill too"
    assert not assistant.learning.status().resumable
    assert not list(checkpoints.glob("*"))
