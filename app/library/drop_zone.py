"""Where folders and files are dropped: an invitation while the library is empty, a frame around the page after."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.style import icons
from app.widgets.labels import label
from engine.words import say


class Invitation(QFrame):
    """What an empty library shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("library.empty")
        self.setProperty("look", "drop")
        mark = QLabel()
        icons.put(mark, "folder", "accent", 48)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 40, 24, 40)
        column.addStretch(1)
        column.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        for words, look in ((say("library_page.empty_title"), "heading"), (say("library_page.empty_words"), "muted")):
            line = label(words, look)
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(line)
        column.addStretch(1)

    def show_over(self, *, over: bool) -> None:
        self.setProperty("over", over)
        self.style().unpolish(self)
        self.style().polish(self)


class DropPage(QWidget):
    """A page that takes dropped paths; `dropped` carries them."""

    dropped = Signal(list)
    hovered = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paths_of(event.mimeData()):
            event.acceptProposedAction()
            self.hovered.emit(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self.hovered.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.hovered.emit(False)
        if paths := paths_of(event.mimeData()):
            event.acceptProposedAction()
            self.dropped.emit(paths)


def paths_of(data: QMimeData) -> Sequence[str]:
    """The local paths in what is dropped; anything else is not for us."""
    return [str(Path(url.toLocalFile())) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]
