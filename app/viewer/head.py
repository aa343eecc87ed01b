"""Whose passage is on show, from which file, and what there is to say of it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.buttons import button, tool
from app.widgets.labels import ElidedLabel, label
from engine.words import say


class Head(QWidget):
    """`closed` and `now_wanted` (the document as it is now) are clicks."""

    closed = Signal()
    now_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = ElidedLabel(look="heading")
        self._title.setObjectName("passage.title")
        self._path = ElidedLabel(look="small")
        self._path.setObjectName("passage.path")
        self._note = label(look="small", name="passage.note")
        self._now = button("passage.now", say("viewer.show_now"), self.now_wanted.emit)
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(tool("passage.close", "close", say("chat_page.close_passage"), self.closed.emit))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self._path)
        column.addWidget(self._note)
        column.addWidget(self._now, 0, Qt.AlignmentFlag.AlignLeft)

    def show_file(self, title: str, path: str) -> None:
        self._title.show_text(title)
        self._path.show_text(path)

    def say(self, words: str, *, offer_now: bool = False) -> None:
        """Say this, or nothing, and offer the document as it is now or not."""
        self._note.setText(words)
        self._note.setVisible(bool(words))
        self._now.setVisible(offer_now)
