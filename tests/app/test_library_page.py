"""The library page: adding, dropping, progress, pausing, stopping, filtering, removing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.library.files_model import matching
from app.library.page import LibraryPage
from app.library.reasons import reason_words, state_words
from app.shell.main_window import MainWindow
from app.widgets.work_card import remaining
from engine.errors import InputRefused
from engine.library.values import FileReport, FileState
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window: MainWindow, named: Named) -> LibraryPage:
    window.show_page("library")
    return named("library")


def indexed(qtbot: QtBot, page: LibraryPage, *paths: str) -> None:
    page.add(list(paths))
    qtbot.waitUntil(lambda: page._job is None and page.table.model.rowCount() > 0)


def drop(page: LibraryPage, urls: list[QUrl]) -> None:
    data = QMimeData()
    data.setUrls(urls)
    page.dropEvent(
        QDropEvent(
            QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier, QDropEvent.Type.Drop
        )
    )


def test_an_empty_library_invites(page: LibraryPage, named: Named) -> None:
    assert named("library.empty").isVisible()


def test_a_dropped_folder_is_indexed(qtbot: QtBot, page: LibraryPage, named: Named, tmp_path: Path) -> None:
    drop(page, [QUrl.fromLocalFile(str(tmp_path)), QUrl("https://evil.example/x")])
    qtbot.waitUntil(lambda: named("sheet.read").isEnabled())
    qtbot.mouseClick(named("sheet.read"), LEFT)
    qtbot.waitUntil(lambda: page._job is None and page.table.model.rowCount() == 12)
    assert "Files: 12" in named("library.summary").text()
    assert named(f"library.root.{tmp_path}").isVisible()


def test_a_dropped_web_address_is_refused(page: LibraryPage, assistant: FakeAssistant) -> None:
    drop(page, [QUrl("https://evil.example/x")])
    assert page._job is None
    assert not assistant.library.root_paths


def test_progress_is_shown_paused_and_stopped(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.library.gate.clear()
    page.add(["/home/ada/Notes"])
    qtbot.waitUntil(lambda: named("library.work").isVisible())
    qtbot.mouseClick(named("library.pause"), LEFT)
    assert page._job.control.paused
    assert named("library.pause").text() == "Resume"
    qtbot.mouseClick(named("library.pause"), LEFT)
    assert not page._job.control.paused
    qtbot.mouseClick(named("library.stop"), LEFT)
    qtbot.waitUntil(lambda: page._job is None)
    assert page.work.isHidden()
    assert page.error.isHidden(), "stopping is no error"


def test_what_is_added_meanwhile_waits_its_turn(qtbot: QtBot, page: LibraryPage, assistant: FakeAssistant) -> None:
    assistant.library.gate.clear()
    page.add(["/a"])
    page.add(["/b"])
    page.add(["/c"])
    assistant.library.gate.set()
    qtbot.waitUntil(lambda: page._job is None and assistant.library.root_paths == ["/a", "/b", "/c"])


def test_files_are_filtered_by_name_and_state(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant
) -> None:
    assistant.library.states["/x/locked.pdf"] = FileReport(
        path="/x/locked.pdf", state=FileState.ENCRYPTED, reason="password", chunks=0
    )
    indexed(qtbot, page, "/home/ada/Notes")
    assert page.table.model.rowCount() == 13
    assert page.table.model.index(0, 0).data() == "locked.pdf", "what needs attention stands first"
    qtbot.keyClicks(named("library.filter"), "note-1")
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 3)
    named("library.filter").clear()
    named("library.state").setCurrentIndex(named("library.state").findData("encrypted"))
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 1)
    assert "Locked" in page.table.model.index(0, 1).data()


def test_a_root_is_removed_after_a_yes(
    qtbot: QtBot, page: LibraryPage, named: Named, dialog: Callable[[str], QDialog], assistant: FakeAssistant
) -> None:
    indexed(qtbot, page, "/home/ada/Notes")
    row = named("library.root./home/ada/Notes")
    qtbot.mouseClick(named("root.remove", row), LEFT)
    qtbot.mouseClick(named("confirm.cancel", dialog("confirm")), LEFT)
    assert assistant.library.root_paths
    qtbot.mouseClick(named("root.remove", row), LEFT)
    shown = next(made for made in page.findChildren(QDialog, "confirm") if made.isVisible())
    qtbot.mouseClick(named("confirm.accept", shown), LEFT)
    qtbot.waitUntil(lambda: named("library.empty").isVisible())
    assert not assistant.library.states


def test_selected_files_are_removed_by_the_delete_key(
    qtbot: QtBot, page: LibraryPage, named: Named, dialog: Callable[[str], QDialog], assistant: FakeAssistant
) -> None:
    indexed(qtbot, page, "/home/ada/Notes")
    view = named("library.files")
    view.selectRow(0)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    qtbot.mouseClick(named("confirm.accept", dialog("confirm")), LEFT)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 11)


def test_a_file_that_went_meanwhile_is_told_and_shown_no_more(
    qtbot: QtBot, page: LibraryPage, named: Named, dialog: Callable[[str], QDialog], assistant: FakeAssistant
) -> None:
    indexed(qtbot, page, "/home/ada/Notes")
    view = named("library.files")
    view.selectRow(0)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    del assistant.library.states["/home/ada/Notes/note-0.txt"]
    qtbot.mouseClick(named("confirm.accept", dialog("confirm")), LEFT)
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 11)
    assert page.error.isVisible()


@pytest.mark.parametrize("state", FileState)
def test_every_state_has_words(state: FileState) -> None:
    assert state_words(FileReport(path="/x", state=state, reason="", chunks=0))


def test_reasons_are_the_librarys_words() -> None:
    assert reason_words(FileReport(path="/x", state=FileState.ENCRYPTED, reason="password", chunks=0))


def test_filtering_ignores_case_and_wants_both() -> None:
    files = [
        FileReport(path="/a/Lease.PDF", state=FileState.INDEXED, reason="", chunks=1),
        FileReport(path="/a/other", state=FileState.WAITING, reason="", chunks=0),
    ]
    assert matching(files, "lease", None) == [files[0]]
    assert matching(files, "lease", FileState.WAITING) == []


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "5 s"), (48, "50 s"), (70, "1 min"), (3000, "50 min"), (7000, "2 h")]
)
def test_durations_are_never_more_exact_than_known(seconds: float, words: str) -> None:
    assert words in remaining(seconds)


def test_a_folder_is_kept_from_teaching_and_let_again(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    indexed(qtbot, page, str(tmp_path))
    for kept in ({str(tmp_path)}, set()):
        qtbot.keyClick(named("root.teach"), Qt.Key.Key_Space)
        qtbot.waitUntil(lambda kept=kept: assistant.library.kept_from_teaching == kept)
        qtbot.waitUntil(lambda kept=kept: named("root.teach").isChecked() is not bool(kept))


def test_a_wish_that_cannot_be_kept_is_not_shown_as_kept(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, _wanted: bool) -> None:
        raise InputRefused("root_absent", path=str(path))

    indexed(qtbot, page, "/home/ada/Notes")
    monkeypatch.setattr(assistant.library, "let_teach", refuse)
    qtbot.keyClick(named("root.teach"), Qt.Key.Key_Space)
    qtbot.waitUntil(page.error.isVisible)
    qtbot.waitUntil(lambda: named("root.teach").isChecked())
