"""A painted picture that can be read without seeing it: its parts carry words, and the keyboard goes through them."""

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.style.theme import Theme
from app.widgets.labels import label
from engine.words import say

_CAPTION_LINES = 2
_STEPS = {
    Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1,
}  # fmt: skip


class Mark(NamedTuple):
    """A part of a picture: where it is, what it says, and what picking it means to the picture's owner."""

    area: QRectF
    words: str
    key: str = ""


class Picture(QWidget):
    """Subclasses set `marks` in `arrange` and draw in `draw`. Sizes are in `line`s, the height of a line of text, so a
    larger font makes a larger picture.

    `pointed` carries the words of the mark under the pointer or the keyboard, "" for none; `picked` the key of one that
    was clicked or entered.
    """

    pointed = Signal(str)
    picked = Signal(str)

    def __init__(self, theme: Theme, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.marks: list[Mark] = []
        self._theme = theme
        self._title = title
        self._at = -1
        self.setAccessibleName(title)
        theme.changed.connect(self.update)

    @property
    def line(self) -> float:
        return QFontMetricsF(self.font()).height()

    def arrange(self) -> None:
        """Place the marks in the room there is, and set the height that takes."""
        raise NotImplementedError

    def draw(self, painter: QPainter) -> None:
        raise NotImplementedError

    def refresh(self, description: str) -> None:
        """What is shown has changed; `description` tells all of it in words."""
        self.setAccessibleDescription(description)
        self._at = -1
        self.setAccessibleName(self._title)
        self.arrange()
        self.update()

    def colour(self, role: str) -> QColor:
        return QColor(getattr(self._theme.tokens, role))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter)
        if 0 <= self._at < len(self.marks) and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.colour("accent"), 2))
            painter.drawRoundedRect(self.marks[self._at].area.adjusted(-3, -3, 3, 3), 5, 5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if self.marks and key in _STEPS:
            self._point(min(max(self._at + _STEPS[key], 0), len(self.marks) - 1))
        elif self.marks and key in {Qt.Key.Key_Home, Qt.Key.Key_End}:
            self._point(0 if key == Qt.Key.Key_Home else len(self.marks) - 1)
        elif 0 <= self._at < len(self.marks) and key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.picked.emit(self.marks[self._at].key)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.mark_at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if at >= 0 else Qt.CursorShape.ArrowCursor)
        self._say(at if at >= 0 else self._at if self.hasFocus() else -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self.mark_at(event.position())
        if at >= 0:
            self._point(at)
            self.picked.emit(self.marks[at].key)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._say(self._at if self.hasFocus() else -1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.marks and event.reason() in {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}:
            self._point(max(self._at, 0))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._say(-1)
        self.update()

    def mark_at(self, place: QPointF) -> int:
        """The last mark drawn there; -1 for none."""
        found = (number for number, mark in enumerate(self.marks) if mark.area.adjusted(-2, -2, 2, 2).contains(place))
        return max(found, default=-1)

    def _point(self, at: int) -> None:
        """The keyboard is on mark `at`: say it to the eye, and to a screen reader, which hears of a new name."""
        self._at = at
        self.setAccessibleName(say("learning_pictures.part", title=self._title, words=self.marks[at].words))
        self._say(at)
        self.update()

    def _say(self, at: int) -> None:
        self.pointed.emit(self.marks[at].words if 0 <= at < len(self.marks) else "")


def caption(picture: Picture, hint: str, name: str) -> QLabel:
    """Says what the pointer or the keyboard is on, and `hint` while it is on nothing; tall enough not to move what is
    below it."""
    made = label(hint, "small", name=name)
    made.setAlignment(Qt.AlignmentFlag.AlignTop)
    made.setMinimumHeight(_CAPTION_LINES * made.fontMetrics().lineSpacing())
    picture.pointed.connect(lambda words: made.setText(words or hint))
    return made
