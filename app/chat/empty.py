"""What the chat page shows before the first question: what it is for, and examples to begin with."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.style import icons
from app.widgets.buttons import button
from app.widgets.labels import label
from engine.words import say

_EXAMPLE_WIDTH = 460


class EmptyChat(QScrollArea):
    """`picked` carries an example; `wants_documents` opens the library."""

    picked = Signal(str)
    wants_documents = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat.empty")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setProperty("look", "page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(32, 16, 32, 16)
        column.setSpacing(10)
        column.addStretch(2)
        mark = QLabel()
        icons.put(mark, "hearthside", "text", 56)
        title = label(say("chat_page.empty_title"), "title")
        words = label(say("chat_page.empty_words"), "muted")
        for part in (title, words):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(title)
        column.addWidget(words)
        column.addSpacing(14)
        for number in (1, 2, 3):
            line = QHBoxLayout()
            line.addStretch(1)
            line.addWidget(self._example(number), 100)
            line.addStretch(1)
            column.addLayout(line)
        column.addSpacing(8)
        self._add = button(
            "chat.add_documents",
            say("chat_page.add_documents"),
            self.wants_documents.emit,
            look="quiet",
            icon="folder",
            role="muted",
        )
        column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.setWidget(inside)

    def set_documents(self, count: int) -> None:
        """Say how many documents can be asked, or offer to add some."""
        self._add.setText(say("chat_page.documents_ready", count=count) if count else say("chat_page.add_documents"))

    def _example(self, number: int) -> QWidget:
        words = say(f"chat_page.example_{number}")
        made = button(f"chat.example_{number}", words, lambda: self.picked.emit(words), look="example")
        made.setMaximumWidth(_EXAMPLE_WIDTH)
        made.setMinimumWidth(1)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return made
