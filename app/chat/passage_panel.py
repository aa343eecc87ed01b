"""The passage behind a citation, as plain text in its document, beside the answer."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from app.chat.passages import Excerpt
from app.style.theme import Theme
from app.widgets.buttons import tool
from app.widgets.labels import ElidedLabel, label
from engine.words import say


class PassagePanel(QWidget):
    """Shows an Excerpt with its passage marked. `closed` when the owner is done reading."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat.passage")
        self.setProperty("look", "page")
        self.setMinimumWidth(260)
        self._theme = theme
        self._excerpt: Excerpt | None = None
        self._title = label(look="heading", name="passage.title")
        self._path = ElidedLabel(look="small")
        self._path.setObjectName("passage.path")
        self._note = label(look="small", name="passage.note")
        self._text = QPlainTextEdit()
        self._text.setObjectName("passage.text")
        self._text.setProperty("look", "field")
        self._text.setReadOnly(True)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._text.setTabChangesFocus(True)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        close = tool("passage.close", "close", say("chat_page.close_passage"), self.closed.emit)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 16, 16, 16)
        column.addLayout(head)
        column.addWidget(self._path)
        column.addWidget(self._note)
        column.addWidget(self._text, 1)
        theme.changed.connect(self._mark)

    def show_excerpt(self, excerpt: Excerpt) -> None:
        self._excerpt = excerpt
        self._title.setText(excerpt.title)
        self._path.show_text(excerpt.path)
        self._note.setText(excerpt.note)
        self._note.setVisible(bool(excerpt.note))
        self._text.setPlainText(excerpt.text)
        self._text.setVisible(bool(excerpt.text))
        self._mark()
        self.show()
        self._text.setFocus()

    def _mark(self) -> None:
        if self._excerpt is None:
            return
        before, within = self._excerpt.text[: self._excerpt.start], self._excerpt.text[: self._excerpt.end]
        cursor = QTextCursor(self._text.document())
        cursor.setPosition(_units(before))
        cursor.setPosition(_units(within), QTextCursor.MoveMode.KeepAnchor)
        form = QTextCharFormat()
        form.setBackground(QColor(self._theme.tokens.highlight))
        form.setForeground(QColor(self._theme.tokens.highlight_text))
        mark = QTextEdit.ExtraSelection()
        mark.cursor, mark.format = cursor, form
        self._text.setExtraSelections([mark])
        top = QTextCursor(self._text.document())
        top.setPosition(_units(before))
        self._text.setTextCursor(top)
        self._text.centerCursor()


def _units(text: str) -> int:
    """Length in UTF-16 units, as Qt counts positions."""
    return len(text.encode("utf-16-le")) // 2
