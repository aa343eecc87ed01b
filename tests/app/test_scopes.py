"""What to search in: chosen by keys or clicks, shown as chips, kept with the conversation."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.chat.scope_choices import choices
from app.chat.scope_popup import ScopePopup
from app.shell.main_window import MainWindow
from engine.library.values import Scope
from tests.fakes.assistant import FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton
NOTES, FLAT = "/home/ada/Notes", "/home/ada/Flat & garden"


@pytest.fixture
def filled(assistant: FakeAssistant) -> FakeAssistant:
    """Two folders, and a collection of one of them. (Ask for it before `window`: the page reads them when it opens.)"""
    assistant.library.add([Path(NOTES), Path(FLAT)])
    assistant.library.collections.new("Home matters", [FLAT])
    return assistant


def popup(qtbot: QtBot, named: Named) -> ScopePopup:
    """Opened with a click, once there is something to choose from."""
    qtbot.mouseClick(named("chat.search_in"), LEFT)
    return loaded(qtbot)


def loaded(qtbot: QtBot) -> ScopePopup:
    def shown() -> list[QWidget]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, ScopePopup) and one.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1 and shown()[0].list.count() > 0)
    return shown()[0]


def choose(qtbot: QtBot, made: ScopePopup, text: str) -> None:
    """Typed, and taken with Enter."""
    qtbot.keyClicks(made.search, text)
    with qtbot.waitSignal(made.picked):
        qtbot.keyClick(made.search, Qt.Key.Key_Return)


def ask(qtbot: QtBot, window: MainWindow, named: Named, question: str = "When does it end?") -> None:
    qtbot.keyClicks(named("chat.question"), question)
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and window.chat.turns.views[-1].turn is not None)
    qtbot.waitUntil(lambda: window.chat._live is None)


def test_what_is_typed_finds_collections_folders_files_types_and_days(filled: FakeAssistant) -> None:
    offered = choices(filled, date(2026, 5, 9))
    unasked = [one.part.words for one in offered.matching("")]
    assert unasked[:4] == ["Home matters", "Notes", "Flat & garden", "Type TXT"]
    assert [one.part.value for one in offered.matching("") if one.part.kind == "since"] == [
        "2026-05-09", "2026-05-02", "2026-04-09", "2026-01-01"
    ]  # fmt: skip
    assert [one.part.value for one in offered.matching("HOME")] == list(filled.library.collections.kept)
    assert [one.part.value for one in offered.matching("garden")] == [FLAT]
    assert [one.part.value for one in offered.matching("note-3")] == [f"{NOTES}/note-3.txt", f"{FLAT}/note-3.txt"]
    assert [one.part.words for one in offered.matching("2025-02-28")] == ["Changed since 2025-02-28"]
    assert offered.matching("nothing is called this") == []


def test_a_question_is_asked_of_what_was_chosen(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    choose(qtbot, popup(qtbot, named), "home")
    choose(qtbot, popup(qtbot, named), "type t")
    [home] = filled.library.collections.kept
    assert named(f"scope.collection.{home}").text() == "Home matters"
    ask(qtbot, window, named)
    assert filled.chat.asked[-1][1].scope == Scope(collections=(home,), types=("txt",))


def test_a_choice_is_made_with_the_mouse(qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named) -> None:
    made = popup(qtbot, named)
    [item] = made.list.findItems("Flat & garden", Qt.MatchFlag.MatchStartsWith)
    with qtbot.waitSignal(made.picked):
        qtbot.mouseClick(made.list.viewport(), LEFT, pos=made.list.visualItemRect(item).center())
    assert window.chat.composer.scope.scope == Scope(places=(FLAT,))
    assert named(f"scope.place.{FLAT}").text() == "Flat && garden", "an ampersand makes no key of the next letter"


def test_arrows_move_and_escape_chooses_nothing(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    made = popup(qtbot, named)
    qtbot.keyClick(made.search, Qt.Key.Key_Down)
    assert made.list.currentRow() == 1
    with qtbot.waitSignal(made.left):
        qtbot.keyClick(made.search, Qt.Key.Key_Escape)
    assert window.chat.composer.scope.scope == Scope()


def test_it_is_opened_by_its_key_and_says_when_nothing_fits(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow
) -> None:
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    made = loaded(qtbot)
    qtbot.keyClicks(made.search, "zzz")
    qtbot.waitUntil(lambda: not made._nothing.isHidden())
    made.close()


def test_chips_are_removed_by_keys_and_by_clicks(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    for text in ("home", "notes", "this year"):
        choose(qtbot, popup(qtbot, named), text)
    bar = window.chat.composer.scope
    [home] = filled.library.collections.kept
    window.activateWindow()
    named(f"scope.collection.{home}").setFocus()
    qtbot.keyClick(named(f"scope.collection.{home}"), Qt.Key.Key_Delete)
    assert bar.scope.collections == ()
    assert bar._chips[0].hasFocus(), "the keyboard goes on to the next"
    qtbot.mouseClick(named(f"scope.place.{NOTES}"), LEFT)
    qtbot.keyClick(bar._chips[0], Qt.Key.Key_Backspace)
    assert not bar.scope
    assert bar.isHidden()
    qtbot.waitUntil(named("chat.question").hasFocus)


def test_another_day_takes_the_place_of_the_first(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    for text in ("today", "2025-01-31"):
        choose(qtbot, popup(qtbot, named), text)
    assert window.chat.composer.scope.scope == Scope(since=date(2025, 1, 31))
    assert len(window.chat.composer.scope._chips) == 1


def test_the_scope_is_kept_with_the_conversation(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    choose(qtbot, popup(qtbot, named), "notes")
    ask(qtbot, window, named)
    first = window.chat.thread_id
    choose(qtbot, popup(qtbot, named), "this year")
    qtbot.waitUntil(lambda: filled.chat.scopes[first].since is not None)
    window.new_chat()
    assert not window.chat.composer.scope.scope, "a new one is asked of everything"
    window.chat.open_thread(first)
    qtbot.waitUntil(lambda: len(window.chat.composer.scope._chips) == 2)
    assert window.chat.composer.scope.scope == filled.chat.scopes[first]


def test_an_answer_made_again_is_of_what_was_asked_of_then_and_an_edited_question_of_what_is_chosen_now(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    ask(qtbot, window, named)
    choose(qtbot, popup(qtbot, named), "notes")
    for times, question in ((2, None), (3, "And now?")):
        window.chat._again(window.chat.turns.views[0].turn.id, question)
        qtbot.waitUntil(lambda times=times: len(filled.chat.asked) == times and window.chat._live is None)
    assert [options.scope for _, options in filled.chat.asked] == [Scope(), None, Scope(places=(NOTES,))]


def test_an_incognito_chat_keeps_its_scope_to_itself(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    window.new_incognito()
    choose(qtbot, popup(qtbot, named), "notes")
    ask(qtbot, window, named)
    [private] = filled.incognitos
    assert list(private.chat.scopes.values()) == [Scope(places=(NOTES,))]
    assert filled.chat.scopes == {}
    window.new_chat()
    assert not window.chat.composer.scope.scope


def test_without_documents_there_is_nothing_to_limit(
    qtbot: QtBot, filled: FakeAssistant, window: MainWindow, named: Named
) -> None:
    choose(qtbot, popup(qtbot, named), "notes")
    qtbot.mouseClick(named("chat.use_documents"), LEFT)
    assert not named("chat.search_in").isEnabled()
    assert not named(f"scope.place.{NOTES}").isEnabled()
