"""How the plain model's answers were taken, where any were rated or left a sign: what the versions stand beside."""

from msgspec.structs import asdict
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.widgets.labels import label
from engine.learning.values import LearningStatus
from engine.words import say


class BaseCard(QFrame):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("learning.base")
        self.setProperty("look", "card")
        self._ratings = label(look="small", name="learning.base_ratings")
        self._signals = label(look="small", name="learning.base_signals")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        column.addWidget(label(say("learning_page.base"), "strong"))
        for line in (self._ratings, self._signals):
            line.hide()
            column.addWidget(line)
        self.hide()

    def follow(self, status: LearningStatus) -> None:
        rated = status.base_ratings
        signs = next((counts for counts in status.signals if counts.adapter is None), None)
        self._ratings.setText("" if rated is None else say("learning.rated", **asdict(rated)))
        self._signals.setText("" if signs is None else say("learning.signals", **asdict(signs)))
        self._ratings.setVisible(rated is not None)
        self._signals.setVisible(signs is not None)
        self.setVisible(rated is not None or signs is not None)
