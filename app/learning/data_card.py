"""What there is to learn from, as a picture and in words, what was left out and why, and what the next step is."""

from collections.abc import Callable, Iterator

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.style.theme import Theme
from app.widgets.buttons import button
from app.widgets.data_meter import DataMeter, Part
from app.widgets.labels import label
from app.widgets.picture import caption
from engine.learning.values import LearningStatus
from engine.words import say

_KINDS = ("correction", "preferred", "thumb")


class DataCard(QFrame):
    """Asks for the review and for a training; both belong to the page."""

    def __init__(
        self, theme: Theme, review: Callable[[], object], train: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("learning.data")
        self.setProperty("look", "card")
        self._count = label(look="strong", name="learning.count")
        self._next = label(name="learning.enough")
        self.meter = DataMeter(theme, say("learning_pictures.meter"))
        self._told = caption(self.meter, say("learning_pictures.meter_hint"), "learning.meter_words")
        self.review = button("learning.review", say("learning_page.review"), review)
        self.train = button(
            "learning.train", say("learning_page.train"), train, look="primary", icon="learning", role="on_accent"
        )
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self.review)
        foot.addWidget(self.train)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        for part in (self._count, self.meter, self._told, self._next):
            column.addWidget(part)
        column.addLayout(foot)
        self.hide()

    def follow(self, status: LearningStatus, *, training: bool) -> None:
        """Show what `status` says, and what may be done now."""
        has, needed = status.corrections, status.needed
        count = say(f"learning_pictures.count{'_enough' if has >= needed else ''}", has=has, needed=needed)
        parts = list(_parts(status))
        self._count.setText(count)
        self._next.setText(say(f"learning_pictures.next_{_next(status)}", more=max(needed - has, 0)))
        self.meter.show_parts(parts, needed, " ".join([count, *(part.words for part in parts)]))
        self.meter.setVisible(status.enabled or bool(parts))
        self._told.setVisible(bool(parts))
        self.train.setText(say("learning_page.resume_training" if status.resumable else "learning_page.train"))
        self.train.setEnabled(status.enabled and status.examples > 0 and not training)
        self.review.setEnabled(status.feedback > 0)
        self.setVisible(status.enabled or status.feedback > 0)


def _parts(status: LearningStatus) -> Iterator[Part]:
    for kind in _KINDS:
        count = status.kinds.get(kind, 0)
        name = say(f"learning_pictures.kind_{kind}", count=count)
        if count:
            yield Part(count, name, say(f"learning_pictures.kind_{kind}_words", count=count), kind, kind != "thumb")
    for reason, count in status.reasons.items():
        why = say(f"learning.{reason}")
        name = say("learning_pictures.left_out", count=count, why=why.rstrip("."))
        yield Part(count, name, say("learning_pictures.left_out_words", count=count, why=why), "left_out", counts=False)


def _next(status: LearningStatus) -> str:
    if not status.enabled:
        return "off"
    if not status.examples:
        return "nothing_yet"
    return "not_enough" if status.corrections < status.needed else "enough"
