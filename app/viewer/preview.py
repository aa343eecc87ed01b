"""A few lines of a cited passage beside the citation under the pointer, or, by a key, beside the one in focus."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.viewer.places import citation_title, place_words
from app.widgets.labels import ElidedLabel, label
from engine.chat.values import Citation
from engine.words import say

_WAIT_MS: Final = 350
_SHOWN: Final = 360  # characters
_WIDE: Final = 420
_GAP: Final = 4

_ENDS = frozenset({
    QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.Hide,
})  # fmt: skip


class Preview(QObject):
    """Plain text alone, in a window of its own that takes neither keys nor the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._owner = parent
        self._citations: dict[QObject, Citation] = {}
        self._next: tuple[Citation, QRect] | None = None
        self._shown: _Lines | None = None
        self._waiting = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._waiting.timeout.connect(self._show_next)

    def watch(self, widget: QWidget, citation: Citation) -> None:
        """Show the passage of `citation` while the pointer rests on `widget`, or when Down is pressed there."""
        self._citations[widget] = citation
        widget.setAccessibleDescription(_few_lines(citation))
        widget.installEventFilter(self)
        widget.destroyed.connect(lambda: self._citations.pop(widget, None))

    def show_soon(self, citation: Citation, spot: QRect) -> None:
        """Show a citation's passage in a moment, below `spot` on the screen, or above where there is no room."""
        self._next = citation, spot
        self._waiting.start()

    def hide(self) -> None:
        self._waiting.stop()
        self._next = None
        if self._shown is not None:
            self._shown.hide()

    @property
    def is_shown(self) -> bool:
        return self._shown is not None and self._shown.isVisible()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Takes only the keys that open and close it."""
        kind = event.type()
        if not isinstance(watched, QWidget) or watched not in self._citations:
            return False
        if kind is QEvent.Type.Enter:
            self.show_soon(self._citations[watched], _on_screen(watched))
        elif kind in _ENDS:
            self.hide()
        elif isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            if kind is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
                self.hide()
            elif kind is QEvent.Type.KeyPress:
                self._next = self._citations[watched], _on_screen(watched)
                self._show_next()
            return True
        return False

    def _takes(self, event: QKeyEvent) -> bool:
        if event.type() not in {QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride}:
            return False
        return event.key() == Qt.Key.Key_Down or (event.key() == Qt.Key.Key_Escape and self.is_shown)

    def _show_next(self) -> None:
        if self._next is not None and self._owner.isVisible():
            if self._shown is None:
                self._shown = _Lines(self._owner)
            self._shown.show_citation(*self._next)


class _Lines(QFrame):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip)
        self.setObjectName("citation.preview")
        self.setProperty("look", "preview")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title = ElidedLabel(look="strong")
        self._title.setObjectName("preview.title")
        self._place = ElidedLabel(look="small")
        self._place.setObjectName("preview.place")
        self._text = label(name="preview.text")
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(4)
        for part in (self._title, self._place, self._text):
            column.addWidget(part)

    def show_citation(self, citation: Citation, spot: QRect) -> None:
        read = say("viewer.ocr_short") if citation.ocr else ""
        away = say(f"library.{citation.away}") if citation.away else ""
        place = " · ".join(filter(None, (place_words(citation.page, citation.heading), read, away)))
        self._title.show_text(citation_title(citation))
        self._place.show_text(place)
        self._place.setVisible(bool(place))
        self._text.setText(_few_lines(citation))
        screen = self.screen().availableGeometry()
        width = min(_WIDE, screen.width())
        self.setFixedWidth(width)
        height = self._column.totalHeightForWidth(width)
        self.setFixedHeight(height)
        below = spot.bottom() + _GAP
        top = below if below + height <= screen.bottom() else spot.top() - _GAP - height
        self.move(max(screen.left(), min(spot.left(), screen.right() - width)), max(screen.top(), top))
        self.show()


def _few_lines(citation: Citation) -> str:
    """The beginning of the passage, its blank space narrowed."""
    text = " ".join((citation.text or "")[: 2 * _SHOWN].split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rsplit(' ', 1)[0]} …"


def _on_screen(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(QPoint(0, 0)), widget.size())
