"""What of the documents the next question is asked of, as chips above it; without any it is asked of all."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QWidget

from app.style import icons
from app.widgets.flow_layout import FlowLayout
from app.widgets.labels import label, plain_tip
from engine.library.values import Scope, ScopePart
from engine.words import say

_WIDEST = 240
_REMOVES = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class ScopeBar(QWidget):
    """`changed` when its owner added or removed a limit; `emptied` when there is none left to hold the keyboard."""

    changed = Signal()
    emptied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat.scope")
        self.scope = Scope()
        self._parts: list[ScopePart] = []
        self._chips: list[QPushButton] = []
        self._row = FlowLayout(self)
        self._row.addWidget(label(say("chat_page.scope_only"), "small", wrap=False))
        self.hide()

    def show_scope(self, scope: Scope, parts: Sequence[ScopePart]) -> None:
        """Show this one, with what its limits are called."""
        if (scope, list(parts)) == (self.scope, self._parts):
            return
        self.scope, self._parts = scope, list(parts)
        for chip in self._chips:
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [self._chip(part) for part in self._parts]
        for chip in self._chips:
            self._row.addWidget(chip)
            chip.show()  # now, not when the layout comes to it: it may be given the keyboard
        self.setVisible(bool(self._chips))
        self.updateGeometry()

    def add(self, part: ScopePart) -> None:
        """One limit more; another day takes the place of the one before."""
        kept = [one for one in self._parts if one.kind != "since" or part.kind != "since"]
        more = self.scope.and_also(part.kind, part.value)
        if more != self.scope:
            self.show_scope(more, [*kept, part])
            self.changed.emit()

    def remove(self, part: ScopePart) -> None:
        """One limit less; the keyboard goes on to the next."""
        held = next((place for place, chip in enumerate(self._chips) if chip.hasFocus()), None)
        self.show_scope(self.scope.without(part.kind, part.value), [one for one in self._parts if one != part])
        if held is not None and self._chips:
            self._chips[min(held, len(self._chips) - 1)].setFocus()
        else:
            self.emptied.emit()
        self.changed.emit()

    def _chip(self, part: ScopePart) -> QPushButton:
        made = _Chip(self.fontMetrics().elidedText(part.words, Qt.TextElideMode.ElideMiddle, _WIDEST))
        made.setObjectName(f"scope.{part.kind}.{part.value}")
        made.setAccessibleName(say("chat_page.scope_chip", limit=part.words))
        made.setToolTip(plain_tip("\n".join(filter(None, (part.detail, say("chat_page.scope_remove"))))))
        made.clicked.connect(lambda: self.remove(part))
        return made


class _Chip(QPushButton):
    """Pressed, or with Delete, it is removed."""

    def __init__(self, words: str) -> None:
        super().__init__(words.replace("&", "&&"))
        self.setProperty("look", "chip")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # its cross stands after the words
        icons.put(self, "close", "accent", 12)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _REMOVES:
            self.click()
        else:
            super().keyPressEvent(event)
