"""A turn that reads many files: it is shown which, and can be told to stand still or to stop."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.shell.main_window import MainWindow
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def reading(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> FakeAssistant:
    """At the first of two files, held there."""
    assistant.chat.readings = ["/home/ada/a.txt", "/home/ada/b.txt"]
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("List all repairs.")
    qtbot.mouseClick(named("chat.send"), LEFT)
    qtbot.waitUntil(lambda: named("turn.waiting").text() == "Reading file 1 of 2: a.txt.")
    return assistant


def test_it_says_which_file_is_read_and_ends_with_the_answer(
    qtbot: QtBot, window: MainWindow, named: Named, reading: FakeAssistant
) -> None:
    reading.chat.gate.set()
    qtbot.waitUntil(lambda: window.chat._live is None)
    assert not window.chat.composer._pause.isVisible()
    assert window.chat.turns.views[0].turn.answer == reading.chat.script


def test_it_stands_still_and_goes_on(qtbot: QtBot, window: MainWindow, named: Named, reading: FakeAssistant) -> None:
    qtbot.mouseClick(named("chat.pause"), LEFT)
    assert window.chat._live.job.control.paused
    assert named("chat.pause").toolTip() == "Go on reading"
    reading.chat.gate.set()
    qtbot.mouseClick(named("chat.pause"), LEFT)
    qtbot.waitUntil(lambda: window.chat._live is None)


def test_stopped_while_it_stands_still_it_ends(
    qtbot: QtBot, window: MainWindow, named: Named, reading: FakeAssistant
) -> None:
    qtbot.mouseClick(named("chat.pause"), LEFT)
    qtbot.mouseClick(named("chat.stop"), LEFT)
    qtbot.waitUntil(lambda: window.chat._live is None)
    assert window.chat.turns.views[0].turn.finish == "cancelled"


def test_the_next_answer_begins_unpaused(
    qtbot: QtBot, window: MainWindow, named: Named, reading: FakeAssistant
) -> None:
    qtbot.mouseClick(named("chat.pause"), LEFT)
    qtbot.mouseClick(named("chat.stop"), LEFT)
    qtbot.waitUntil(lambda: window.chat._live is None)
    reading.chat.gate.set()
    named("chat.question").setPlainText("List all repairs.")
    qtbot.mouseClick(named("chat.send"), LEFT)
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == 2 and window.chat._live is None)
    assert not window.chat.composer._pause.isChecked()
    assert window.chat.composer._pause.toolTip() == "Pause the reading"
