"""What is done with an answer is kept on the side: by clicks and keys, of chats that are kept, never in the way."""

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from app.shell.main_window import MainWindow
from engine.errors import HearthsideError
from tests.app.test_chat_page import answered, ask
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton


def kept(assistant: FakeAssistant, kind: str) -> list[str]:
    return [turn_id for noticed, turn_id in assistant.noticed if noticed == kind]


def select_a_word(qtbot: QtBot, window: MainWindow, within: QTextBrowser) -> str:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.mouseDClick(within.viewport(), LEFT, pos=within.cursorRect().center())
    return str(within.textCursor().selectedText())


def test_the_copy_button(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.copy", view), LEFT)
    qtbot.waitUntil(lambda: kept(assistant, "copied") == [view.turn.id])


def test_the_copy_button_of_code(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("code.copy", view), LEFT)
    qtbot.waitUntil(lambda: kept(assistant, "copied") == [view.turn.id])


@pytest.mark.parametrize("by", ["keys", "menu"])
def test_a_selection_that_is_copied(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, by: str
) -> None:
    ask(qtbot, window, named)
    view = ask(qtbot, window, named, "And then?")
    text = view.findChildren(QTextBrowser)[0]
    word = select_a_word(qtbot, window, text)
    assert word
    QTest.qWait(50)
    assert not kept(assistant, "copied"), "a selection alone is none"
    if by == "keys":
        QTest.keySequence(text, QKeySequence(QKeySequence.StandardKey.Copy))
    else:
        text.createStandardContextMenu().actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == word
    qtbot.waitUntil(lambda: kept(assistant, "copied") == [view.turn.id])


def test_what_others_copy_is_no_sign(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    view = ask(qtbot, window, named)
    select_a_word(qtbot, window, view.findChildren(QTextBrowser)[0])
    QGuiApplication.clipboard().setText("from elsewhere")
    question = named("chat.question")
    qtbot.keyClicks(question, "mine")
    question.selectAll()
    question.copy()
    assert QGuiApplication.clipboard().text() == "mine"
    qtbot.mouseClick(named("turn.copy", view), LEFT)
    qtbot.waitUntil(lambda: len(kept(assistant, "copied")) == 1)


def test_a_citation_that_is_opened(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.citation.2", view), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    qtbot.mouseClick(named("turn.citation.1", view), LEFT)
    qtbot.waitUntil(lambda: bool(kept(assistant, "citation_opened")))
    assert kept(assistant, "citation_opened") == [view.turn.id], "one whose document is gone shows nothing"


def test_each_question_is_heeded_once_its_answer_stands(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("When?")
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(assistant.chat.asked))
    assert kept(assistant, "heed") == []
    assistant.chat.gate.set()
    first = answered(qtbot, window)
    second = ask(qtbot, window, named, "That's wrong.")
    qtbot.waitUntil(lambda: kept(assistant, "heed") == [first.turn.id, second.turn.id])


def test_a_chat_kept_nowhere_leaves_no_sign(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    qtbot.mouseClick(named("sidebar.incognito"), LEFT)
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.copy", view), LEFT)
    qtbot.mouseClick(named("turn.citation.1", view), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    ask(qtbot, window, named, "No, I meant the garage.")
    qtbot.mouseClick(named("sidebar.new"), LEFT)
    kept_chat = ask(qtbot, window, named)
    qtbot.waitUntil(lambda: assistant.noticed == [("heed", kept_chat.turn.id)])


def test_a_failure_to_keep_one_is_not_told(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Semaphore(0)

    def fail(*_what: str) -> None:
        tried.release()
        raise HearthsideError("disk_full")

    monkeypatch.setattr(assistant, "note", fail)
    monkeypatch.setattr(assistant, "heed", fail)
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.copy", view), LEFT)
    qtbot.waitUntil(lambda: tried._value == 2)
    ask(qtbot, window, named, "And then?")
    assert window.chat.error.isHidden()
    assert not window.undo.isVisible()


def test_nobody_waits_for_a_sign(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    monkeypatch.setattr(assistant, "heed", lambda _turn_id: held.wait(10))
    ask(qtbot, window, named)
    view = ask(qtbot, window, named, "And then?")
    qtbot.mouseClick(named("turn.up", view), LEFT)
    qtbot.waitUntil(lambda: view.turn.rating == "up")
    assert not held.is_set()
    held.set()
