"""Two drafts to choose from, on the chat page, by clicks and keys, over the fake assistant."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.chat.drafts_view import DraftsView
from app.chat.turn_view import TurnView
from app.shell.main_window import MainWindow
from app.style.theme import Theme
from app.tasks import Tasks
from engine.errors import InputRefused
from engine.words import say
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton
ALT = Qt.KeyboardModifier.AltModifier
DRAFTS = ("The lease ends on 31 March 2027 [1].", "It ends in spring, on **31 March**.")


@pytest.fixture
def compared(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> TurnView:
    """A question answered twice."""
    assistant.learning.turn_on()
    assistant.chat.drafts = DRAFTS
    return ask(qtbot, window, named)


def ask(qtbot: QtBot, window: MainWindow, named: Named, question: str = "When does the lease end?") -> TurnView:
    before = len(window.chat.turns.views)
    named("chat.question").setPlainText(question)
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == before + 1)
    qtbot.waitUntil(lambda: window.chat._live is None)
    return window.chat.turns.views[-1]


def words(widget: QWidget) -> str:
    return "\n".join(part.text() for part in widget.findChildren(QLabel) if part.isVisible())


def settled(qtbot: QtBot, view: TurnView) -> None:
    qtbot.waitUntil(lambda: not view.has_drafts)


def test_both_drafts_are_shown_and_nothing_tells_by_what_they_were_made(compared: TurnView, named: Named) -> None:
    shown = named("turn.drafts", compared)
    assert all(named(f"drafts.{name}", shown).isVisible() for name in ("draft_a", "draft_b", "left", "right", "skip"))
    assert not named("turn.drafts", compared).toolTip()
    assert say("chat_page.drafts_title") in words(shown)
    hidden = ("turn.reason", "turn.copy", "turn.count", "turn.prefer")
    assert not any(compared.findChild(QWidget, name).isVisible() for name in hidden)


@pytest.mark.parametrize(
    ("choice", "key", "draft"),
    [
        ("left", Qt.Key.Key_1, 0),
        ("right", Qt.Key.Key_2, 1),
        ("both", Qt.Key.Key_3, 0),
        ("neither", Qt.Key.Key_4, 0),
    ],
)
@pytest.mark.parametrize("by_key", [True, False])
def test_a_choice_is_kept_and_what_was_chosen_goes_on(
    qtbot: QtBot,
    window: MainWindow,
    compared: TurnView,
    named: Named,
    assistant: FakeAssistant,
    *,
    choice: str,
    key: Qt.Key,
    draft: int,
    by_key: bool,
) -> None:
    left = compared.turn
    if by_key:
        window.activateWindow()
        qtbot.keyClick(named("chat.question"), key, ALT)
    else:
        qtbot.mouseClick(named(f"drafts.{choice}"), LEFT)
    settled(qtbot, compared)
    assert assistant.calls == [("choose", left.id, choice)]
    assert compared.turn.answer == DRAFTS[draft]
    assert named("turn.count", compared).text() == f"{draft + 1}/2"
    assert named("turn.reason", compared)
    assert named("undo.words").accessibleName() == say("chat_page.picked")
    assert window.focusWidget() is named("chat.question")


def test_the_other_draft_is_another_version_of_the_answer(
    qtbot: QtBot, window: MainWindow, compared: TurnView, named: Named
) -> None:
    qtbot.mouseClick(named("drafts.right"), LEFT)
    settled(qtbot, compared)
    qtbot.mouseClick(named("turn.previous", compared), LEFT)
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and window.chat.turns.views[0].turn.answer == DRAFTS[0])


@pytest.mark.parametrize("way", ["escape", "skip", "ask"])
def test_going_on_without_a_choice_says_nothing_of_either(
    qtbot: QtBot, window: MainWindow, compared: TurnView, named: Named, assistant: FakeAssistant, *, way: str
) -> None:
    if way == "escape":
        window.activateWindow()
        qtbot.keyClick(window, Qt.Key.Key_Escape)
    elif way == "skip":
        qtbot.mouseClick(named("drafts.skip"), LEFT)
    else:
        ask(qtbot, window, named, "And then?")
    settled(qtbot, compared)
    assert assistant.calls == []
    assert compared.turn.answer == DRAFTS[0]
    assert named("turn.count", compared).text() == "1/2"


def test_while_both_are_written_that_is_said_and_stop_leaves_one(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.chat.drafts = DRAFTS
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("When does the lease end?")
    qtbot.mouseClick(named("chat.send"), LEFT)
    waiting = say("chat_page.comparing")
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and waiting in words(window.chat.turns.views[0]))
    qtbot.mouseClick(named("chat.stop"), LEFT)
    qtbot.waitUntil(lambda: window.chat._live is None)
    view = window.chat.turns.views[0]
    assert not view.has_drafts
    assert view.turn.answer == DRAFTS[0]
    assert waiting not in words(view)


def test_the_choice_is_still_there_after_a_look_at_another_conversation(
    qtbot: QtBot, window: MainWindow, compared: TurnView, named: Named
) -> None:
    thread = window.chat.thread_id
    window.chat.new_thread()
    qtbot.waitUntil(lambda: not window.chat.turns.views)
    window.chat.open_thread(thread)
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and window.chat.turns.views[0].has_drafts)
    qtbot.mouseClick(named("drafts.right"), LEFT)
    settled(qtbot, window.chat.turns.views[0])
    assert window.chat.turns.views[0].turn.answer == DRAFTS[1]


def test_a_choice_that_ends_elsewhere_is_shown_on_return(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.chat.drafts = DRAFTS
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("When does the lease end?")
    qtbot.mouseClick(named("chat.send"), LEFT)
    qtbot.waitUntil(lambda: window.chat.thread_id is not None)
    thread = window.chat.thread_id
    window.chat.new_thread()
    assistant.chat.gate.set()
    qtbot.waitUntil(lambda: window.chat._live is None)
    window.chat.open_thread(thread)
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and window.chat.turns.views[0].has_drafts)


@pytest.mark.parametrize("way", ["incognito", "kept_out", "again"])
def test_where_nothing_may_be_learned_or_another_answer_is_asked_for_there_is_one(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, way: str
) -> None:
    assistant.learning.turn_on()
    if way == "incognito":
        window.new_incognito()
        assistant.incognitos[-1].chat.drafts = DRAFTS
    if way == "kept_out":
        window.chat.follow_learning()
        qtbot.mouseClick(named("chat.use_learn"), LEFT)
        assistant.chat.drafts = DRAFTS
    view = ask(qtbot, window, named)
    if way == "again":
        assistant.chat.drafts = DRAFTS
        qtbot.mouseClick(named("turn.regenerate", view), LEFT)
        qtbot.waitUntil(lambda: view.turn is not None and len(view.turn.sibling_ids) == 2)
    assert not view.has_drafts
    assert view.turn.answer not in DRAFTS


def test_a_choice_that_could_not_be_kept_is_told_and_the_left_draft_stands(
    qtbot: QtBot,
    compared: TurnView,
    named: Named,
    assistant: FakeAssistant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(turn_id: str, choice: str) -> None:
        raise InputRefused("comparison_chosen", turn=turn_id)

    monkeypatch.setattr(assistant, "choose", refuse)
    qtbot.mouseClick(named("drafts.right"), LEFT)
    settled(qtbot, compared)
    assert named("error.title").text()
    assert compared.turn.answer == DRAFTS[0]


def test_a_cited_passage_opens_from_a_draft(qtbot: QtBot, window: MainWindow, compared: TurnView, named: Named) -> None:
    card = named("drafts.draft_b", compared)
    qtbot.mouseClick(named("turn.citation.1", card), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    assert compared.has_drafts


def test_a_second_click_is_not_heard(qtbot: QtBot, tasks: Tasks, theme: Theme, compared: TurnView) -> None:
    drafts = DraftsView(theme, tasks, compared.turn, compared.turn)
    qtbot.addWidget(drafts)
    heard = []
    drafts.picked.connect(heard.append)
    drafts.show()
    for name in ("drafts.left", "drafts.right"):
        qtbot.mouseClick(drafts.findChild(QWidget, name), LEFT)
    assert heard == ["left"]


def test_narrow_they_stand_one_above_the_other(qtbot: QtBot, tasks: Tasks, theme: Theme, compared: TurnView) -> None:
    drafts = DraftsView(theme, tasks, compared.turn, compared.turn)
    qtbot.addWidget(drafts)
    drafts.show()
    for width, beside in ((900, True), (320, False), (900, True)):
        drafts.resize(width, 600)
        qtbot.waitUntil(lambda wanted=beside: drafts.is_beside == wanted)


def test_tab_goes_through_the_drafts_to_the_buttons(
    qtbot: QtBot, window: MainWindow, compared: TurnView, named: Named
) -> None:
    window.activateWindow()
    named("drafts.left").setFocus()
    order = []
    for _ in range(5):
        order.append(QApplication.focusWidget().objectName())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert order == ["drafts.left", "drafts.right", "drafts.both", "drafts.neither", "drafts.skip"]
