"""Looks for words in the text on show, off the window's thread, and goes from one place to the next."""

from PySide6.QtCore import QObject, Signal

from app.tasks import Tasks
from app.viewer.find_bar import FindBar
from app.viewer.finding import MOST_FOUND, Span, occurrences


class Search(QObject):
    """`changed` when other places were found, or another of them is looked at."""

    changed = Signal()

    def __init__(self, tasks: Tasks, bar: FindBar) -> None:
        super().__init__(bar)
        self._tasks = tasks
        self._bar = bar
        self._text = ""
        self._from = 0
        self.words = ""
        self.found: list[Span] = []
        self._at: int | None = None
        bar.looked_for.connect(self._look)
        bar.stepped.connect(self._step)
        bar.left.connect(self.clear)

    @property
    def current(self) -> Span | None:
        """The place that is looked at."""
        return None if self._at is None else self.found[self._at]

    def search_in(self, text: str, start: int) -> None:
        """Look in `text`, at first from `start` on."""
        if text is not self._text:
            self._text = text
            self.clear()
            self._bar.hide()
        self._from = start

    def clear(self) -> None:
        self._tasks.run(lambda: None, replaces="viewer.find")  # what is still looked for is not wanted
        self._show("", [])

    def _look(self, words: str) -> None:
        text = self._text
        self._tasks.run(
            lambda: occurrences(text, words),
            lambda found: self._show(words, found),
            lane="looks",
            replaces="viewer.find",
            owner=self,
        )

    def _show(self, words: str, found: list[Span]) -> None:
        self.words, self.found = words, found
        later = (at for at, span in enumerate(found) if span[1] > self._from)
        self._at = next(later, 0) if found else None
        self._tell()

    def _step(self, by: int) -> None:
        if self._at is not None:
            self._at = (self._at + by) % len(self.found)
            self._tell()

    def _tell(self) -> None:
        number = 0 if self._at is None else self._at + 1
        self._bar.show_count(self.words, number, len(self.found), more=len(self.found) == MOST_FOUND)
        self.changed.emit()
