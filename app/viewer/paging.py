"""Goes through the pages of a PDF: has them drawn, and marks the passage and what was found on each."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.tasks import Tasks
from app.viewer.drawing import Drawing
from app.viewer.finding import Span, occurrences
from app.viewer.marks import find_passage
from app.viewer.page_view import PageView
from engine.library.values import WHOLE_PAGE, Box, PagePicture, Source

if TYPE_CHECKING:
    from engine.assistant import Assistant


class Paging(QObject):
    """`shown`: a page, of how many (0: not known yet). `unplaced`: the passage is not to be seen on the page that it is
    cited from. `failed`: why a page could not be drawn."""

    shown = Signal(int, int)
    unplaced = Signal()
    failed = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, view: PageView) -> None:
        super().__init__(view)
        self._view = view
        self._drawing = Drawing(assistant, tasks, self)
        self._drawing.drawn.connect(self._on_drawn)
        self._drawing.failed.connect(self.failed)
        view.wanted.connect(self._ask)
        view.turned.connect(self.turn)
        self._source: Source | None = None
        self.page = 1
        self._count = 0
        self._words = ""
        self._looked_at: tuple[int, int] | None = None

    def begin(self, source: Source) -> None:
        """Show the page that the passage of `source` is on."""
        self._source, self._count, self._words, self._looked_at = source, 0, "", None
        self._view.show_picture(None, None)
        self.go(page_of(source) or 1)

    def go(self, page: int) -> None:
        """Show page `page`, or the nearest there is."""
        self.page = max(1, min(page, self._count or page))
        self.shown.emit(self.page, self._count)
        self._ask(self._view.whole_wide, WHOLE_PAGE)

    def turn(self, pages: int) -> None:
        if self.page + pages >= 1 and not 0 < self._count < self.page + pages:
            self.go(self.page + pages)

    def find(self, words: str, looked_at: tuple[int, int] | None) -> None:
        """Mark `words` wherever they are; `looked_at` is a page, and which of those on it is looked at."""
        self._words, self._looked_at = words, looked_at
        if looked_at is not None and looked_at[0] != self.page:
            self.go(looked_at[0])
        else:
            self._mark_found()

    def drop(self) -> None:
        """Draw nothing while something else is shown."""
        self._drawing.drop()

    def put_away(self) -> None:
        """Close the document."""
        self._source = None
        self._view.show_picture(None, None)
        self._drawing.put_away()

    def _ask(self, width: int, part: Box) -> None:
        if self._source is None or not self._view.isVisible():
            return
        if self._view.picture is None or self._view.picture.number != self.page:  # the whole of it first
            width, part = self._view.whole_wide, WHOLE_PAGE
        self._drawing.ask(self._source.passage.document_id, self.page, width, part)

    def _on_drawn(self, picture: PagePicture) -> None:
        if self._source is None or picture.number != self.page:
            return
        if picture.part != WHOLE_PAGE:
            self._view.show_detail(picture)
            return
        first = self._count == 0
        self._count = picture.count
        self._view.show_picture(picture, self._passage_on(picture))
        self._mark_found()
        self.shown.emit(self.page, self._count)
        if first and not self._view.passage:
            self.unplaced.emit()

    def _passage_on(self, picture: PagePicture) -> Span | None:
        source = self._source
        if source is None or picture.number != page_of(source):
            return None
        near = 0
        if source.document is not None and source.start is not None:
            starts = [place.start for place in source.document.places if place.page == picture.number]
            near = source.start - starts[0] if starts else 0
        return find_passage(picture.text, source.passage.text, near)

    def _mark_found(self) -> None:
        picture = self._view.picture
        if picture is None or picture.number != self.page:
            return
        found = occurrences(picture.text, self._words)
        page, at = self._looked_at or (0, 0)
        self._view.show_found(found, found[at] if page == self.page and at < len(found) else None)


def page_of(source: Source) -> int | None:
    """The page the passage stands on now, or stood on when it was cited."""
    if source.document is not None and source.start is not None:
        pages = [place.page for place in source.document.places if place.start <= source.start]
        if pages:
            return pages[-1]
    return source.passage.page
