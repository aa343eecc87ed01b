"""A citation opened in the window, by clicks and keys, over a real library and the real page worker."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.style.theme import Theme
from app.tasks import Tasks
from app.viewer import viewer as viewer_module
from app.viewer.viewer import Viewer
from engine.chat.values import Citation
from engine.library.library import Library
from engine.library.schema import MIGRATIONS
from engine.store.database import Database
from tests.engine.library import documents
from tests.fakes.clock import FakeClock
from tests.fakes.embedder import HashingEmbedder

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
WORDS = "The pressure of the boiler is 1.2 bar."
PAGES = [
    "The house has a cellar.",
    f"Of the heating.\n{WORDS}\nIt was serviced in May.",
    "",
    "Keys: the cellar has two.",
]
LONG = "\n\n".join(f"Paragraph {number} of a long letter, with a word or two." for number in range(4000))

Opened = Callable[..., Viewer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    made.mkdir()
    return made


@pytest.fixture
def library(tmp_path: Path, key: bytes) -> Iterator[Library]:
    with Database.open(tmp_path / "library.db", key, MIGRATIONS, durable=False) as database:
        made = Library(database, HashingEmbedder(), text_limit_mb=5, clock=FakeClock())
        yield made
        made.pages.close()


@pytest.fixture
def viewer(qtbot: QtBot, library: Library, tasks: Tasks, theme: Theme) -> Iterator[Viewer]:
    assistant: Any = SimpleNamespace(library=library)
    made = Viewer(assistant, tasks, theme)
    qtbot.addWidget(made)
    made.resize(560, 760)
    yield made
    tasks.stop()
    tasks.rest(lambda: None)


@pytest.fixture
def cite(library: Library, folder: Path) -> Callable[..., Citation]:
    """Read the folder, and cite the passage that holds these words."""

    def cite(words: str = WORDS) -> Citation:
        library.add([folder])
        [passage] = [found for found in library.search(words, 50) if words in found.text][:1]
        library.cite([passage.chunk_id])
        kept = ("chunk_id", "document_id", "path", "page", "start", "end", "text", "heading")
        return Citation(number=1, **{name: getattr(passage, name) for name in kept})

    return cite


@pytest.fixture
def shown(qtbot: QtBot, viewer: Viewer) -> Opened:
    """The viewer, once it shows this citation."""

    def shown(citation: Citation) -> Viewer:
        with qtbot.waitSignal(viewer.opening):
            viewer.open_citation(citation)
        qtbot.waitUntil(viewer.isVisible)
        return viewer

    return shown


def part(viewer: Viewer, name: str) -> Any:
    return viewer.findChild(QWidget, name)


def click(qtbot: QtBot, viewer: Viewer, name: str) -> None:
    assert part(viewer, name).isVisible()
    qtbot.mouseClick(part(viewer, name), LEFT)


def drawn(qtbot: QtBot, viewer: Viewer, page: int) -> None:
    """Wait for a page, drawn as sharp as it is shown."""
    view = viewer.page_view

    def there() -> bool:
        return bool(view.picture and view.picture.number == page and view.is_sharp)

    qtbot.waitUntil(there, timeout=20_000)


def marked(viewer: Viewer) -> list[str]:
    return [mark.cursor.selectedText() for mark in viewer.text_view.extraSelections()]


def test_a_pdf_opens_at_its_page_with_the_passage_marked(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    picture = viewer.page_view.picture
    lines = viewer.page_view.passage
    assert len(lines) == 3
    assert sum((line.right - line.left) * (line.bottom - line.top) for line in lines) < 0.02, "the lines, not the page"
    for letter in picture.boxes[picture.text.index("Of the") : picture.text.index("May.") + 4]:
        assert letter is None or any(
            line.left <= letter.left <= letter.right <= line.right
            and line.top <= letter.top <= letter.bottom <= line.bottom
            for line in lines
        )
    assert part(viewer, "passage.page").text() == "2"
    assert part(viewer, "passage.pages").text() == "of 4"
    assert not part(viewer, "passage.note").isVisible()


def test_pages_are_turned_by_buttons_and_keys(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    click(qtbot, viewer, "passage.page_on")
    drawn(qtbot, viewer, 3)
    assert not viewer.page_view.passage, "the passage is on another page"
    qtbot.keyClick(viewer.page_view, Qt.Key.Key_PageDown, CTRL)
    drawn(qtbot, viewer, 4)
    assert not part(viewer, "passage.page_on").isEnabled()
    qtbot.keyClick(viewer.page_view, Qt.Key.Key_PageDown, CTRL)
    click(qtbot, viewer, "passage.page_back")
    drawn(qtbot, viewer, 3)
    field = part(viewer, "passage.page")
    field.selectAll()
    qtbot.keyClicks(field, "2")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    drawn(qtbot, viewer, 2)
    assert viewer.page_view.passage


def test_only_the_page_asked_for_last_is_shown(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES, *[f"Page {number}" for number in range(5, 300)]))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    seen = []
    viewer._paging._drawing.drawn.connect(lambda picture: seen.append(picture.number))
    for _ in range(60):
        click(qtbot, viewer, "passage.page_on")
    drawn(qtbot, viewer, 62)
    assert set(seen) == {62}


def test_a_page_is_zoomed(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    before = viewer.page_view.picture.width
    qtbot.keyClick(viewer.page_view, Qt.Key.Key_Plus, CTRL)
    click(qtbot, viewer, "passage.zoom_in")
    drawn(qtbot, viewer, 2)
    detail = viewer.page_view._detail
    assert viewer.page_view.picture.width == before, "the whole page stays as it is drawn"
    assert detail.width / (detail.part.right - detail.part.left) == pytest.approx(before * 1.5625, abs=2)
    assert detail.part.bottom - detail.part.top < 1
    assert part(viewer, "passage.zoom").text() == "156%"
    qtbot.keyClick(viewer.page_view, Qt.Key.Key_0, CTRL)
    drawn(qtbot, viewer, 2)
    assert viewer.page_view.picture.width == before


def test_words_of_a_page_are_selected_and_copied(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    click(qtbot, viewer, "passage.copy")
    assert "1.2 bar" in QGuiApplication.clipboard().text(), "the passage, where nothing is selected"
    view, picture = viewer.page_view, viewer.page_view.picture
    start = picture.text.index("boiler")
    page = view._page()

    def spot(place: int) -> QPoint:
        box = picture.boxes[place]
        middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        return QPoint(round(page.left() + middle[0] * page.width()), round(page.top() + middle[1] * page.height()))

    qtbot.mousePress(view.viewport(), LEFT, pos=spot(start))
    qtbot.mouseMove(view.viewport(), spot(start + 5))
    qtbot.mouseRelease(view.viewport(), LEFT, pos=spot(start + 5))
    qtbot.keyClick(view, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "boiler"


def test_words_are_found_on_the_pages(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    qtbot.keyClick(viewer.page_view, Qt.Key.Key_F, CTRL)
    qtbot.keyClicks(part(viewer, "passage.find"), "CELLAR")
    drawn(qtbot, viewer, 4)
    qtbot.waitUntil(lambda: bool(viewer.page_view._current))
    assert part(viewer, "passage.found").text() == "2 of 2"
    qtbot.keyClick(part(viewer, "passage.find"), Qt.Key.Key_Return)
    drawn(qtbot, viewer, 1)
    qtbot.waitUntil(lambda: bool(viewer.page_view._current))
    qtbot.keyClick(part(viewer, "passage.find"), Qt.Key.Key_Escape)
    assert not viewer.find_bar.isVisible()
    assert viewer.isVisible()


def test_a_pdf_is_shown_as_text_and_back(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    click(qtbot, viewer, "passage.switch")
    assert viewer.text_view.isVisible()
    assert WORDS in marked(viewer)[0].replace("\u2029", "\n")
    click(qtbot, viewer, "passage.switch")
    drawn(qtbot, viewer, 2)


def test_a_long_text_opens_at_its_passage_and_goes_on_both_ways(qtbot, folder, cite, shown) -> None:
    (folder / "letter.txt").write_text(f"{LONG}\n\n{WORDS} 😀\n\n{LONG}")
    viewer = shown(cite())
    assert WORDS in marked(viewer)[0]
    assert len(viewer.text_view.toPlainText()) < 50_000, "no more is laid out than is looked at"
    for width in (560, 300):
        viewer.resize(width, 760)
        [mark] = viewer.text_view.extraSelections()
        mark.cursor.setPosition(mark.cursor.selectionStart())
        assert 0 < viewer.text_view.cursorRect(mark.cursor).top() < viewer.text_view.viewport().height() / 2
    bar = viewer.text_view.verticalScrollBar()
    while "Paragraph 0 of" not in viewer.text_view.toPlainText():
        before = len(viewer.text_view.toPlainText())
        bar.setValue(0)
        assert len(viewer.text_view.toPlainText()) > before
    top = viewer.text_view.top
    assert WORDS in marked(viewer)[0], "the mark stays at its words"
    while not viewer.text_view.toPlainText().endswith(LONG[-40:]):
        bar.setValue(bar.maximum())
    assert viewer.text_view.top > top


def test_words_are_found_in_a_long_text(qtbot, folder, cite, shown) -> None:
    (folder / "letter.txt").write_text(f"{LONG}\n\n{WORDS}\n\n{LONG.replace('Paragraph', 'Section')}")
    viewer = shown(cite())
    qtbot.keyClick(viewer.text_view, Qt.Key.Key_F, CTRL)
    qtbot.keyClicks(part(viewer, "passage.find"), "section 3999   of")
    qtbot.waitUntil(lambda: part(viewer, "passage.found").text() == "1 of 1")
    assert marked(viewer)[-1] == "Section 3999 of"
    qtbot.keyClicks(part(viewer, "passage.find"), "x")
    qtbot.waitUntil(lambda: part(viewer, "passage.found").text() == "None")


def test_the_headings_of_a_place_are_named(qtbot, folder, cite, shown) -> None:
    (folder / "house.md").write_text(f"# House\n\n{LONG[:3000]}\n\n## Heating\n\n{WORDS} {LONG[:3000]}\n")
    viewer = shown(cite())
    qtbot.waitUntil(part(viewer, "passage.place").isVisible)
    assert "House" in part(viewer, "passage.place").accessibleName()
    assert not part(viewer, "passage.page").isVisible()
    assert not part(viewer, "passage.switch").isVisible()


def test_markup_in_a_document_is_shown_as_it_is_written(qtbot, folder, cite, shown) -> None:
    hostile = f"<img src='file:///etc/passwd'> <b>{WORDS}</b>"
    (folder / "<b>boiler<b>.txt").write_text(hostile)
    viewer = shown(cite())
    assert viewer.text_view.toPlainText() == hostile
    assert "<b>boiler<b>.txt" in part(viewer, "passage.title").text()


def test_a_passage_beyond_the_edges_of_its_page_says_so(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.turned_pdf(WORDS, turn=0, crop=(50, 10, 400, 400)))
    viewer = shown(cite())
    drawn(qtbot, viewer, 1)
    qtbot.waitUntil(part(viewer, "passage.note").isVisible)
    assert "beyond its edges" in part(viewer, "passage.note").text()
    click(qtbot, viewer, "passage.switch")
    assert marked(viewer) == [WORDS]


def test_a_file_that_changed_since_it_was_read(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    citation = cite()
    (folder / "boiler.pdf").write_bytes(documents.pdf("New first page.", "New second page."))
    viewer = shown(citation)
    assert WORDS in marked(viewer)[0].replace("\u2029", "\n"), "the text as it was read"
    assert "changed" in part(viewer, "passage.note").text()
    click(qtbot, viewer, "passage.switch")
    drawn(qtbot, viewer, 2)
    assert viewer.page_view.picture.text.strip() == "New second page."
    assert part(viewer, "passage.note").text().startswith("This is the file as it is now.")


def test_a_passage_that_is_no_more_is_shown_with_a_way_to_the_new_text(qtbot, library, folder, cite, shown) -> None:
    (folder / "boiler.txt").write_text(WORDS)
    citation = cite()
    (folder / "boiler.txt").write_text("It has no boiler any more.")
    library.refresh()
    viewer = shown(citation)
    assert viewer.text_view.toPlainText() == WORDS
    assert "changed since" in part(viewer, "passage.note").text()
    click(qtbot, viewer, "passage.now")
    assert viewer.text_view.toPlainText() == "It has no boiler any more."
    assert not part(viewer, "passage.now").isVisible()


def test_a_file_that_moved_is_named_by_where_it_is(qtbot, library, folder, cite, shown) -> None:
    (folder / "boiler.txt").write_text(WORDS)
    citation = cite()
    (folder / "boiler.txt").rename(folder / "heating.txt")
    viewer = shown(citation)
    assert viewer.text_view.toPlainText() == WORDS
    assert "not where it was read" in part(viewer, "passage.note").text()
    assert not part(viewer, "passage.outside").isEnabled()
    library.refresh()
    viewer = shown(citation)
    assert part(viewer, "passage.title").accessibleName() == "1 · heating.txt"
    assert not part(viewer, "passage.note").isVisible()
    assert part(viewer, "passage.outside").isEnabled()


def test_a_folder_that_is_away(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    citation = cite()
    folder.rename(folder.with_name("unplugged"))
    viewer = shown(citation)
    assert WORDS in viewer.text_view.toPlainText()
    assert "away" in part(viewer, "passage.note").text()
    assert not part(viewer, "passage.folder").isEnabled()
    assert not part(viewer, "passage.switch").isVisible()


def test_a_page_that_cannot_be_drawn_leaves_the_text(qtbot, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    citation = cite()
    (folder / "boiler.pdf").write_bytes(b"%PDF-1.4 no more")
    viewer = shown(citation)
    click(qtbot, viewer, "passage.switch")
    qtbot.waitUntil(viewer.text_view.isVisible)
    assert "damaged" in part(viewer, "passage.note").text()
    assert WORDS in viewer.text_view.toPlainText()


def test_what_was_removed_says_so(qtbot, library, folder, cite, shown) -> None:
    (folder / "boiler.txt").write_text(WORDS)
    citation = cite()
    library.remove(folder)
    viewer = shown(citation)
    assert "removed" in part(viewer, "passage.note").text()
    assert not viewer.text_view.isVisible()
    assert not part(viewer, "passage.outside").isVisible()


def test_opening_outside_is_asked_first(qtbot, folder, cite, shown, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "boiler.txt").write_text(WORDS)
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    viewer = shown(cite())
    click(qtbot, viewer, "passage.outside")
    dialog = viewer.findChild(QDialog, "confirm")
    assert str(folder / "boiler.txt") in dialog.findChild(QWidget, "confirm.detail").toPlainText()
    qtbot.mouseClick(dialog.findChild(QWidget, "confirm.cancel"), LEFT)
    assert not opened
    click(qtbot, viewer, "passage.outside")
    [dialog] = [found for found in viewer.findChildren(QDialog, "confirm") if found.isVisible()]
    qtbot.mouseClick(dialog.findChild(QWidget, "confirm.accept"), LEFT)
    assert opened == [str(folder / "boiler.txt")]


def test_the_folder_is_shown_after_a_click(qtbot, folder, cite, shown, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "boiler.txt").write_text(WORDS)
    asked: list[str] = []
    monkeypatch.setattr(viewer_module, "show_in_folder", lambda path, _owner: asked.append(path))
    viewer = shown(cite())
    assert not asked
    click(qtbot, viewer, "passage.folder")
    assert asked == [str(folder / "boiler.txt")]


def test_escape_closes_and_nothing_is_kept(qtbot, library, folder, cite, shown) -> None:
    (folder / "boiler.pdf").write_bytes(documents.pdf(*PAGES))
    viewer = shown(cite())
    drawn(qtbot, viewer, 2)
    viewer.closed.connect(viewer.put_away)
    with qtbot.waitSignal(viewer.closed):
        qtbot.keyClick(viewer.page_view, Qt.Key.Key_Escape)
    assert viewer.isHidden()
    assert viewer.page_view.picture is None
    assert viewer.text_view.toPlainText() == ""
    qtbot.waitUntil(lambda: library.pages._book is None)
