"""The step that asks who is there, where several people have a profile and none opens by itself."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from app.shell.opening_steps import Step
from app.widgets.buttons import button
from app.widgets.moments import moment
from engine.store.values import Profile
from engine.words import say

_LINE = 58


class WhoStep(Step):
    """`picked` carries a Profile; `wants_new` asks for one more."""

    picked = Signal(object)
    wants_new = Signal()

    def __init__(self) -> None:
        super().__init__("who", "person")
        self._known: list[Profile] = []
        self.people = QListWidget()
        self.people.setObjectName("who.people")
        self.people.setAccessibleName(say("first_run.who_title"))
        self.people.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.people.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.go_on = button("who.open", say("first_run.continue"), self._pick, look="primary")
        self.people.itemActivated.connect(lambda _item: self._pick())
        self.people.currentRowChanged.connect(lambda row: self.go_on.setEnabled(row >= 0))
        self.middle.addWidget(self.people)
        self.column.setStretchFactor(self.middle, 100)
        self.foot.insertWidget(0, button("who.new", say("profiles.menu_new"), self.wants_new.emit, look="quiet"))
        self.foot.addWidget(self.go_on)
        self.setFocusProxy(self.people)

    def show_people(self, known: Sequence[Profile]) -> None:
        """List them, last used first; a folder that holds no profile is named below them and cannot be picked."""
        self._known = sorted(known, key=lambda one: not one.is_profile)
        self.people.clear()
        for one in self._known:
            item = QListWidgetItem(f"{one.name}\n{_beneath(one)}")
            item.setSizeHint(QSize(0, _LINE))
            if not one.is_profile:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.people.addItem(item)
        self.people.setCurrentRow(0)

    def _pick(self) -> None:
        row = self.people.currentRow()
        if row >= 0 and self._known[row].is_profile:
            self.picked.emit(self._known[row])


def _beneath(one: Profile) -> str:
    if not one.locks:
        return say(f"profiles.state_{one.state}")
    used = say("profiles.never_used") if one.used_ms is None else say("profiles.used", when=moment(one.used_ms))
    return say("profiles.line", opens=say(f"profiles.opens_by_{one.locks[0]}"), used=used)
