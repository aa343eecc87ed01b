"""A field to look for words in the document on show, with how many there are."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.widgets.buttons import tool
from app.widgets.labels import label
from engine.words import say

_PAUSE_MS = 150


class FindBar(QWidget):
    """`looked_for` words that were typed; `stepped` forth (1) or back (-1); `left` when closed."""

    looked_for = Signal(str)
    stepped = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit()
        self.field.setObjectName("passage.find")
        self.field.setPlaceholderText(say("viewer.find_words"))
        self.field.setAccessibleName(say("viewer.find_words"))
        self.field.setMinimumWidth(60)
        self._count = label(look="small", wrap=False, name="passage.found")
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.looked_for.emit(self.field.text()))
        self.field.textChanged.connect(lambda _text: self._pause.start())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        row.addWidget(self._count)
        row.addWidget(tool("passage.find_previous", "up", say("viewer.find_previous"), lambda: self.stepped.emit(-1)))
        row.addWidget(tool("passage.find_next", "down", say("viewer.find_next"), lambda: self.stepped.emit(1)))
        row.addWidget(tool("passage.find_close", "close", say("viewer.find_close"), self.leave))
        self.hide()

    def begin(self) -> None:
        """Take the keyboard; what is typed replaces what was there."""
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        if self.field.text():
            self.looked_for.emit(self.field.text())

    def leave(self) -> None:
        self._pause.stop()
        self.hide()
        self.left.emit()

    def show_count(self, words: str, number: int, of: int, *, more: bool) -> None:
        """The `number`th of all the `words` that were found. `more`: there are more than were counted."""
        if not words.strip():
            self._count.setText("")
        elif not of:
            self._count.setText(say("viewer.found_none"))
        else:
            self._count.setText(say("viewer.found_more" if more else "viewer.found", number=number, of=of))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the next one, with Shift to the one before."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(-1 if back else 1)
        else:
            super().keyPressEvent(event)
