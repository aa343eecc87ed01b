"""One turn on the page: the question, its answer, the passages it cites, and what can be done with it."""

from enum import StrEnum
from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.chat.citation_chips import CitationChips
from app.chat.drafts_view import DraftsView
from app.chat.in_place import InPlaceEditor
from app.style import icons
from app.style.theme import Theme
from app.tasks import Tasks
from app.widgets.answer_view import AnswerView
from app.widgets.buttons import button, tool
from app.widgets.labels import label, plain_tip
from app.widgets.work_card import remaining
from engine.chat.values import Citation, Reading, Route, Turn
from engine.words import say

_SHOWN_QUESTION = 4000
_WIDEST = 200
_BUBBLE_SIDES = 36


class Act(StrEnum):
    """What the owner can ask of a turn, or do with its answer; `TurnView.acted` carries it with the turn's id and a
    text."""

    REGENERATE = "regenerate"
    EDIT = "edit"
    CORRECT = "correct"
    UP = "up"
    DOWN = "down"
    UNRATE = "unrate"
    CHOOSE = "choose"
    PREFER = "prefer"
    COPIED = "copied"
    OPENED = "opened"


class TurnView(QFrame):
    """`acted`: an Act, the turn's id, and the text that goes with it. `picked`: of two drafts the left one's turn, and
    what was chosen or "". `cited`: a Citation to open. `editing`: an editor to bring into sight."""

    acted = Signal(str, str, str)
    picked = Signal(str, str)
    cited = Signal(object)
    editing = Signal(QWidget)

    def __init__(self, theme: Theme, tasks: Tasks, question: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tasks = tasks
        self.turn: Turn | None = None
        self.question = question
        self.setObjectName("chat.turn")
        self._bubble = _Bubble(question)
        self._bubble.edit.clicked.connect(self._edit_question)
        self._answer = AnswerView(theme, tasks)
        self._answer.copied.connect(lambda: self._act(Act.COPIED))
        self._waiting = label(say("chat_page.thinking"), "muted", name="turn.waiting")
        self._note = label(look="small", name="turn.note")
        self._chips = CitationChips()
        self._chips.opened.connect(self._open)
        self._answer.cited.connect(self._chips.open_number)
        self._answer.hovered.connect(self._chips.preview)
        self._reason = label(look="small", name="turn.reason")
        self._editor: InPlaceEditor | None = None
        self._drafts: DraftsView | None = None
        self._bar = self._action_bar()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 18)
        column.setSpacing(10)
        column.addWidget(self._bubble)
        for part in (self._waiting, self._answer, self._note, self._chips, self._reason, self._bar):
            column.addWidget(part)
        self._column = column
        self._quiet()

    def stream(self, answer: str, route: Route | None) -> None:
        """Show the answer so far."""
        self._waiting.setVisible(not answer)
        self._answer.show_text(answer, complete=False)
        self._show_route(route)

    def show_reading(self, reading: Reading) -> None:
        """Show which file is being read, below what was said of those before."""
        words = say("chat_page.reading", number=reading.done + 1, total=reading.total, name=PurePath(reading.path).name)
        left = "" if reading.eta_s is None else f" {remaining(reading.eta_s)}"
        self._waiting.setText(words + left)
        self._waiting.show()

    @property
    def has_drafts(self) -> bool:
        """Whether a choice between two drafts is offered here."""
        return self._drafts is not None

    def expect_two(self) -> None:
        """Show that two answers are being made to choose from; nothing of either is told before both are there."""
        self._waiting.setText(say("chat_page.comparing"))
        self._waiting.show()

    def show_drafts(self, left: Turn, right: Turn) -> None:
        """Offer the choice between two drafts in the place of the answer; `picked` tells it."""
        self._take(left)
        self._quiet()
        self._waiting.hide()
        self._answer.hide()
        self._drafts = DraftsView(self._theme, self._tasks, left, right)
        self._drafts.picked.connect(lambda choice: self.picked.emit(left.id, choice))
        self._drafts.cited.connect(self.cited)
        self._column.addWidget(self._drafts)

    def show_turn(self, turn: Turn) -> None:
        """Show `turn` as it was recorded."""
        self._take(turn)
        self._waiting.hide()
        self._answer.show_text(turn.answer, complete=True, citations=[one.number for one in turn.citations])
        self._show_note(turn)
        self._chips.show_citations(turn.citations)
        self._show_route(turn.route)
        self._show_actions(turn)

    def begin_again(self, question: str) -> None:
        """Show that another answer is being made in this place."""
        self._close_editor()
        self._close_drafts()
        self.turn = None
        self.question = question
        self._bubble.show_question(question)
        self._answer.show_text("", complete=False)
        self._quiet()

    def _quiet(self) -> None:
        for part in (self._note, self._chips, self._reason, self._bar, self._bubble.edit):
            part.hide()
        self._waiting.setText(say("chat_page.thinking"))
        self._waiting.show()

    def _take(self, turn: Turn) -> None:
        self._close_drafts()
        self.turn = turn
        self.setObjectName(f"chat.turn.{turn.id}")
        self.setAccessibleName(say("chat_page.turn_accessible", question=turn.question[:120]))
        self._bubble.show_question(turn.question)
        self.question = turn.question

    def _close_drafts(self) -> None:
        if self._drafts is not None:
            self._drafts.hide()
            self._drafts.deleteLater()
            self._drafts = None
            self._answer.show()

    def _action_bar(self) -> QWidget:
        self._copy = tool("turn.copy", "copy", say("chat_page.copy"), self._copy_answer)
        self._regenerate = self._acting("turn.regenerate", "regenerate", "chat_page.regenerate", Act.REGENERATE)
        self._correct = tool("turn.correct", "correct", say("chat_page.correct"), self._correct_answer)
        self._up = tool("turn.up", "up", say("chat_page.up"), lambda: self._rate("up"), checkable=True)
        self._down = tool("turn.down", "down", say("chat_page.down"), lambda: self._rate("down"), checkable=True)
        self._previous = tool("turn.previous", "left", say("chat_page.previous"), lambda: self._choose(-1))
        self._count = label(look="small", wrap=False, name="turn.count")
        self._next = tool("turn.next", "right", say("chat_page.next"), lambda: self._choose(1))
        self._prefer = button(
            "turn.prefer",
            say("chat_page.prefer"),
            lambda: self._act(Act.PREFER),
            look="quiet",
            icon="star",
            role="muted",
        )
        self._prefer.setToolTip(plain_tip(say("chat_page.prefer_tip")))
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for part in (self._copy, self._regenerate, self._correct, self._up, self._down):
            row.addWidget(part)
        row.addSpacing(10)
        for other in (self._previous, self._count, self._next, self._prefer):
            row.addWidget(other)
        row.addStretch(1)
        return bar

    def _acting(self, name: str, icon: str, words: str, act: Act) -> QToolButton:
        return tool(name, icon, say(words), lambda: self._act(act))

    def _show_note(self, turn: Turn) -> None:
        notes = []
        if turn.corrected:
            notes.append(say("chat_page.corrected"))
        if turn.finish == "cancelled":
            notes.append(say("chat_page.cut_short" if turn.answer else "chat_page.no_answer"))
        elif turn.finish == "length":
            notes.append(say("chat_page.too_long"))
        self._note.setText(" · ".join(notes))
        self._note.setVisible(bool(notes))

    def _open(self, citation: Citation) -> None:
        self.cited.emit(citation)
        if citation.text is not None:
            self._act(Act.OPENED)

    def _show_route(self, route: Route | None) -> None:
        reason = route.reason if route else ""
        timings = self.turn.timings if self.turn else None
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        if timings:
            tip = say("chat_page.timings", speed=round(timings.tokens_per_s), first=round(timings.first_token_ms))
            self._reason.setToolTip(plain_tip(tip))

    def _show_actions(self, turn: Turn) -> None:
        siblings = len(turn.sibling_ids)
        for part in (self._previous, self._count, self._next, self._prefer):
            part.setVisible(siblings > 1)
        self._count.setText(say("chat_page.count", number=turn.sibling_index + 1, of=siblings))
        self._previous.setEnabled(turn.sibling_index > 0)
        self._next.setEnabled(turn.sibling_index + 1 < siblings)
        for thumb, rating in ((self._up, "up"), (self._down, "down")):
            thumb.setChecked(turn.rating == rating)
            icons.put(thumb, rating, "accent" if turn.rating == rating else "muted", 18)
        self._bar.show()
        self._bubble.edit.show()

    def _act(self, act: Act, text: str = "") -> None:
        if self.turn is not None:
            self.acted.emit(act.value, self.turn.id, text)

    def _rate(self, rating: str) -> None:
        if self.turn is not None:
            self._act(Act.UNRATE if self.turn.rating == rating else Act(rating))

    def _choose(self, step: int) -> None:
        if self.turn is not None:
            self._act(Act.CHOOSE, self.turn.sibling_ids[self.turn.sibling_index + step])

    def _copy_answer(self) -> None:
        if self.turn is not None:
            QGuiApplication.clipboard().setText(self.turn.answer)
            self._act(Act.COPIED)

    def _edit_question(self) -> None:
        self._open_editor("question", self.question, "chat_page.ask_again", Act.EDIT, self._bubble)

    def _correct_answer(self) -> None:
        if self.turn is not None:
            self._open_editor("correction", self.turn.answer, "chat_page.save_correction", Act.CORRECT, self._answer)

    def _open_editor(self, name: str, text: str, save: str, act: Act, replaces: QWidget) -> None:
        self._close_editor()
        editor = InPlaceEditor(name, text, say(save), replaces)
        editor.saved.connect(lambda changed: self._save_edit(act, changed))
        editor.cancelled.connect(self._close_editor)
        self._column.insertWidget(self._column.indexOf(replaces), editor)
        replaces.hide()
        self._bar.hide()
        self._editor = editor
        editor.show()
        editor.text.setFocus()
        self.editing.emit(editor)

    def _save_edit(self, act: Act, text: str) -> None:
        self._close_editor()
        self._act(act, text)

    def _close_editor(self) -> None:
        """The keyboard stays at this turn."""
        if self._editor is not None:
            self._editor.replaces.show()
            self._bar.setVisible(self.turn is not None)
            self._correct.setFocus()
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = None


class _Bubble(QWidget):
    """The question, in the owner's own colour, at the right."""

    def __init__(self, question: str) -> None:
        super().__init__()
        self._text = label(name="turn.question")
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.edit = tool("turn.edit", "edit", say("chat_page.edit"), lambda: None)
        self._frame = QFrame()
        self._frame.setProperty("look", "bubble")
        inside = QVBoxLayout(self._frame)
        inside.setContentsMargins(14, 9, 14, 9)
        inside.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(60, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(self.edit, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._frame, 100)
        self.show_question(question)

    def show_question(self, question: str) -> None:
        cut = question[:_SHOWN_QUESTION]
        more = len(question) - len(cut)
        self._text.setText(say("chat_page.question_cut", start=cut, more=more) if more else cut)
        widest = max(self.fontMetrics().horizontalAdvance(line[:_WIDEST]) for line in (cut or " ").split("\n"))
        self._frame.setMaximumWidth(widest + _BUBBLE_SIDES)
