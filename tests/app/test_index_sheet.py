"""The sheet before anything is read: it counts, says, listens, and reads nothing by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.library.page import LibraryPage
from app.library.plan_words import cost_words, found_words
from app.shell.main_window import MainWindow
from engine.handover import Verb
from engine.library.values import FileReport, FileState, IndexPlan, Kind, Scope
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window: MainWindow, named: Named) -> LibraryPage:
    window.show_page("library")
    return named("library")


@pytest.fixture
def sheet(qtbot: QtBot, page: LibraryPage, named: Named, tmp_path: Path) -> QWidget:
    """The sheet for a folder, counted."""
    page.offer([str(tmp_path)])
    qtbot.waitUntil(lambda: named("sheet.read").isEnabled())
    return named("sheet")


def test_nothing_is_read_before_a_yes(
    qtbot: QtBot, sheet: QWidget, named: Named, assistant: FakeAssistant, page: LibraryPage
) -> None:
    assert "12" in named("sheet.found").text()
    assert "guess" in named("sheet.cost").text()
    qtbot.mouseClick(named("sheet.cancel"), LEFT)
    assert assistant.library.root_paths == []
    assert page._job is None


def test_what_is_left_out_and_whether_it_teaches_goes_along(
    qtbot: QtBot, sheet: QWidget, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    qtbot.keyClicks(named("sheet.patterns"), "*.log")
    assert not named("sheet.read").isEnabled(), "what was counted before is no longer so"
    qtbot.waitUntil(lambda: named("sheet.read").isEnabled())
    assert assistant.library.planned == [None, "*.log"]
    qtbot.keyClick(named("sheet.teach"), Qt.Key.Key_Space)
    qtbot.mouseClick(named("sheet.read"), LEFT)
    qtbot.waitUntil(lambda: assistant.library.root_paths == [str(tmp_path)])
    assert assistant.library.patterns == {str(tmp_path): "*.log"}
    assert assistant.library.kept_from_teaching == {str(tmp_path)}


def test_what_was_said_before_stands_there_and_stays(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    assistant.library.add([tmp_path], may_teach=False, patterns="drafts/")
    page.offer([str(tmp_path)])
    qtbot.waitUntil(lambda: named("sheet.read").isEnabled())
    assert named("sheet.patterns").toPlainText() == "drafts/"
    assert not named("sheet.teach").isChecked()
    qtbot.mouseClick(named("sheet.read"), LEFT)
    qtbot.waitUntil(lambda: page._job is None)
    assert assistant.library.patterns == {str(tmp_path): "drafts/"}
    assert assistant.library.kept_from_teaching == {str(tmp_path)}


def test_a_folder_in_one_that_must_not_teach_cannot_be_let(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    assistant.library.add([tmp_path], may_teach=False)
    page.offer([str(tmp_path / "inside")])
    qtbot.waitUntil(lambda: named("sheet.read").isEnabled())
    assert not named("sheet.teach").isChecked()
    assert not named("sheet.teach").isEnabled()


def test_a_pattern_that_means_nothing_is_told_and_nothing_can_be_read(
    qtbot: QtBot, sheet: QWidget, named: Named
) -> None:
    qtbot.keyClicks(named("sheet.patterns"), "!")
    qtbot.waitUntil(lambda: named("error.title", sheet).isVisible())
    assert "pattern" in named("error.title", sheet).text()
    assert not named("sheet.read").isEnabled()


def test_counting_is_told_and_closing_the_sheet_ends_it(
    qtbot: QtBot, page: LibraryPage, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    assistant.library.gate.clear()
    page.offer([str(tmp_path)])
    qtbot.waitUntil(lambda: "7" in named("sheet.counting").text())
    assert [job.kind for job in page._tasks.jobs] == ["count"]
    qtbot.mouseClick(named("sheet.cancel"), LEFT)
    qtbot.waitUntil(lambda: not page._tasks.jobs)


def test_the_menus_index_opens_the_sheet(qtbot: QtBot, window: MainWindow, named: Named, tmp_path: Path) -> None:
    window.offer(Verb.INDEX, [str(tmp_path)])
    qtbot.waitUntil(lambda: named("sheet.read").isEnabled())


def test_the_menus_remove_asks_first_and_says_where_there_is_nothing(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    window.offer(Verb.REMOVE, [str(tmp_path)])
    qtbot.waitUntil(lambda: str(tmp_path) in named("error.message", window.pages.library).text())
    assistant.library.add([tmp_path])
    window.offer(Verb.REMOVE, [str(tmp_path)])
    accept = named("confirm.accept")
    assert assistant.library.root_paths, "nothing goes before a yes"
    qtbot.mouseClick(accept, LEFT)
    qtbot.waitUntil(lambda: assistant.library.root_paths == [])


def test_the_menus_ask_begins_a_question_about_what_is_read(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    lease = str(tmp_path / "lease.pdf")
    assistant.library.root_paths = [str(tmp_path)]
    assistant.library.states[lease] = FileReport(path=lease, state=FileState.INDEXED, reason="", chunks=1)
    window.offer(Verb.ASK, [lease])
    assert named(f"scope.place.{lease}").text() == "lease.pdf", "the question is asked of this file alone"
    assert window.chat.composer.scope.scope == Scope(places=(lease,))
    assert assistant.chat.asked == [], "a question is its owner's to send"


def test_the_menus_ask_has_what_is_not_read_yet_read_first(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, tmp_path: Path
) -> None:
    lease = str(tmp_path / "lease.pdf")
    assistant.library.root_paths = [lease]
    assistant.library.states[lease] = FileReport(path=lease, state=FileState.INDEXED, reason="", chunks=1)
    window.offer(Verb.ASK, [str(tmp_path)])
    qtbot.waitUntil(lambda: named("sheet.read").isEnabled())
    qtbot.mouseClick(named("sheet.read"), LEFT)
    qtbot.waitUntil(window.chat.isVisible)
    assert str(tmp_path) in assistant.library.root_paths
    assert named(f"scope.place.{tmp_path}")


def test_the_plan_is_told_in_words() -> None:
    plan = IndexPlan(
        files=[], by_type={}, bytes=3_100_000, seconds_estimated=400, seconds_measured=True, bytes_estimated=9_000_000,
        reading=[Kind(".pdf", 12, 3_000_000), Kind("", 1, 100_000)], unchanged=4, skipped={"picture": 1200, "link": 2},
    )  # fmt: skip
    told = found_words(plan)
    for words in (
        "13",
        "3.1 MB",
        "PDF 12",
        "without an ending 1",
        "unchanged: 4",
        "1,202",
        "1,200",
        "It is a picture",
    ):
        assert words in told, words
    assert "7 min" in cost_words(plan)
    assert "9.0 MB" in cost_words(plan)
