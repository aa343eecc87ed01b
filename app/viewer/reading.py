"""Goes through a document's text: by its pages, where it has any, and with a name for the place one is at."""

from PySide6.QtCore import QObject, Signal

from app.viewer.finding import Span
from app.viewer.places import page_starts, place_at, place_words
from app.viewer.text_view import TextView
from engine.library.values import DocumentText


class Reading(QObject):
    """`shown`: the page (0: there are none), of how many. `placed`: what the place at the upper edge is called."""

    shown = Signal(int, int)
    placed = Signal(str)

    def __init__(self, view: TextView) -> None:
        super().__init__(view)
        self._view = view
        self._document: DocumentText | None = None
        self._starts: dict[int, int] = {}
        view.moved.connect(self._tell)

    def begin(self, document: DocumentText, passage: Span | None) -> None:
        """Show a document, at `passage` where one is told."""
        self._document, self._starts = document, page_starts(document)
        self._view.show_text(document.text, passage)
        self._tell(passage[0] if passage else 0)

    def begin_alone(self, text: str) -> None:
        """Show a passage without its document."""
        self._document, self._starts = None, {}
        self._view.show_text(text, (0, len(text)))
        self._tell(0)

    def go(self, page: int) -> None:
        """To where a page begins, or the next one that has words."""
        self._view.go_to(next((start for number, start in self._starts.items() if number >= page), 0))

    def turn(self, pages: int) -> None:
        here = place_at(self._document, self._view.top) if self._document is not None else None
        numbers = list(self._starts)
        if here is not None and here.page in numbers:
            at = numbers.index(here.page) + pages
            if 0 <= at < len(numbers):
                self.go(numbers[at])

    def _tell(self, position: int) -> None:
        place = place_at(self._document, position) if self._document is not None else None
        page = place.page if place else None
        self.placed.emit(place_words(page, place.heading) if place else "")
        self.shown.emit(page or 0, max(self._starts, default=0))
