"""Hostile and ordinary Markdown: nothing is ever loaded, nothing is read as HTML, the rest looks like itself."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFont, QTextDocument
from pytestqt.qtbot import QtBot

from app.style.theme import Theme
from app.style.tokens import LIGHT
from app.widgets import markdown
from app.widgets.markdown import SafeDocument, made
from app.widgets.markdown_view import MarkdownView

HOSTILE = [
    "![x](http://evil.example/a.png)",
    "![x](https://evil.example/?q=secret)",
    "![x](file://{canary})",
    "![x]({canary})",
    "![x](<{canary}>)",
    "![x](data:image/png;base64,iVBORw0KGgo=)",
    "![x][ref]\n\n[ref]: file://{canary}",
    "[![x](file://{canary})](http://evil.example)",
    "<img src='file://{canary}'>",
    "<img src=http://evil.example/a.png>",
    "text <IMG SRC=file://{canary}> text",
    "<style>body {{ background-image: url(file://{canary}) }}</style>",
    "<table background='file://{canary}'><tr><td>x</td></tr></table>",
    "<p style='background-image: url({canary})'>x</p>",
    "<object data='file://{canary}'></object>",
    "- item ![x](file://{canary})\n- <img src='{canary}'>",
    "| a |\n|---|\n| ![x](file://{canary}) |",
    "> ![x](file://{canary})",
    "![x](//evil.example/a.png) ![y](qrc:/a.png) ![z](\\\\evil\\share\\a.png)",
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every resource any document asks for, ours or the view's."""
    names: list[str] = []

    def spy(kind: type) -> None:
        real = kind.loadResource

        def load(self: Any, what: int, name: QUrl) -> Any:
            names.append(name.toString())
            return real(self, what, name)

        monkeypatch.setattr(kind, "loadResource", load)

    spy(SafeDocument)
    spy(MarkdownView)
    return names


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_markdown_loads_nothing(
    qtbot: QtBot, theme: Theme, tmp_path: Path, asked: list[str], payload: str
) -> None:
    canary = tmp_path / "canary.png"
    canary.write_bytes(b"not read")
    view = MarkdownView(theme)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    view.set_markdown(payload.format(canary=canary))
    qtbot.wait(1)
    view.grab()
    assert not asked, "a document asked for a resource"
    assert "￼" not in view.toPlainText()


def test_the_spy_sees_a_document_that_does_ask(qtbot: QtBot, theme: Theme, asked: list[str]) -> None:
    view = MarkdownView(theme)
    qtbot.addWidget(view)
    view.document().setHtml("<img src='file:///etc/hostname'>")
    view.show()
    view.grab()
    assert asked, "without the replacement of pictures the document does ask: the spy works"
    assert all(markdown.nothing().size().width() == 1 for _ in asked)


def test_html_is_text(qtbot: QtBot, theme: Theme) -> None:
    view = MarkdownView(theme)
    qtbot.addWidget(view)
    view.set_markdown("a <b>bold</b> claim <script>alert(1)</script>")
    assert "<b>bold</b>" in view.toPlainText()
    assert "<script>" in view.toPlainText()


def test_a_picture_is_named_by_its_alternative_text(qtbot: QtBot) -> None:
    document = made("see ![a cat](http://x/y.png) here", LIGHT, QFont())
    assert "a cat" in document.toPlainText()
    assert "http" not in document.toPlainText()


def test_markdown_keeps_its_structure(qtbot: QtBot) -> None:
    document = made("# Title\n\n1. one\n2. two\n\n**bold** `code` [link](https://a.example)\n", LIGHT, QFont())
    blocks = [document.findBlockByNumber(number) for number in range(document.blockCount())]
    assert blocks[0].blockFormat().headingLevel() == 1
    assert blocks[1].textList() is not None
    text = document.toPlainText()
    assert "bold code link" in text
    assert "**" not in text


def links(document: QTextDocument) -> dict[str, str]:
    """Where each link leads, by its words."""
    found = {}
    block = document.begin()
    while block.isValid():
        at = block.begin()
        while not at.atEnd():
            form = at.fragment().charFormat()
            if form.isAnchor():
                found[at.fragment().text()] = form.anchorHref()
            at += 1
        block = block.next()
    return found


def test_citations_are_links_and_nothing_else_in_brackets_is(qtbot: QtBot) -> None:
    text = "😀 so [1], and [2; 3]. Not [9], `[1]` or [1](https://a.example) or a[10]."
    document = made(text, LIGHT, QFont(), None, {1, 2, 3})
    assert document.toPlainText() == "😀 so [1], and [2; 3]. Not [9], [1] or 1 or a[10]."
    assert links(document) == {
        "[1]": "citation:1",
        "2": "citation:2",
        "3": "citation:3",
        "1": "https://a.example",
    }
    assert not links(made("so [1]", LIGHT, QFont()))


def test_a_link_that_only_looks_like_a_citation_is_never_opened(qtbot: QtBot, theme: Theme) -> None:
    from PySide6.QtWidgets import QDialog

    view = MarkdownView(theme)
    qtbot.addWidget(view)
    view.set_markdown("[x](citation:7)")
    view.set_citations(frozenset({1}))
    view.show()
    with qtbot.assertNotEmitted(view.cited):
        view.anchorClicked.emit(QUrl("citation:7"))
    assert view.findChild(QDialog, "confirm").isVisible()


def test_a_link_opens_only_after_a_yes(qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton

    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    view = MarkdownView(theme)
    qtbot.addWidget(view)
    view.show()
    view.anchorClicked.emit(QUrl("https://exämple.org/pfad?a=1"))
    dialog = view.findChild(QDialog, "confirm")
    assert dialog.findChild(QPlainTextEdit, "confirm.detail").toPlainText() == "https://xn--exmple-cua.org/pfad?a=1"
    assert not opened
    qtbot.mouseClick(dialog.findChild(QPushButton, "confirm.accept"), Qt.MouseButton.LeftButton)
    assert len(opened) == 1


@pytest.mark.parametrize("address", ["file:///etc/passwd", "javascript:alert(1)", "smb://host/share", "ms-settings:x"])
def test_other_addresses_are_never_opened(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QDialog, QPushButton

    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    view = MarkdownView(theme)
    qtbot.addWidget(view)
    view.show()
    view.anchorClicked.emit(QUrl(address))
    qtbot.mouseClick(
        view.findChild(QDialog, "confirm").findChild(QPushButton, "confirm.accept"), Qt.MouseButton.LeftButton
    )
    assert not opened
