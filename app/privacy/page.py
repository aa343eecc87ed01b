"""The privacy page: plain statements that hold on this computer, the audit trail, and where everything lies."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.privacy.words_card import WordsCard
from app.style import icons
from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import ElidedLabel, label
from app.widgets.moments import moment
from app.widgets.pages import ScrollPage, card
from engine.privacy.values import AuditEntry
from engine.words import say
from engine.workers.values import Walls

if TYPE_CHECKING:
    from engine.assistant import Assistant

_SHOWN = 100


class PrivacyPage(ScrollPage):
    """What can be said truthfully of this profile on this system. `wants_erase` asks to destroy it."""

    wants_erase = Signal()

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__("privacy", say("window.page_privacy"), say("privacy_page.words"), parent)
        self._assistant = assistant
        self._tasks = tasks
        self.error = ErrorBanner()
        self.column.addWidget(self.error)
        self.column.addWidget(self._facts())
        self.column.addSpacing(8)
        self.column.addWidget(label(say("privacy_page.where"), "heading"))
        self.column.addWidget(self._places())
        self.column.addSpacing(8)
        self.column.addWidget(label(say("privacy_page.private_words"), "heading"))
        self._words = WordsCard(assistant, tasks)
        self._words.failed.connect(self.error.show_error)
        self.column.addWidget(self._words)
        self.column.addSpacing(8)
        self.column.addWidget(label(say("privacy_page.trail"), "heading"))
        frame, inside = card("privacy.trail")
        self._trail = QVBoxLayout()
        inside.addLayout(self._trail)
        self.column.addWidget(frame)
        self.column.addSpacing(8)
        self.column.addWidget(label(say("privacy_page.erase"), "heading"))
        self.column.addWidget(self._eraser())
        self.column.addStretch(1)

    def reload(self) -> None:
        """Read the words and the trail anew."""
        self._words.reload()
        learning = self._assistant.learning
        self._tasks.run(lambda: learning.report().audit, self._show, self.error.show_error, replaces="privacy.trail")
        self._tasks.run(self._assistant.walls, self._show_walls, self.error.show_error, replaces="privacy.walls")

    def _facts(self) -> QWidget:
        frame, column = card("privacy.facts")
        guard = "guard_linux" if sys.platform.startswith("linux") else "guard_elsewhere"
        adapters = "adapters_linux" if sys.platform.startswith("linux") else "adapters_elsewhere"
        self._walls_mark = QLabel()
        self._walls = label(say("privacy_page.walls_trying"), name="privacy.walls")
        for fact in ("encrypted", guard, "documents", "walls", "learning", adapters):
            mark = self._walls_mark if fact == "walls" else QLabel()
            icons.put(mark, "check", "good", 18)
            row = QHBoxLayout()
            row.setSpacing(10)
            row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(self._walls if fact == "walls" else label(say(f"privacy_page.{fact}")), 1)
            column.addLayout(row)
        icons.put(self._walls_mark, "refresh", "muted", 18)
        return frame

    def _show_walls(self, walls: Walls) -> None:
        missing = "; ".join(say(f"privacy_page.wall_{name}") for name in walls.open)
        self._walls.setText(say("privacy_page.walls_missing" if missing else "privacy_page.walls", open=missing))
        icons.put(self._walls_mark, "warning" if missing else "check", "danger" if missing else "good", 18)

    def _places(self) -> QWidget:
        frame, column = card("privacy.places")
        paths = self._assistant.paths
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setColumnStretch(1, 1)
        places = (("profile", paths.root), ("owner", paths.owner_db), ("library", paths.library_db))
        for row, (what, path) in enumerate(places):
            place = ElidedLabel(str(path))
            place.setObjectName(f"privacy.place_{what}")
            grid.addWidget(label(say(f"privacy_page.place_{what}"), "muted", wrap=False), row, 0)
            grid.addWidget(place, row, 1)
        column.addLayout(grid)
        return frame

    def _eraser(self) -> QWidget:
        frame, column = card("privacy.eraser")
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(label(say("privacy_page.erase_words"), "muted"), 1)
        row.addWidget(button("privacy.erase", say("profiles.menu_erase"), self.wants_erase.emit, look="danger"))
        column.addLayout(row)
        return frame

    def _show(self, entries: Sequence[AuditEntry]) -> None:
        while (item := self._trail.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for entry in entries[:_SHOWN]:
            what = say(f"privacy.audit_{entry.action}", **entry.fields)
            words = say("privacy_page.trail_line", when=moment(entry.at_ms), what=what)
            self._trail.addWidget(label(words))
        if not entries:
            self._trail.addWidget(label(say("privacy_page.trail_empty"), "muted"))
