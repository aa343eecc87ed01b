"""A page that scrolls when its window is small, with a title, words, and a column of reading width."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.widgets.labels import label

WIDTH = 820
_MARGIN = 16


class ScrollPage(QWidget):
    """`column` takes what the page is made of, top to bottom."""

    def __init__(self, name: str, title: str, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("look", "page")
        inside = QWidget()
        inside.setMaximumWidth(WIDTH)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(32, 26, 32, 24)
        self.column.setSpacing(12)
        self.column.addWidget(label(title, "title"))
        self.column.addWidget(label(words, "muted"))
        page = QWidget()
        page.setProperty("look", "page")
        centred = QHBoxLayout(page)
        centred.setContentsMargins(0, 0, 0, 0)
        centred.addStretch(1)
        centred.addWidget(inside, 100)
        centred.addStretch(1)
        self._page = page
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def bring_into_view(self, widget: QWidget) -> None:
        """Scroll until `widget`, which stands on this page, is seen from its top."""
        at = widget.mapTo(self._page, widget.rect().topLeft())
        self._area.verticalScrollBar().setValue(at.y() - _MARGIN)


def card(name: str = "", look: str = "card") -> tuple[QFrame, QVBoxLayout]:
    """A raised area, or one of another look, and the column inside it."""
    frame = QFrame()
    frame.setObjectName(name)
    frame.setProperty("look", look)
    column = QVBoxLayout(frame)
    column.setContentsMargins(18, 14, 18, 14)
    column.setSpacing(8)
    return frame, column


def paragraphs(text: str) -> str:
    """Text written with hard line ends, as paragraphs that wrap to the window."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))
