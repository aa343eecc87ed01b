"""How current the folders are, asked of the engine while the page is looked at, and the button that pauses reading."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.style import icons
from app.tasks import Tasks
from app.widgets.buttons import button
from engine.library.values import Kept
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_EVERY_MS = 700


class Following(QObject):
    """`told` carries what was Kept before and what is now. `pause` is shown while there is reading to be paused."""

    told = Signal(object, object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._keeping = assistant.keeping
        self._tasks = tasks
        self._kept = Kept([])
        self.timer = QTimer(self, interval=_EVERY_MS)
        self.timer.timeout.connect(self._ask)
        self.pause = button("library.pause_keeping", say("library_page.pause"), self._pause_or_resume, icon="pause")
        self.pause.hide()

    def start(self) -> None:
        self._ask()
        self.timer.start()

    def stop(self) -> None:
        self.timer.stop()

    @property
    def paused(self) -> bool:
        return any(standing.state == "paused" for standing in self._kept.standings)

    @property
    def reading(self) -> bool:
        return not self.paused and any(standing.left for standing in self._kept.standings)

    def _ask(self) -> None:
        self._tasks.run(self._keeping.kept, self._show, replaces="library.kept", owner=self)

    def _show(self, kept: Kept) -> None:
        before, self._kept = self._kept, kept
        self.pause.setVisible(self.paused or self.reading)
        self.pause.setText(say("library_page.resume" if self.paused else "library_page.pause"))
        self.pause.setAccessibleName(self.pause.text())
        icons.put(self.pause, "resume" if self.paused else "pause", "text", 18)
        self.told.emit(before, kept)

    def _pause_or_resume(self) -> None:
        (self._keeping.resume if self.paused else self._keeping.pause)()
        self._ask()
