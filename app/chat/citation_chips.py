"""The passages an answer cites, as buttons that open them."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
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
        self._shown: dict[int, Citation] = {}

    def show_citations(self, citations: Sequence[Citation]) -> None:
        """Show these, and nothing where there are none."""
        self._shown = {citation.number: citation for citation in citations}
        self._preview.hide()
        while (item := self._row.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for citation in citations:
            self._row.addWidget(self._chip(citation))
        self.setVisible(bool(citations))

    def open_number(self, number: int) -> None:
        """Open the citation of this number, where there is one."""
        if (citation := self._shown.get(number)) is not None:
            self.opened.emit(citation)

    def preview(self, number: int, spot: QRect) -> None:
        """Once the pointer rests there, show its passage at `spot` on the screen; hide it for a number of none."""
        citation = self._shown.get(number)
        if citation is None or citation.text is None:
            self._preview.hide()
        else:
            self._preview.show_soon(citation, spot)

    def _chip(self, citation: Citation) -> QPushButton:
        gone = citation.text is None
        words = citation_title(citation)
        if citation.away:
            words = say("chat_page.chip_away", title=words)
        chip = button(f"turn.citation.{citation.number}", "", lambda: self.opened.emit(citation))
        restyle(chip, "chip-gone" if gone else "chip")
        chip.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, 240).replace("&", "&&"))
        chip.setAccessibleName(words)
        if gone:
            chip.setToolTip(plain_tip(say("chat_page.removed")))
        else:
            self._preview.watch(chip, citation)
        return chip
