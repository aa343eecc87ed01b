"""The window over a fake assistant. A Qt warning fails the test that caused it; so does an exception in a slot."""

import os
import sys
import threading

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.shell.main_window import MainWindow
from app.style.theme import Theme
from app.tasks import Tasks
from tests.fakes.assistant import FakeAssistant
from tests.fakes.door import Door


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile of this machine's is listed in a test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp)


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    made = Tasks()
    yield made
    made.close(lambda: None)


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    made = Door()
    module: Any = ModuleType("engine.assistant")
    module.find_profile, module.restore_profile, module.Assistant = made.find_profile, made.restore_profile, made
    module.erase_profile = made.erase_profile
    monkeypatch.setitem(sys.modules, "engine.assistant", module)
    return made


@pytest.fixture
def hooks() -> Iterator[None]:
    before = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = before


@pytest.fixture
def window(qtbot: QtBot, assistant: FakeAssistant, tasks: Tasks, theme: Theme) -> Iterator[MainWindow]:
    made = MainWindow(assistant, tasks, theme)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    for held in (assistant.chat.gate, assistant.library.gate, assistant.learning.gate_event):
        held.set()


@pytest.fixture
def named(qtbot: QtBot, window: MainWindow) -> Callable[..., QWidget]:
    """The one visible widget of a name, below the window or the given widget, once it is there."""

    def find(name: str, below: QWidget | None = None) -> QWidget:
        def visible() -> list[QWidget]:
            return [widget for widget in (below or window).findChildren(QWidget, name) if widget.isVisible()]

        qtbot.waitUntil(lambda: len(visible()) == 1)
        return visible()[0]

    return find


@pytest.fixture
def dialog(window: MainWindow) -> Callable[[str], QDialog]:
    def find(name: str) -> QDialog:
        shown = [made for made in window.findChildren(QDialog, name) if made.isVisible()]
        assert len(shown) == 1, f"{len(shown)} dialogs named {name}"
        return shown[0]

    return find


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Qt's warnings fail the tests of the window, but for one that only says what the offscreen platform lacks."""
    for item in items:
        if "tests/app" in item.path.as_posix():
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("does not support (propagateSizeHints|raise|grabbing)"))
