"""A version's report card: what both gates measured, in words first, then each measure with its interval."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.learning.outcomes import gain, measure, numbers, outcome, summary, unit
from app.style.theme import Theme
from app.widgets.labels import label
from app.widgets.loss_curve import LossCurve
from app.widgets.whisker import Shape, TwoBars, Whisker
from engine.learning.values import Adapter, GateReport, Score
from engine.words import say

_SHAPES: dict[str, Shape] = {"better": "good", "worse": "bad", "lost": "bad"}
_CURVE_HEIGHT = 140
_WIDE_CHARACTERS = 75


class _Row(NamedTuple):
    name: QWidget
    picture: QWidget | None
    numbers: QWidget | None
    verdict: QWidget | None


class ReportCard(QWidget):
    """Of `adapter`; whiskers of one unit share a scale."""

    def __init__(self, adapter: Adapter, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("adapter.card")
        self._theme = theme
        self._rows: list[_Row] = []
        self._wide = True
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        shadow = None if adapter.shadow is None else adapter.shadow.report
        gates = {"quick": adapter.gate, "full": adapter.full_gate, "shadow": shadow}
        scores = [score for gate in gates.values() if gate is not None for score in gate.scores]
        if scores:
            column.addWidget(label(summary(scores), name="adapter.summary"))
            reaches = _reaches(scores)
            for name, gate in gates.items():
                if gate is not None and gate.scores:
                    self._rows += self._rows_of(gate, say(f"learning_pictures.gate_{name}"), reaches)
            self._place(wide=True)
            column.addLayout(self._grid)
            column.addWidget(label(say("learning_pictures.key"), "small"))
        if adapter.losses:
            curve = LossCurve(theme, height=_CURVE_HEIGHT)
            curve.show_losses(adapter.losses)
            column.addWidget(curve)
        if adapter.divergences:
            column.addWidget(label(_distance(adapter), "small", name="adapter.distance"))

    def _rows_of(self, gate: GateReport, title: str, reaches: dict[str, float]) -> Iterator[_Row]:
        sides = QWidget()
        line = QHBoxLayout(sides)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label(say("learning_pictures.side_worse"), "small", wrap=False))
        line.addStretch(1)
        line.addWidget(label(say("learning_pictures.side_better"), "small", wrap=False))
        yield _Row(label(title, "small"), sides, None, None)
        for score in gate.scores:
            said = _word(outcome(score))
            words = say("learning_pictures.row", measure=measure(score), numbers=numbers(score), outcome=said)
            picture = self._picture(score, reaches[unit(score)], words)
            yield _Row(label(measure(score)), picture, label(numbers(score), "small"), _verdict(outcome(score)))

    def _place(self, *, wide: bool) -> None:
        """A measure on one line, or where that is too narrow on two."""
        self._wide = wide
        while self._grid.takeAt(0) is not None:
            pass
        for column, stretch in enumerate((4, 4, 4, 2) if wide else (1, 1, 0, 0)):
            self._grid.setColumnStretch(column, stretch)
        places = ((0, 0), (0, 1), (0, 2), (0, 3)) if wide else ((0, 0), (1, 0), (1, 1), (0, 1))
        for number, row in enumerate(self._rows):
            for part, (down, column) in zip(row, places, strict=True):
                if part is not None:
                    self._grid.addWidget(part, 2 * number + down, column)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > _WIDE_CHARACTERS * self.fontMetrics().averageCharWidth()
        if wide is not self._wide:
            self._place(wide=wide)

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
    """As large as its words."""
    looks = {"better": "pill-good", "worse": "pill-bad", "lost": "pill-bad"}
    made = label(_word(said), looks.get(said, "small"), wrap=False, name="adapter.outcome")
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return made


def _word(said: str) -> str:
    return say(f"learning_pictures.outcome_{said}")


def _distance(adapter: Adapter) -> str:
    told = say("learning_page.distance", nat=adapter.divergences[-1])
    return told if adapter.scale == 1 else f"{told} {say('learning_page.scaled_back', scale=adapter.scale)}"
