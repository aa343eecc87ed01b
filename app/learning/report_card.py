"""A version's report card: what both gates measured, in words first, then each measure with its interval."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.learning.outcomes import gain, measure, numbers, outcome, summary, unit
from app.style.theme import Theme
from app.widgets.labels import label
from app.widgets.loss_curve import LossCurve
from app.widgets.whisker import Shape, TwoBars, Whisker
from engine.learning.values import Adapter, GateReport, Score
from engine.words import say

_SHAPES: dict[str, Shape] = {"better": "good", "worse": "bad", "lost": "bad"}
_CURVE_HEIGHT = 140


class ReportCard(QWidget):
    """Of `adapter`; whiskers of one unit share a scale."""

    def __init__(self, adapter: Adapter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("adapter.card")
        self._theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        gates = {"quick": adapter.gate, "full": adapter.full_gate}
        scores = [score for gate in gates.values() if gate is not None for score in gate.scores]
        if scores:
            column.addWidget(label(summary(scores), name="adapter.summary"))
            column.addLayout(self._grid(gates, _reaches(scores)))
            column.addWidget(label(say("learning_pictures.key"), "small"))
        if adapter.losses:
            curve = LossCurve(theme, height=_CURVE_HEIGHT)
            curve.show_losses(adapter.losses)
            column.addWidget(curve)
        if adapter.divergences:
            column.addWidget(label(_distance(adapter), "small", name="adapter.distance"))

    def _grid(self, gates: dict[str, GateReport | None], reaches: dict[str, float]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for column, stretch in enumerate((4, 4, 4, 2)):
            grid.setColumnStretch(column, stretch)
        for name, gate in gates.items():
            if gate is not None and gate.scores:
                self._add_heads(grid, say(f"learning_pictures.gate_{name}"))
                for score in gate.scores:
                    self._add_row(grid, score, reaches[unit(score)])
        return grid

    def _add_heads(self, grid: QGridLayout, title: str) -> None:
        row = grid.rowCount()
        sides = QHBoxLayout()
        for side, at in (("worse", Qt.AlignmentFlag.AlignLeft), ("better", Qt.AlignmentFlag.AlignRight)):
            sides.addWidget(label(say(f"learning_pictures.side_{side}"), "small", wrap=False), 1, at)
        grid.addWidget(label(title, "small"), row, 0)
        grid.addLayout(sides, row, 1)

    def _add_row(self, grid: QGridLayout, score: Score, reach: float) -> None:
        row, said = grid.rowCount(), outcome(score)
        words = say("learning_pictures.row", measure=measure(score), numbers=numbers(score), outcome=_word(said))
        grid.addWidget(label(measure(score)), row, 0)
        picture = self._picture(score, reach, words)
        if picture is not None:
            grid.addWidget(picture, row, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(label(numbers(score), "small"), row, 2)
        grid.addWidget(_verdict(said), row, 3)

    def _picture(self, score: Score, reach: float, words: str) -> QWidget | None:
        turned = gain(score)
        if turned is not None:
            shape = _SHAPES.get(outcome(score), "open")
            return Whisker(self._theme, turned.low, turned.middle, turned.high, reach, shape, words)
        if unit(score) == "share":
            return TwoBars(self._theme, score.candidate, score.reference, words)
        return None


def _reaches(scores: Sequence[Score]) -> dict[str, float]:
    """How far from zero the farthest whisker of each unit goes."""
    reaches: dict[str, float] = dict.fromkeys((unit(score) for score in scores), 0.0)
    for score in scores:
        turned = gain(score)
        if turned is not None:
            reaches[unit(score)] = max(reaches[unit(score)], abs(turned.low), abs(turned.high))
    return reaches


def _verdict(said: str) -> QLabel:
    looks = {"better": "pill-good", "worse": "pill-bad", "lost": "pill-bad"}
    return label(_word(said), looks.get(said, "small"), name="adapter.outcome")


def _word(said: str) -> str:
    return say(f"learning_pictures.outcome_{said}")


def _distance(adapter: Adapter) -> str:
    told = say("learning_page.distance", nat=adapter.divergences[-1])
    return told if adapter.scale == 1 else f"{told} {say('learning_page.scaled_back', scale=adapter.scale)}"
