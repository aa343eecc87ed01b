"""A document's text, of which as much is laid out as is looked at, with the passage and what was found marked."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from app.style.theme import Theme
from app.viewer.finding import Span

_AROUND: Final = 20_000  # characters laid out before and after what is looked at; as many are added at either end
_MARKED: Final = 300  # finds marked at once
_SMALLEST, _LARGEST = -6, 30  # steps of zoom, in points


class TextView(QPlainTextEdit):
    """Positions are code points of the whole text. `moved`: the one at the upper edge."""

    moved = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("passage.text")
        self.setProperty("look", "field")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._theme = theme
        self._whole = ""
        self._first = self._last = 0
        self._passage: Span | None = None
        self._found: Sequence[Span] = ()
        self._current: Span | None = None
        self._growing = False
        self._revealed: Span | None = None
        self._zoom = 0
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        theme.changed.connect(self._mark)

    def show_text(self, text: str, passage: Span | None) -> None:
        """Show `text` from its beginning, or `passage` in it."""
        self._whole, self._passage = text, passage
        self._found, self._current = (), None
        self._lay_out(passage[0] if passage else 0)
        self._reveal(passage or (0, 0))

    def show_found(self, found: Sequence[Span], current: Span | None) -> None:
        """Mark what was found, and bring `current` into sight."""
        self._found, self._current = found, current
        if current is not None and not self._first <= current[0] <= current[1] <= self._last:
            self._lay_out(current[0])
        if current is not None:
            self._reveal(current)
        self._mark()

    def go_to(self, position: int) -> None:
        """Bring a place to the upper edge."""
        if not self._first <= position <= self._last:
            self._lay_out(position)
        cursor = self._cursor((position, position))
        self._revealed = None
        self.setTextCursor(cursor)
        self.verticalScrollBar().setValue(cursor.block().firstLineNumber())

    def zoom(self, steps: int | None) -> None:
        """Larger or smaller letters; None for the usual ones."""
        before, self._zoom = self._zoom, 0 if steps is None else min(max(self._zoom + steps, _SMALLEST), _LARGEST)
        self.zoomIn(self._zoom - before)

    @property
    def top(self) -> int:
        """The place at the upper edge."""
        return self._position(self.firstVisibleBlock().position())

    @property
    def selected(self) -> str:
        """What is selected, with line ends as newlines."""
        return self.textCursor().selection().toPlainText()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What was brought into sight, or else what was at the upper edge, stays when lines wrap anew."""
        block, revealed = self.firstVisibleBlock(), self._revealed
        self._growing = True
        super().resizeEvent(event)
        if revealed is not None:
            self._reveal(revealed)
        elif event.size().width() != event.oldSize().width():
            self.verticalScrollBar().setValue(block.firstLineNumber())
        self._growing = False

    def _lay_out(self, position: int) -> None:
        """Only what is around `position`."""
        self._growing = True
        self._first = max(position - _AROUND, 0)
        self._last = min(position + _AROUND, len(self._whole))
        self.setPlainText(self._whole[self._first : self._last])
        self._growing = False
        self._mark()

    def _on_scrolled(self, value: int) -> None:
        if self._growing:
            return
        self._growing, self._revealed = True, None
        if value >= self.verticalScrollBar().maximum() and self._last < len(self._whole):
            self._grow_down()
        elif value <= 0 < self._first:
            self._grow_up()
        self._growing = False
        self.moved.emit(self.top)

    def _grow_down(self) -> None:
        more = self._whole[self._last : self._last + _AROUND]
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(more)
        self._last += len(more)
        self._mark()

    def _grow_up(self) -> None:
        more = self._whole[max(self._first - _AROUND, 0) : self._first]
        cursor = QTextCursor(self.document())
        cursor.insertText(more)
        self._first -= len(more)
        self.verticalScrollBar().setValue(self.document().findBlock(cursor.position()).firstLineNumber())
        self._mark()

    def _reveal(self, span: Span) -> None:
        """Put its beginning into the upper part of the view."""
        self.setTextCursor(self._cursor((span[0], span[0])))
        self.centerCursor()
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + bar.pageStep() // 4)
        self._revealed = span

    def _mark(self) -> None:
        tokens = self._theme.tokens
        marks = []
        if self._passage is not None:
            marks.append(self._selection(self._passage, tokens.highlight, tokens.highlight_text))
        shown = [span for span in self._found if self._first <= span[0] and span[1] <= self._last]
        marks.extend(self._selection(span, tokens.accent_soft, tokens.text) for span in shown[:_MARKED])
        if self._current is not None and self._first <= self._current[0] and self._current[1] <= self._last:
            marks.append(self._selection(self._current, tokens.accent, tokens.on_accent))
        self.setExtraSelections(marks)

    def _selection(self, span: Span, ground: str, ink: str) -> QTextEdit.ExtraSelection:
        form = QTextCharFormat()
        form.setBackground(QColor(ground))
        form.setForeground(QColor(ink))
        mark = QTextEdit.ExtraSelection()
        mark.cursor, mark.format = self._cursor(span), form
        return mark

    def _cursor(self, span: Span) -> QTextCursor:
        """Over the part of `span` that is laid out."""
        start, end = (min(max(place, self._first), self._last) for place in span)
        cursor = QTextCursor(self.document())
        cursor.setPosition(_units(self._whole[self._first : start]))
        cursor.setPosition(_units(self._whole[self._first : end]), QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _position(self, units: int) -> int:
        """The code point of the whole text at Qt's position `units`."""
        laid_out = self._whole[self._first : self._last].encode("utf-16-le")[: 2 * units]
        return self._first + len(laid_out.decode("utf-16-le", "ignore"))


def _units(text: str) -> int:
    """Length in UTF-16 units, as Qt counts positions."""
    return len(text.encode("utf-16-le")) // 2
