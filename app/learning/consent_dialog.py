"""The page of plain words that stands before learning: nothing is kept before its owner could read it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.widgets.buttons import button
from app.widgets.labels import label
from app.widgets.pages import paragraphs
from engine.words import say


class ConsentDialog(QDialog):
    """Accepted when learning may be turned on."""

    def __init__(self, parent: QWidget, *, masks_names: bool) -> None:
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
        fill.addWidget(words)
        area.setWidget(inside)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button("consent.cancel", say("learning_page.not_now"), self.reject))
        foot.addWidget(button("consent.accept", say("learning_page.turn_on"), self.accept, look="primary"))
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 20)
        column.setSpacing(14)
        column.addWidget(label(title, "heading"))
        column.addWidget(area, 1)
        column.addLayout(foot)
        self.resize(640, 640)
