"""The sheet before anything is read: what would be, what would not and why, what it takes, what to leave out."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.library.plan_words import cost_words, found_words
from app.tasks import Job, Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import ElidedLabel, label
from engine.errors import HearthsideError
from engine.library.values import IndexPlan, Root
from engine.progress import Control, Progress, Report
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_TYPING_MS = 500
_PATHS_SHOWN = 3
_NOT_THERE = {"missing", "away"}


class Wish(Struct, frozen=True):
    """What the owner wants read, and how; None leaves as it is what was said before."""

    paths: list[str]
    may_teach: bool | None = None
    patterns: str | None = None


class _Counted(Struct, frozen=True):
    plan: IndexPlan
    roots: list[Root]
    any_folder: bool


class IndexSheet(QDialog):
    """`chosen` carries the Wish. Counts in the background, anew whenever the patterns change; closing stops that."""

    chosen = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, paths: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("sheet")
        self.setWindowTitle(say("index_sheet.title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(540)
        self._assistant = assistant
        self._tasks = tasks
        self._paths = list(paths)
        self._job: Job | None = None
        self._before: tuple[bool, str] | None = None
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._count)
        self.error = ErrorBanner()
        self._so_far = label(name="sheet.counting", look="muted")
        self._bar = QProgressBar(maximum=0)
        self._bar.setTextVisible(False)
        self._found = label(name="sheet.found")
        self._cost = label(name="sheet.cost", look="muted")
        self._patterns = QPlainTextEdit()
        self._teach = QCheckBox(say("index_sheet.may_teach"))
        self._read = button("sheet.read", say("index_sheet.read"), self._choose, look="primary", role="on_accent")
        self._leaving_out = self._patterns_field()
        self._lay_out()
        self.finished.connect(self._stop)
        self._count()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(say("index_sheet.title"), "heading"))
        for path in self._paths[:_PATHS_SHOWN]:
            column.addWidget(ElidedLabel(_shown(path)))
        if (more := len(self._paths) - _PATHS_SHOWN) > 0:
            column.addWidget(label(say("index_sheet.more", count=more), "muted"))
        card = QFrame()
        card.setProperty("look", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 14, 16, 14)
        inside.setSpacing(8)
        for part in (self._so_far, self._bar, self._found, self._cost):
            inside.addWidget(part)
        column.addWidget(card)
        column.addWidget(self.error)
        column.addWidget(self._leaving_out)
        self._teach.setObjectName("sheet.teach")
        self._teach.setToolTip(say("library_page.may_teach_tip"))
        self._teach.setChecked(True)
        column.addWidget(self._teach)
        column.addStretch(1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 8, 0, 0)
        row.addStretch(1)
        row.addWidget(button("sheet.cancel", say("window.cancel"), self.reject))
        row.addWidget(self._read)
        column.addLayout(row)
        self._read.setDefault(True)

    def _patterns_field(self) -> QWidget:
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        above = label(say("index_sheet.patterns"))
        above.setBuddy(self._patterns)
        self._patterns.setObjectName("sheet.patterns")
        self._patterns.setAccessibleName(say("index_sheet.patterns"))
        self._patterns.setPlaceholderText(say("index_sheet.patterns_example"))
        self._patterns.setProperty("look", "field")
        self._patterns.setTabChangesFocus(True)
        self._patterns.setFixedHeight(self._patterns.fontMetrics().lineSpacing() * 3 + 24)
        self._patterns.textChanged.connect(self._on_typed)
        for part in (above, self._patterns, label(say("index_sheet.patterns_help"), "small")):
            column.addWidget(part)
        return whole

    def _count(self) -> None:
        self._stop()
        self.error.hide()
        self._show_counting(True)
        library, paths = self._assistant.library, [Path(path) for path in self._paths]
        patterns = self._wished_patterns()

        def work(report: Report, control: Control) -> _Counted:
            plan = library.plan(paths, patterns=patterns, report=report, control=control)
            plan = replace(plan, files=[])  # of which there may be too many to let go of in the window's thread
            return _Counted(plan, library.roots(), any(path.is_dir() for path in paths))

        self._job = job = self._tasks.start(
            work,
            kind="count",
            lane="count",
            observe=lambda told: self._observe(job, told),
            done=lambda counted: self._show(job, counted),
            failed=lambda error: self._fail(job, error),
        )

    def _stop(self) -> None:
        self._typing.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _on_typed(self) -> None:
        self._read.setEnabled(False)
        self._typing.start()

    def _observe(self, job: Job, told: Sequence[Progress]) -> None:
        if job is self._job:
            self._so_far.setText(say("index_sheet.counted", files=int(told[-1].done)))

    def _show(self, job: Job, counted: _Counted) -> None:
        if job is not self._job:  # closed, or counting anew
            return
        self._job = None
        plan = counted.plan
        self._show_counting(False)
        self._found.setText(found_words(plan))
        self._cost.setText(cost_words(plan))
        self._cost.setVisible(bool(plan.reading))
        self._read.setText(say("index_sheet.read" if plan.reading else "index_sheet.keep"))
        self._read.setEnabled(bool(plan.reading or plan.unchanged or not _NOT_THERE & set(plan.skipped)))
        if self._before is None:
            self._leaving_out.setVisible(counted.any_folder)
            self._show_wishes(counted.roots)
            self._read.setFocus()
        self.adjustSize()

    def _show_wishes(self, roots: Sequence[Root]) -> None:
        """Begin with what was said of these folders before, and of those they stand in."""
        own = [root for root in roots if root.path in self._paths]
        patterns = {root.patterns for root in own}
        above = [root for root in roots if any(_is_in(path, root.path) for path in self._paths)]
        barred = any(not root.may_teach for root in above)
        self._teach.setChecked(not barred and all(root.may_teach for root in own))
        self._teach.setEnabled(not barred)
        if barred:
            self._teach.setToolTip(say("index_sheet.barred"))
        with QSignalBlocker(self._patterns):
            self._patterns.setPlainText(patterns.pop() if len(patterns) == 1 else "")
        self._before = self._teach.isChecked(), self._patterns.toPlainText()

    def _fail(self, job: Job, error: HearthsideError) -> None:
        if job is not self._job:
            return
        self._job = None
        self._show_counting(False)
        self.error.show_error(error)

    def _show_counting(self, counting: bool) -> None:
        if counting:
            self._so_far.setText(say("index_sheet.counting"))
        for part in (self._so_far, self._bar):
            part.setVisible(counting)
        for part in (self._found, self._cost):
            part.setVisible(not counting)
        self._read.setEnabled(False)

    def _wished_patterns(self) -> str | None:
        text = self._patterns.toPlainText()
        return None if self._before is None or text == self._before[1] else text

    def _choose(self) -> None:
        assert self._before is not None
        teach = self._teach.isChecked()
        self.chosen.emit(Wish(self._paths, None if teach == self._before[0] else teach, self._wished_patterns()))
        self.accept()


def _is_in(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _shown(path: str) -> str:
    """`path` with bytes that are no UTF-8 written out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
