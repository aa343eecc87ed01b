"""The parent's side of parsing: a batch of open files goes to a worker of its own, and what comes back is checked."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from engine.errors import HearthsideError, Interrupted
from engine.library.extracted import Extracted, assemble
from engine.library.loaders.contract import Block, Picture, Refused
from engine.library.ocr import PictureReader
from engine.library.parse_protocol import Blocks, Parse, Parsed, ParseReply, Pictured, RefusedReply
from engine.library.values import FileState
from engine.progress import Control
from engine.workers.worker import Limits, Worker

BATCH = 32
LIMITS = Limits(address_space=1 << 30, cpu_seconds=60, file_size=0, open_files=2 * BATCH + 32, confined=True)
WALL_S = 60.0
_SERVICE = "engine.library.parse_service"


class ParseBatch:
    """Parses files that are open in this process at `descriptors`, at most BATCH of them.

    A file that takes its worker down is parsed again alone in a fresh one when others had gone before it, so that none
    is blamed for what another left behind.
    """

    def __init__(
        self,
        descriptors: Sequence[int],
        *,
        text_limit: int,
        read_pictures: bool = True,
        wall_s: float = WALL_S,
        limits: Limits = LIMITS,
    ) -> None:
        """With `read_pictures` off, what is nothing but pictures is refused, and pages that are pictures are left."""
        self._read_pictures = read_pictures
        self._text_limit = text_limit
        self._wall_s = wall_s
        self._served = 0
        self._worker: Worker[ParseReply] = Worker(_SERVICE, ParseReply, name="parse", limits=limits, files=descriptors)
        self._pictures = PictureReader(descriptors)

    def start(self) -> None:
        """Start the worker before it is needed."""
        self._worker.start()

    def parse(
        self,
        descriptor: int,
        suffix: str,
        control: Control | None = None,
        between_pictures: Callable[[float], None] = lambda _share: None,
    ) -> Extracted:
        """The text of the document at `descriptor`. Raises Refused, or Interrupted once cancelled.

        Pages that are pictures are read by OCR, which may take minutes: `between_pictures` is told what share of them
        is done, and may wait.
        """
        items, title = self._parsed(descriptor, suffix, control)
        blocks, missed = [item for item in items if isinstance(item, Block)], 0
        pictured = len(blocks) < len(items)
        if pictured and self._read_pictures:
            with _cancelled_with(control) as only_cancelled:
                blocks, missed = self._pictures.fill(
                    items, descriptor, cancelled=only_cancelled, between=between_pictures
                )
        if not any(block.text.strip() for block in blocks):
            raise _wordless(missed) if self._read_pictures else Refused(FileState.NO_TEXT, "pictures_off")
        return assemble(blocks, title, self._note(blocks, pictured=pictured, missed=missed))

    def _note(self, blocks: Sequence[Block], *, pictured: bool, missed: int) -> str:
        if pictured and not self._read_pictures:
            return "pictures_left"
        if missed:
            return "ocr_part"
        return "ocr" if any(block.ocr for block in blocks) else ""

    def _parsed(self, descriptor: int, suffix: str, control: Control | None) -> "_Received":
        request = Parse(descriptor, suffix, self._text_limit)
        try:
            return self._attempt(request, control)
        except Interrupted:
            raise
        except HearthsideError as error:
            alone = self._served <= 1
            self._served = 0
            if alone:
                raise _blamed(error) from error
        return self._parsed(descriptor, suffix, control)

    def close(self) -> None:
        self._worker.close()
        self._pictures.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _attempt(self, request: Parse, control: Control | None) -> "_Received":
        self._served += 1
        watchdog = threading.Timer(self._wall_s, self._worker.kill)
        watchdog.start()
        try:
            with _cancelled_with(control) as only_cancelled:
                return _received(self._worker.stream(request, control=only_cancelled), self._text_limit)
        except HearthsideError:
            if watchdog.finished.is_set():
                raise Refused(FileState.UNREADABLE, "too_slow") from None
            raise
        finally:
            watchdog.cancel()
            watchdog.join()


@contextlib.contextmanager
def _cancelled_with(control: Control | None) -> Iterator[Control]:
    """A control that is cancelled with `control` but never paused: a paused parse would look like one that hangs."""
    other = Control()
    forget = control.on_cancel(other.cancel) if control else lambda: None
    try:
        yield other
    finally:
        forget()


_Received = tuple[list[Block | Picture], str]


def _received(replies: Iterable[ParseReply], text_limit: int) -> _Received:
    """The blocks, pictures and title of the document, all replies taken. Raises Refused."""
    blocks: list[Block | Picture] = []
    left = text_limit
    last: ParseReply | None = None
    for reply in replies:
        last = reply
        if isinstance(reply, Blocks) and left >= 0:
            blocks.extend(reply.blocks)
            left -= sum(len(block.text) for block in reply.blocks)
        elif isinstance(reply, Pictured) and left >= 0:
            blocks.append(Picture(reply.page))
            left -= 1
    if left < 0:
        raise Refused(FileState.TOO_LARGE, "text_limit")
    if isinstance(last, RefusedReply):
        raise Refused(last.state, last.reason)
    if not isinstance(last, Parsed):
        raise Refused(FileState.UNREADABLE, "broken")
    return blocks, last.title


def _wordless(missed: int) -> Refused:
    """For a document that is nothing but pictures, of which so many could not be read."""
    return Refused(FileState.UNREADABLE, "ocr_failed") if missed else Refused(FileState.NO_TEXT, "scanned")


def _blamed(error: HearthsideError) -> Refused:
    """A signal that no library raises says nothing of the file: somebody, or the system, ended the worker."""
    reason = {"SIGXCPU": "too_slow", "SIGKILL": "killed", "SIGTERM": "killed"}.get(str(error.fields.get("how")))
    return Refused(FileState.UNREADABLE, reason or "crashed")
