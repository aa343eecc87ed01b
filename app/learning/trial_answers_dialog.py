"""Which version gave which answer, once a trial has ended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import ElidedLabel, label
from app.widgets.moments import moment
from engine.learning.values import TrialAnswer
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_SHOWN = 200


class TrialAnswersDialog(QDialog):
    """The newest answers of the trial `trial_id`, each with its question, its arm and how it was rated."""

    def __init__(self, assistant: "Assistant", tasks: Tasks, trial_id: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("learning.trial_answers")
        self.setWindowTitle(say("learning_page.trial_answers_title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.error = ErrorBanner()
        inside = QWidget()
        inside.setProperty("look", "page")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)
        fill = QVBoxLayout(inside)
        fill.setContentsMargins(0, 0, 12, 0)
        fill.addLayout(self._grid)
        fill.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button("trial_answers.close", say("window.close"), self.accept, look="primary"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(say("learning_page.trial_answers_title"), "heading"))
        column.addWidget(self.error)
        column.addWidget(area, 1)
        column.addLayout(foot)
        self.resize(720, 520)
        tasks.run(lambda: assistant.trial_answers(trial_id), self._show, self.error.show_error, owner=self)

    def _show(self, answers: Sequence[TrialAnswer]) -> None:
        for row, answer in enumerate(answers[:_SHOWN]):
            _put(self._grid, row, answer)


def _put(grid: QGridLayout, row: int, answer: TrialAnswer) -> None:
    question = ElidedLabel(" ".join(answer.question.split()), out=Qt.TextElideMode.ElideRight)
    question.setObjectName("trial_answers.question")
    rated = say(f"learning_page.trial_rated_{answer.rating}") if answer.rating else ""
    arm = say(f"learning_page.trial_by_{'tried' if answer.tried else 'in_use'}")
    grid.addWidget(label(moment(answer.created_ms), "small", wrap=False), row, 0)
    grid.addWidget(question, row, 1)
    grid.addWidget(label(rated, "small", wrap=False), row, 2)
    shown = label(arm, "pill-tried" if answer.tried else "pill", wrap=False, name="trial_answers.arm")
    grid.addWidget(shown, row, 3, Qt.AlignmentFlag.AlignLeft)
