"""The parent's side of drawing pages: one document is open at a time, in a worker of its own until it is put away."""

import threading
from typing import Final

from engine.errors import HearthsideError, Interrupted
from engine.library.loaders.contract import Refused
from engine.library.opened import Opened
from engine.library.page_protocol import Draw, Drawn, NotDrawn, PageReply
from engine.library.page_service import MOST_PIXELS
from engine.library.standing import kept, open_kept
from engine.library.values import WHOLE_PAGE, Box, PagePicture
from engine.library.walk import FileKey
from engine.progress import Control
from engine.store.database import Database
from engine.words import say
from engine.workers.worker import Limits, Worker

LIMITS: Final = Limits(address_space=1 << 30, cpu_seconds=60, file_size=0, open_files=32, confined=True)
WALL_S: Final = 30.0


class _Book:
    """A document that is open, and the worker that may read it and nothing else."""

    def __init__(self, document_id: str, opened: Opened) -> None:
        self.document_id = document_id
        self.file_key: FileKey = opened.found.file_key
        self.served = 0
        self._opened = opened
        self.worker: Worker[PageReply] = Worker(
            "engine.library.page_service", PageReply, name="pages", limits=LIMITS, files=[opened.descriptor]
        )

    def ask(self, number: int, width: int, part: Box, control: Control) -> PageReply:
        self.served += 1
        return self.worker.call(Draw(self._opened.descriptor, number, width, part), timeout_s=WALL_S, control=control)

    def close(self) -> None:
        self.worker.close()
        self._opened.close()


class Pages:
    """Any thread may call; drawings wait for each other."""

    def __init__(self, database: Database, *, text_limit: int) -> None:
        self._database = database
        self._text_limit = text_limit
        self._drawing = threading.Lock()
        self._book: _Book | None = None
        self._control = Control()

    def draw(
        self,
        document_id: str,
        number: int,
        width: int,
        *,
        part: Box = WHOLE_PAGE,
        control: Control | None = None,
    ) -> PagePicture:
        """A page (1-based) of a PDF as its file is now, or a part of it, so large that the whole page is about `width`
        pixels wide; smaller where those would be too many.

        Raises HearthsideError "page_not_drawn" (reason, words), or Interrupted once cancelled.
        """
        with self._drawing:
            self._control = control or Control()
            self._control.checkpoint()
            try:
                reply = self._asked(self._open(document_id), number, width, part, self._control)
                if isinstance(reply, NotDrawn):
                    raise _not_drawn(reply.reason)
                return _checked(reply, number, part)
            except Refused as refused:
                raise _not_drawn(refused.reason) from refused

    def close(self) -> None:
        """Put the document away and end its worker; a drawing in progress is interrupted."""
        self._control.cancel()
        with self._drawing:
            self._put_away()

    def _open(self, document_id: str) -> _Book:
        """The document, opened anew where its file is not what it was when it was opened. Raises Refused."""
        file = kept(self._database, document_id)
        if file is None:
            raise _not_drawn("missing")
        opened = open_kept(self._database, file, text_limit=self._text_limit)
        book = self._book
        if book is not None and (book.document_id, book.file_key) == (document_id, opened.found.file_key):
            opened.close()
            return book
        self._put_away()
        self._book = _Book(document_id, opened)
        return self._book

    def _asked(self, book: _Book, number: int, width: int, part: Box, control: Control) -> PageReply:
        """The worker's reply; one that died of a page is asked once more where pages before it may be to blame."""
        try:
            return book.ask(number, width, part, control)
        except Interrupted:
            raise
        except HearthsideError as error:
            if error.code == "worker_timeout":
                raise _not_drawn("too_slow") from error
            if book.served == 1:
                raise _not_drawn("crashed") from error
        book.served = 0
        return self._asked(book, number, width, part, control)

    def _put_away(self) -> None:
        if self._book is not None:
            self._book.close()
            self._book = None


def _checked(reply: Drawn, number: int, part: Box = WHOLE_PAGE) -> PagePicture:
    """The picture, where it is what it says."""
    picture = reply.picture
    pixels = picture.width * picture.height
    if (
        (picture.number, picture.part) != (number, part)
        or not 1 <= number <= picture.count
        or not (picture.width > 0 and 0 < pixels <= MOST_PIXELS)
        or len(picture.pixels) != 4 * pixels
        or len(picture.boxes) != len(picture.text)
        or not all(0 <= box.left <= box.right <= 1 and 0 <= box.top <= box.bottom <= 1 for box in picture.boxes if box)
    ):
        raise _not_drawn("broken")
    return picture


def _not_drawn(reason: str) -> HearthsideError:
    return HearthsideError("page_not_drawn", reason=reason, words=say(f"library.{reason}"))
