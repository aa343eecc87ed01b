"""Long work as it goes: what is being done, how far, how long still, with pause and stop."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.style import icons
from app.tasks import Job
from app.widgets.buttons import button
from app.widgets.labels import ElidedLabel, label
from engine.words import say

_STEPS = 1000


class WorkCard(QFrame):
    """Shown while `job` runs. `room` names its buttons ("library.pause")."""

    def __init__(self, room: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{room}.work")
        self.setProperty("look", "card")
        self._job: Job | None = None
        self.title = label(look="strong", wrap=False, name=f"{room}.work_title")
        self.left = label(look="small", wrap=False, name=f"{room}.work_left")
        self.detail = ElidedLabel(look="small")
        self.detail.setObjectName(f"{room}.work_detail")
        self.bar = QProgressBar(maximum=_STEPS)
        self.bar.setObjectName(f"{room}.work_bar")
        self.bar.setTextVisible(False)
        self._pause = button(f"{room}.pause", say("window.pause"), self._toggle_pause, icon="pause")
        self._stop = button(f"{room}.stop", say("window.stop"), self._cancel, icon="stop")
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.left)
        foot = QHBoxLayout()
        foot.addWidget(self.detail, 1)
        foot.addWidget(self._pause)
        foot.addWidget(self._stop)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(18, 14, 18, 14)
        self.column.setSpacing(10)
        self.column.addLayout(head)
        self.column.addWidget(self.bar)
        self.column.addLayout(foot)
        self.hide()

    def begin(self, job: Job, title: str) -> None:
        self._job = job
        self._stop.setEnabled(True)
        self._pause.setEnabled(True)
        self.title.setText(title)
        self.left.setText("")
        self.detail.show_text("")
        self.bar.setMaximum(0)
        self.show_paused()
        self.show()

    def show_progress(self, *, done: float, total: float, eta_s: float | None, detail: str) -> None:
        """`total` 0 means not known yet."""
        self.bar.setMaximum(_STEPS if total else 0)
        if total:
            self.bar.setValue(int(_STEPS * min(done / total, 1)))
        self.left.setText(remaining(eta_s) if eta_s is not None else "")
        self.detail.show_text(detail)

    def end(self) -> None:
        self._job = None
        self.hide()

    def _toggle_pause(self) -> None:
        if self._job is None:
            return
        control = self._job.control
        if control.paused:
            control.resume()
        else:
            control.pause()
        self.show_paused()

    def show_paused(self) -> None:
        """Follow what the job's control says of it."""
        paused = self._job is not None and self._job.control.paused
        words = say("window.resume" if paused else "window.pause")
        self._pause.setText(words)
        self._pause.setAccessibleName(words)
        icons.put(self._pause, "resume" if paused else "pause", "text", 18)

    def _cancel(self) -> None:
        if self._job is not None:
            self._stop.setEnabled(False)
            self._pause.setEnabled(False)
            self.left.setText(say("window.stopping"))
            self._job.cancel()


def remaining(seconds: float) -> str:
    """A duration as people say it: never more exact than it can be known."""
    if seconds < 50:
        return say("window.seconds_left", count=max(5, round(seconds / 5) * 5))
    if seconds < 90 * 60:
        return say("window.minutes_left", count=max(1, round(seconds / 60)))
    return say("window.hours_left", count=round(seconds / 3600))
