"""One run of indexing at a time; what its owner asked for goes before what runs by itself."""

import contextlib
import threading
from collections.abc import Iterator

from engine.errors import Interrupted
from engine.progress import Control


class OneRun:
    def __init__(self) -> None:
        self._free = threading.Condition()
        self._running = False
        self._asked_for = 0
        self._by_itself: Control | None = None

    @contextlib.contextmanager
    def asked_for(self) -> Iterator[None]:
        """Wait for the run before, and cut short one that began by itself."""
        with self._free:
            self._asked_for += 1
            if self._by_itself is not None:
                self._by_itself.cancel()
            self._free.wait_for(lambda: not self._running)
            self._asked_for -= 1
            self._running = True
        try:
            yield
        finally:
            self._end()

    @contextlib.contextmanager
    def by_itself(self, control: Control) -> Iterator[None]:
        """Wait until nothing runs and nothing that was asked for waits. Raises Interrupted once cancelled."""
        forget = control.on_cancel(self._wake)
        try:
            with self._free:
                self._free.wait_for(lambda: control.cancelled or not (self._running or self._asked_for))
                if control.cancelled:
                    raise Interrupted
                self._running, self._by_itself = True, control
        finally:
            forget()
        try:
            yield
        finally:
            self._end()

    def _wake(self) -> None:
        with self._free:
            self._free.notify_all()

    def _end(self) -> None:
        with self._free:
            self._running, self._by_itself = False, None
            self._free.notify_all()
