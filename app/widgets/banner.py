"""Two bars a page can show: what went wrong, and the way back from a deletion."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.failures import explained
from app.style import icons
from app.widgets.buttons import button, tool
from app.widgets.labels import ElidedLabel, label
from engine.errors import HearthsideError, Interrupted
from engine.words import say

UNDO_MS = 10_000
NOTICE_MS = 5_000


class ErrorBanner(QFrame):
    """Title, message and hint of the last error, until it is dismissed or the next thing works."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("error")
        self.setProperty("look", "banner")
        self.title = label(look="strong", name="error.title")
        self.message = label(name="error.message")
        self.hint = label(look="muted", name="error.hint")
        mark = QLabel()
        icons.put(mark, "warning", "danger", 20)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self.title, self.message, self.hint):
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 8, 10)
        row.setSpacing(12)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(tool("error.dismiss", "close", say("window.dismiss"), self.hide), 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_error(self, error: HearthsideError) -> None:
        """Present `error` in words; what the owner interrupted is no error."""
        if isinstance(error, Interrupted):
            return
        words = explained(error)
        self.title.setText(words.title)
        self.message.setText(words.message)
        self.hint.setText(words.hint)
        self.hint.setVisible(bool(words.hint))
        self.setAccessibleName(words.title)
        self.setAccessibleDescription(f"{words.message} {words.hint}")
        self.show()


class UndoBar(QWidget):
    """Says what was done for five seconds, and for ten where it can be taken back; or until the next one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("undo")
        frame = QFrame()
        frame.setProperty("look", "undo")
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 16)
        outside.addWidget(frame)
        self._take_back: Callable[[], None] | None = None
        self._words = ElidedLabel()
        self._words.setObjectName("undo.words")
        self._button = button("undo.take_back", say("window.undo"), self._on_undo, look="undo")
        row = QHBoxLayout(frame)
        row.setContentsMargins(16, 6, 8, 6)
        row.addWidget(self._words, 1)
        row.addWidget(self._button)
        row.addWidget(tool("undo.dismiss", "close", say("window.dismiss"), self.hide, look="undo", role="window"))
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._expire)
        self.hide()

    def offer(self, words: str, take_back: Callable[[], None] | None = None) -> None:
        """Show `words`; with `take_back`, a button that undoes."""
        self._words.show_text(words)
        self.setAccessibleName(words)
        self._take_back = take_back
        self._button.setVisible(take_back is not None)
        self._timer.start(UNDO_MS if take_back is not None else NOTICE_MS)
        self.show()

    def _expire(self) -> None:
        if self._button.hasFocus() or self.underMouse():
            self._timer.start()
        else:
            self.hide()

    def _on_undo(self) -> None:
        self.hide()
        if self._take_back is not None:
            take_back, self._take_back = self._take_back, None
            take_back()
