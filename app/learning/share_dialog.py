"""What trying a version, or comparing it, means, and the share of the answers it is about, before there is any."""

from collections.abc import Callable
from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.labels import label
from engine.words import say

LEAST, MOST, STEP = 5, 50, 5
USUAL: Final = {"trial": 20, "compare": 10}
WIDTH = 500


class ShareDialog(QDialog):
    """Calls `accepted` with the share, of 1."""

    def __init__(
        self, about: Literal["trial", "compare"], accepted: Callable[[float], object], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._about = about
        self.setObjectName(f"learning.{about}_dialog")
        self.setWindowTitle(self._say("title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._share = QSpinBox()
        self._share.setObjectName(f"{about}.share")
        self._share.setAccessibleName(self._say("share"))
        self._share.setRange(LEAST, MOST)
        self._share.setSingleStep(STEP)
        self._share.setSuffix(say("learning_page.trial_percent"))
        self._share.setValue(USUAL[about])
        self._share.lineEdit().setTextMargins(8, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(self._say("title"), "heading"))
        column.addWidget(label(self._say("words")))
        column.addLayout(self._chosen())
        column.addWidget(label(self._say("note"), "muted"))
        column.addLayout(self._foot())
        self.resize(WIDTH, column.heightForWidth(WIDTH))
        self.accepted.connect(lambda: accepted(self._share.value() / 100))

    def _chosen(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label(self._say("share"), wrap=False))
        row.addWidget(self._share)
        row.addStretch(1)
        return row

    def _foot(self) -> QHBoxLayout:
        start = button(f"{self._about}.accept", self._say("start"), self.accept, look="primary")
        start.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button(f"{self._about}.cancel", say("window.cancel"), self.reject))
        row.addWidget(start)
        return row

    def _say(self, part: str) -> str:
        return say(f"learning_page.{self._about}_{part}")
