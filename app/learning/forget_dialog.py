"""What to forget — everything, a conversation, a folder — and all that goes with it, listed before the click."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.labels import label
from app.widgets.moments import moment
from engine.chat.values import Thread
from engine.errors import HearthsideError
from engine.learning.values import AdapterState, Dependants, ForgetReport
from engine.library.values import Root
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant, Forgettable


_LINES_SHOWN = 12
_FEWEST_LINES = 2


class ForgetDialog(QDialog):
    """`forgot` carries the receipt. Nothing can be forgotten before it is known, and shown, what goes."""

    forgot = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self._assistant = assistant
        self._tasks = tasks
        self.setObjectName("learning.forget_dialog")
        self.setWindowTitle(say("learning_page.forget_title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self.error = ErrorBanner()
        self._choices = QButtonGroup(self)
        self._everything = self._choice("everything")
        self._thread, self._threads = self._choice("thread"), self._list("thread")
        self._folder, self._folders = self._choice("folder"), self._list("folder")
        self._goes = label(name="forget.goes")
        self._goes.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._listing = QScrollArea()
        self._cancel = button("forget.cancel", say("window.cancel"), self.reject)
        self._accept = button("forget.accept", say("learning_page.forget"), self._forget, look="danger")
        self._lay_out()
        self._everything.setChecked(True)
        self._choices.buttonClicked.connect(lambda _button: self._look())
        self._fill()
        self._look()

    def _choice(self, name: str) -> QRadioButton:
        made = QRadioButton(say(f"learning_page.forget_{name}"))
        made.setObjectName(f"forget.{name}")
        self._choices.addButton(made)
        return made

    def _list(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setObjectName(f"forget.{name}s")
        made.setAccessibleName(say(f"learning_page.forget_{name}"))
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(24)
        made.activated.connect(lambda _index: self._look())
        return made

    def _lay_out(self) -> None:
        choices = QGridLayout()
        choices.setColumnStretch(1, 1)
        choices.setHorizontalSpacing(12)
        choices.addWidget(self._everything, 0, 0, 1, 2)
        for row, (choice, listed) in enumerate(((self._thread, self._threads), (self._folder, self._folders)), 1):
            choices.addWidget(choice, row, 0)
            choices.addWidget(listed, row, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._cancel)
        foot.addWidget(self._accept)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(say("learning_page.forget_title"), "heading"))
        column.addWidget(self.error)
        column.addLayout(choices)
        column.addWidget(self._scrolling())
        column.addWidget(label(say("learning_page.forget_words"), "muted"))
        column.addLayout(foot)
        self._cancel.setDefault(True)
        self._accept.setEnabled(False)

    def _scrolling(self) -> QScrollArea:
        """All that goes may be many versions: they scroll, and what is chosen above them stays whole."""
        inside = QWidget()
        inside.setProperty("look", "page")
        fill = QVBoxLayout(inside)
        fill.setContentsMargins(0, 0, 12, 0)
        fill.addWidget(self._goes)
        self._listing.setWidgetResizable(True)
        self._listing.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._listing.setWidget(inside)
        self._listing.setFixedHeight(_FEWEST_LINES * self._goes.fontMetrics().lineSpacing())
        return self._listing

    def _fit(self) -> None:
        """As tall as what goes, up to where that scrolls."""
        line = self._goes.fontMetrics().lineSpacing()
        wanted = self._goes.heightForWidth(self._goes.width()) + line // 2
        self._listing.setFixedHeight(min(max(wanted, _FEWEST_LINES * line), _LINES_SHOWN * line))
        self._column.activate()
        self.resize(self.width(), self._column.totalHeightForWidth(self.width()))

    def _fill(self) -> None:
        assistant = self._assistant
        for unknown in (self._thread, self._folder):
            unknown.setEnabled(False)

        def look() -> tuple[list[Thread], list[Root]]:
            spoken = {row.thread_id for row in assistant.learning.capture.feedback(everything=True)}
            return [thread for thread in assistant.chat.threads() if thread.id in spoken], assistant.library.roots()

        self._tasks.run(look, self._offer, self.error.show_error, owner=self)

    def _offer(self, found: tuple[Sequence[Thread], Sequence[Root]]) -> None:
        threads, roots = found
        for thread in threads:
            self._threads.addItem(thread.title or say("window.untitled"), thread.id)
        for root in roots:
            self._folders.addItem(root.path, root.path)
        for choice, listed in ((self._thread, self._threads), (self._folder, self._folders)):
            choice.setEnabled(listed.count() > 0)
            listed.setEnabled(False)

    def _named(self) -> "Forgettable":
        if self._thread.isChecked():
            return {"thread_id": self._threads.currentData()}
        if self._folder.isChecked():
            return {"folder": Path(self._folders.currentData())}
        return {"everything": True}

    def _look(self) -> None:
        """Ask what goes with what is chosen."""
        self._threads.setEnabled(self._thread.isChecked())
        self._folders.setEnabled(self._folder.isChecked())
        self._accept.setEnabled(False)
        named = self._named()
        self._tasks.run(
            lambda: self._assistant.what_depends(**named),
            self._show,
            self.error.show_error,
            owner=self,
            replaces="learning.dependants",
        )

    def _show(self, found: Dependants) -> None:
        self._goes.setText(dependants_words(found))
        self._fit()
        self._accept.setEnabled(bool(found.items))

    def _forget(self) -> None:
        named = self._named()
        self.setEnabled(False)
        self._tasks.run(
            lambda: self._assistant.forget(**named), self._on_forgotten, self._on_failed, owner=self, lane="upkeep"
        )

    def _on_forgotten(self, receipt: ForgetReport) -> None:
        self.forgot.emit(receipt)
        self.accept()

    def _on_failed(self, error: HearthsideError) -> None:
        self.setEnabled(True)
        self.error.show_error(error)


def dependants_words(found: Dependants) -> str:
    """What goes, for a person: counts, and each adapter by its day."""
    words = say("learning.dependants", items=found.items, memories=found.memories, adapters=len(found.adapters))
    places = {AdapterState.ACTIVE: "_in_use", AdapterState.ON_TRIAL: "_on_trial"}
    lines = [
        say(f"learning_page.forget_version{places.get(adapter.state, '')}", when=moment(adapter.created_ms))
        for adapter in found.adapters
    ]
    return "\n".join([words, *lines])
