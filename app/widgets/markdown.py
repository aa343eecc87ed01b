"""Model output as a document: GitHub's Markdown without HTML, without images, without anything being loaded.

A document is untrusted text: it may name remote pictures, local files or data URLs in every way Markdown has. Three
walls stand in a row: HTML is off, pictures are replaced by their alternative text before the first layout, and a
document that still asks for a resource gets one transparent pixel (returning nothing would let Qt open local files).
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFragment,
    QTextFrameFormat,
    QTextTable,
)

from app.style.tokens import Tokens
from engine.words import say

_DIALECT = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML
_LINE_HEIGHT = 135.0
_CITATION = "citation:"
_MARK = re.compile(r"\[\d{1,2}(?:\s*[,;]\s*\d{1,2})*\]")
_NUMBER = re.compile(r"\d+")


class SafeDocument(QTextDocument):
    """A document that loads nothing, whatever its text names."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: ARG002 - Qt's signature
        """One transparent pixel instead of what was asked for."""
        return nothing()


def nothing() -> QImage:
    pixel = QImage(1, 1, QImage.Format.Format_ARGB32)
    pixel.fill(Qt.GlobalColor.transparent)
    return pixel


def made(
    markdown: str,
    tokens: Tokens,
    font: QFont,
    parent: QObject | None = None,
    citations: Collection[int] = (),
) -> SafeDocument:
    """`markdown` as a document, styled by `tokens`; where it cites one of `citations` there is a link to `cited`. It is
    made before any view lays it out: a document that is on screen would ask for its pictures while it reads them."""
    document = SafeDocument(parent)
    document.setDefaultFont(font)
    document.setMarkdown(markdown, _DIALECT)
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    _replace_pictures(document, cursor)
    _style_tables(document, tokens)
    if citations:
        _link_citations(document, citations)
    for block in _blocks(document):
        _style_block(block, QTextCursor(block), tokens)
        for fragment in _fragments(block):
            _style_fragment(fragment, cursor, tokens)
    cursor.endEditBlock()
    return document


def _replace_pictures(document: QTextDocument, cursor: QTextCursor) -> None:
    pictures = [
        (fragment.position(), fragment.length(), fragment.charFormat())
        for block in _blocks(document)
        for fragment in _fragments(block)
        if fragment.charFormat().isImageFormat()
    ]
    for position, length, form in reversed(pictures):
        words = str(form.property(QTextFormat.Property.ImageAltText) or "")
        _select(cursor, position, length)
        cursor.insertText(say("chat_page.picture", words=words) if words else "", QTextCharFormat())


def cited(link: str) -> int | None:
    """The number of the citation that a link of the document stands for."""
    number = link.removeprefix(_CITATION)
    return int(number) if link.startswith(_CITATION) and number.isdecimal() else None


def _link_citations(document: QTextDocument, citations: Collection[int]) -> None:
    links: list[tuple[int, int, QTextCharFormat]] = []
    for block in _blocks(document):
        for fragment in _fragments(block):
            form = fragment.charFormat()
            if form.fontFixedPitch() or form.isAnchor():
                continue
            for start, end, number in _marks(fragment.text()):
                if number in citations:
                    link = QTextCharFormat()
                    link.setAnchor(True)
                    link.setAnchorHref(f"{_CITATION}{number}")
                    links.append((fragment.position() + start, end - start, link))
    cursor = QTextCursor(document)
    for position, length, link in links:
        _select(cursor, position, length)
        cursor.mergeCharFormat(link)


def _marks(text: str) -> Iterator[tuple[int, int, int]]:
    """Where numbers in square brackets stand, in UTF-16 units, each with its number; one alone with its brackets."""
    for mark in _MARK.finditer(text):
        numbers = [
            (found.start(), found.end(), int(found.group()))
            for found in _NUMBER.finditer(text, mark.start(), mark.end())
        ]
        if len(numbers) == 1:
            numbers = [(mark.start(), mark.end(), numbers[0][2])]
        for start, end, number in numbers:
            yield _units(text[:start]), _units(text[:end]), number


def _style_tables(document: QTextDocument, tokens: Tokens) -> None:
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            form = frame.format().toTableFormat()
            form.setBorderCollapse(True)
            form.setBorder(1)
            form.setBorderBrush(QColor(tokens.border_strong))
            form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            form.setCellPadding(6)
            form.setBottomMargin(8)
            frame.setFormat(form)


def _style_block(block: QTextBlock, cursor: QTextCursor, tokens: Tokens) -> None:
    form = QTextBlockFormat()
    form.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    given = block.blockFormat()
    if given.hasProperty(QTextFormat.Property.BlockCodeFence) or given.hasProperty(
        QTextFormat.Property.BlockCodeLanguage
    ):
        form.setBackground(QColor(tokens.code))
    if block.textList() is not None:
        form.setBottomMargin(3)
    elif given.headingLevel():
        form.setTopMargin(10 if block.position() else 0)
        form.setBottomMargin(6)
    elif cursor.currentTable() is None:
        form.setBottomMargin(9 if block.next().isValid() else 0)
    cursor.mergeBlockFormat(form)


def _style_fragment(fragment: QTextFragment, cursor: QTextCursor, tokens: Tokens) -> None:
    given = fragment.charFormat()
    form = QTextCharFormat()
    if given.isAnchor():
        form.setForeground(QColor(tokens.accent))
        form.setFontUnderline(True)
    elif given.fontFixedPitch():
        form.setBackground(QColor(tokens.code))
    else:
        return
    _select(cursor, fragment.position(), fragment.length())
    cursor.mergeCharFormat(form)


def _select(cursor: QTextCursor, position: int, length: int) -> None:
    cursor.setPosition(position)
    cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)


def _units(text: str) -> int:
    """Length in UTF-16 units, as Qt counts positions."""
    return len(text.encode("utf-16-le")) // 2


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _fragments(block: QTextBlock) -> list[QTextFragment]:
    found = []
    at = block.begin()
    while not at.atEnd():
        found.append(at.fragment())
        at += 1
    return found
