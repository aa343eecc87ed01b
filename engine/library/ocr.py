"""The parent's side of reading words in pictures: a page a request, each bounded in time, in a worker apart."""

from collections.abc import Callable, Sequence
from typing import Final

from engine.errors import HearthsideError, Interrupted
from engine.library.loaders.contract import Block, Picture
from engine.library.ocr_protocol import Look, Seen
from engine.progress import Control
from engine.workers.worker import Limits, Worker

PAGE_S: Final = 180.0  # a full page takes 4 to 7 s of two free cores, and many times that on a busy machine
MOST_PAGES: Final = 500  # of one document
_GIVE_UP: Final = 2  # failures one after another
_RECYCLED: Final = 100  # pages after which a fresh worker reads on: its processor time is bounded
_SERVICE = "engine.library.ocr_service"
_LIMITS = Limits(address_space=2 << 30, cpu_seconds=3600, file_size=0, open_files=128, nice=10, confined=True)


class PictureReader:
    """Reads pages of the files that are open at `descriptors`. Its worker is started by the first picture."""

    def __init__(self, descriptors: Sequence[int], *, page_s: float = PAGE_S) -> None:
        self._page_s = page_s
        self._served = 0
        self._worker: Worker[Seen] = Worker(_SERVICE, Seen, name="ocr", limits=_LIMITS, files=descriptors)

    def fill(
        self,
        items: Sequence[Block | Picture],
        descriptor: int,
        *,
        cancelled: Control,
        between: Callable[[float], None],
    ) -> tuple[list[Block], int]:
        """`items` with the words of each picture in its place, and how many pictures could not be read.

        `between` is told the share that is done (0 to 1) before each. Raises Interrupted, as `between` may.
        """
        blocks: list[Block] = []
        total = sum(isinstance(item, Picture) for item in items)
        looked = missed = in_a_row = 0
        for item in items:
            if isinstance(item, Block):
                blocks.append(item)
                continue
            between(looked / total)
            looked += 1
            seen = None if looked > MOST_PAGES or in_a_row >= _GIVE_UP else self._seen(descriptor, item, cancelled)
            in_a_row = in_a_row + 1 if seen is None else 0
            missed += seen is None
            blocks.extend(seen or [])
        return blocks, missed

    def close(self) -> None:
        self._worker.close()

    def _seen(self, descriptor: int, picture: Picture, cancelled: Control) -> list[Block] | None:
        """The words of a page; None when it failed or took too long."""
        request = Look(descriptor, picture.page)
        if self._served % _RECYCLED == 0:
            self._worker.close()
        self._served += 1
        try:
            blocks = self._worker.call(request, timeout_s=self._page_s, control=cancelled).blocks
        except Interrupted:
            raise
        except HearthsideError:
            return None
        return [Block(block.text, 0, picture.page, ocr=True) for block in blocks]  # it has read hostile files
