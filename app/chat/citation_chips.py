"""The passages an answer cites, as buttons that open them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

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
        path = say("chat_page.chip_ocr", path=citation.path) if citation.ocr else citation.path
        chip.setToolTip(plain_tip(say("chat_page.removed") if gone else path or ""))
        return chip


def citation_title(citation: Citation) -> str:
    """The number and the file's name, with the page where there is one."""
    name = (citation.path or "").replace("\\", "/").rsplit("/", 1)[-1] or say("chat_page.removed_document")
    if citation.page is None:
        return say("chat_page.chip", number=citation.number, name=name)
    return say("chat_page.chip_page", number=citation.number, name=name, page=citation.page)
