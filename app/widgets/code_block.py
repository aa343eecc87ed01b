"""A piece of code in an answer: its language, a copy button, colours that arrive when they are ready."""

from collections import defaultdict

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.style.theme import Theme
from app.tasks import Tasks
from app.widgets.buttons import tool
from app.widgets.code_colours import Span, colours
from app.widgets.labels import label
from engine.words import say

_MARGIN = 8


class CodeBlock(QFrame):
    """Shows code as plain text, never wrapped; a long line scrolls inside the block. `copied` by its button."""

    copied = Signal()

    def __init__(self, theme: Theme, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "code")
        self._theme = theme
        self._tasks = tasks
        self._language = ""
        self._asked: tuple[str, str, bool] | None = None
        self._name = label(look="small", wrap=False)
        self._text = _CodeText(self)
        self._painter = _Painter(self._text.document())
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 6, 0)
        head.addWidget(self._name)
        head.addStretch(1)
        head.addWidget(tool("code.copy", "copy", say("chat_page.copy_code"), self._copy))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._text)
        theme.changed.connect(self.colour)

    @property
    def code(self) -> str:
        return self._text.toPlainText()

    def set_code(self, code: str, language: str) -> None:
        self._language = language
        self._name.setText(language or say("chat_page.code"))
        self._text.show_code(code)

    def colour(self) -> None:
        """Ask for the colours of what is shown; wanted once the code stands still."""
        wanted = (self.code, self._language, self._theme.tokens.dark)
        if wanted == self._asked:
            return
        self._asked = wanted
        code, language, dark = wanted
        self._tasks.run(
            lambda: colours(code, language, dark=dark),
            lambda spans: self._paint(wanted, spans),
            lane="looks",
            owner=self._painter,
        )

    def _paint(self, wanted: tuple[str, str, bool], spans: list[Span]) -> None:
        if wanted == self._asked:
            self._painter.show_spans(spans)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.code)
        self.copied.emit()


class _CodeText(QPlainTextEdit):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "code")
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(max(self.font().pointSizeF(), 8.0))
        self.setFont(fixed)
        self.document().setDocumentMargin(_MARGIN)
        self.horizontalScrollBar().rangeChanged.connect(self._fit)

    def show_code(self, code: str) -> None:
        shown = self.toPlainText()
        if code.startswith(shown) and shown:
            cursor = self.textCursor()
            cursor.movePosition(cursor.MoveOperation.End)
            cursor.insertText(code[len(shown) :])
        elif code != shown:
            self.setPlainText(code)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super().wheelEvent(event)
        else:
            event.ignore()

    def _fit(self) -> None:
        lines = max(self.blockCount(), 1) * self.fontMetrics().lineSpacing()
        bar = self.horizontalScrollBar()
        self.setFixedHeight(lines + 2 * _MARGIN + 2 + (bar.sizeHint().height() if bar.maximum() else 0))


class _Painter(QSyntaxHighlighter):
    """Lays given spans over the text without changing it."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._lines: dict[int, list[Span]] = {}

    def show_spans(self, spans: list[Span]) -> None:
        lines = defaultdict(list)
        for span in spans:
            lines[span.line].append(span)
        self._lines = dict(lines)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:  # noqa: ARG002 - the spans are known already
        for span in self._lines.get(self.currentBlock().blockNumber(), ()):
            form = QTextCharFormat()
            form.setForeground(QColor(span.colour))
            form.setFontItalic(span.italic)
            if span.bold:
                form.setFontWeight(QFont.Weight.Bold)
            self.setFormat(span.start, span.length, form)
