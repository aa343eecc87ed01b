"""The loss of a training run as it falls: each step as a faint dot, their running mean as a line."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.style.theme import Theme
from engine.words import say

_SMOOTHING = 0.15
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 10, 24
_LINES = 4


class LossCurve(QWidget):
    """`show_losses` draws a finished run; `add` appends to a live one of `steps` steps."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, height: int = 180) -> None:
        super().__init__(parent)
        self.setObjectName("learning.curve")
        self.setAccessibleName(say("learning_page.curve"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._height = height
        self._losses: list[float] = []
        self._mean: list[float] = []
        self._steps = 0
        self.setFixedHeight(height)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, self._height)

    def clear(self) -> None:
        self._losses, self._mean, self._steps = [], [], 0
        self.update()

    def show_losses(self, losses: Sequence[float]) -> None:
        self.clear()
        for loss in losses:
            self._append(loss)
        self.update()

    def add(self, loss: float, steps: int) -> None:
        self._steps = steps
        self._append(loss)
        self.update()

    def _append(self, loss: float) -> None:
        self._losses.append(loss)
        before = self._mean[-1] if self._mean else loss
        self._mean.append(before + _SMOOTHING * (loss - before))
        self.setAccessibleDescription(say("learning_page.curve_now", step=len(self._losses), loss=self._mean[-1]))

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(_LEFT, _TOP, self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM)
        low, high = self._range()
        self._draw_grid(painter, area, low, high)
        if not self._losses:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.border_strong))
        for index, loss in enumerate(self._losses):
            painter.drawEllipse(self._point(area, index, loss, low, high), 1.8, 1.8)
        path = QPainterPath(self._point(area, 0, self._mean[0], low, high))
        for index, mean in enumerate(self._mean[1:], 1):
            path.lineTo(self._point(area, index, mean, low, high))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.accent), 2.2))
        painter.drawPath(path)
        painter.setBrush(QColor(tokens.accent))
        painter.drawEllipse(self._point(area, len(self._mean) - 1, self._mean[-1], low, high), 3.5, 3.5)

    def _draw_grid(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        tokens = self._theme.tokens
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        for line in range(_LINES + 1):
            y = area.bottom() - area.height() * line / _LINES
            painter.setPen(QPen(QColor(tokens.border), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(tokens.muted))
            place = QRectF(0, y - 8, _LEFT - 8, 16)
            at = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(place, at, f"{low + (high - low) * line / _LINES:.2f}")
        foot = QRectF(area.left(), area.bottom() + 4, area.width(), _BOTTOM - 4)
        steps = max(self._steps, len(self._losses))
        painter.drawText(foot, int(Qt.AlignmentFlag.AlignLeft), say("learning_page.curve_axis"))
        if steps:
            painter.drawText(foot, int(Qt.AlignmentFlag.AlignRight), say("learning_page.curve_steps", steps=steps))

    def _range(self) -> tuple[float, float]:
        if not self._losses:
            return 0.0, 1.0
        low, high = min(self._losses), max(self._losses)
        margin = (high - low or 1.0) * 0.08
        return max(low - margin, 0.0), high + margin

    def _point(self, area: QRectF, index: int, loss: float, low: float, high: float) -> QPointF:
        steps = max(self._steps, len(self._losses), 2)
        x = area.left() + area.width() * index / (steps - 1)
        return QPointF(x, area.bottom() - area.height() * (loss - low) / (high - low))
