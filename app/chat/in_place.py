"""Editing a question or an answer where it stands."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.labels import label
from engine.words import say

_MOST_LINES = 18


class InPlaceEditor(QWidget):
    """A field with save and cancel. Ctrl+Enter saves, Escape cancels; an unchanged or empty text is not saved."""

    saved = Signal(str)
    cancelled = Signal()

    def __init__(self, name: str, text: str, save: str, replaces: QWidget) -> None:
        super().__init__()
        self.replaces = replaces
        self._before = text
        self.text = _Field(text)
        self.text.setObjectName(f"turn.{name}_text")
        self.text.textChanged.connect(self._follow)
        self.text.finished.connect(self._save)
        self.text.left.connect(self.cancelled)
        self._save_button = button(f"turn.{name}_save", save, self._save, look="primary")
        row = QHBoxLayout()
        row.addWidget(label(say(f"chat_page.{name}_help"), "small"), 1)
        row.addWidget(button(f"turn.{name}_cancel", say("window.cancel"), self.cancelled.emit))
        row.addWidget(self._save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        column.addLayout(row)
        self._follow()

    def _follow(self) -> None:
        text = self.text.toPlainText().strip()
        self._save_button.setEnabled(bool(text) and text != self._before.strip())

    def _save(self) -> None:
        if self._save_button.isEnabled():
            self.saved.emit(self.text.toPlainText().strip())


class _Field(QPlainTextEdit):
    finished = Signal()
    left = Signal()

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setProperty("look", "field")
        self.setTabChangesFocus(True)
        self.document().documentLayout().documentSizeChanged.connect(self._grow)
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self._grow()

    def event(self, event: QEvent) -> bool:
        """Escape is ours while we have the focus, before the window's own shortcut sees it."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finished.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _grow(self) -> None:
        lines = min(max(int(self.document().documentLayout().documentSize().height()), 2), _MOST_LINES)
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 30)
