"""The switch in the settings that puts Hearthside into the file manager's menu."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.shell.main_window import MainWindow

Named = Callable[..., QWidget]


@pytest.fixture
def uca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with Thunar and no other file manager; where its actions would be."""
    (tmp_path / "thunar").write_text("")
    (tmp_path / "thunar").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "Thunar" / "uca.xml"


def test_the_switch_acts_at_once_and_says_how_it_stands(
    qtbot: QtBot, window: MainWindow, named: Named, uca: Path
) -> None:
    window.show_settings()
    box, state = named("settings.file_menu"), named("settings.file_menu_state")
    for there in (True, False):
        qtbot.waitUntil(box.isEnabled)
        assert box.isChecked() is not there
        qtbot.keyClick(box, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda there=there: uca.exists() is there)
        words = "Thunar: in its menu" if there else "Thunar: not in its menu"
        qtbot.waitUntil(lambda words=words: state.text() == words)


def test_what_cannot_be_written_is_told_and_the_switch_says_what_is_so(
    qtbot: QtBot, window: MainWindow, named: Named, uca: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "hearthside").write_text("a file")
    window.show_settings()
    box = named("settings.file_menu")
    qtbot.waitUntil(box.isEnabled)
    qtbot.keyClick(box, Qt.Key.Key_Space)
    dialog = window.findChild(QDialog, "settings_dialog")
    qtbot.waitUntil(lambda: "not changed" in named("error.title", dialog).text())
    qtbot.waitUntil(box.isEnabled)
    assert not box.isChecked()
