"""What trying a version means, and the share of the answers it is to give, before it gives any."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.labels import label
from engine.words import say

LEAST, USUAL, MOST, STEP = 5, 20, 50, 5
WIDTH = 500


class TrialDialog(QDialog):
    """Calls `accepted` with the share, of 1."""

    def __init__(self, accepted: Callable[[float], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("learning.trial_dialog")
        self.setWindowTitle(say("learning_page.trial_title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._share = QSpinBox()
        self._share.setObjectName("trial.share")
        self._share.setAccessibleName(say("learning_page.trial_share"))
        self._share.setRange(LEAST, MOST)
        self._share.setSingleStep(STEP)
        self._share.setSuffix(say("learning_page.trial_percent"))
        self._share.setValue(USUAL)
        self._share.lineEdit().setTextMargins(8, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(say("learning_page.trial_title"), "heading"))
        column.addWidget(label(say("learning_page.trial_words")))
        column.addLayout(self._chosen())
        column.addWidget(label(say("learning_page.trial_note"), "muted"))
        column.addLayout(self._foot())
        self.resize(WIDTH, column.heightForWidth(WIDTH))
        self.accepted.connect(lambda: accepted(self._share.value() / 100))

    def _chosen(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label(say("learning_page.trial_share"), wrap=False))
        row.addWidget(self._share)
        row.addStretch(1)
        return row

    def _foot(self) -> QHBoxLayout:
        start = button("trial.accept", say("learning_page.trial_start"), self.accept, look="primary")
        start.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button("trial.cancel", say("window.cancel"), self.reject))
        row.addWidget(start)
        return row
