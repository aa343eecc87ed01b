"""Every example as it would be trained on, each with a box to leave it out and a way to forget it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QInputDialog,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.learning.forget_dialog import dependants_words
from app.tasks import Tasks
from app.widgets.banner import ErrorBanner
from app.widgets.buttons import button
from app.widgets.confirm import confirm
from app.widgets.labels import label
from app.widgets.moments import day
from app.widgets.pages import card
from engine.learning.values import DOUBTS, Adapter, Dependants, Domain, Example, ForgetReport
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_BATCH = 25
_SHOWN = 600
_LONG = 240
_BY_OWNER = "left_out_by_owner"
T = TypeVar("T")


class ReviewDialog(QDialog):
    """All there is to learn from, or what the version `of` was trained on. `changed` when something was left out, taken
    back or forgotten; `forgot` carries the receipt."""

    changed = Signal()
    forgot = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QWidget, *, of: Adapter | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("learning.review_dialog")
        title, words = say("learning_page.review_title"), say("learning_page.review_words")
        if of is not None:
            title = say("learning_pictures.review_of", when=day(of.created_ms))
            words = say("learning_pictures.review_of_words")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._assistant = assistant
        self._tasks = tasks
        self._of = of
        self._unbuilt: list[Example] = []
        self._domains: Sequence[Domain] = ()
        self._places: dict[str, str] = {}
        self.error = ErrorBanner()
        self._inside = QWidget()
        self._inside.setProperty("look", "page")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 12, 0)
        self._column.setSpacing(10)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._inside)
        self._more = button("review.more", say("learning_page.review_more"), self._build_batch, look="quiet")
        close = button("review.close", say("window.close"), self.accept, look="primary")
        foot = QHBoxLayout()
        foot.addWidget(self._more)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(12)
        column.addWidget(label(title, "heading"))
        column.addWidget(label(words, "muted"))
        column.addWidget(self.error)
        column.addWidget(area, 1)
        column.addLayout(foot)
        self.resize(720, 680)
        self.reload()

    def reload(self) -> None:
        learning, of = self._assistant.learning, self._of

        def found() -> tuple[Sequence[Example], Sequence[Domain], dict[str, str]]:
            examples = learning.review() if of is None else learning.trained_on(of.id)
            return examples, learning.domains.all(), learning.domains.places()

        self._run(found, self._show)

    def _show(self, found: tuple[Sequence[Example], Sequence[Domain], dict[str, str]]) -> None:
        examples, self._domains, self._places = found
        while self._column.count() > 1:
            item = self._column.takeAt(0)
            if item is not None and (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._unbuilt = list(reversed(examples))
        if not examples:
            empty = "learning_page.review_empty" if self._of is None else "learning_pictures.review_of_empty"
            self._column.insertWidget(0, label(say(empty), "muted"))
        self._build_batch()

    def _build_batch(self) -> None:
        batch, self._unbuilt = self._unbuilt[:_BATCH], self._unbuilt[_BATCH:]
        for example in batch:
            self._column.insertWidget(self._column.count() - 1, self._row(example))
        self._more.setVisible(bool(self._unbuilt))

    def _row(self, example: Example) -> QWidget:
        row, column = card(f"learning.example.{example.id}")
        question = example.prompt[-1].content if example.prompt else ""
        column.addWidget(label(_cut(question), "strong" if len(question) < _LONG else "muted"))
        if example.rejected and example.rejected != example.target:
            column.addWidget(label(say("learning_page.review_draft", text=_cut(example.rejected)), "muted"))
        column.addWidget(label(_cut(example.target)))
        if example.redactions:
            column.addWidget(label(say("learning_page.review_masked", count=example.redactions), "small"))
        out = example.left_out
        if out is not None and out != _BY_OWNER:
            column.addWidget(label(say(f"learning.{out}"), "small"))
        box = QCheckBox(say("learning_page.learn_from"))
        box.setObjectName("example.learn_from")
        box.setChecked(out is None)
        box.setEnabled(out in {None, _BY_OWNER, *DOUBTS})
        if out in DOUBTS:
            box.setText(say("learning_page.learn_anyway"))
        box.toggled.connect(lambda wanted: self._set_wanted(example, wanted=wanted))
        foot = QHBoxLayout()
        foot.addWidget(box)
        foot.addStretch(1)
        if out is None and example.id in self._places:
            foot.addWidget(self._group(example))
        foot.addWidget(
            button("example.forget", say("learning_page.forget"), lambda: self._ask_forget(example), look="danger")
        )
        column.addLayout(foot)
        return row

    def _group(self, example: Example) -> QWidget:
        """The group it lies in; a click offers the others, and a new one."""
        made = button("example.domain", self._group_words(example), lambda: None, look="quiet")
        menu = QMenu(made)
        for domain in self._domains:
            menu.addAction(domain.name, partial(self._move, example, domain.id, made))
        menu.addSeparator()
        menu.addAction(say("learning_page.domain_new"), lambda: self._ask_new(example, made))
        made.setMenu(menu)
        return made

    def _group_words(self, example: Example) -> str:
        place = self._places.get(example.id)
        name = next((domain.name for domain in self._domains if domain.id == place), "")
        return say("learning_page.domain_of", name=name)

    def _ask_new(self, example: Example, shown: QPushButton) -> None:
        asking = QInputDialog(self)
        asking.setObjectName("review.new_domain")
        asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asking.setWindowTitle(say("learning_page.domain_new_title"))
        asking.setLabelText(say("learning_page.domain_new_words"))
        asking.setOkButtonText(say("learning_page.domain_new_accept"))
        asking.setCancelButtonText(say("window.cancel"))
        asking.textValueSelected.connect(lambda name: self._move(example, name, shown))
        asking.open()

    def _move(self, example: Example, name: str, shown: QPushButton) -> None:
        def done(found: tuple[Sequence[Domain], dict[str, str]]) -> None:
            self._domains, self._places = found
            shown.setText(self._group_words(example))
            shown.setAccessibleName(shown.text())
            self.changed.emit()

        def move() -> tuple[Sequence[Domain], dict[str, str]]:
            domains.move(example.id, name)
            return domains.all(), domains.places()

        domains = self._assistant.learning.domains
        self._run(move, done)

    def _set_wanted(self, example: Example, *, wanted: bool) -> None:
        learning = self._assistant.learning
        take_in = learning.keep_anyway if example.left_out in DOUBTS else learning.take_back
        change = take_in if wanted else learning.leave_out
        self._run(lambda: change(example.id), lambda _example: self.changed.emit())

    def _ask_forget(self, example: Example) -> None:
        depends = self._assistant.what_depends
        self._run(lambda: depends(feedback_id=example.feedback_id), lambda found: self._confirm(example, found))

    def _confirm(self, example: Example, found: Dependants) -> None:
        confirm(
            self,
            title=say("learning_page.forget_title"),
            message=f"{dependants_words(found)}\n\n{say('learning_page.forget_words')}",
            detail=_cut(example.target),
            accept=say("learning_page.forget"),
            accepted=lambda: self._run(
                lambda: self._assistant.forget(feedback_id=example.feedback_id), self._on_forgotten
            ),
            danger=True,
        )

    def _on_forgotten(self, receipt: ForgetReport) -> None:
        self.forgot.emit(receipt)
        self.changed.emit()
        if self._of is None:
            self.reload()
        else:
            self.accept()  # the version is gone with what it was trained on

    def _run(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        self._tasks.run(work, done, self.error.show_error, owner=self, lane="upkeep")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else say("learning_page.cut", start=text[:_SHOWN], more=len(text) - _SHOWN)
