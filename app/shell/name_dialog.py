"""Asks for the name of a profile: what a new one is to be called, or this one from now on, or which is to be erased."""

from collections.abc import Callable, Mapping
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import label
from engine.errors import HearthsideError
from engine.profiles import NAME_CHARACTERS
from engine.words import say

_WIDTH = 440


class NameDialog(QDialog):
    """Has `work` take the name, off the window's thread, and `done` what it gives back. A refusal is told in place."""

    def __init__(
        self,
        what: Literal["new", "rename", "erase"],
        parent: QWidget,
        tasks: Tasks,
        *,
        work: Callable[[str], str],
        done: Callable[[str], object],
        name: str = "",
        fields: Mapping[str, object] | None = None,
    ) -> None:
        """`name` stands in the field already, `fields` in the words above it."""
        super().__init__(parent)
        self.setObjectName("profile_name")
        self.setWindowTitle(say(f"profiles.{what}_title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._tasks, self._work, self._done = tasks, work, done
        self.error = ErrorBanner()
        self.name = QLineEdit(name)
        self.name.setObjectName("profile_name.name")
        self.name.setAccessibleName(say("profiles.name"))
        self.name.setPlaceholderText(say("profiles.name"))
        self.name.setMaxLength(NAME_CHARACTERS)
        self.name.selectAll()
        look = "danger" if what == "erase" else "primary"
        self.accept_button = button("profile_name.accept", say(f"profiles.{what}_accept"), self._take, look=look)
        self.accept_button.setDefault(True)
        self.name.textChanged.connect(self._follow)
        self._follow()
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(say(f"profiles.{what}_title"), "heading"))
        column.addWidget(label(say(f"profiles.{what}_words", **(fields or {})), "muted"))
        column.addWidget(self.name)
        column.addWidget(self.error)
        column.addLayout(self._foot())
        self.resize(_WIDTH, column.heightForWidth(_WIDTH))

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button("profile_name.cancel", say("window.cancel"), self.reject))
        row.addWidget(self.accept_button)
        return row

    def _follow(self) -> None:
        self.accept_button.setEnabled(bool(self.name.text().strip()))

    def _take(self) -> None:
        name = self.name.text()
        self._tasks.run(lambda: self._work(name), self._finish, self._refuse, owner=self)

    def _refuse(self, error: HearthsideError) -> None:
        self.error.show_error(error)
        self.resize(self.width(), self._column.heightForWidth(self.width()))
        self.name.setFocus()

    def _finish(self, kept: str) -> None:
        self.accept()
        self._done(kept)
