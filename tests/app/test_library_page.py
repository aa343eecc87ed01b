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
from engine.errors import HearthsideError, InputRefused
from engine.library.values import FileReport, FileState, RootStanding
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


def standing(page: LibraryPage, named: Named, path: str) -> str:
    return named("root.standing", named(f"library.root.{path}")).accessibleName()


def test_each_folder_says_how_current_it_is(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant
) -> None:
    indexed(qtbot, page, "/home/ada/Notes")
    qtbot.waitUntil(lambda: standing(page, named, "/home/ada/Notes") == "Up to date")
    for told, words in (
        (RootStanding(path="/home/ada/Notes", state="catching_up", left=12), "Catching up: 12 left"),
        (RootStanding(path="/home/ada/Notes", state="catching_up"), "Looking for changes"),
        (
            RootStanding(path="/home/ada/Notes", state="away", away=3, reason="absent"),
            "Away; what was read is kept. It is not where",
        ),
        (RootStanding(path="/home/ada/Notes", state="current", away=3), "Up to date · files away: 3"),
        (
            RootStanding(path="/home/ada/Notes", state="current", unwatched="watch_limit"),
            "Up to date · Looked at every",
        ),
    ):
        assistant.keeping.told["/home/ada/Notes"] = told
        qtbot.waitUntil(lambda words=words: standing(page, named, "/home/ada/Notes").startswith(words))


def test_what_was_taken_in_by_itself_is_shown(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant
) -> None:
    indexed(qtbot, page, "/home/ada/Notes")
    new = FileReport(path="/home/ada/Notes/new.txt", state=FileState.INDEXED, reason="", chunks=1, away="absent")
    assistant.library.states[new.path] = new
    assistant.keeping.changes += 1
    qtbot.waitUntil(lambda: page.table.model.rowCount() == 13)
    assert page.table.model.index(0, 1).data() == "Indexed; the file is away", "what needs attention stands first"


def test_trouble_while_keeping_current_is_told_once(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant
) -> None:
    indexed(qtbot, page, "/home/ada/Notes")
    assistant.keeping.trouble = HearthsideError("disk_full", path="/home/ada")
    qtbot.waitUntil(page.error.isVisible)
    page.error.hide()
    assistant.keeping.told["/home/ada/Notes"] = RootStanding(path="/home/ada/Notes", state="catching_up", left=1)
    qtbot.waitUntil(lambda: standing(page, named, "/home/ada/Notes").startswith("Catching up"))
    assert page.error.isHidden()


def test_one_folder_is_looked_at_again(qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant) -> None:
    indexed(qtbot, page, "/home/ada/Notes")
    rescan = named("root.rescan")
    rescan.setFocus()
    qtbot.keyClick(rescan, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page._job is None and assistant.library.looked_at == ["/home/ada/Notes"])


def test_nobody_is_asked_while_the_page_is_hidden(window: MainWindow, page: LibraryPage) -> None:
    assert page._following.timer.isActive()
    window.show_page("chat")
    assert not page._following.timer.isActive()


def test_reading_by_itself_is_paused_and_goes_on(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant
) -> None:
    path = "/home/ada/Notes"
    indexed(qtbot, page, path)
    assert page._following.pause.isHidden()
    assistant.keeping.told[path] = RootStanding(path=path, state="catching_up", left=12)
    for button, words in (
        ("Go on reading", "Paused: 12 left"),
        ("Pause reading", "Catching up: 12 left"),
    ):
        qtbot.mouseClick(named("library.pause_keeping"), LEFT)
        qtbot.waitUntil(lambda words=words: standing(page, named, path) == words)
        qtbot.waitUntil(lambda button=button: named("library.pause_keeping").text() == button)
    assistant.keeping.told[path] = RootStanding(path=path, state="current")
    qtbot.waitUntil(page._following.pause.isHidden)
