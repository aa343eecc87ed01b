"""The memory page and the privacy page."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.memory.entry_card import EntryCard
from app.memory.page import MemoryPage
from app.shell.main_window import MainWindow
from engine.workers.values import Walls
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window: MainWindow, named: Named) -> MemoryPage:
    window.show_page("memory")
    return named("memory")


def shown(page: MemoryPage, count: int) -> Callable[[], bool]:
    return lambda: sum(card.isVisible() for card in page.findChildren(EntryCard)) == count


def test_an_empty_memory_says_what_to_do(qtbot: QtBot, page: MemoryPage, named: Named) -> None:
    qtbot.waitUntil(lambda: bool(page.findChildren(QWidget, "memory.empty")))
    assert not named("memory.add").isEnabled()


def test_a_preference_is_added_edited_deleted_and_restored(
    qtbot: QtBot, page: MemoryPage, named: Named, assistant: FakeAssistant
) -> None:
    qtbot.keyClicks(named("memory.preference"), "Answer briefly")
    qtbot.keyClick(named("memory.preference"), Qt.Key.Key_Return)
    qtbot.waitUntil(shown(page, 1))
    (entry,) = assistant.memory.entries()
    card = named(f"memory.entry.{entry.id}")
    qtbot.mouseClick(named("entry.edit", card), LEFT)
    named("turn.entry_text", card).setPlainText("Answer at length")
    qtbot.mouseClick(named("turn.entry_save", card), LEFT)
    qtbot.waitUntil(lambda: assistant.memory.entries()[0].text == "Answer at length")
    qtbot.waitUntil(shown(page, 1))
    qtbot.mouseClick(named("entry.delete", named(f"memory.entry.{entry.id}")), LEFT)
    qtbot.waitUntil(lambda: not assistant.memory.kept)
    qtbot.waitUntil(lambda: named("undo.take_back").isVisible())
    qtbot.mouseClick(named("undo.take_back"), LEFT)
    qtbot.waitUntil(shown(page, 1))
    assert assistant.memory.entries()[0].text == "Answer at length"


def test_corrections_stand_apart_with_their_question(qtbot: QtBot, page: MemoryPage, assistant: FakeAssistant) -> None:
    assistant.memory.remember_correction("Who?", "Ada.", None)
    assistant.memory.prefer("Briefly.")
    page.reload()
    qtbot.waitUntil(shown(page, 2))


def test_privacy_says_which_walls_hold_here(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    window.show_page("privacy")
    qtbot.waitUntil(lambda: "was refused: other files" in named("privacy.walls").text())
    assistant.refused = Walls(files=False, network=True, programs=False, memory=True)
    window.pages.get("privacy").reload()
    qtbot.waitUntil(lambda: "did not refuse it: other files; other programs." in named("privacy.walls").text())


def test_privacy_says_where_everything_lies(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    window.show_page("privacy")
    assert named("privacy.place_owner").accessibleName() == str(assistant.paths.owner_db)
    qtbot.waitUntil(lambda: window.pages.get("privacy")._trail.count() == 2)


def test_a_private_word_is_added_and_taken_off(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    window.show_page("privacy")
    assert not named("privacy.word_add").isEnabled()
    qtbot.keyClicks(named("privacy.word"), "Anna Lind")
    qtbot.mouseClick(named("privacy.word_add"), LEFT)
    assert named("privacy.kept_word").text() == "Anna Lind"
    assert not named("privacy.word").text()
    qtbot.mouseClick(named("privacy.word_remove"), LEFT)
    qtbot.waitUntil(lambda: not assistant.private_words.kept)


def test_a_word_that_cannot_be_masked_is_refused_in_words(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    window.show_page("privacy")
    qtbot.keyClicks(named("privacy.word"), "x")
    qtbot.keyClick(named("privacy.word"), Qt.Key.Key_Return)
    assert named("error.title", named("privacy")).text() == "This cannot be masked"
    assert named("privacy.word").text() == "x"
    assert not assistant.private_words.kept
