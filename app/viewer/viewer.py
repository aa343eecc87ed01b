"""A citation opened: the page it stands on, or the text around it, and what became of its file since it was read."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.shell.shortcuts import VIEWER
from app.style.theme import Theme
from app.tasks import Tasks
from app.viewer.bar import ViewerBar
from app.viewer.find_bar import FindBar
from app.viewer.head import Head
from app.viewer.outside import offer_outside, show_in_folder
from app.viewer.page_view import PageView
from app.viewer.paging import Paging
from app.viewer.places import citation_title, page_starts, place_at
from app.viewer.reading import Reading
from app.viewer.search import Search
from app.viewer.text_view import TextView
from app.widgets.labels import ElidedLabel
from engine.chat.values import Citation
from engine.errors import HearthsideError
from engine.library.values import Source, Standing
from engine.words import explain, say

if TYPE_CHECKING:
    from engine.assistant import Assistant

_THERE = {Standing.SAME, Standing.CHANGED, Standing.UNREADABLE}


class Viewer(QWidget):
    """`opening` before it comes into sight, `closed` when its owner is done reading; `failed` carries an error."""

    opening = Signal()
    closed = Signal()
    failed = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("chat.passage")
        self.setProperty("look", "page")
        self.setMinimumWidth(260)
        self._library = assistant.library
        self._tasks = tasks
        self._source: Source | None = None
        self._head = Head()
        self._place = ElidedLabel(look="small")
        self._place.setObjectName("passage.place")
        self.bar = ViewerBar()
        self.find_bar = FindBar()
        self.text_view = TextView(theme)
        self.page_view = PageView(theme)
        self._reading = Reading(self.text_view)
        self._paging = Paging(assistant, tasks, self.page_view)
        self._search = Search(tasks, self.find_bar)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.text_view)
        self._stack.addWidget(self.page_view)
        self._lay_out()
        self._connect()
        self._bind_keys()

    def open_citation(self, citation: Citation) -> None:
        """Show the passage behind `citation` where it stands."""
        self._paging.drop()
        self._tasks.run(
            lambda: self._library.source(citation.chunk_id),
            lambda source: self._show(citation, source),
            self.failed.emit,
            lane="pages",
            replaces="viewer.source",
            owner=self,
        )

    def put_away(self) -> None:
        """Hide, and keep nothing of what was shown."""
        self._tasks.run(lambda: None, replaces="viewer.source")
        if self._source is not None or not self.isHidden():
            self.hide()
            self._source = None
            self._search.search_in("", 0)
            self._reading.begin_alone("")
            self._paging.put_away()

    def event(self, event: QEvent) -> bool:
        """Escape is ours while the keyboard is here, before the window's own shortcut sees it."""
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.find_bar.isVisible():
            self.find_bar.leave()
        else:
            self.closed.emit()

    def _lay_out(self) -> None:
        parts: tuple[QWidget, ...] = (self._head, self.bar, self.find_bar, self._place)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 16, 16, 16)
        column.setSpacing(6)
        for part in parts:
            column.addWidget(part)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self._head.closed.connect(self.closed)
        self._head.now_wanted.connect(self._show_now)
        self.bar.turned.connect(lambda pages: self._shown.turn(pages))  # noqa: PLW0108 - whatever is on show by then
        self.bar.went.connect(lambda page: self._shown.go(page))  # noqa: PLW0108
        self.bar.zoomed.connect(lambda steps: self._zoom(steps or None))
        self.bar.finding.connect(self._find)
        self.bar.copying.connect(self._copy)
        self.bar.switched.connect(self._switch)
        self.bar.folder_wanted.connect(self._show_folder)
        self.bar.outside_wanted.connect(self._open_outside)
        self.page_view.zoomed.connect(self.bar.show_zoom)
        self._reading.placed.connect(self._on_place)
        self._reading.shown.connect(self._on_page)
        self.find_bar.left.connect(self._focus)
        self._search.changed.connect(self._show_found)
        self._paging.shown.connect(self._on_page)
        self._paging.unplaced.connect(self._on_unplaced)
        self._paging.failed.connect(self._on_not_drawn)

    def _bind_keys(self) -> None:
        acts = {
            "find_in": self._find,
            "zoom_in": lambda: self._zoom(1),
            "zoom_out": lambda: self._zoom(-1),
            "zoom_usual": lambda: self._zoom(None),
            "page_back": lambda: self._shown.turn(-1),
            "page_on": lambda: self._shown.turn(1),
            "copy": self._copy,
        }
        for name, act in acts.items():
            key = QShortcut(QKeySequence(VIEWER[name]), self)
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            key.activated.connect(act)
        also = QShortcut(QKeySequence("Ctrl+="), self)  # plus, where it takes Shift
        also.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        also.activated.connect(acts["zoom_in"])

    @property
    def _shown(self) -> Paging | Reading:
        return self._paging if self._drawn else self._reading

    @property
    def _drawn(self) -> bool:
        """Whether a page is on show, and not text."""
        return self._stack.currentWidget() is self.page_view

    def _show(self, citation: Citation, source: Source | None) -> None:
        self._source = source
        path = source.passage.path if source else ""
        self._head.show_file(citation_title(citation, path), path)
        for part in (self.bar, self._stack):
            part.setVisible(source is not None)
        self._place.hide()
        self.opening.emit()
        self.show()
        if source is None:
            self._paging.put_away()
            self._head.say(say("chat_page.removed"))
            return
        self.bar.show_outside(source.standing in _THERE)
        if source.drawn and source.standing is Standing.SAME and source.start is not None:
            self._show_pages()
        else:
            self._show_passage(source)
        self._focus()

    def _show_passage(self, source: Source) -> None:
        """As text: in its document, or alone where it stands there no more."""
        self._begin_text()
        document = source.document
        if source.start is None or source.end is None or document is None:
            self._reading.begin_alone(source.passage.text)
            self._search.search_in(source.passage.text, 0)
            words = say("viewer.document_unread" if document is None else "viewer.passage_changed")
            self._say(words, offer_now=document is not None)
            return
        self._reading.begin(document, (source.start, source.end))
        self._search.search_in(document.text, source.start)
        if source.standing is not Standing.SAME:
            self._say(say(f"library.standing_{source.standing}"))
        else:
            self._say("" if source.passage.current else say("viewer.passage_moved"))

    def _show_now(self) -> None:
        """The document as it was last read, without the passage that stands in it no more."""
        if self._source is not None and self._source.document is not None:
            self._begin_text()
            self._say(say("viewer.now"))
            self._reading.begin(self._source.document, None)
            self._search.search_in(self._source.document.text, 0)
            self._focus()

    def _begin_text(self) -> None:
        self._paging.drop()
        self._stack.setCurrentWidget(self.text_view)
        self.bar.show_zoom(None)
        self._offer_switch()

    def _show_pages(self) -> None:
        if self._source is not None:
            self._place.hide()
            if self._source.document is not None:
                self._search.search_in(self._source.document.text, self._source.start or 0)
            self._stack.setCurrentWidget(self.page_view)
            self.bar.show_zoom(self.page_view.scale)
            self._offer_switch()
            self._say(say("viewer.file_now") if self._source.standing is Standing.CHANGED else "")
            self._paging.begin(self._source)

    def _switch(self) -> None:
        if self._source is not None:
            if self._drawn:
                self._show_passage(self._source)
            else:
                self._show_pages()
            self._focus()

    def _offer_switch(self) -> None:
        self.bar.show_switch(pages=self._drawn, offered=self._source is not None and self._source.drawn)

    def _zoom(self, steps: int | None) -> None:
        (self.page_view if self._drawn else self.text_view).zoom(steps)

    def _find(self) -> None:
        """In the text, and on the pages where they are those that were read."""
        if self._source is None:
            return
        if self._drawn and self._source.standing is not Standing.SAME:
            self._switch()
        self.find_bar.begin()

    def _copy(self) -> None:
        if self._source is not None:
            chosen = self.page_view.selected if self._drawn else self.text_view.selected
            QGuiApplication.clipboard().setText(chosen or self._source.passage.text)

    def _show_found(self) -> None:
        found, current = self._search.found, self._search.current
        if not self._drawn:
            self.text_view.show_found(found, current)
            return
        document = self._source.document if self._source else None
        place = place_at(document, current[0]) if document and current else None
        if document is None or current is None or place is None or place.page is None:
            self._paging.find(self._search.words, None)
            return
        first = page_starts(document)[place.page]
        self._paging.find(self._search.words, (place.page, sum(first <= span[0] < current[0] for span in found)))

    def _on_place(self, words: str) -> None:
        self._place.show_text(words)
        self._place.setVisible(bool(words) and not self._drawn)

    def _on_page(self, page: int, count: int) -> None:
        self.bar.show_page(page or None, count)

    def _say(self, words: str, *, offer_now: bool = False) -> None:
        """And of words read from a picture that they may be misread."""
        was_read = self._source is not None and self._source.passage.ocr
        self._head.say(" ".join(filter(None, (words, say("viewer.ocr") if was_read else ""))), offer_now=offer_now)

    def _on_not_drawn(self, error: HearthsideError) -> None:
        """The text can be read all the same."""
        if self._source is not None and self._drawn:
            self._show_passage(self._source)
            self._say(say("viewer.not_drawn", words=explain(error).message))

    def _on_unplaced(self) -> None:
        if self._source is not None and self._source.standing is Standing.SAME:
            self._say(say("viewer.not_on_page"))

    def _focus(self) -> None:
        (self.page_view if self._drawn else self.text_view).setFocus()

    def _show_folder(self) -> None:
        if self._source is not None:
            show_in_folder(self._source.passage.path, self)

    def _open_outside(self) -> None:
        if self._source is not None:
            offer_outside(self._source.passage.path, self)
