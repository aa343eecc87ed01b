"""What is used where: from what you said to the version that answers now, and what memory adds beside it."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import label
from app.widgets.moments import day
from app.widgets.pages import card
from engine.learning.values import Adapter, Origin
from engine.words import say

_HASH_SHOWN = 8


class OriginCard(QFrame):
    """Asks for the review of exactly what the version in use was trained on."""

    def __init__(self, review: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("learning.origin")
        self.setProperty("look", "card")
        self._answers = label(look="strong", name="origin.answers")
        self._steps = QWidget()
        self._steps.setObjectName("origin.steps")
        self._shown: list[tuple[str, str]] | None = None
        self._flow = FlowLayout(self._steps, spacing=8)
        self._gone = label(look="small", name="origin.gone")
        self._memory = label(look="muted", name="origin.memory")
        self._review = button("origin.review", say("learning_pictures.origin_review"), review)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._review)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        for part in (self._answers, self._steps, self._gone, self._memory):
            column.addWidget(part)
        column.addLayout(foot)
        self.hide()

    def follow(
        self,
        answers: str,
        adapter: Adapter | None,
        origin: Origin | None,
        since_ms: int | None,
        memory: tuple[int, int],
    ) -> None:
        """`answers` says what answers now. `adapter` is in use for all `since_ms`, or (None) none is; `memory` counts
        preferences and past corrections."""
        preferences, corrections = memory
        known = adapter is not None and origin is not None
        self._answers.setText(answers)
        self._memory.setText(say("learning_pictures.beside_memory", preferences=preferences, corrections=corrections))
        steps = list(_steps(adapter, origin, since_ms)) if adapter is not None and origin is not None else []
        self._show_steps(steps)
        lost = origin.trained - origin.kept if origin is not None else 0
        self._gone.setText(say("learning_pictures.origin_gone", count=lost))
        self._gone.setVisible(lost > 0)
        self._review.setVisible(known)

    def _show_steps(self, steps: list[tuple[str, str]]) -> None:
        if steps == self._shown:
            return
        self._shown = steps
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for number, (title, words) in enumerate(steps):
            self._flow.addWidget(_step(f"→ {title}" if number else title, words))
        self._steps.setVisible(bool(steps))
        self._steps.setAccessibleName(say("learning_pictures.origin_steps"))
        self._steps.setAccessibleDescription(" → ".join(f"{title}: {words}" for title, words in steps))
        self._steps.updateGeometry()


def _step(title: str, words: str) -> QWidget:
    frame, column = card("origin.step", "inset")
    column.setContentsMargins(10, 8, 10, 8)
    column.setSpacing(2)
    column.addWidget(label(title, "small", wrap=False))
    column.addWidget(label(words, wrap=False), 1, Qt.AlignmentFlag.AlignTop)
    return frame


def _steps(adapter: Adapter, origin: Origin, since_ms: int | None) -> Iterator[tuple[str, str]]:
    """Each a title and what there was of it."""
    kinds = [
        say(f"learning_pictures.kind_{kind}", count=origin.kinds[kind])
        for kind in ("correction", "preferred", "thumb")
        if origin.kinds.get(kind)
    ]
    where = [say("learning_pictures.origin_conversations", count=origin.conversations)]
    if origin.imported:
        where.append(say("learning_pictures.origin_imported", count=origin.imported))
    yield say("learning_pictures.step_said"), "\n".join([*kinds, *where])
    name = origin.dataset_sha256[:_HASH_SHOWN]
    dataset = say("learning_pictures.dataset", name=name, trained=origin.trained, masked=origin.masked)
    yield say("learning_pictures.step_dataset"), dataset
    yield say("learning_pictures.step_trained"), day(adapter.created_ms)
    if adapter.gate is not None:
        passed = adapter.gate.verdict == "promote"
        verdicts = [say("learning_page.passed" if passed else f"learning.verdict_{adapter.gate.verdict}")]
        if adapter.full_gate is not None:
            verdicts.append(say(f"learning.tested_{adapter.full_gate.verdict}"))
        yield say("learning_pictures.step_gate"), "\n".join(verdicts)
    if since_ms is not None:
        yield say("learning_pictures.step_in_use"), day(since_ms)
