"""The chat page, by clicks and keys, over the fake assistant."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.chat.citation_chips import CitationChips
from app.chat.turn_view import TurnView
from app.chat.while_writing import WhileWriting
from app.shell.main_window import MainWindow
from app.widgets.code_block import CodeBlock
from engine.chat.values import AskOptions, Citation
from engine.errors import HearthsideError
from engine.learning.values import Returned
from engine.library.values import DocumentText, Scope, Source
from tests.fakes.assistant import CLAUSE, DEPOSIT, LEASE, FakeAssistant

Named = Callable[..., QWidget]
LEFT = Qt.MouseButton.LeftButton
LINES = " ".join(CLAUSE.split())


def ask(qtbot: QtBot, window: MainWindow, named: Named, question: str = "When does the lease end?") -> TurnView:
    before = len(window.chat.turns.views)
    qtbot.keyClicks(named("chat.question"), question)
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == before + 1)
    return answered(qtbot, window)


def answered(qtbot: QtBot, window: MainWindow) -> TurnView:
    qtbot.waitUntil(lambda: window.chat.turns.views[-1].turn is not None and window.chat._live is None)
    return window.chat.turns.views[-1]


def test_a_question_is_answered_with_citations_and_a_reason(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    view = ask(qtbot, window, named)
    assert view.turn is not None
    assert view.turn.answer == assistant.chat.script
    assert named("turn.question", view).text() == "When does the lease end?"
    assert "31 March 2027" in " ".join(part.toPlainText() for part in view.findChildren(QPlainTextEdit)) + str(
        view._answer._parts[0].toPlainText()
    )
    assert "two passages" in named("turn.reason", view).text()
    assert named("turn.citation.1", view).text() == "1 · lease-2024.pdf, page 3"
    assert view.findChildren(CodeBlock)[0].code.startswith("from datetime")
    qtbot.waitUntil(lambda: window.sidebar._model.rowCount() == 1)


def test_an_empty_question_is_not_sent(qtbot: QtBot, named: Named, assistant: FakeAssistant) -> None:
    assert not named("chat.send").isEnabled()
    qtbot.keyClicks(named("chat.question"), "   ")
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    assert not assistant.chat.asked


def test_shift_enter_is_a_new_line(qtbot: QtBot, named: Named, assistant: FakeAssistant) -> None:
    qtbot.keyClicks(named("chat.question"), "one")
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(named("chat.question"), "two")
    assert named("chat.question").toPlainText() == "one\ntwo"
    assert not assistant.chat.asked


def test_the_toggles_say_what_a_turn_may_draw_on(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    qtbot.mouseClick(named("chat.use_memory"), LEFT)
    qtbot.mouseClick(named("chat.use_adapter"), LEFT)
    ask(qtbot, window, named)
    assert assistant.chat.asked[-1][1] == AskOptions(
        documents=True, memory=False, adapter=False, scope=Scope(), compare="drawn"
    )


def test_stop_keeps_what_was_said(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("Go on")
    qtbot.mouseClick(named("chat.send"), LEFT)
    qtbot.waitUntil(lambda: bool(assistant.chat.asked))
    qtbot.mouseClick(named("chat.stop"), LEFT)
    view = answered(qtbot, window)
    assert view.turn is not None
    assert view.turn.finish == "cancelled"
    assert named("turn.note", view).text()
    assert named("chat.send")


def test_escape_stops(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("Go on")
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(assistant.chat.asked))
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert answered(qtbot, window)


def test_copy(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.copy", view), LEFT)
    assert QGuiApplication.clipboard().text() == assistant.chat.script


def test_regenerate_makes_a_sibling_and_both_can_be_seen(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    view = ask(qtbot, window, named)
    assistant.chat.script = "Another answer."
    qtbot.mouseClick(named("turn.regenerate", view), LEFT)
    qtbot.waitUntil(lambda: len(assistant.chat.asked) == 2)
    view = answered(qtbot, window)
    assert named("turn.count", view).text() == "2/2"
    qtbot.mouseClick(named("turn.previous", view), LEFT)
    qtbot.waitUntil(lambda: bool(window.chat.turns.views) and window.chat.turns.views[0].turn.sibling_index == 0)
    qtbot.mouseClick(named("turn.next", window.chat.turns.views[0]), LEFT)
    qtbot.waitUntil(
        lambda: bool(window.chat.turns.views) and window.chat.turns.views[0].turn.answer == "Another answer."
    )


def test_this_one_is_preferred(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.regenerate", view), LEFT)
    qtbot.waitUntil(lambda: len(assistant.chat.asked) == 2)
    view = answered(qtbot, window)
    qtbot.mouseClick(named("turn.prefer", view), LEFT)
    qtbot.waitUntil(lambda: bool(assistant.calls))
    assert assistant.calls == [("prefer", view.turn.id)]


def test_a_question_is_edited_in_place(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.edit", view), LEFT)
    field = named("turn.question_text", view)
    field.setPlainText("When does it begin?")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(assistant.chat.asked) == 2)
    view = answered(qtbot, window)
    assert assistant.chat.asked[1][0] == "When does it begin?"
    assert named("turn.question", view).text() == "When does it begin?"
    assert named("turn.count", view).text() == "2/2"


def test_an_answer_is_corrected_in_place(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.correct", view), LEFT)
    field = named("turn.correction_text", view)
    assert field.toPlainText() == assistant.chat.script
    assert not named("turn.correction_save", view).isEnabled()
    field.setPlainText("On 31 March.")
    qtbot.mouseClick(named("turn.correction_save", view), LEFT)
    qtbot.waitUntil(lambda: view.turn.corrected)
    assert assistant.calls == [("correct", view.turn.id, "On 31 March.")]
    assert "Corrected" in named("turn.note", view).text()


def test_escape_leaves_a_correction_without_saving(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.correct", view), LEFT)
    field = named("turn.correction_text", view)
    field.setPlainText("changed")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not assistant.calls
    assert named("turn.copy", view).isVisible()


def test_thumbs_and_taking_them_back(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    view = ask(qtbot, window, named)
    for expected in ("up", None, "up"):
        qtbot.mouseClick(named("turn.up", view), LEFT)
        qtbot.waitUntil(lambda expected=expected: view.turn.rating == expected)
    qtbot.mouseClick(named("turn.down", view), LEFT)
    qtbot.waitUntil(lambda: view.turn.rating == "down")
    assert not named("turn.up", view).isChecked()
    assert [call[2] for call in assistant.calls] == ["up", None, "up", "down"]


def test_a_thumb_that_takes_the_adapter_back_says_so(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.up", view), LEFT)
    qtbot.waitUntil(lambda: view.turn.rating == "up")
    assert not window.undo.isVisible()
    assistant.learning.returned = Returned(adapter="one", liked_before=0.8, liked_since=0.2, ratings=9, at_ms=1)
    qtbot.mouseClick(named("turn.down", view), LEFT)
    qtbot.waitUntil(window.undo.isVisible)
    assert "taken out of use" in window.undo.accessibleName()


def test_a_chat_is_kept_out_of_learning_and_taken_in_again(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.enabled = True
    view = ask(qtbot, window, named)
    thread = window.chat.thread_id
    window.show_page("chat")
    qtbot.waitUntil(named("chat.use_learn").isChecked)
    qtbot.mouseClick(named("chat.use_learn"), LEFT)
    qtbot.waitUntil(lambda: assistant.learning.refused_chats == {thread})
    qtbot.mouseClick(named("turn.correct", view), LEFT)
    named("turn.correction_text", view).setPlainText("What I meant.")
    qtbot.mouseClick(named("turn.correction_save", view), LEFT)
    qtbot.waitUntil(lambda: "kept out of learning" in window.undo.accessibleName())
    window.new_chat()
    qtbot.waitUntil(named("chat.use_learn").isChecked)
    window.chat.open_thread(thread)
    qtbot.waitUntil(lambda: not named("chat.use_learn").isChecked())
    qtbot.mouseClick(named("chat.use_learn"), LEFT)
    qtbot.waitUntil(lambda: not assistant.learning.refused_chats)


def test_a_new_chat_can_be_kept_out_before_it_begins(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.learning.enabled = True
    window.show_page("chat")
    qtbot.waitUntil(named("chat.use_learn").isChecked)
    qtbot.keyClick(named("chat.use_learn"), Qt.Key.Key_Space)
    ask(qtbot, window, named)
    qtbot.waitUntil(lambda: assistant.learning.refused_chats == {window.chat.thread_id})
    assert not named("chat.use_learn").isChecked()


def test_with_learning_off_no_chat_is_said_to_be_learned_from(window: MainWindow) -> None:
    assert not window.chat.composer._learn.isVisible()


def test_a_citation_opens_its_passage_marked_in_its_document(qtbot: QtBot, window: MainWindow, named: Named) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.citation.1", view), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    shown = named("passage.text")
    assert shown.toPlainText() == f"{LEASE}{CLAUSE}\n\n{DEPOSIT}"
    assert shown.extraSelections()[0].cursor.selectedText() == CLAUSE
    qtbot.mouseClick(named("passage.close"), LEFT)
    assert window.chat.passage.isHidden()


def previews(view: TurnView) -> list[str]:
    """The texts of the previews that are on show."""
    return [found.text() for found in view.findChildren(QLabel, "preview.text") if found.isVisible()]


def test_a_citation_in_the_answer_opens_its_passage(qtbot: QtBot, window: MainWindow, named: Named) -> None:
    view = ask(qtbot, window, named)
    prose = view._answer._parts[0]
    cursor = prose.document().find("[1]")
    cursor.setPosition(cursor.position() - 1)
    spot = prose.cursorRect(cursor).center()
    prose.hovered.emit(1, QRect(prose.mapToGlobal(spot), QSize(2, 12)))
    qtbot.waitUntil(lambda: previews(view) == [LINES])
    prose.hovered.emit(0, QRect())
    assert not previews(view)
    qtbot.mouseClick(prose.viewport(), LEFT, pos=spot)
    qtbot.waitUntil(window.chat.passage.isVisible)
    assert CLAUSE in named("passage.text").toPlainText()


def test_a_citation_shows_its_passage_under_the_pointer_and_by_a_key(
    qtbot: QtBot, window: MainWindow, named: Named
) -> None:
    view = ask(qtbot, window, named)
    chip = named("turn.citation.1", view)
    QApplication.sendEvent(chip, QEnterEvent(QPointF(5, 5), QPointF(5, 5), QPointF(5, 5)))
    assert not previews(view), "a pointer that passes by shows nothing"
    qtbot.waitUntil(lambda: previews(view) == [LINES])
    QApplication.sendEvent(chip, QEvent(QEvent.Type.Leave))
    assert not previews(view)
    qtbot.keyClick(chip, Qt.Key.Key_Down)
    assert previews(view) == [LINES]
    qtbot.keyClick(chip, Qt.Key.Key_Escape)
    assert not previews(view)
    assert chip.accessibleDescription() == LINES
    assert not window.chat.passage.isVisible()


def test_in_a_narrow_window_a_passage_takes_the_place_of_the_turns(
    qtbot: QtBot, window: MainWindow, named: Named
) -> None:
    view = ask(qtbot, window, named)
    window.resize(760, 640)
    qtbot.mouseClick(named("turn.citation.1", view), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    assert not window.chat.turns.isVisible()
    qtbot.mouseClick(named("passage.close"), LEFT)
    assert window.chat.turns.isVisible()
    assert window.chat.composer.question.isVisible()


def test_a_passage_whose_document_changed_is_shown_alone(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = DocumentText(document_id="lease", path="/lease.pdf", text="entirely different 😀")
    monkeypatch.setattr(assistant.library, "text", lambda _id: changed)
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.citation.1", view), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    assert named("passage.text").toPlainText() == CLAUSE
    assert "changed" in named("passage.note").text()


def test_a_passage_read_from_a_picture_says_so(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = assistant.library.source

    def scanned(uid: str) -> Source:
        found = source(uid)
        return msgspec.structs.replace(found, passage=msgspec.structs.replace(found.passage, ocr=True))

    monkeypatch.setattr(assistant.library, "source", scanned)
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.citation.1", view), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    assert "read from a picture" in named("passage.note").text()


def test_a_citation_of_a_file_that_is_away_says_so(qtbot: QtBot) -> None:
    chips = CitationChips()
    qtbot.addWidget(chips)
    away = Citation(
        number=1, chunk_id="c", document_id="d", path="/a/<b>.txt", page=None, start=0, end=1, text="x", away="away"
    )
    chips.show_citations([away])
    chips.show()
    chip = chips.findChild(QPushButton, "turn.citation.1")
    assert chip.accessibleName() == "1 · <b>.txt · away"
    qtbot.keyClick(chip, Qt.Key.Key_Down)
    assert "not plugged in" in chips.findChild(QLabel, "preview.place").accessibleName()


def test_a_removed_passage_says_so(qtbot: QtBot, window: MainWindow, named: Named) -> None:
    view = ask(qtbot, window, named)
    qtbot.mouseClick(named("turn.citation.2", view), LEFT)
    qtbot.waitUntil(window.chat.passage.isVisible)
    assert "removed" in named("passage.note").text()


def test_a_failure_is_explained_and_the_question_is_not_lost(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.chat.fail_with = HearthsideError("unexpected", kind="ValueError")
    named("chat.question").setPlainText("Why?")
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(window.chat.error.isVisible)
    assert named("error.title", window.chat).text()
    assert named("chat.question").toPlainText() == "Why?"
    assistant.chat.fail_with = None
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    answered(qtbot, window)
    assert window.chat.error.isHidden()


def test_an_answer_goes_on_while_another_thread_is_read(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    ask(qtbot, window, named, "First")
    first = window.chat.thread_id
    window.new_chat()
    assistant.chat.gate.clear()
    named("chat.question").setPlainText("Second")
    qtbot.keyClick(named("chat.question"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.chat.thread_id not in (None, first))
    second = window.chat.thread_id
    window.chat.open_thread(first)
    qtbot.waitUntil(lambda: window.chat.thread_id == first)
    window.chat.open_thread(second)
    qtbot.waitUntil(lambda: window.chat.thread_id == second and bool(window.chat.turns.views))
    assistant.chat.gate.set()
    qtbot.waitUntil(lambda: window.chat._live is None)
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == 1 and window.chat.turns.views[0].turn is not None)
    assert window.chat.turns.views[0].turn.question == "Second"


def test_a_long_thread_shows_its_end_and_its_beginning_on_demand(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    assistant.chat.script = "Short."
    thread = None
    for number in range(40):
        for event in assistant.chat.ask(f"Question {number}", thread_id=thread):
            thread = getattr(event, "thread_id", thread)
    window.chat.open_thread(thread)
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == 30)
    assert window.chat.turns.views[-1].question == "Question 39"
    qtbot.mouseClick(named("chat.earlier"), LEFT)
    qtbot.waitUntil(lambda: len(window.chat.turns.views) == 40)
    assert window.chat.turns.views[0].question == "Question 0"


def test_a_very_long_question_is_shown_shortened(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant
) -> None:
    window.chat.ask("long " * 40_000)
    view = answered(qtbot, window)
    assert len(assistant.chat.asked[0][0]) == 200_000
    assert len(named("turn.question", view).text()) < 5000


def test_an_example_is_asked(qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant) -> None:
    words = named("chat.example_1").text()
    qtbot.mouseClick(named("chat.example_1"), LEFT)
    answered(qtbot, window)
    assert assistant.chat.asked[0][0] == words


def test_labels_never_read_html(qtbot: QtBot, window: MainWindow, named: Named) -> None:
    view = ask(qtbot, window, named, "<img src='file:///etc/hostname'><b>x</b>")
    labels = [*view.findChildren(QLabel), *window.findChildren(QLabel)]
    assert all(shown.textFormat() == Qt.TextFormat.PlainText for shown in labels if shown.text())
    assert not window.findChildren(QDialog)


def test_a_training_makes_way_while_its_owner_writes(
    qtbot: QtBot, window: MainWindow, named: Named, assistant: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = window.chat.findChild(WhileWriting)._pause
    monkeypatch.setattr(pause, "start", lambda: type(pause).start(pause, 200))
    qtbot.keyClicks(named("chat.question"), "When?")
    assert assistant.learning.making_way == 1
    qtbot.waitUntil(lambda: assistant.learning.making_way == 0)
    qtbot.keyClicks(named("chat.question"), "!")
    assert assistant.learning.making_way == 1
    qtbot.waitUntil(lambda: assistant.learning.making_way == 0)
