"""The page of plain words that stands before learning, and before anything that an older one did not name."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.tasks import Lane, Tasks
from app.widgets.buttons import button
from app.widgets.labels import label
from app.widgets.pages import card, paragraphs
from engine.errors import HearthsideError
from engine.words import say

if TYPE_CHECKING:
    from engine.assistant import Assistant


class ConsentDialog(QDialog):
    """Accepted when learning may be turned on; with `news`, which an older page did not say, when it may go on."""

    def __init__(self, parent: QWidget, *, masks_names: bool, news: Sequence[str] = ()) -> None:
        super().__init__(parent)
        self.setObjectName("learning.consent_dialog")
        self.setWindowTitle(say("learning_page.consent_title"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = say("learning.names_masked" if masks_names else "learning.names_stand")
        title, _, text = paragraphs(say("learning.consent_page", names=names)).partition("\n\n")
        words = label(text, name="learning.consent_words")
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setContentsMargins(0, 0, 12, 0)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setProperty("look", "page")
        fill = QVBoxLayout(inside)
        fill.setContentsMargins(0, 0, 0, 0)
        fill.setSpacing(14)
        if news:
            fill.addWidget(_new(news))
        fill.addWidget(words, 1)
        area.setWidget(inside)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button("consent.cancel", say("learning_page.not_now"), self.reject))
        agree = say("learning_page.agree" if news else "learning_page.turn_on")
        foot.addWidget(button("consent.accept", agree, self.accept, look="primary"))
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(14)
        column.addWidget(label(title, "heading"))
        column.addWidget(area, 1)
        column.addLayout(foot)
        self.resize(640, 640)


def once_agreed(
    parent: QWidget,
    assistant: "Assistant",
    tasks: Tasks,
    *,
    work: Callable[[], object],
    done: Callable[[], None],
    failed: Callable[[HearthsideError], None],
    lane: Lane = "upkeep",
) -> None:
    """Run `work`. Where it turns on what the page agreed to does not name, show the page with what is new on it, and
    run it again after a yes; without one `failed` is told why it was not done."""
    learning, masks_names = assistant.learning, assistant.settings.mask_names

    def run(wanted: Callable[[], object], refused: Callable[[HearthsideError], None]) -> None:
        tasks.run(wanted, lambda _result: done(), refused, owner=parent, lane=lane)

    def agreed() -> None:
        learning.turn_on()
        work()

    def ask(error: HearthsideError, news: Sequence[str]) -> None:
        dialog = ConsentDialog(parent, masks_names=masks_names, news=news)
        dialog.accepted.connect(lambda: run(agreed, failed))
        dialog.rejected.connect(lambda: failed(error))
        dialog.open()

    def refuse(error: HearthsideError) -> None:
        if error.code == "consent_older":
            tasks.run(learning.page_news, lambda news: ask(error, news), owner=parent)
        else:
            failed(error)

    run(work, refuse)


def _new(news: Sequence[str]) -> QWidget:
    frame, column = card("consent.news")
    column.setSpacing(6)
    column.addWidget(label(say("learning.page_new"), "strong"))
    for line in news:
        column.addWidget(label(line))
    return frame
