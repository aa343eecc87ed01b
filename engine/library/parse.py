"""The parent's side of parsing: a batch of open files goes to a worker of its own, and what comes back is checked."""

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from engine.errors import HearthsideError, Interrupted
from engine.library.extracted import Extracted, assemble
from engine.library.loaders.contract import Block, Refused
from engine.library.parse_protocol import Blocks, Parse, Parsed, ParseReply, RefusedReply
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
        self, descriptors: Sequence[int], *, text_limit: int, wall_s: float = WALL_S, limits: Limits = LIMITS
    ) -> None:
        self._text_limit = text_limit
        self._wall_s = wall_s
        self._served = 0
        self._worker: Worker[ParseReply] = Worker(_SERVICE, ParseReply, name="parse", limits=limits, files=descriptors)

    def start(self) -> None:
        """Start the worker before it is needed."""
        self._worker.start()

    def parse(self, descriptor: int, suffix: str, control: Control | None = None) -> Extracted:
        """The text of the document at `descriptor`. Raises Refused, or Interrupted once cancelled."""
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
        return self.parse(descriptor, suffix, control)

    def close(self) -> None:
        self._worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _attempt(self, request: Parse, control: Control | None) -> Extracted:
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


def _received(replies: Iterable[ParseReply], text_limit: int) -> Extracted:
    """The document the replies make, all of them taken. Raises Refused."""
    blocks: list[Block] = []
    left = text_limit
    last: ParseReply | None = None
    for reply in replies:
        last = reply
        if isinstance(reply, Blocks) and left >= 0:
            blocks.extend(reply.blocks)
            left -= sum(len(block.text) for block in reply.blocks)
    if left < 0:
        raise Refused(FileState.TOO_LARGE, "text_limit")
    if isinstance(last, RefusedReply):
        raise Refused(last.state, last.reason)
    if not isinstance(last, Parsed):
        raise Refused(FileState.UNREADABLE, "broken")
    return assemble(blocks, last.title)


def _blamed(error: HearthsideError) -> Refused:
    """A signal that no library raises says nothing of the file: somebody, or the system, ended the worker."""
    reason = {"SIGXCPU": "too_slow", "SIGKILL": "killed", "SIGTERM": "killed"}.get(str(error.fields.get("how")))
    return Refused(FileState.UNREADABLE, reason or "crashed")
