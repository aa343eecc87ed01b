"""Training by itself: while the owner is away, never while they are at the window, and told when they are back."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.learning.unasked import AWAY_S, GONE_AGAIN_S, UnaskedTraining
from app.shell.main_window import MainWindow
from app.tasks import Tasks
from tests.fakes.assistant import FakeAssistant


@pytest.fixture
def unasked(qtbot: QtBot, window: MainWindow, tasks: Tasks, assistant: FakeAssistant) -> UnaskedTraining:
    assistant.settings = msgspec.structs.replace(assistant.settings, train_unasked=True)
    assistant.learning.turn_on()
    assistant.learning.add_examples(14)
    return UnaskedTraining(assistant, tasks, lambda: window.pages.learning, window)


def go_away(unasked: UnaskedTraining, seconds: float) -> None:
    unasked.touched -= seconds
    unasked.look()


def come_back(window: MainWindow) -> None:
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Shift)


@pytest.fixture
def training(qtbot: QtBot, unasked: UnaskedTraining, assistant: FakeAssistant) -> UnaskedTraining:
    """One that began while its owner was away, and does not end before `gate_event` is set."""
    assistant.learning.gate_event.clear()

    def begun() -> bool:
        if unasked._job is None:  # a window that was just shown may still hear of the mouse
            go_away(unasked, AWAY_S)
        return unasked._job is not None

    qtbot.waitUntil(begun)
    return unasked


def test_it_begins_once_the_owner_is_away_and_tells_what_came_of_it(
    qtbot: QtBot, training: UnaskedTraining, window: MainWindow, assistant: FakeAssistant
) -> None:
    told: list[str] = []
    training.told.connect(told.append)
    assistant.learning.gate_event.set()
    qtbot.waitUntil(lambda: training._job is None)
    assert not told
    come_back(window)
    qtbot.waitUntil(lambda: len(told) == 1)
    come_back(window)
    assert len(told) == 1
    go_away(training, AWAY_S)
    qtbot.waitUntil(lambda: len(assistant.learning.made) == 2 and training._job is None)
    come_back(window)
    assert len(told) == 2


def test_it_stands_still_when_the_owner_is_back_and_goes_on_when_they_are_gone_again(
    qtbot: QtBot, training: UnaskedTraining, window: MainWindow
) -> None:
    control = training._job.control
    come_back(window)
    assert control.paused
    assert control.held
    go_away(training, GONE_AGAIN_S / 2)
    qtbot.wait(50)
    assert control.paused
    go_away(training, GONE_AGAIN_S)
    qtbot.waitUntil(lambda: not control.paused and not control.held)


def test_its_owner_may_let_it_go_on_and_a_pause_of_theirs_stands(
    qtbot: QtBot, training: UnaskedTraining, window: MainWindow, named: Callable[..., QWidget]
) -> None:
    control = training._job.control
    window.show_page("learning")
    come_back(window)
    named("learning.pause").click()  # which says "Resume"
    assert not control.paused
    assert not control.held
    training._stands = False
    control.pause()
    go_away(training, GONE_AGAIN_S)
    qtbot.wait(50)
    assert control.paused


def test_on_battery_it_stands_still(qtbot: QtBot, training: UnaskedTraining, assistant: FakeAssistant) -> None:
    assistant.learning.on_mains = False
    training.look()
    qtbot.waitUntil(lambda: training._job.control.paused)


def test_what_its_owner_stopped_does_not_begin_again(
    qtbot: QtBot, training: UnaskedTraining, assistant: FakeAssistant
) -> None:
    training._job.cancel()
    qtbot.waitUntil(lambda: training._job is None)
    go_away(training, AWAY_S)
    qtbot.wait(50)
    assert training._job is None


@pytest.mark.parametrize("why", ["not wanted", "not away", "machine busy", "a dialog is open"])
def test_it_does_not_begin(
    qtbot: QtBot, unasked: UnaskedTraining, window: MainWindow, assistant: FakeAssistant, why: str
) -> None:
    assistant.learning.may = why != "machine busy"
    if why == "not wanted":
        assistant.settings = msgspec.structs.replace(assistant.settings, train_unasked=False)
    if why == "a dialog is open":
        window.show_settings()
        qtbot.wait(20)
    go_away(unasked, AWAY_S / 2 if why == "not away" else AWAY_S)
    qtbot.wait(80)
    assert unasked._job is None
