"""The collections, as buttons that open them, and one that makes another."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from app.style import icons
from app.widgets.buttons import button
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import plain_tip
from engine.library.values import Collection
from engine.words import say

_WIDEST = 260


class CollectionsBar(QWidget):
    """`opened` carries the Collection to change, or None to make one."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("library.collections")
        self._shown: list[Collection] | None = None
        self._made: list[QPushButton] = []
        self._row = FlowLayout(self)
        self._new = button(
            "library.new_collection",
            say("library_page.new_collection"),
            lambda: self.opened.emit(None),
            look="quiet",
            icon="plus",
            role="muted",
        )
        self._new.setToolTip(plain_tip(say("library_page.collections_words")))
        self._row.addWidget(self._new)

    def show_collections(self, collections: Sequence[Collection]) -> None:
        if list(collections) == self._shown:
            return
        self._shown = list(collections)
        for old in (*self._made, self._new):
            self._row.removeWidget(old)
        for old in self._made:
            old.hide()
            old.deleteLater()
        self._made = [self._button(one) for one in collections]
        for one in (*self._made, self._new):
            self._row.addWidget(one)
            one.show()
        for before, after in pairwise([*self._made, self._new]):
            QWidget.setTabOrder(before, after)
        self.updateGeometry()

    def _button(self, one: Collection) -> QPushButton:
        words = say("library_page.collection", name=one.name, files=one.files)
        made = button(f"library.collection.{one.id}", "", lambda: self.opened.emit(one), look="chip")
        made.setText(self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, _WIDEST).replace("&", "&&"))
        made.setAccessibleName(words)
        made.setToolTip(plain_tip("\n".join([words, *one.places])))
        icons.put(made, "collection", "accent", 14)
        return made
