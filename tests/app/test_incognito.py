"""A chat that is kept nowhere, by clicks and keys: begun, said to be one, judged, left, and gone."""

import contextlib
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.shell.main_window import MainWindow
from engine.assistant import Assistant
from engine.settings import Settings
from engine.store.values import WithPassphrase
from engine.words import say
from tests.app.test_chat_page import answered, ask
from tests.fakes.assistant import FakeAssistant, FakeIncognito

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
SECRET = "What is the cure for a snorkelwhistle?"


def begin(qtbot: QtBot, named: Named, assistant: FakeAssistant) -> FakeIncognito:
    qtbot.mouseClick(named("sidebar.incognito"), LEFT)
    return assistant.incognitos[-1]


def said(named: Named) -> str:
    return str(named("undo").accessibleName())


def test_it_is_begun_by_a_button_and_says_what_it_is(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assert window.chat.notice.isHidden()
    private = begin(qtbot, named, assistant)
    assert named("chat.incognito_words").text() == say("chat_page.incognito_notice")
    assert named("chat.question").hasFocus()
    ask(qtbot, window, named, SECRET)
    ask(qtbot, window, named, "And where does it live?")
    assert [question for question, _ in private.chat.asked] == [SECRET, "And where does it live?"]
    assert len(private.chat.turns(window.chat.thread_id)) == 2
    assert assistant.chat.asked == []


def test_it_is_begun_by_keys_from_any_page(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    window.show_page("library")
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_N, CTRL_SHIFT)
    assert named("chat.incognito").isVisible()
    ask(qtbot, window, named, SECRET)
    assert assistant.chat.asked == []


def test_it_is_in_no_list(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    list(assistant.chat.ask("Apples"))
    begin(qtbot, named, assistant)
    ask(qtbot, window, named, SECRET)
    window.sidebar.reload()
    qtbot.waitUntil(lambda: window.sidebar._model.rowCount() == 1)
    qtbot.keyClicks(named("sidebar.search"), "snorkel")
    qtbot.waitUntil(lambda: named("sidebar.empty").isVisible())
    assert window.sidebar._model.rowCount() == 0


def test_answers_are_made_again_edited_and_chosen_in_it(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    private = begin(qtbot, named, assistant)
    view = ask(qtbot, window, named, SECRET)
    qtbot.mouseClick(named("turn.regenerate", view), LEFT)
    qtbot.waitUntil(lambda: len(private.chat.asked) == 2)
    view = answered(qtbot, window)
    qtbot.mouseClick(named("turn.previous", view), LEFT)
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and window.chat.turns.views[0].turn.sibling_index == 0)
    qtbot.mouseClick(named("turn.edit", window.chat.turns.views[0]), LEFT)
    field = named("turn.question_text")
    field.setPlainText("And for two of them?")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(private.chat.asked) == 3)
    assert answered(qtbot, window).turn.sibling_index == 2
    qtbot.mouseClick(named("turn.citation.1"), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    assert assistant.chat.asked == []


def test_what_is_thought_of_it_stays_in_it_and_the_bar_says_so(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    begin(qtbot, named, assistant)
    view = ask(qtbot, window, named, SECRET)
    qtbot.mouseClick(named("turn.up", view), LEFT)
    qtbot.waitUntil(lambda: view.turn.rating == "up")
    assert said(named) == say("chat_page.incognito_noted")
    window.undo.hide()
    qtbot.mouseClick(named("turn.correct", view), LEFT)
    named("turn.correction_text", view).setPlainText("There is none.")
    qtbot.mouseClick(named("turn.correction_save", view), LEFT)
    qtbot.waitUntil(lambda: view.turn.corrected)
    assert said(named) == say("chat_page.incognito_noted")
    assert assistant.calls == []
    assert assistant.memory.kept == {}


@pytest.mark.parametrize("to", ["new chat", "another chat", "another incognito chat"])
def test_leaving_it_ends_it_without_a_question(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, to: str
) -> None:
    list(assistant.chat.ask("Apples"))
    window.sidebar.reload()
    private = begin(qtbot, named, assistant)
    ask(qtbot, window, named, SECRET)
    qtbot.keyClicks(named("chat.question"), "Not sent yet")
    if to == "new chat":
        qtbot.mouseClick(named("sidebar.new"), LEFT)
    elif to == "another chat":
        view = named("sidebar.threads")
        qtbot.waitUntil(lambda: view.model().rowCount() == 1)
        qtbot.mouseClick(view.viewport(), LEFT, pos=view.visualRect(view.model().index(0, 0)).center())
        qtbot.waitUntil(lambda: [it.question for it in window.chat.turns.views] == ["Apples"])
    else:
        begin(qtbot, named, assistant)
    qtbot.waitUntil(private.closed.is_set)
    assert said(named) == say("chat_page.incognito_gone")
    assert window.chat.notice.isVisible() is (to == "another incognito chat")
    assert named("chat.question").toPlainText() == ""
    assert SECRET not in [view.question for view in window.chat.turns.views]


def test_another_page_does_not_end_it(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    private = begin(qtbot, named, assistant)
    ask(qtbot, window, named, SECRET)
    qtbot.mouseClick(named("nav.library"), LEFT)
    qtbot.mouseClick(named("nav.chat"), LEFT)
    window.pages.forgot.emit()  # the page reads its turns anew
    ask(qtbot, window, named, "And where does it live?")
    assert len(private.chat.turns(window.chat.thread_id)) == 2
    assert not private.closed.is_set()


def test_an_answer_is_stopped_when_it_is_left_and_the_chat_closed_after(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    private = begin(qtbot, named, assistant)
    private.chat.gate.clear()
    named("chat.question").setPlainText(SECRET)
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.chat.thread_id is not None)
    thread_id, finished, close = window.chat.thread_id, [], private.close

    def closing() -> None:
        finished.extend(turn.timings is not None for turn in private.chat.turns(thread_id))
        close()

    private.close = closing
    qtbot.mouseClick(named("sidebar.new"), LEFT)
    qtbot.waitUntil(private.closed.is_set)
    assert finished == [True], "its last words were written before there was nowhere to write them"
    assert private.chat.turns(thread_id)[0].finish == "cancelled"
    qtbot.waitUntil(lambda: window.chat._live is None)
    assert window.chat.turns.views == ()
    ask(qtbot, window, named, "Which colour?")
    assert [question for question, _ in assistant.chat.asked] == ["Which colour?"]


def test_an_answer_of_a_kept_chat_goes_on_while_it_lasts(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("Go on")
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.chat.thread_id is not None)
    kept = window.chat.thread_id
    begin(qtbot, named, assistant)
    qtbot.mouseClick(named("sidebar.new"), LEFT)
    assistant.chat.gate.set()
    qtbot.waitUntil(lambda: window.chat._live is None)
    assert assistant.chat.turns(kept)[0].finish == "stop"


def test_a_late_reply_is_not_shown_in_the_chat_that_follows(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    private = begin(qtbot, named, assistant)
    view = ask(qtbot, window, named, SECRET)
    window.chat._choose(view.turn.id)
    qtbot.mouseClick(named("sidebar.new"), LEFT)
    qtbot.waitUntil(private.closed.is_set)
    assert window.chat.turns.views == ()


def test_closing_says_that_its_answer_will_not_be_kept(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    private = begin(qtbot, named, assistant)
    private.chat.gate.clear()
    window.chat.ask(SECRET)
    window.close()
    [asked] = window.findChildren(QDialog, "confirm")
    assert say("window.running_incognito") in " ".join(label.text() for label in asked.findChildren(QLabel))
    qtbot.mouseClick(named("confirm.cancel"), LEFT)
    private.chat.gate.set()
    answered(qtbot, window)


@pytest.mark.model
def test_the_window_over_a_real_profile_keeps_nothing(qtbot: QtBot, tmp_path, models_folder, tasks, theme) -> None:
    assistant, _ = Assistant.create(tmp_path / "profile", WithPassphrase("Seven geese at once"), models=models_folder)
    with contextlib.closing(assistant):
        window = MainWindow(assistant, tasks, theme)
        qtbot.addWidget(window)
        assistant.change_settings(Settings(answer_tokens=16))
        window.show()
        window.new_incognito()
        window.chat.ask(SECRET)
        qtbot.waitUntil(lambda: window.chat._live is None, timeout=60_000)
        view = window.chat.turns.views[0]
        window.chat._rate(view.turn.id, "up")
        qtbot.waitUntil(lambda: view.turn.rating == "up")
        window.new_chat()
        window.chat.ask("Which colour is the sky?")
        qtbot.waitUntil(lambda: window.chat._live is None, timeout=60_000)
        assert [thread.title for thread in assistant.chat.threads()] == ["Which colour is the sky?"]
        tasks.close(lambda: None)


def test_it_never_offers_to_be_learned_from(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.enabled = True
    window.show_page("chat")
    assert named("chat.use_learn").isChecked()
    begin(qtbot, named, assistant)
    qtbot.waitUntil(lambda: not window.chat.composer._learn.isVisible())
    ask(qtbot, window, named, SECRET)
    assert not window.chat.composer._learn.isVisible()
    qtbot.mouseClick(named("sidebar.new"), LEFT)
    assert named("chat.use_learn").isChecked()
