"""What other retrieval settings would have done: one block of words for those alike, while any is tried or was."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets.labels import label
from app.widgets.pages import card
from engine.words import say


class RetrievalCard(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        frame, inside = card("learning.retrieval")
        inside.addWidget(label(say("learning_page.retrieval"), "strong"))
        self._standing = label(look="muted", name="learning.retrieval_standing")
        inside.addWidget(self._standing)
        self._policies = QVBoxLayout()
        self._policies.setSpacing(3)
        inside.addLayout(self._policies)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)
        self._shown: tuple[str, Sequence[tuple[list[str], list[str]]]] | None = None
        self.hide()

    def tell(self, standing: str, policies: Sequence[tuple[list[str], list[str]]]) -> None:
        """`policies` are the settings, by name, of which the same is said, and that."""
        self.setVisible(bool(policies))
        if (standing, policies) == self._shown:
            return
        self._shown = standing, policies
        self._standing.setText(standing)
        while (item := self._policies.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for names, words in policies:
            title = label(" · ".join(say(f"learning.policy_name_{name}") for name in names), "strong")
            title.setContentsMargins(0, 7, 0, 0)
            self._policies.addWidget(title)
            self._policies.addWidget(label("\n".join(words), "small", name=f"learning.policy.{names[-1]}"))
