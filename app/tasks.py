"""The only crossing between threads and Qt: engine calls run on lanes; what they tell reaches the window at 30 Hz.

A lane is one thread: work on a lane keeps its order, lanes do not wait for one another. No widget touches a thread.
"""

import os
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Literal, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from engine.errors import HearthsideError, Interrupted
from engine.progress import Control

Lane = Literal["quick", "looks", "pages", "answer", "library", "count", "learning", "upkeep"]
Kind = Literal["answer", "incognito", "index", "count", "page", "train", "test", "shadow"]
T = TypeVar("T")
Told = TypeVar("Told")

FRAME_MS = 33


class Job:
    """A piece of long work the owner can pause, resume and stop."""

    def __init__(self, kind: Kind, observe: Callable[[Sequence[Any]], None]) -> None:
        self.kind = kind
        self.control = Control()
        self._observe = observe
        self._told: list[Any] = []
        self._guard = threading.Lock()

    def tell(self, item: Any) -> None:
        """Called on the lane: keep `item` for the next frame."""
        with self._guard:
            self._told.append(item)

    def deliver(self) -> None:
        """Called on the window's thread: hand over what was told since the last frame."""
        with self._guard:
            told, self._told = self._told, []
        if told:
            self._observe(told)

    def cancel(self) -> None:
        self.control.cancel()


class Tasks(QObject):
    """Runs engine calls on lanes. `failed` carries a HearthsideError nobody else took; `changed` says that long work
    began or ended."""

    failed = Signal(object)
    changed = Signal()
    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[Lane, ThreadPoolExecutor] = {}
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._newest: dict[str, int] = {}
        self._jobs: list[Job] = []
        self._closed = False
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._frame = QTimer(self, interval=FRAME_MS)
        self._frame.timeout.connect(self._deliver_frame)

    @property
    def jobs(self) -> Sequence[Job]:
        """The long work now running."""
        return tuple(self._jobs)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[HearthsideError], None] | None = None,
        *,
        lane: Lane = "quick",
        replaces: str = "",
        owner: QObject | None = None,
    ) -> None:
        """Run `work` on `lane`, then `done` with its result in the window. A later call with the same `replaces`
        makes the earlier one's result unwanted: it is skipped when not yet begun, and dropped otherwise. So is one
        whose `owner` was deleted meanwhile."""
        number = self._newest[replaces] = self._newest.get(replaces, 0) + 1

        def wanted() -> bool:
            return (not replaces or self._newest[replaces] == number) and (owner is None or isValid(owner))

        def on_lane() -> None:
            if not wanted():
                return
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the window must hear of it
                self._post(partial(self._fail, error, failed, wanted))
            else:
                self._post(lambda: done(result) if done and wanted() else None)

        self._submit(lane, on_lane)

    def start(
        self,
        work: Callable[[Callable[[Told], None], Control], T],
        *,
        kind: Kind,
        lane: Lane,
        observe: Callable[[Sequence[Told]], None],
        done: Callable[[T], None],
        failed: Callable[[HearthsideError], None] | None = None,
    ) -> Job:
        """Begin long work. What it tells reaches `observe` in order, gathered to one call a frame, all before `done`
        or `failed`; `failed` also hears Interrupted."""
        job = Job(kind, observe)
        self._jobs.append(job)
        self._frame.start()
        self.changed.emit()

        def on_lane() -> None:
            try:
                job.control.checkpoint()
                result = work(job.tell, job.control)
            except Exception as error:  # noqa: BLE001 - whatever it is, the window must hear of it
                self._post(partial(self._end, job, partial(self._fail, error, failed)))
            else:
                self._post(lambda: self._end(job, lambda: done(result)))

        self._submit(lane, on_lane)
        return job

    def close(self, finish: Callable[[], None]) -> None:
        """Stop all work, run `finish` once every lane is at rest, and deliver nothing any more. Waits."""
        self.stop()
        self.rest(finish)

    def stop(self) -> None:
        """Ask all work to stop, and deliver nothing any more."""
        self._closed = True
        self._frame.stop()
        for job in self._jobs:
            job.cancel()

    def rest(self, finish: Callable[[], None]) -> None:
        """After `stop`, on any thread: run `finish` once every lane is at rest. Waits."""
        for lane in self._lanes.values():
            lane.shutdown(wait=True, cancel_futures=True)
        finish()

    def _submit(self, lane: Lane, on_lane: Callable[[], None]) -> None:
        if self._closed:
            return
        if lane not in self._lanes:
            self._lanes[lane] = ThreadPoolExecutor(max_workers=1, thread_name_prefix=lane)
        self._lanes[lane].submit(on_lane)

    def _post(self, call: Callable[[], None]) -> None:
        if not self._closed:
            self._inbox.put(call)
            self._arrived.emit()

    def _end(self, job: Job, tell: Callable[[], None]) -> None:
        job.deliver()
        self._jobs.remove(job)
        if not self._jobs:
            self._frame.stop()
        tell()
        self.changed.emit()

    def _fail(
        self,
        error: Exception,
        failed: Callable[[HearthsideError], None] | None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        if not wanted():
            return
        if not isinstance(error, HearthsideError) and os.environ.get("HEARTHSIDE_TRACEBACK"):
            traceback.print_exception(error)
        known = error if isinstance(error, HearthsideError) else unexpected(error)
        if failed is not None:
            failed(known)
        elif not isinstance(known, Interrupted):
            self.failed.emit(known)

    @Slot()
    def _deliver(self) -> None:
        try:
            call = self._inbox.get_nowait()
        except Empty:
            return
        if not self._closed:
            call()

    @Slot()
    def _deliver_frame(self) -> None:
        for job in tuple(self._jobs):
            job.deliver()


def unexpected(error: BaseException) -> HearthsideError:
    """A defect of ours, in the shape that has words. Its text may hold the owner's content and is left behind."""
    return HearthsideError("unexpected", kind=type(error).__name__)
