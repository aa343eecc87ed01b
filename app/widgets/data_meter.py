"""How much there is to learn from: what counts towards the test on a bar to its goal, and the rest on one below."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from app.style.theme import Theme
from app.widgets.picture import Mark, Picture

_GAP = 2.0


class Part(NamedTuple):
    """`size` of one kind. `counts` says whether it brings the goal nearer; `look` names fill and colour; `words` are
    told of it, `name` stands beside its swatch."""

    size: int
    name: str
    words: str
    look: str
    counts: bool


_FILLS = {
    "correction": ("accent", Qt.BrushStyle.SolidPattern),
    "preferred": ("accent", Qt.BrushStyle.BDiagPattern),
    "thumb": ("muted", Qt.BrushStyle.Dense5Pattern),
    "left_out": ("muted", Qt.BrushStyle.NoBrush),
}


class DataMeter(Picture):
    """Two bars on one scale, and what each fill stands for, in lines that wrap."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, "learning.meter", title, parent)
        self._parts: list[Part] = []
        self._goal = 1
        self._bars: list[QRectF] = []
        self._goal_x = 0.0

    def show_parts(self, parts: Sequence[Part], goal: int, description: str) -> None:
        """`goal` is how many of those that count are needed."""
        self._parts, self._goal = [part for part in parts if part.size], max(goal, 1)
        self.refresh(description)

    def arrange(self) -> None:
        """Each part is a stretch of a bar, and its name below, which is its mark."""
        line, width = self.line, float(self.width())
        sums = [sum(part.size for part in self._parts if part.counts is counts) for counts in (True, False)]
        whole = max(self._goal, *sums)
        self._goal_x = width * self._goal / whole
        tops, heights, at = (0.0, line * 1.2), (line, line * 0.5), [0.0, 0.0]
        self._bars = []
        for part in self._parts:
            row = 0 if part.counts else 1
            length = width * part.size / whole
            self._bars.append(QRectF(at[row], tops[row], max(length - _GAP, _GAP), heights[row]))
            at[row] += length
        y = line * (1.9 if sums[1] else 1.3)
        names, bottom = self._placed_names(y)
        self.marks = [Mark(area, part.words) for area, part in zip(names, self._parts, strict=True)]
        self.setFixedHeight(int(bottom) + 4)

    def _placed_names(self, top: float) -> tuple[list[QRectF], float]:
        """Where each name stands with its swatch, and where their last line ends."""
        line, x, y = self.line, 0.0, top
        placed = []
        for part in self._parts:
            wide = line * 1.1 + self.fontMetrics().horizontalAdvance(part.name)
            if x and x + wide > self.width():
                x, y = 0.0, y + line * 1.3
            placed.append(QRectF(x, y, min(wide, self.width()), line))
            x += wide + line
        return placed, y + line if placed else line

    def draw(self, painter: QPainter) -> None:
        self._draw_track(painter)
        for part, bar in zip(self._parts, self._bars, strict=True):
            self._fill(painter, bar, part.look)
        self._draw_goal(painter)
        for part, mark in zip(self._parts, self.marks, strict=True):
            side = self.line * 0.7
            swatch = QRectF(mark.area.left(), mark.area.center().y() - side / 2, side, side)
            self._fill(painter, swatch, part.look)
            painter.setPen(self.colour("text"))
            text = mark.area.adjusted(self.line * 1.1, 0, 0, 0)
            name = self.fontMetrics().elidedText(part.name, Qt.TextElideMode.ElideRight, int(text.width()) + 1)
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), name)

    def mark_at(self, place: QPointF) -> int:
        """Bars count as the names below them."""
        grown = (bar.adjusted(0, -2, 0, 2).contains(place) for bar in self._bars)
        on_bar = next((number for number, here in enumerate(grown) if here), -1)
        return on_bar if on_bar >= 0 else super().mark_at(place)

    def _draw_track(self, painter: QPainter) -> None:
        """The room up to the goal."""
        track = QPainterPath()
        track.addRoundedRect(QRectF(0, 0, self.width(), self.line), 4, 4)
        painter.fillPath(track, self.colour("hover"))

    def _draw_goal(self, painter: QPainter) -> None:
        """A line with a rim, to be seen on any fill."""
        x = min(self._goal_x, self.width() - 1.0)
        for role, wide in (("surface", 6), ("text", 2)):
            painter.setPen(QPen(self.colour(role), wide))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.line))

    def _fill(self, painter: QPainter, area: QRectF, look: str) -> None:
        """Colour and pattern: the kinds are told apart by either."""
        role, pattern = _FILLS[look]
        painter.setPen(QPen(self.colour(role), 1))
        painter.setBrush(QBrush(self.colour(role), pattern))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
