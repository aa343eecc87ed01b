"""Two drafts of one answer, side by side where there is room, with nothing that tells by what they were made."""

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QPushButton, QVBoxLayout, QWidget

from app.chat.citation_chips import CitationChips
from app.shell.shortcuts import DRAFTS
from app.style.theme import Theme
from app.tasks import Tasks
from app.widgets.answer_view import AnswerView
from app.widgets.buttons import button
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import label, plain_tip
from app.widgets.pages import card
from engine.chat.values import Turn
from engine.learning.values import Choice
from engine.words import say

_CHOICES: Final[dict[str, Choice]] = {
    "draft_a": "left",
    "draft_b": "right",
    "draft_both": "both",
    "draft_neither": "neither",
}
_BESIDE: Final = 76
"""Average characters of the body text that two cards beside each other take at least."""


class DraftsView(QWidget):
    """`picked`: a Choice, or "" to go on without one. `cited`: a Citation to open. The texts are laid out one an
    event-loop pass, and both are shown once both are."""

    picked = Signal(str)
    cited = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, left: Turn, right: Turn, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("turn.drafts")
        self.setAccessibleName(say("chat_page.drafts_title"))
        self._unfilled: list[tuple[AnswerView, Turn]] = []
        self._cards = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._cards.setSpacing(12)
        for name, turn in (("draft_a", left), ("draft_b", right)):
            self._cards.addWidget(self._card(theme, tasks, name, turn), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(say("chat_page.drafts_title"), "strong", name="drafts.title"))
        column.addWidget(label(say("chat_page.drafts_words"), "small"))
        column.addLayout(self._cards)
        column.addLayout(self._buttons())
        self.hide()
        self._filler = QTimer(self, interval=0)
        self._filler.timeout.connect(self._fill_one)
        self._filler.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE * self.fontMetrics().averageCharWidth()
        self._cards.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    @property
    def is_beside(self) -> bool:
        """Whether the two stand beside each other."""
        return self._cards.direction() == QBoxLayout.Direction.LeftToRight

    def _fill_one(self) -> None:
        answer, turn = self._unfilled.pop()
        answer.show_text(turn.answer, complete=True, citations=[one.number for one in turn.citations])
        if not self._unfilled:
            self._filler.stop()
            self.show()

    def _card(self, theme: Theme, tasks: Tasks, name: str, turn: Turn) -> QFrame:
        frame, column = card(f"drafts.{name}")
        frame.setAccessibleName(say(f"chat_page.{name}"))
        answer = AnswerView(theme, tasks)
        self._unfilled.append((answer, turn))
        chips = CitationChips()
        chips.opened.connect(self.cited)
        chips.show_citations(turn.citations)
        answer.cited.connect(chips.open_number)
        answer.hovered.connect(chips.preview)
        column.addWidget(label(say(f"chat_page.{name}"), "small"))
        column.addWidget(answer)
        if turn.finish == "length":
            column.addWidget(label(say("chat_page.too_long"), "small"))
        column.addWidget(chips)
        column.addStretch(1)
        return frame

    def _buttons(self) -> FlowLayout:
        row = FlowLayout(spacing=8)
        for name, choice in _CHOICES.items():
            row.addWidget(self._choosing(name, choice))
        row.addWidget(button("drafts.skip", say("chat_page.pick_skip"), lambda: self._pick(""), look="quiet"))
        return row

    def _choosing(self, name: str, choice: Choice) -> QPushButton:
        made = button(f"drafts.{choice}", say(f"chat_page.pick_{choice}"), lambda: self._pick(choice))
        key = QKeySequence(DRAFTS[name])
        made.setToolTip(plain_tip(key.toString(QKeySequence.SequenceFormat.NativeText)))
        QShortcut(key, self).activated.connect(lambda: self._pick(choice))
        return made

    def _pick(self, choice: str) -> None:
        """Once: what was picked is on its way."""
        if self.isEnabled():
            self.setEnabled(False)
            self.picked.emit(choice)
