"""The main window: conversations, navigation, keys, closing, settings, errors."""

import threading
from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.settings.dialog import declared
from app.shell.main_window import MainWindow
from app.shell.shortcuts import DRAFTS, IN_PLACE, VIEWER, WINDOW
from app.shell.sidebar import PAGES
from engine.errors import HearthsideError, InputRefused
from engine.handover import Index
from engine.settings import Settings
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
Found = Callable[[str], QDialog]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def threads(qtbot: QtBot, window: MainWindow, assistant: FakeAssistant) -> list[str]:
    for title in ("Apples", "Bread", "Cheese"):
        list(assistant.chat.ask(title))
    window.sidebar.reload()
    qtbot.waitUntil(lambda: window.sidebar._model.rowCount() == 3)
    return [thread.id for thread in assistant.chat.threads()]


def test_conversations_are_listed_searched_and_opened(
    qtbot: QtBot, window: MainWindow, named: Named, threads: list[str]
) -> None:
    qtbot.keyClicks(named("sidebar.search"), "bre")
    qtbot.waitUntil(lambda: window.sidebar._model.rowCount() == 1)
    view = named("sidebar.threads")
    spot = view.visualRect(view.model().index(0, 0)).center()
    qtbot.mouseClick(view.viewport(), LEFT, pos=spot)
    qtbot.waitUntil(lambda: window.chat.thread_id == threads[1])
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == 1)
    qtbot.keyClicks(named("sidebar.search"), "zzz")
    qtbot.waitUntil(lambda: named("sidebar.empty").isVisible())


def test_a_conversation_is_renamed_in_place(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, threads: list[str]
) -> None:
    view = named("sidebar.threads")
    view.setCurrentIndex(view.model().index(0, 0))
    view.edit(view.model().index(0, 0))
    editor = view.findChild(QLineEdit)
    editor.setText("Käse <b>& Brot</b>")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: assistant.chat.threads()[0].title == "Käse <b>& Brot</b>")


def test_a_deleted_conversation_can_be_had_back(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, threads: list[str]
) -> None:
    view = named("sidebar.threads")
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.sidebar._model.rowCount() == 2)
    qtbot.mouseClick(named("undo.take_back"), LEFT)
    qtbot.waitUntil(lambda: window.sidebar._model.rowCount() == 3)


def test_deleting_the_open_conversation_leaves_an_empty_page(
    qtbot: QtBot, window: MainWindow, named: Named, threads: list[str]
) -> None:
    window.chat.open_thread(threads[0])
    qtbot.waitUntil(lambda: window.chat.thread_id == threads[0])
    view = named("sidebar.threads")
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: window.chat.thread_id is None)


def test_what_was_forgotten_leaves_the_open_conversation(
    qtbot: QtBot, window: MainWindow, assistant: FakeAssistant, threads: list[str]
) -> None:
    turn = assistant.chat.turns(threads[0])[-1]
    assistant.correct(turn.id, "Corrected.")
    window.chat.open_thread(threads[0])
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and window.chat.turns.views[-1].turn.corrected)
    window.show_page("learning")
    assistant.chat.change(turn.id, answer=turn.answer, corrected=False)  # what forgetting does
    window.pages.get("learning").forgot.emit()
    qtbot.waitUntil(lambda: not window.chat.turns.views[-1].turn.corrected)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_by_click_and_by_key(qtbot: QtBot, window: MainWindow, named: Named, page: str) -> None:
    qtbot.mouseClick(named(f"nav.{page}"), LEFT)
    assert named(page).isVisible()
    window.show_page("chat")
    window.activateWindow()
    sequence = QKeySequence(WINDOW[page])[0]
    qtbot.keyClick(window, sequence.key(), sequence.keyboardModifiers())
    qtbot.waitUntil(lambda: named(page).isVisible())


def test_everything_to_click_has_a_name_and_words_and_can_be_reached(
    qtbot: QtBot, window: MainWindow, threads: list[str]
) -> None:
    window.chat.open_thread(threads[0])
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == 1)
    for page in PAGES:
        window.show_page(page)
    buttons = [made for made in window.findChildren(QAbstractButton) if not made.objectName().startswith("qt_")]
    assert len(buttons) > 30
    for made in buttons:
        if made.metaObject().className() in ("QTableCornerButton", "QLineEditIconButton"):
            continue
        assert made.objectName(), made
        assert made.accessibleName() or made.text(), made.objectName()
        assert made.focusPolicy() & Qt.FocusPolicy.TabFocus, made.objectName()


def test_f1_lists_every_key(qtbot: QtBot, window: MainWindow, dialog: Found) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: bool(window.findChildren(QDialog, "help_dialog")))
    assert len(WINDOW | DRAFTS | VIEWER | IN_PLACE) == len(WINDOW) + len(DRAFTS) + len(VIEWER) + len(IN_PLACE)
    dialog("help_dialog").accept()


def test_closing_asks_while_work_is_running(
    qtbot: QtBot, window: MainWindow, dialog: Found, named: Named, assistant: FakeAssistant
) -> None:
    assistant.chat.gate.clear()
    window.chat.ask("Go on")
    window.close()
    assert window.isVisible()
    qtbot.mouseClick(named("confirm.cancel", dialog("confirm")), LEFT)
    assert window.isVisible()
    window.close()
    with qtbot.waitSignal(window.closed):
        qtbot.mouseClick(named("confirm.accept", dialog("confirm")), LEFT)
    assert not window.isVisible()


def test_closing_at_rest_does_not_ask(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.closed):
        window.close()


def test_an_error_nobody_took_is_shown_in_words(qtbot: QtBot, window: MainWindow, named: Named) -> None:
    window._tasks.run(lambda: (_ for _ in ()).throw(InputRefused("question_empty")))
    qtbot.waitUntil(window.error.isVisible)
    assert named("error.title").text()
    qtbot.mouseClick(named("error.dismiss"), LEFT)
    assert window.error.isHidden()


def test_an_error_without_fitting_words_is_still_shown(window: MainWindow, named: Named) -> None:
    window.error.show_error(HearthsideError("no_such_code"))
    assert "HearthsideError" in named("error.message").text()


def test_settings_are_made_from_their_declaration_and_saved(
    qtbot: QtBot, window: MainWindow, dialog: Found, named: Named, assistant: FakeAssistant
) -> None:
    window.show_settings()
    shown = dialog("settings_dialog")
    for field in declared():
        assert named(f"settings.{field.name}", shown).accessibleName()
    passages = named("settings.passages", shown)
    assert (passages.minimum(), passages.maximum()) == (0, 20)
    passages.setValue(7)
    named("settings.train_unasked", shown).click()
    qtbot.mouseClick(named("settings.save", shown), LEFT)
    qtbot.waitUntil(lambda: assistant.settings == msgspec.structs.replace(Settings(), passages=7, train_unasked=True))


def test_a_share_is_set_in_percent_and_stays_exact_until_it_is_changed(
    qtbot: QtBot, window: MainWindow, dialog: Found, named: Named, assistant: FakeAssistant
) -> None:
    assistant.settings = msgspec.structs.replace(Settings(), side_by_side=0.125, try_retrieval=0.125)
    window.show_settings()
    shown = dialog("settings_dialog")
    box = named("settings.side_by_side", shown)
    assert (box.text(), box.maximum()) == ("12 %", 50)
    box.setValue(30)
    qtbot.mouseClick(named("settings.save", shown), LEFT)
    qtbot.waitUntil(lambda: assistant.settings.side_by_side == 0.3)
    assert assistant.settings.try_retrieval == 0.125


def test_what_the_page_agreed_to_does_not_name_is_turned_on_after_the_page_is_shown_again(
    qtbot: QtBot, window: MainWindow, dialog: Found, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.enabled, assistant.learning.news = True, ["Other passages are tried."]
    window.show_settings()
    shown = dialog("settings_dialog")
    named("settings.try_retrieval", shown).setValue(20)
    qtbot.mouseClick(named("settings.save", shown), LEFT)
    qtbot.waitUntil(lambda: bool(shown.findChildren(QDialog, "learning.consent_dialog")))
    page = dialog("learning.consent_dialog")
    assert "Other passages are tried." in [one.text() for one in page.findChildren(QLabel)]
    qtbot.mouseClick(named("consent.cancel", page), LEFT)
    qtbot.waitUntil(shown.error.isVisible)
    assert assistant.settings.try_retrieval == 0
    qtbot.mouseClick(named("settings.save", shown), LEFT)
    qtbot.waitUntil(lambda: any(one.isVisible() for one in shown.findChildren(QDialog, "learning.consent_dialog")))
    page = dialog("learning.consent_dialog")
    qtbot.mouseClick(named("consent.accept", page), LEFT)
    qtbot.waitUntil(lambda: assistant.settings.try_retrieval == 0.2)
    assert not assistant.learning.news


def test_a_handed_over_path_is_indexed(qtbot: QtBot, window: MainWindow, assistant: FakeAssistant) -> None:
    window.index(Index(["/home/ada/Handed"]))
    qtbot.waitUntil(lambda: assistant.library.root_paths == ["/home/ada/Handed"])


def test_slow_reads_do_not_hold_the_window(
    qtbot: QtBot, window: MainWindow, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, asked = threading.Event(), threading.Event()

    def slow(search: str = "") -> list[object]:
        asked.set()
        held.wait()
        return []

    monkeypatch.setattr(assistant.chat, "threads", slow)
    window.sidebar.reload()
    qtbot.waitUntil(asked.is_set)
    assert window.isVisible(), "the window answers while the store does not"
    held.set()
