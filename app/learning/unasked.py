"""Trains while the owner is away, where they want that, and stands still the moment they are back."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.tasks import Job, Tasks

if TYPE_CHECKING:
    from app.learning.page import LearningPage
    from engine.assistant import Assistant

AWAY_S: Final = 300
"""Without a key or the mouse: then it may begin."""
GONE_AGAIN_S: Final = 60
"""The same, before what stood still goes on."""
_LOOK_MS: Final = 20_000
_HANDS: Final = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
}


class UnaskedTraining(QObject):
    """Watches the hands at `window`, and nothing beyond it. `told` says at their return what came of it meanwhile.

    A training stands still at once, wherever it is, and is shown as paused: its owner may let it go on.
    """

    told = Signal(str)

    def __init__(
        self, assistant: "Assistant", tasks: Tasks, page: "Callable[[], LearningPage]", window: QWidget
    ) -> None:
        super().__init__(window)
        self._assistant = assistant
        self._tasks = tasks
        self._page = page
        self._job: Job | None = None
        self._stands = False
        self._still = ExitStack()
        self._listens = False
        self._untold = ""
        self._is_stopped = False
        self.touched = time.monotonic()
        tasks.changed.connect(self._on_changed)
        window.windowHandle().installEventFilter(self)
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self.look)
        self._looking.start()

    @property
    def away_s(self) -> float:
        """How long the window was left alone; a dialog that is open is being read."""
        return 0.0 if QApplication.activeModalWidget() is not None else time.monotonic() - self.touched

    def look(self) -> None:
        """Begin, stand still, or go on, as things are."""
        unasked = self._assistant.learning.unasked
        if self._job is not None:
            self._tasks.run(unasked.may_go_on, self._steer, replaces="unasked")
        elif self._is_wanted():
            self._tasks.run(unasked.may_begin, self._begin, lane="learning", replaces="unasked")

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in _HANDS:
            self.touched = time.monotonic()
            if self._job is not None:
                self._stand_still(self._job)
            if self._untold:
                self.told.emit(self._untold)
                self._untold = ""
        return False

    def _is_wanted(self) -> bool:
        free = not self._tasks.jobs and not self._is_stopped
        return free and self._assistant.settings.train_unasked and self.away_s >= AWAY_S

    def _begin(self, may: bool) -> None:
        if may and self._is_wanted():
            page = self._page()
            if not self._listens:
                page.told.connect(self._on_told)
                self._listens = True
            page.train()
            self._job = page.job

    def _steer(self, may_go_on: bool) -> None:
        if self._job is None:
            return
        if not may_go_on:
            self._stand_still(self._job)
        elif self._stands and self.away_s >= GONE_AGAIN_S:
            self._job.control.resume()
            self._page().work.show_paused()

    def _stand_still(self, job: Job) -> None:
        if job.control.paused:
            return
        self._stands = True
        job.control.pause()
        self._still.enter_context(job.control.hold())
        self._still.callback(job.control.on_change(lambda: self._let_go(job)))
        self._page().work.show_paused()

    def _let_go(self, job: Job) -> None:
        """Its owner resumed it, or it is time to."""
        if not job.control.paused:
            self._stands = False
            self._still.pop_all().close()

    def _on_told(self, words: str) -> None:
        if self._job is not None:
            self._untold = words

    def _on_changed(self) -> None:
        if self._job is not None and self._job not in self._tasks.jobs:
            self._is_stopped = self._job.control.cancelled
            self._still.pop_all().close()
            self._job = None
