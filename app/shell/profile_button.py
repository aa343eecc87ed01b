"""Whose profile this is, at the foot of the sidebar, and the menu that switches to another."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy

from app.shell.name_dialog import NameDialog
from app.style import icons
from app.tasks import Tasks
from app.widgets.labels import plain_tip
from engine import profiles
from engine.store.values import Profile
from engine.words import say

_AROUND_THE_NAME = 48


class ProfileButton(QPushButton):
    """`picked` carries the folder of the profile to open, `wants_new` the name of one to make, `told` a sentence;
    `erasing` says that its owner has typed the name of this one, which is to be destroyed."""

    picked = Signal(object)
    wants_new = Signal(str)
    erasing = Signal()
    told = Signal(str)

    def __init__(self, root: Path, tasks: Tasks) -> None:
        super().__init__()
        self.setObjectName("sidebar.profile")
        self.setProperty("look", "nav")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(say("profiles.menu"))
        icons.put(self, "person", "muted", 18)
        self._root = root
        self._tasks = tasks
        self._name = ""
        self.clicked.connect(self.offer)
        tasks.run(lambda: profiles.name_of(root), self._show_name, owner=self)

    def offer(self) -> None:
        """Open the menu, once it is known who has a profile here."""
        self._tasks.run(profiles.listed, self._pop_up, replaces="profiles", owner=self)

    def ask_erase(self) -> None:
        """Say what goes with this profile, and have its name typed."""
        NameDialog(
            "erase",
            self.window(),
            self._tasks,
            work=partial(profiles.agreed, self._root),
            done=lambda _name: self.erasing.emit(),
            fields={"name": self._name, "path": self._root},
        ).open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_name(self._name)

    def _show_name(self, name: str) -> None:
        self._name = name
        fits = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, self.width() - _AROUND_THE_NAME)
        self.setText(_literal(fits))
        self.setToolTip(plain_tip(say("profiles.button_tip", name=name)))
        self.setAccessibleDescription(name)

    def _pop_up(self, known: Sequence[Profile]) -> None:
        menu = QMenu(self)
        menu.setObjectName("profiles.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        mine = menu.addAction(icons.icon("check"), _literal(self._name))
        mine.setEnabled(False)
        for one in sorted(known, key=lambda one: one.name.casefold()):
            if one.is_profile and one.root != self._root:
                menu.addAction(_literal(one.name), partial(self.picked.emit, one.root))
        menu.addSeparator()
        menu.addAction(icons.icon("edit"), say("profiles.menu_rename"), self._ask_rename)
        menu.addAction(icons.icon("plus"), say("profiles.menu_new"), self._ask_new)
        menu.addAction(icons.icon("delete"), say("profiles.menu_erase"), self.ask_erase)
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    def _ask_rename(self) -> None:
        NameDialog(
            "rename",
            self.window(),
            self._tasks,
            work=partial(profiles.rename, self._root),
            done=self._on_renamed,
            name=self._name,
        ).open()

    def _on_renamed(self, name: str) -> None:
        self._show_name(name)
        self.told.emit(say("profiles.renamed", name=name))

    def _ask_new(self) -> None:
        NameDialog("new", self.window(), self._tasks, work=profiles.free_name, done=self.wants_new.emit).open()


def _literal(name: str) -> str:
    """Without Qt making a key of a letter after an ampersand."""
    return name.replace("&", "&&")
