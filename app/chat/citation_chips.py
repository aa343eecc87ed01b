"""The passages an answer cites, as buttons that open them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from app.viewer.places import citation_title
from app.viewer.preview import Preview
from app.widgets.buttons import button
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import plain_tip, restyle
from engine.chat.values import Citation
from engine.words import say


class CitationChips(QWidget):
    """`opened`: a Citation to show."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = FlowLayout(self)
        self._preview = Preview(self)

    def show_citations(self, citations: Sequence[Citation]) -> None:
        """Show these, and nothing where there are none."""
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for citation in citations:
            self._row.addWidget(self._chip(citation))
        self.setVisible(bool(citations))

    def _chip(self, citation: Citation) -> QPushButton:
        gone = citation.text is None
        words = citation_title(citation)
        chip = button(f"turn.citation.{citation.number}", "", lambda: self.opened.emit(citation))
        restyle(chip, "chip-gone" if gone else "chip")
        chip.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, 240).replace("&", "&&"))
        chip.setAccessibleName(words)
        if gone:
            chip.setToolTip(plain_tip(say("chat_page.removed")))
        else:
            self._preview.watch(chip, citation)
        return chip
