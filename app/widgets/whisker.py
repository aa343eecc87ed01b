"""One difference with its interval: a dot and whiskers beside a line for none; or, without interval, two bars."""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.style.theme import Theme

Shape = Literal["good", "bad", "open"]

_ROLES: dict[Shape, str] = {"good": "good", "bad": "danger", "open": "muted"}


class Whisker(QWidget):
    """`low`, `middle` and `high` on an axis from -`reach` to `reach`, better to the right. The dot's shape says what
    its colour does: a disc is good, a diamond bad, a ring neither."""

    def __init__(  # noqa: PLR0917  low, middle and high are one thing
        self, theme: Theme, low: float, middle: float, high: float, reach: float, shape: Shape, words: str
    ) -> None:
        super().__init__()
        self._theme = theme
        self._values = (low, middle, high)
        self._reach = reach or 1.0
        self._shape: Shape = shape
        _stretch(self, words, theme)

    def sizeHint(self) -> QSize:
        return QSize(160, int(QFontMetricsF(self.font()).height() * 1.3))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y, zero = self.height() / 2, self._x(0.0)
        colour = QColor(getattr(self._theme.tokens, _ROLES[self._shape]))
        painter.setPen(QPen(QColor(self._theme.tokens.border_strong), 1))
        painter.drawLine(QPointF(zero, 0), QPointF(zero, self.height()))
        low, middle, high = (self._x(value) for value in self._values)
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(low, y), QPointF(high, y))
        for end in (low, high):
            painter.drawLine(QPointF(end, y - 4), QPointF(end, y + 4))
        self._draw_dot(painter, QPointF(middle, y), colour)

    def _draw_dot(self, painter: QPainter, at: QPointF, colour: QColor) -> None:
        size = self.height() * 0.24
        painter.setBrush(QColor(self._theme.tokens.surface) if self._shape == "open" else colour)
        if self._shape == "bad":
            corners = [QPointF(0, -size), QPointF(size, 0), QPointF(0, size), QPointF(-size, 0)]
            painter.drawPolygon(QPolygonF([at + corner for corner in corners]))
        else:
            painter.drawEllipse(at, size, size)

    def _x(self, value: float) -> float:
        margin = self.height() * 0.4
        kept = max(-1.0, min(value / self._reach, 1.0))
        return self.width() / 2 + kept * (self.width() / 2 - margin)


class TwoBars(QWidget):
    """Two shares from 0 to 1, the first above the second."""

    def __init__(self, theme: Theme, candidate: float, reference: float, words: str) -> None:
        super().__init__()
        self._theme = theme
        self._shares = (candidate, reference)
        _stretch(self, words, theme)

    def sizeHint(self) -> QSize:
        return QSize(160, int(QFontMetricsF(self.font()).height() * 1.3))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = self._theme.tokens
        painter.setPen(Qt.PenStyle.NoPen)
        tall = self.height() * 0.3
        for share, role, top in zip(self._shares, (tokens.accent, tokens.border_strong), (0.16, 0.54), strict=True):
            painter.setBrush(QColor(tokens.hover))
            painter.drawRect(QRectF(0, self.height() * top, self.width(), tall))
            painter.setBrush(QColor(role))
            painter.drawRect(QRectF(0, self.height() * top, self.width() * min(max(share, 0.0), 1.0), tall))


def _stretch(widget: QWidget, words: str, theme: Theme) -> None:
    widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    widget.setAccessibleName(words)
    widget.setToolTip(words)
    theme.changed.connect(widget.update)
