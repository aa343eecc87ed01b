"""What stands above a chat that is kept nowhere, for as long as it lasts."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.style import icons
from app.widgets.labels import label
from engine.words import say


class IncognitoNotice(QWidget):
    """One plain sentence; hidden in every other chat."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat.incognito")
        self.setAccessibleName(say("chat_page.incognito_notice"))
        frame = QFrame()
        frame.setProperty("look", "notice")
        mark = QLabel()
        icons.put(mark, "incognito", "accent", 20)
        row = QHBoxLayout(frame)
        row.setContentsMargins(14, 9, 14, 9)
        row.setSpacing(12)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(say("chat_page.incognito_notice"), name="chat.incognito_words"), 1)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(24, 14, 24, 6)
        outside.addWidget(frame)
        self.hide()
