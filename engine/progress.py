"""Long work: one callable that tells how far it is, and one object that pauses and cancels it."""

import threading
from collections.abc import Callable

import msgspec

from engine.errors import Interrupted


class Progress(msgspec.Struct, frozen=True):
    """How far long work is. `total` 0 means not known yet; `eta_s` None means no honest estimate yet."""

    done: float
    total: float
    message: str = ""
    eta_s: float | None = None


Report = Callable[[Progress], None]


def unreported(progress: Progress) -> None:
    """The Report of a caller who does not ask."""


class Control:
    """Pause, resume and cancel, handed down through every layer of one piece of long work. Thread-safe."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._running.set()
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
        """Call `callback` after each pause, resume and cancel from now on. Returns what takes it back."""
        with self._lock:
            self._watchers.append(callback)
        return lambda: self._unwatch(callback)

    def checkpoint(self) -> None:
        """Wait while paused. Raises Interrupted once cancelled."""
        self._running.wait()
        if self.cancelled:
            raise Interrupted

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
