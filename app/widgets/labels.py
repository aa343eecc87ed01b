"""Labels that never read their text as HTML: a title or a file name may come from anywhere."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


def label(text: str = "", look: str = "", *, wrap: bool = True, name: str = "") -> QLabel:
    """Plain text in the given look; long words wrap or the label may shrink, so it never widens the window."""
    made = _Wrapping() if wrap else QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    made.setProperty("look", look)
    made.setObjectName(name)
    return made


class _Wrapping(QLabel):
    """Its layout asks how tall it is at the width it gets; Qt's own answer for the narrowest case is a tower."""

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.fontMetrics().height())


class ElidedLabel(QLabel):
    """One line that shows what fits, and all of it as its tool tip. `out` is left out: the middle, as suits paths."""

    def __init__(
        self,
        text: str = "",
        look: str = "",
        parent: QWidget | None = None,
        *,
        out: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    ) -> None:
        super().__init__(parent)
        self._out = out
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("look", look)
        self.setMinimumWidth(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""
        self.show_text(text)

    def show_text(self, text: str) -> None:
        self._whole = text
        self.setToolTip(plain_tip(text))
        self.setAccessibleName(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._out, self.width()))


def plain_tip(text: str) -> str:
    """`text` for a tool tip. Qt guesses whether tips are HTML; escaped and wrapped, the guess cannot matter."""
    from html import escape

    return f"<p style='white-space: pre-wrap'>{escape(text)}</p>"


def restyle(widget: QWidget, look: str) -> None:
    """Give `widget` another look, and have the stylesheet see it."""
    if widget.property("look") != look:
        widget.setProperty("look", look)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
