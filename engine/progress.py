"""Long work: one callable that tells how far it is, and one object that pauses and cancels it."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import msgspec

from engine.errors import Interrupted


class Progress(msgspec.Struct, frozen=True):
    """How far long work is. `total` 0 means not known yet; `eta_s` None means no honest estimate yet; `left` counts the
    pieces still to be done, where it is done in pieces."""

    done: float
    total: float
    message: str = ""
    eta_s: float | None = None
    left: int = 0


Report = Callable[[Progress], None]


def unreported(progress: Progress) -> None:
    """The Report of a caller who does not ask."""


class Control:
    """Pause, resume and cancel, handed down through every layer of one piece of long work. Thread-safe.

    Paused work stops where it is convenient, held work wherever it is: for moments, and seen by nobody.
    """

    def __init__(self) -> None:
        self._holders = 0
        self._running = threading.Event()
        self._running.set()
        self._unheld = threading.Event()
        self._unheld.set()
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._watchers: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def paused(self) -> bool:
        return not self._running.is_set()

    @property
    def held(self) -> bool:
        return self._holders > 0 and not self.cancelled

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Let work that yields stand still as long as any block of these runs, so that something else is quick."""
        self._count_holder(1)
        try:
            yield
        finally:
            self._count_holder(-1)

    def pause(self) -> None:
        if not self.cancelled:
            self._running.clear()
            self._tell()

    def resume(self) -> None:
        self._running.set()
        self._tell()

    def cancel(self) -> None:
        """Ask the work to stop at its next checkpoint; wakes it when paused. Later calls do nothing."""
        with self._lock:
            if self._cancelled.is_set():
                return
            self._cancelled.set()
            callbacks = list(self._callbacks)
        self._running.set()
        self._unheld.set()
        for callback in callbacks:
            callback()
        self._tell()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` once when cancelled (at once if that already happened). Returns what takes it back."""
        with self._lock:
            if not self._cancelled.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after each pause, resume, hold and cancel from now on. Returns what takes it back."""
        with self._lock:
            self._watchers.append(callback)
        return lambda: self._unwatch(callback)

    def checkpoint(self) -> None:
        """Wait while paused or held. Raises Interrupted once cancelled."""
        self._running.wait()
        self._unheld.wait()
        if self.cancelled:
            raise Interrupted

    def _count_holder(self, one: int) -> None:
        with self._lock:
            self._holders += one
            if self.held:
                self._unheld.clear()
            else:
                self._unheld.set()
        self._tell()

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def _tell(self) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher()

    def _unwatch(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._watchers:
                self._watchers.remove(callback)
