"""Has pages drawn, off the window's thread: the one asked for last, and none that nobody waits for any more."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.tasks import Job, Tasks
from engine.errors import HearthsideError, Interrupted
from engine.library.values import Box, PagePicture
from engine.progress import Control

if TYPE_CHECKING:
    from engine.assistant import Assistant


class Drawing(QObject):
    """`drawn` carries a PagePicture, `failed` why there is none."""

    drawn = Signal(object)
    failed = Signal(object)

    def __init__(self, assistant: "Assistant", tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._pages = assistant.library.pages
        self._tasks = tasks
        self._job: Job | None = None

    def ask(self, document_id: str, number: int, width: int, part: Box) -> None:
        """Draw a part of a page that is `width` pixels wide, instead of what is being drawn."""
        self.drop()
        pages = self._pages

        def work(_tell: object, control: Control) -> PagePicture:
            return pages.draw(document_id, number, width, part=part, control=control)

        def done(picture: PagePicture) -> None:
            if self._job is job:
                self._job = None
                self.drawn.emit(picture)

        def failed(error: HearthsideError) -> None:
            if self._job is job and not isinstance(error, Interrupted):
                self._job = None
                self.failed.emit(error)

        job = self._job = self._tasks.start(
            work, kind="page", lane="pages", observe=lambda _told: None, done=done, failed=failed
        )

    def drop(self) -> None:
        """Nobody waits for a page any more."""
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def put_away(self) -> None:
        """Close the document and end its worker."""
        self.drop()
        self._tasks.run(self._pages.close, lane="pages")
