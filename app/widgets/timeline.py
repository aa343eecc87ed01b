"""Versions on an axis of time: when each was made, when each was in use, and how its answers were liked meanwhile."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.style.theme import Theme
from app.widgets.moments import day
from app.widgets.picture import Mark, Picture
from app.widgets.time_axis import TimeAxis
from engine.words import say

NodeState = Literal["active", "on_trial", "retired", "candidate", "rejected", "other_base", "destroyed"]


class Node(NamedTuple):
    """A version, made at `at_ms`."""

    key: str
    at_ms: int
    state: NodeState
    words: str


class Span(NamedTuple):
    """A time in use: of its rated answers the share `liked`, its interval from `low` to `high`; None where none was."""

    from_ms: int
    to_ms: int
    liked: tuple[float, float, float] | None
    current: bool


class Timeline(Picture):
    """Nodes on top, below them what was in use, below that the share liked in each span. `picked` names a version."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, "learning.timeline", title, parent)
        self._nodes: list[Node] = []
        self._spans: list[Span] = []
        self._axis = TimeAxis([], 0.0, 1.0, 0.0)

    def show_story(self, nodes: Sequence[Node], spans: Sequence[Span], description: str) -> None:
        """Both oldest first."""
        self._nodes, self._spans = list(nodes), list(spans)
        self.refresh(description)

    def arrange(self) -> None:
        line = self.line
        times = [node.at_ms for node in self._nodes]
        ends = [time for span in self._spans for time in (span.from_ms, span.to_ms)]
        left, right = line * 3.2, self.width() - line * 1.2
        self._axis = TimeAxis(times, left, max(right, left + 1), line * 1.15, also=ends)
        size = line * 0.9
        self.marks = [
            Mark(QRectF(x - size / 2, line * 0.3, size, size), node.words, node.key)
            for node, x in zip(self._nodes, self._axis.places, strict=True)
        ]
        self.setFixedHeight(int(line * (8.4 if self._has_ratings else 4.2)))

    @property
    def _has_ratings(self) -> bool:
        return any(span.liked is not None for span in self._spans)

    def draw(self, painter: QPainter) -> None:
        if not self._nodes:
            return
        self._draw_days(painter)
        self._draw_uses(painter)
        if self._has_ratings:
            self._draw_liked(painter)
        for node, mark in zip(self._nodes, self.marks, strict=True):
            draw_node(painter, mark.area, node.state, self)

    def _draw_days(self, painter: QPainter) -> None:
        """The days of those versions whose dates find room, the newest before the rest."""
        painter.setPen(self.colour("muted"))
        now = say("learning_pictures.now")
        free = self._axis.right - self.fontMetrics().horizontalAdvance(now)
        painter.drawText(QPointF(free, self.line * 2.2), now)
        free -= self.line
        for node, mark in reversed(list(zip(self._nodes, self.marks, strict=True))):
            words = day(node.at_ms)
            wide = self.fontMetrics().horizontalAdvance(words)
            left = min(max(mark.area.center().x() - wide / 2, 0.0), free - wide)
            if left >= 0 and abs(left + wide / 2 - mark.area.center().x()) < wide:
                painter.drawText(QPointF(left, self.line * 2.2), words)
                free = left - self.line

    def _draw_uses(self, painter: QPainter) -> None:
        """A thick line while a version was in use, a thin one while the plain model answered."""
        y, line = self.line * 3.1, self.line
        painter.setPen(QPen(self.colour("border_strong"), 1.5))
        painter.drawLine(QPointF(self._axis.left, y), QPointF(self._axis.right, y))
        painter.setPen(Qt.PenStyle.NoPen)
        for span in self._spans:
            start, end = self._axis.x(span.from_ms), self._axis.x(span.to_ms)
            painter.setBrush(self.colour("good" if span.current else "muted"))
            painter.drawRoundedRect(QRectF(start, y - line * 0.25, max(end - start - 2, 3), line * 0.5), 3, 3)

    def _draw_liked(self, painter: QPainter) -> None:
        """The share as a line across its span, the interval as whiskers at its middle."""
        top, tall = self.line * 4.2, self.line * 3.4
        for share in (0.0, 0.5, 1.0):
            y = top + tall * (1 - share)
            painter.setPen(QPen(self.colour("border"), 1))
            painter.drawLine(QPointF(self._axis.left, y), QPointF(self._axis.right, y))
            painter.setPen(self.colour("muted"))
            place = QRectF(0, y - self.line / 2, self._axis.left - self.line * 0.4, self.line)
            at = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(place, at, say("learning_pictures.share", share=share))
        for span in self._spans:
            if span.liked is None:
                continue
            low, liked, high = (top + tall * (1 - share) for share in span.liked)
            start, end = self._axis.x(span.from_ms), max(self._axis.x(span.to_ms), self._axis.x(span.from_ms) + 3)
            middle = (start + end) / 2
            painter.setPen(QPen(self.colour("good" if span.current else "muted"), 2))
            painter.drawLine(QPointF(middle, low), QPointF(middle, high))
            for y, half in ((low, 4.0), (high, 4.0), (liked, (end - start) / 2 - 2)):
                painter.drawLine(QPointF(middle - max(half, 3.0), y), QPointF(middle + max(half, 3.0), y))
            painter.setBrush(self.colour("surface"))
            painter.drawEllipse(QPointF(middle, liked), 3.5, 3.5)


def draw_node(painter: QPainter, area: QRectF, state: NodeState, picture: Picture) -> None:
    """Each state has a shape of its own: in use a disc in a ring, on trial half a disc, retired a disc, a candidate a
    diamond, rejected a cross, of another model a square, destroyed a broken ring."""
    role = {"active": "good", "on_trial": "accent", "candidate": "accent", "rejected": "danger"}.get(state, "muted")
    colour = picture.colour(role)
    inner = area.adjusted(*(area.width() * part for part in (0.14, 0.14, -0.14, -0.14)))
    painter.setPen(QPen(colour, 2))
    painter.setBrush(picture.colour("surface"))
    match state:
        case "active":
            painter.drawEllipse(area)
            _disc(painter, area.center(), area.width() * 0.28, colour)
        case "on_trial":
            painter.drawEllipse(inner)
            painter.setBrush(colour)
            painter.drawChord(inner, 90 * 16, 180 * 16)
        case "retired":
            _disc(painter, area.center(), inner.width() / 2, colour)
        case "candidate":
            middle, half = area.center(), area.width() * 0.44
            corners = (QPointF(0, -half), QPointF(half, 0), QPointF(0, half), QPointF(-half, 0))
            painter.drawPolygon(QPolygonF([middle + corner for corner in corners]))
        case "rejected":
            painter.drawLine(inner.topLeft(), inner.bottomRight())
            painter.drawLine(inner.topRight(), inner.bottomLeft())
        case "other_base":
            painter.drawRect(inner)
        case "destroyed":
            painter.setPen(QPen(colour, 1.5, Qt.PenStyle.DashLine))
            painter.drawEllipse(inner)


def _disc(painter: QPainter, middle: QPointF, radius: float, colour: QColor) -> None:
    painter.setBrush(colour)
    painter.drawEllipse(middle, radius, radius)
