"""A read-only stretch of Markdown as tall as its text, whose links ask before they open."""

from math import ceil
from typing import Any

from PySide6.QtCore import QEvent, QRect, QSizeF, Qt, QUrl, Signal
from PySide6.QtGui import QCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser, QWidget

from app.style.theme import Theme
from app.widgets.labels import plain_tip
from app.widgets.links import offer_link
from app.widgets.markdown import SafeDocument, cited, made, nothing


class MarkdownView(QTextBrowser):
    """Shows `set_markdown`'s text; grows with it; scrolls with the page around it. `cited`: the number of a citation
    that was clicked. `hovered`: of one under the pointer, with where it is on the screen, or 0."""

    cited = Signal(int)
    hovered = Signal(int, QRect)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._markdown = ""
        self._citations: frozenset[int] = frozenset()
        self._safe = SafeDocument(self)
        self.setProperty("look", "bare")
        self.setDocument(self._safe)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.anchorClicked.connect(self._follow)
        self.highlighted.connect(self._hover)
        theme.changed.connect(self._repaint)

    @property
    def markdown(self) -> str:
        return self._markdown

    def set_markdown(self, markdown: str) -> None:
        if markdown != self._markdown:
            self._markdown = markdown
            self._repaint()

    def set_citations(self, numbers: frozenset[int]) -> None:
        """Make these numbers in square brackets links."""
        if numbers != self._citations:
            self._citations = numbers
            self._repaint()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(0, QRect())

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: ARG002 - Qt's signature
        """Nothing is ever loaded: see app.widgets.markdown."""
        return nothing()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _repaint(self) -> None:
        document = made(self._markdown, self._theme.tokens, self.font(), self, self._citations)
        before, self._safe = self._safe, document
        document.documentLayout().documentSizeChanged.connect(self._grow)
        self.setDocument(document)
        before.deleteLater()

    def _grow(self, size: QSizeF) -> None:
        self.setFixedHeight(ceil(size.height()) + 2)

    def _follow(self, url: QUrl) -> None:
        number = cited(url.toString())
        if number in self._citations:
            self.cited.emit(number)
        else:
            offer_link(self.window(), url)

    def _hover(self, url: QUrl) -> None:
        number = cited(url.toString())
        known = number if number in self._citations else None
        self.setToolTip(plain_tip(url.toString()) if not url.isEmpty() and known is None else "")
        at = self.cursorRect(self.cursorForPosition(self.mapFromGlobal(QCursor.pos())))
        self.hovered.emit(known or 0, QRect(self.viewport().mapToGlobal(at.topLeft()), at.size()))
