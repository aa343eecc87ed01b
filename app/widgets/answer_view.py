"""An answer as it is read: prose and code one below the other, laid out anew only where it changed."""

from collections.abc import Iterable

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from app.style.theme import Theme
from app.tasks import Tasks
from app.widgets.code_block import CodeBlock
from app.widgets.markdown_view import MarkdownView
from app.widgets.segments import Segment, segments


class AnswerView(QWidget):
    """`show_text` may be called at each frame with more of the same answer. `copied` when text of it was; `cited` and
    `hovered` are those of its prose."""

    copied = Signal()
    cited = Signal(int)
    hovered = Signal(int, QRect)

    def __init__(self, theme: Theme, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tasks = tasks
        self._shown: list[Segment] = []
        self._parts: list[MarkdownView | CodeBlock] = []
        QGuiApplication.clipboard().dataChanged.connect(self._on_clipboard)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def show_text(self, markdown: str, *, complete: bool, citations: Iterable[int] = ()) -> None:
        """Show `markdown`, with links where it cites one of `citations`; when `complete`, code is coloured."""
        wanted = segments(markdown)
        same = 0
        while same < min(len(wanted), len(self._shown)) and wanted[same] == self._shown[same]:
            same += 1
        for index in range(same, len(wanted)):
            self._place(index, wanted[index])
        while len(self._parts) > len(wanted):
            self._drop(self._parts.pop())
        self._shown = wanted
        numbers = frozenset(citations)
        for part in self._parts:
            if isinstance(part, MarkdownView):
                part.set_citations(numbers)
        for part in self._parts if complete else self._parts[same:-1]:
            if isinstance(part, CodeBlock):
                part.colour()

    def _place(self, index: int, segment: Segment) -> None:
        kind = MarkdownView if segment.language is None else CodeBlock
        if index < len(self._parts) and not isinstance(self._parts[index], kind):
            while len(self._parts) > index:
                self._drop(self._parts.pop())
        if index == len(self._parts):
            made = MarkdownView(self._theme) if segment.language is None else CodeBlock(self._theme, self._tasks)
            if isinstance(made, CodeBlock):
                made.copied.connect(self.copied)
            else:
                made.cited.connect(self.cited)
                made.hovered.connect(self.hovered)
            self._parts.append(made)
            self._column.addWidget(made)
        part = self._parts[index]
        if isinstance(part, CodeBlock):
            part.set_code(segment.text, segment.language or "")
        else:
            part.set_markdown(segment.text)

    def _on_clipboard(self) -> None:
        """What was selected here went there, by a key or a menu. The clipboard is read only where that can be: it may
        be another program's, which need not answer soon."""
        text = QApplication.focusWidget()
        if isinstance(text, QTextEdit | QPlainTextEdit) and self.isAncestorOf(text):
            selected = text.textCursor().selection().toPlainText()
            if selected and QGuiApplication.clipboard().text() == selected:
                self.copied.emit()

    def _drop(self, part: QWidget) -> None:
        self._column.removeWidget(part)
        part.hide()
        part.deleteLater()
